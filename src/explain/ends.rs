//! Instants of the record, and the events that made them: the ends of durations.

use super::history::History;
use super::timeline::Timeline;
use crate::chat::Fold;
use crate::chat::metric::{Facts, Metric, Value, metrics};
use crate::event::{Event, EventData, Kind, PersonType};
use crate::time::{Span, Timestamp};

/// Finds instants and the steps that made them.
pub(super) struct Ends<'t, 'a> {
    pub facts: &'t Facts<'a>,
    pub history: History<'a>,
    pub timeline: &'t Timeline<'a>,
}

impl Ends<'_, '_> {
    /// The instant in the column `path`, and the steps that made it.
    pub fn of(&self, path: &str) -> (Option<Timestamp>, Vec<usize>) {
        let metric = metrics().find(|metric| metric.path == path).expect("ends are columns");
        match metric.value(self.facts) {
            Value::Time(at) => {
                let changes = self.history.of(|facts| json(metric, facts));
                (Some(at), self.steps(metric, at, &changes))
            }
            _ => (None, Vec::new()),
        }
    }

    /// The step from which on the column has been `at`, by the column's history, and what happened at that instant, if it
    /// is another.
    pub fn steps(&self, metric: &Metric, at: Timestamp, changes: &[(usize, String)]) -> Vec<usize> {
        let mut steps: Vec<usize> = changes.last().map(|(step, _)| *step).into_iter().collect();
        let is_there = |instant: Timestamp, step: &usize| self.timeline.steps[*step].event.time == instant;
        if !steps.iter().any(|step| is_there(at, step)) {
            // The assistant's silence ends 24 h after what it began with.
            let instants = [at, at.saturating_sub(Span::from_hours(24))];
            let origin = instants.into_iter().take(if metric.path == "firstAlfEndedAt" { 2 } else { 1 });
            let find = |instant| {
                let steps = self.timeline.steps.iter();
                steps.enumerate().find(|(_, step)| step.event.time == instant && is_origin(metric.path, step.event))
            };
            steps.extend(origin.filter_map(find).map(|(step, _)| step).next());
        }
        steps.sort_unstable();
        steps.dedup();
        steps
    }
}

/// A metric's value as JSON text.
pub(super) fn json(metric: &Metric, facts: &Facts<'_>) -> String {
    let mut out = String::new();
    metric.value(facts).write_json(&mut out);
    out
}

/// Whether an event can be what happened at the instant of a column that a later event made it take.
fn is_origin(path: &str, event: &Event) -> bool {
    let is_question = || match &event.data {
        EventData::MessageSent(message) => !message.private && message.person.kind == PersonType::User,
        _ => false,
    };
    let is_answer = || match &event.data {
        EventData::MessageSent(message) => !message.private && message.person.kind == PersonType::Manager,
        other => other.kind() == Kind::MeetEngaged,
    };
    match path {
        "managedAt" | "firstAlfEndedAt" => is_question() || event.kind == Kind::ChatAlfStarted,
        "firstAskedAt" => is_question() || event.kind == Kind::MeetStarted,
        "firstActiveAt" => matches!(event.kind, Kind::ChatOpened | Kind::ChatAssigned),
        "firstAnsweredAt" | "repliedAt" => is_answer(),
        "goalCheckedAt" => event.kind == Kind::ChatGoalSet,
        "sessionMetadata/connected_at" => event.kind == Kind::MeetEngaged,
        _ => false,
    }
}

/// Why the end of that name is missing.
pub(super) fn missing(name: &str, fold: &Fold) -> String {
    let why = match name {
        "createdAt" | "chat/created_at" | "sessionMetadata/created_at" => "there is no chat.created",
        "updatedAt" => "there is no event",
        "managedAt" => "there was no opening, and the AI assistant did not start",
        "firstWorkflowStartedAt" => "no workflow started",
        "firstWorkflowEndedAt" => "no workflow ended",
        "firstAskedAt" => "nobody asked",
        "firstAlfStartedAt" => "the AI assistant did not start",
        "firstAlfEndedAt" if fold.alf_started_at().is_none() => "the AI assistant did not start",
        "firstAlfEndedAt" => "nothing ended the AI assistant's part, and its 24 h of silence are not over",
        "firstQueueInAt" | "queuedAt" | "sessionMetadata/queued_at" => "the chat entered no queue",
        "firstQueueOutAt" => "no queue segment ended",
        "firstOpenedAt" | "openedAt" => "there was no opening",
        "firstMissedAt" | "missedAt" => "there was no effective miss",
        "firstAssignedAt" | "chat/assigned_at" | "sessionMetadata/assigned_at" => "nobody was assigned",
        "firstActiveAt" if fold.episodes().is_empty() => "there was no opening, nor an assignment out of a queue",
        "firstActiveAt" => "the chat entered a queue and was never assigned",
        "firstAnsweredAt" if fold.episodes().iter().any(|episode| episode.answered_at.get().is_some()) => {
            "in an outbound chat an answer needs a question before it"
        }
        "firstAnsweredAt" => "there was no answer inside an episode",
        "repliedAt" | "chat/average_response_time" | "chat/longest_response_time" => "no turn was answered",
        "snoozedAt" => "nothing was snoozed",
        "firstClosedAt" | "closedAt" => "there was no effective close",
        "endedAt" | "chat/ends_at" | "sessionMetadata/ended_at" => {
            return format!("{name} is null: the state is {}, neither closed nor missed", fold.state().as_str());
        }
        "goalCheckedAt" => "the goal is not achieved",
        _ => missing_in_views(name),
    };
    format!("{name} is null: {why}")
}

/// The same, of what only the platform views show.
fn missing_in_views(name: &str) -> &'static str {
    match name {
        "chat/first_msg_sent_at" | "chat/last_msg_sent_at" => "there is no public message",
        "chat/sub_status" | "chat/finish_reason" | "chat/fail_reason" => {
            "the state is not closed, or the close did not tell it"
        }
        "chat/agent_info" | "sessionMetadata/agent_info" => "no agent handled the chat",
        "chat/virtual_agent" => "no virtual agent was assigned or connected",
        "sessionMetadata/connected_at" => "no agent connected, and no inbound call was engaged",
        "sessionMetadata/scheduled_at" => "no event schedules a session",
        "sessionMetadata/answer_type" => "neither an agent nor a virtual agent handled the chat",
        "sessionMetadata/va_assigned_at" => "no virtual agent was assigned",
        "sessionMetadata/va_connected_at" => "no virtual agent was connected",
        _ => "no event told it, or what it told was cleared",
    }
}
