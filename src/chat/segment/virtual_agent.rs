//! Virtual agents' segments.

use super::{Edge, length};
use crate::event::{EventData, VaConnected};
use crate::time::{Span, Timestamp};

/// A virtual agent's segment (`session.md`, Segments).
#[derive(Clone, Debug)]
pub struct VirtualAgentSegment<'a> {
    /// Its `va.connected`.
    pub began: Edge<'a>,
    /// What that told.
    pub connected: &'a VaConnected,
    /// The event that ended it; none while it is open.
    pub ended: Option<Edge<'a>>,
    /// Its length; while it is open, to the last event.
    pub length: Span,
}

impl VirtualAgentSegment<'_> {
    pub(super) fn measure(&mut self, updated_at: Timestamp) {
        self.length = length(self.began, self.ended, updated_at);
    }
}

/// The virtual agents' segments, as far as the journal has been read; at most the last one is open.
#[derive(Default)]
pub(super) struct VirtualAgents<'a> {
    pub list: Vec<VirtualAgentSegment<'a>>,
}

impl<'a> VirtualAgents<'a> {
    pub fn take(&mut self, edge: Edge<'a>) {
        match &edge.event.data {
            EventData::VaConnected(connected) => {
                self.end(edge);
                self.list.push(VirtualAgentSegment { began: edge, connected, ended: None, length: Span::ZERO });
            }
            EventData::VaEscalated(_) | EventData::VaEnded(_) | EventData::AgentConnected(_) => self.end(edge),
            _ => {}
        }
    }

    /// Ends the open segment, if there is one.
    pub fn end(&mut self, edge: Edge<'a>) {
        if let Some(open) = self.list.last_mut() {
            open.ended.get_or_insert(edge);
        }
    }
}
