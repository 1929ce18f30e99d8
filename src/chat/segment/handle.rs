//! Handle segments: which agent had the chat, with the holds inside and the wrap-up behind.

use std::collections::BTreeMap;

use super::{Edge, length};
use crate::chat::fold::State;
use crate::chat::journal::Journal;
use crate::event::{AgentConnected, ChatTransferred, EventData, Kind, TransferStatus};
use crate::time::{Span, Timestamp};

/// An agent's segment (`session.md`, Segments).
#[derive(Clone, Debug)]
pub struct HandleSegment<'a> {
    /// The agent.
    pub agent_id: &'a str,
    /// Its `agent.connected`, or the assignment.
    pub began: Edge<'a>,
    /// What `agent.connected` told; none if it began with an assignment.
    pub connected: Option<&'a AgentConnected>,
    /// The event that ended it; none while it is open.
    pub ended: Option<Edge<'a>>,
    /// How it ended (`session.md`, `handle_durations[].event`); none while it is open.
    pub how: Option<&'a str>,
    /// From its begin to its end or, while it is open, to the last event; without wrap-up.
    pub chat_time: Span,
    /// The union of the holds inside it.
    pub hold: Span,
    /// The union of the wrap-ups of its agent that began after it and before the agent's next segment.
    pub wrap_up: Span,
    held_since: Option<Timestamp>,
    wrapping_up_since: Option<Timestamp>,
}

impl HandleSegment<'_> {
    pub(super) fn measure(&mut self, updated_at: Timestamp) {
        self.resume(updated_at);
        self.end_wrap_up(updated_at);
        self.chat_time = length(self.began, self.ended, updated_at);
    }

    fn resume(&mut self, at: Timestamp) {
        if let Some(since) = self.held_since.take() {
            self.hold += at.since(since);
        }
    }

    fn end_wrap_up(&mut self, at: Timestamp) {
        if let Some(since) = self.wrapping_up_since.take() {
            self.wrap_up += at.since(since);
        }
    }
}

/// The handle segments, as far as the journal has been read.
pub(super) struct Handles<'a> {
    pub list: Vec<HandleSegment<'a>>,
    /// Each agent's last segment, in `list`.
    last: BTreeMap<&'a str, usize>,
    /// The open ones, in `list`.
    open: Vec<usize>,
    /// Whether agents connect: then assignments begin and end nothing.
    is_connecting: bool,
}

impl<'a> Handles<'a> {
    pub fn of(journal: &Journal) -> Handles<'a> {
        Handles {
            list: Vec::new(),
            last: BTreeMap::new(),
            open: Vec::new(),
            is_connecting: journal.iter().any(|event| event.kind == Kind::AgentConnected),
        }
    }

    /// Takes an event, after which the chat's state is `state`.
    pub fn take(&mut self, edge: Edge<'a>, state: State) {
        let at = edge.time();
        match &edge.event.data {
            EventData::AgentConnected(connected) => self.begin(&connected.manager_id, edge, Some(connected)),
            EventData::ChatAssigned(assigned) if !self.is_connecting => {
                self.end_where(edge, "reassigned", |agent_id| *agent_id != *assigned.manager_id);
                if !state.is_ended() {
                    self.begin(&assigned.manager_id, edge, None);
                }
            }
            EventData::ChatUnassigned(_) if !self.is_connecting => self.end_where(edge, "unassigned", |_| true),
            EventData::AgentDisconnected(disconnected) => {
                let how = disconnected.event.as_deref().unwrap_or("disconnected");
                self.end_where(edge, how, |agent_id| *agent_id == *disconnected.manager_id);
            }
            EventData::ChatTransferred(transferred) => self.transfer(edge, transferred),
            EventData::AgentHeld(agent) => {
                if let Some(segment) = self.last_of(&agent.manager_id).filter(|segment| segment.ended.is_none()) {
                    segment.held_since.get_or_insert(at);
                }
            }
            EventData::AgentResumed(agent) => {
                self.last_of(&agent.manager_id).into_iter().for_each(|segment| segment.resume(at));
            }
            EventData::AgentWrapUpStarted(agent) => {
                if let Some(segment) = self.last_of(&agent.manager_id) {
                    segment.wrapping_up_since.get_or_insert(at);
                }
            }
            EventData::AgentWrapUpEnded(agent) => {
                self.last_of(&agent.manager_id).into_iter().for_each(|segment| segment.end_wrap_up(at));
            }
            _ => {}
        }
    }

    /// Takes an effective close or miss.
    pub fn end_all(&mut self, edge: Edge<'a>) {
        let how = match &edge.event.data {
            EventData::ChatClosed(closed) => closed.status.as_str(),
            _ => "missed",
        };
        self.end_where(edge, how, |_| true);
    }

    fn transfer(&mut self, edge: Edge<'a>, transferred: &'a ChatTransferred) {
        if let (TransferStatus::Transferred, Some(from)) = (transferred.status, &transferred.from_agent) {
            self.end_where(edge, "transferred", |agent_id| *agent_id == *from.id);
        }
    }

    /// An agent's segment begins, unless the agent has one that is open.
    fn begin(&mut self, agent_id: &'a str, began: Edge<'a>, connected: Option<&'a AgentConnected>) {
        if let Some(previous) = self.last_of(agent_id) {
            if previous.ended.is_none() {
                return;
            }
            previous.end_wrap_up(began.time());
        }
        self.last.insert(agent_id, self.list.len());
        self.open.push(self.list.len());
        self.list.push(HandleSegment {
            agent_id,
            began,
            connected,
            ended: None,
            how: None,
            chat_time: Span::ZERO,
            hold: Span::ZERO,
            wrap_up: Span::ZERO,
            held_since: None,
            wrapping_up_since: None,
        });
    }

    fn end_where(&mut self, edge: Edge<'a>, how: &'a str, is_meant: impl Fn(&str) -> bool) {
        self.open.retain(|&at| {
            let segment = &mut self.list[at];
            let is_meant = is_meant(segment.agent_id);
            if is_meant {
                segment.resume(edge.time());
                segment.ended = Some(edge);
                segment.how = Some(how);
            }
            !is_meant
        });
    }

    fn last_of(&mut self, agent_id: &str) -> Option<&mut HandleSegment<'a>> {
        self.last.get(agent_id).map(|&at| &mut self.list[at])
    }
}
