//! Segments: when a chat waited in a queue, was handled by an agent or by a virtual agent (`session.md`, Segments).
//!
//! They are read from the journal with what the fold knows: the queue segments and the effective closes and misses are
//! the fold's own.

mod handle;
mod policy;
mod queue;
mod virtual_agent;

#[cfg(test)]
mod tests;

pub use handle::HandleSegment;
pub use policy::{Policy, Verdict};
pub use queue::QueueSegment;
pub use virtual_agent::VirtualAgentSegment;

use crate::calendar::ChannelDocument;
use crate::chat::fold::{Fold, State};
use crate::chat::journal::Journal;
use crate::event::{Event, EventData};
use crate::time::{Span, Timestamp};

use handle::Handles;
use virtual_agent::VirtualAgents;

/// The segments of a chat, each kind in the order in which they begin: a pure function of its events and its channel's
/// document.
#[derive(Clone, Debug, Default)]
pub struct Segments<'a> {
    /// From an entry to leaving the queue.
    pub queues: Vec<QueueSegment<'a>>,
    /// Agents' segments.
    pub handles: Vec<HandleSegment<'a>>,
    /// Virtual agents' segments.
    pub virtual_agents: Vec<VirtualAgentSegment<'a>>,
}

/// The event at which a segment begins or ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge<'a> {
    /// Its place in canonical order: its index in [`Journal::iter`].
    pub position: usize,
    /// The event.
    pub event: &'a Event,
}

impl Edge<'_> {
    /// When it happened.
    pub fn time(&self) -> Timestamp {
        self.event.time
    }
}

impl<'a> Segments<'a> {
    /// The segments of a chat whose events are folded into `fold`; one that is open is measured to the last event. The
    /// document has the policies in force.
    pub fn of(journal: &'a Journal, fold: &Fold, document: &'a ChannelDocument) -> Segments<'a> {
        let Some(updated_at) = fold.updated_at else {
            return Segments::default();
        };
        let (mut handles, mut virtual_agents) = (Handles::of(journal), VirtualAgents::default());
        let mut changes = fold.standing.changes.iter().peekable();
        let mut state = State::Initial;
        for (position, event) in journal.iter().enumerate() {
            let edge = Edge { position, event };
            let change = changes.next_if(|(mark, _)| mark.position as usize == position);
            state = change.map_or(state, |&(_, state)| state);
            if change.is_some() && is_end(event) {
                handles.end_all(edge);
                virtual_agents.end(edge);
            }
            handles.take(edge, state);
            virtual_agents.take(edge);
        }
        Segments {
            queues: fold.queue.segments().iter().map(|stay| QueueSegment::of(stay, journal, document)).collect(),
            handles: handles.list,
            virtual_agents: virtual_agents.list,
        }
        .measured_to(updated_at)
    }

    /// Σ over the queue segments.
    pub fn queue_time(&self) -> Span {
        self.queues.iter().fold(Span::ZERO, |sum, segment| sum + segment.wait)
    }

    fn measured_to(mut self, updated_at: Timestamp) -> Self {
        self.queues.iter_mut().for_each(|segment| segment.measure(updated_at));
        self.handles.iter_mut().for_each(|segment| segment.measure(updated_at));
        self.virtual_agents.iter_mut().for_each(|segment| segment.measure(updated_at));
        self
    }
}

/// From a segment's begin to its end, or, while it is open, to the last event.
fn length(began: Edge<'_>, ended: Option<Edge<'_>>, updated_at: Timestamp) -> Span {
    ended.map_or(updated_at, |ended| ended.time()).since(began.time())
}

/// Whether an event that changed the state did so as an effective close or miss (`metrics.md`, Words): leaving a queue may
/// lead back to such a state, but ends no segment of another kind.
fn is_end(event: &Event) -> bool {
    matches!(event.data, EventData::ChatClosed(_) | EventData::ChatMissed(_))
}
