//! Why a number is what it is: a chat's timeline, and for a field the events and intervals that made it.
//!
//! The value is always the record's own. What it is made of is found a second time, from what the fold kept, and must
//! add up to it.

mod cut;
mod duration;
mod ends;
mod field;
mod history;
mod json;
mod timeline;
mod told;

pub use cut::Part;
pub use field::UnknownField;
pub use json::{timeline_to_json, to_json};
pub use timeline::Step;

use crate::calendar::ChannelDocument;
use crate::chat::metric::{Facts, Metric, Unit, Value, metrics};
use crate::chat::{Fold, Journal};
use crate::time::{Span, Timestamp};
use cut::Cutter;
use duration::{Duration, Taker};
use ends::Ends;
use field::Field;
use history::History;
use timeline::Timeline;

/// What is explained: a chat at its due time, on its channel.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The chat.
    pub chat_id: &'a str,
    /// Its events.
    pub journal: &'a Journal,
    /// What they amount to.
    pub fold: &'a Fold,
    /// The document of its channel.
    pub document: &'a ChannelDocument,
    /// The AI assistant's silence counts if it ends by then (`finalization.md`, Whose clock).
    pub due: Timestamp,
}

/// A field, explained.
#[derive(Clone, Debug)]
pub struct Explanation<'a> {
    /// The chat.
    pub chat_id: &'a str,
    /// The field, as it was asked for.
    pub field: &'a str,
    /// Its value in the record, as JSON.
    pub value: String,
    /// Its type.
    pub unit: &'static str,
    /// Of a duration that is not null the stretches that it consists of, and those removed: the counted ones add up to
    /// the value, or, with a divisor, to what is divided.
    pub parts: Vec<Part>,
    /// Of an average what the sum of the counted parts is divided by; the rest below the millisecond is dropped.
    pub divisor: Option<u64>,
    /// The events that made the value, in canonical order.
    pub events: Vec<Made<'a>>,
    /// Why it is null, and what was left out.
    pub notes: Vec<String>,
}

/// An event that had its part in a value.
#[derive(Clone, Debug)]
pub struct Made<'a> {
    /// The event.
    pub step: Step<'a>,
    /// Of a field that is no duration, its value from this event on, as JSON.
    pub value: Option<String>,
}

/// The timeline of a chat, in canonical order.
pub fn timeline(journal: &Journal) -> Vec<Step<'_>> {
    Timeline::of(journal).steps
}

/// All durations of a chat that are not null, by name, in the order of the record.
pub fn durations(subject: &Subject<'_>) -> Vec<(String, Span)> {
    let facts = subject.facts();
    let duration = |metric: &'static Metric| match metric.value(&facts) {
        Value::Seconds(span) => Some((metric.path.replace('/', "."), span)),
        _ => None,
    };
    metrics().filter_map(duration).collect()
}

/// Explains a field of a chat's record.
///
/// # Errors
/// There is no such field: the error names those that come near.
pub fn explain<'a>(subject: &Subject<'a>, field: &'a str) -> Result<Explanation<'a>, UnknownField> {
    let facts = subject.facts();
    let timeline = Timeline::of(subject.journal);
    match Field::named(field, |key| facts.told.profile.custom.contains_key(key))? {
        Field::Metric(metric) if metric.unit == Unit::Seconds => Ok(subject.duration(field, metric, &facts, &timeline)),
        Field::Metric(metric) => Ok(subject.fact(field, metric, &facts, &timeline)),
        Field::Custom(key) => {
            let value = |facts: &Facts<'_>| facts.told.profile.custom.get(key).map_or("null", |value| value).to_owned();
            let events = timeline.made(subject.history().of(value));
            Ok(Explanation { events, ..subject.explanation(field, value(&facts), "profile value") })
        }
    }
}

impl<'a> Subject<'a> {
    fn facts(&self) -> Facts<'a> {
        Facts::new(self.chat_id, self.journal, self.fold, self.document, self.due)
    }

    fn history(&self) -> History<'a> {
        History { chat_id: self.chat_id, journal: self.journal, document: self.document, due: self.due }
    }

    fn explanation(&self, field: &'a str, value: String, unit: &'static str) -> Explanation<'a> {
        Explanation {
            chat_id: self.chat_id,
            field,
            value,
            unit,
            parts: Vec::new(),
            divisor: None,
            events: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn duration(
        &self,
        field: &'a str,
        metric: &'static Metric,
        facts: &Facts<'a>,
        timeline: &Timeline<'a>,
    ) -> Explanation<'a> {
        let taker = Taker {
            fold: self.fold,
            timeline,
            cutter: Cutter { document: self.document, snoozes: self.fold.snoozes() },
            ends: Ends { facts, history: self.history(), timeline },
        };
        let value = metric.value(facts);
        let Duration { parts, divisor, steps, notes } = taker.take(metric.path).unwrap_or_default();
        let counted = parts.iter().filter(|part| part.counted).fold(Span::ZERO, |sum, part| sum + part.length());
        let adds_up = match &value {
            Value::Seconds(span) => counted.millis() / divisor.map_or(1, |divisor| divisor as i64) == span.millis(),
            _ => parts.is_empty() && divisor.is_none(),
        };
        assert!(adds_up, "{}: what it is made of does not add up to it", metric.path);
        let made = |step: usize| Made { step: timeline.steps[step].clone(), value: None };
        let events = steps.into_iter().map(made).collect();
        let explanation = self.explanation(field, ends::json(metric, facts), metric.unit.as_str());
        Explanation { parts, divisor, events, notes, ..explanation }
    }

    /// A field that is no duration: the events at which it changed; of an instant only those that made it.
    fn fact(
        &self,
        field: &'a str,
        metric: &'static Metric,
        facts: &Facts<'a>,
        timeline: &Timeline<'a>,
    ) -> Explanation<'a> {
        let value = metric.value(facts);
        let changes = self.history().of(|facts| ends::json(metric, facts));
        let events = match value {
            Value::Time(at) => {
                let ends = Ends { facts, history: self.history(), timeline };
                let after = |step| changes.iter().find(|(at, _)| *at == step).map(|(_, value)| value.clone());
                let steps = ends.steps(metric, at, &changes).into_iter();
                steps.map(|step| Made { step: timeline.steps[step].clone(), value: after(step) }).collect()
            }
            _ => timeline.made(changes),
        };
        let mut notes = Vec::new();
        if value == Value::Null {
            notes.push(ends::missing(metric.path, self.fold));
        }
        if metric.path == "replyCountInOperation" {
            notes.extend(self.answers_not_counted());
        }
        let explanation = self.explanation(field, ends::json(metric, facts), metric.unit.as_str());
        Explanation { events, notes, ..explanation }
    }

    /// The turns that are answered, but outside operating time.
    fn answers_not_counted(&self) -> Vec<String> {
        let turns = self.fold.turns().iter().enumerate();
        let closed = turns.filter(|(_, turn)| !self.document.is_open(turn.answered_at));
        let note = |(at, turn): (usize, &crate::chat::fold::Turn)| {
            let answered_at = turn.answered_at;
            let instant = self.document.closed_intervals(answered_at, answered_at.saturating_add(Span::from_millis(1)));
            let why = instant.first().map_or("closed", |closed| cut::word(closed.reason));
            format!("turn {} is not counted: answered {answered_at}, {why}", at + 1)
        };
        closed.map(note).collect()
    }
}

impl<'a> Timeline<'a> {
    /// The steps at which a value changed.
    fn made(&self, changes: Vec<(usize, String)>) -> Vec<Made<'a>> {
        changes.into_iter().map(|(at, value)| Made { step: self.steps[at].clone(), value: Some(value) }).collect()
    }
}
