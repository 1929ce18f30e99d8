//! Queue segments: the fold's, with what their events tell.

use super::{Edge, Policy, Verdict, length};
use crate::calendar::ChannelDocument;
use crate::chat::fold::{Mark, QueueStay};
use crate::chat::journal::Journal;
use crate::event::{EventData, QueueEntered, QueueOutcome};
use crate::time::{Span, Timestamp};

/// A queue segment (`session.md`, Segments).
#[derive(Clone, Debug)]
pub struct QueueSegment<'a> {
    /// The queue.
    pub queue_id: &'a str,
    /// Its `queue.entered`.
    pub began: Edge<'a>,
    /// What that told.
    pub entered: &'a QueueEntered,
    /// The event that ended it, which need not be a `queue.left`; none while it is open.
    pub ended: Option<Edge<'a>>,
    /// How it ended; none while it is open.
    pub outcome: Option<QueueOutcome>,
    /// `managerId` of the `queue.left` that ended it. One that only lent its outcome has ended nothing.
    pub manager_id: Option<&'a str>,
    /// The policy that applies to it.
    pub policy: Option<Policy>,
    /// Its length; while it is open, to the last event.
    pub wait: Span,
}

impl<'a> QueueSegment<'a> {
    pub(super) fn of(stay: &QueueStay, journal: &'a Journal, document: &ChannelDocument) -> QueueSegment<'a> {
        let edge = |mark: Mark| {
            let position = mark.position as usize;
            Edge { position, event: journal.get(position).expect("the fold is one of this journal") }
        };
        let began = edge(stay.entered);
        let EventData::QueueEntered(entered) = &began.event.data else {
            panic!("a queue segment begins with queue.entered");
        };
        let ended = stay.ended.as_ref().map(|end| edge(end.by));
        let manager_id = match ended.map(|ended| &ended.event.data) {
            Some(EventData::QueueLeft(left)) => left.manager_id.as_deref(),
            _ => None,
        };
        QueueSegment {
            queue_id: &entered.queue_id,
            began,
            entered,
            ended,
            outcome: stay.ended.as_ref().map(|end| end.outcome),
            manager_id,
            policy: Policy::of(entered, began.time(), document),
            wait: Span::ZERO,
        }
    }

    /// `service_level_event` (`session.md`, Service level); none while it is open.
    pub fn verdict(&self) -> Option<Verdict> {
        self.policy?.verdict(self.outcome?, self.wait)
    }

    pub(super) fn measure(&mut self, updated_at: Timestamp) {
        self.wait = length(self.began, self.ended, updated_at);
    }
}
