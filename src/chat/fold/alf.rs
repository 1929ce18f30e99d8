//! The AI assistant's part: what it started on and when silence ends it (`metrics.md`, managedAt, firstAlfEndedAt).

use crate::time::{Span, Timestamp};

/// Without a question for so long, the assistant's part is over.
const SILENCE: Span = Span::from_hours(24);

/// The AI assistant's part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alf {
    /// The last question.
    last_asked_at: Option<Timestamp>,
    /// The last question that is no workflow answer, at or before the start.
    last_plain_at: Option<Timestamp>,
    engagement: Option<Engagement>,
    /// The first `chat.alf_ended`, or `chat.opened` by the assistant, after the start.
    pub ended_at: Option<Timestamp>,
}

/// What is so since the first `chat.alf_started`.
#[derive(Clone, Debug, PartialEq)]
struct Engagement {
    started_at: Timestamp,
    before_opening: bool,
    /// The question it started on.
    on: Option<Timestamp>,
    /// The last of the questions from the one it started on that may still be followed by another within 24 h.
    waiting_since: Timestamp,
    /// When 24 h went by without a question: known for good, for one came later.
    silent_at: Option<Timestamp>,
}

impl Alf {
    pub fn start(&mut self, at: Timestamp, is_opened: bool) {
        if self.engagement.is_some() {
            return;
        }
        let on = self.last_plain_at;
        self.engagement = Some(Engagement {
            started_at: at,
            before_opening: !is_opened,
            on,
            waiting_since: on.and(self.last_asked_at).unwrap_or(at),
            silent_at: None,
        });
    }

    /// `chat.alf_ended`, or an opening by the assistant.
    pub fn end(&mut self, at: Timestamp) {
        if self.engagement.is_some() {
            self.ended_at.get_or_insert(at);
        }
    }

    /// A question; `is_opened`: an opening came before it.
    pub fn ask(&mut self, at: Timestamp, answers_workflow: bool, is_opened: bool) {
        match &mut self.engagement {
            None => {
                self.last_asked_at = Some(at);
                if !answers_workflow {
                    self.last_plain_at = Some(at);
                }
            }
            Some(engagement) => engagement.ask(at, answers_workflow, is_opened),
        }
    }

    pub fn started_at(&self) -> Option<Timestamp> {
        self.engagement.as_ref().map(|engagement| engagement.started_at)
    }

    /// If the assistant was engaged before the first opening: the question it started on, else when it did.
    pub fn managed_at(&self) -> Option<Timestamp> {
        let engagement = self.engagement.as_ref().filter(|engagement| engagement.before_opening)?;
        Some(engagement.on.unwrap_or(engagement.started_at))
    }

    /// When the silence rule fires, whatever ended the assistant's part before.
    pub fn silence_end(&self) -> Option<Timestamp> {
        let engagement = self.engagement.as_ref()?;
        engagement.silent_at.or_else(|| engagement.silence_after_last())
    }
}

impl Engagement {
    fn ask(&mut self, at: Timestamp, answers_workflow: bool, is_opened: bool) {
        // "At" the start is its whole millisecond, though a question ranks behind it.
        let is_at_start = at == self.started_at && !answers_workflow;
        let is_first_after = self.on.is_none() && at > self.started_at && !is_opened;
        if is_at_start || is_first_after {
            self.on = Some(at);
            self.waiting_since = at;
        } else if self.silent_at.is_none() {
            if at.since(self.waiting_since) > SILENCE {
                self.silent_at = self.silence_after_last();
            }
            self.waiting_since = at;
        }
    }

    /// The end of the 24 h after the last question, if that is after the start.
    fn silence_after_last(&self) -> Option<Timestamp> {
        Some(self.waiting_since.saturating_add(SILENCE)).filter(|&end| end > self.started_at)
    }
}
