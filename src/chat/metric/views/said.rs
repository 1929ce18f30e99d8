//! What events say that only the views show: the last word on each thing, and lists.

use std::collections::BTreeMap;

use super::course::Course;
use crate::chat::fold::Fold;
use crate::chat::segment::Edge;
use crate::event::{
    AgentName, ChatAssigned, ChatCreated, ChatDispositionSet, ChatInCallMessage, ChatMediaAdded, ChatOffered,
    ChatSmartAction, ChatTicketLinked, ChatUpdated, Direction, EventData, MediaKind, Menu, RecordingPermission,
    SmartActionKind, VirtualAgent,
};
use crate::time::Timestamp;

/// What was said, borrowed from the journal.
#[derive(Debug, Default)]
pub(super) struct Said<'a> {
    is_created: bool,
    pub lang: Course<&'a str>,
    pub menu: Course<&'a Menu>,
    pub virtual_agent: Course<&'a VirtualAgent>,
    /// Public messages.
    pub message_count: u32,
    pub first_msg_sent_at: Option<Timestamp>,
    pub last_msg_sent_at: Option<Timestamp>,
    pub verified: Option<bool>,
    pub rating: Option<i64>,
    pub has_feedback: bool,
    pub ticket: Option<&'a ChatTicketLinked>,
    /// JSON text.
    pub selected_menu: Option<&'a str>,
    pub queue_priority: Option<i64>,
    pub photos: Vec<&'a ChatMediaAdded>,
    pub videos: Vec<&'a ChatMediaAdded>,
    pub offers: Vec<&'a ChatOffered>,
    pub smart_actions: SmartActions,
    pub in_call_messages: Vec<(Timestamp, &'a ChatInCallMessage)>,
    pub recording_permission: Option<RecordingPermission>,
    pub recording_url: Option<&'a str>,
    pub disposition: Option<&'a ChatDispositionSet>,
    pub deflection: Option<&'a str>,
    pub agent_connected_at: Option<Timestamp>,
    /// The first inbound `meet.engaged`.
    pub engaged_at: Option<Timestamp>,
    pub va_assigned_at: Option<Timestamp>,
    pub va_connected_at: Option<Timestamp>,
    /// What each manager is called, as an assignment last told.
    pub agents: BTreeMap<&'a str, &'a AgentName>,
    /// Each manager's assignments: places in canonical order with their times.
    assignments: BTreeMap<&'a str, Vec<(usize, Timestamp)>>,
}

/// Which smart actions happened.
#[derive(Debug, Default)]
pub(super) struct SmartActions {
    pub verification: bool,
    pub photos: bool,
    pub videos: bool,
    pub text: bool,
}

impl<'a> Said<'a> {
    /// Takes the next event of the journal; `fold` knows the meets.
    pub fn tell(&mut self, edge: Edge<'a>, fold: &Fold) {
        let Edge { position, event } = edge;
        let at = event.time;
        match &event.data {
            EventData::ChatCreated(created) => self.create(position, created),
            EventData::ChatUpdated(updated) => self.update(position, updated),
            EventData::ChatAssigned(assigned) => self.assign(edge, assigned),
            EventData::QueueEntered(entered) => {
                self.menu.give(position, entered.menu_path.as_ref());
                self.queue_priority = entered.priority.or(self.queue_priority);
            }
            EventData::QueueLeft(left) => self.deflection = left.deflection.as_deref().or(self.deflection),
            EventData::AgentConnected(connected) => {
                self.agent_connected_at.get_or_insert(at);
                self.menu.give(position, connected.menu_path.as_ref());
            }
            EventData::VaAssigned(assigned) => {
                self.va_assigned_at.get_or_insert(at);
                self.virtual_agent.set(position, Some(&assigned.virtual_agent));
            }
            EventData::VaConnected(connected) => {
                self.va_connected_at.get_or_insert(at);
                self.virtual_agent.set(position, Some(&connected.virtual_agent));
            }
            EventData::VaEscalated(escalated) => self.deflection = escalated.deflection.as_deref().or(self.deflection),
            EventData::MeetEngaged(engaged) => {
                if fold.meets.direction(&engaged.meet_id, fold.direction) == Some(Direction::Inbound) {
                    self.engaged_at.get_or_insert(at);
                }
            }
            EventData::MessageSent(message) if !message.private => {
                self.message_count += 1;
                self.first_msg_sent_at.get_or_insert(at);
                self.last_msg_sent_at = Some(at);
            }
            _ => self.tell_beside(at, &event.data),
        }
    }

    /// The same, of events that stand beside the course of the chat.
    fn tell_beside(&mut self, at: Timestamp, data: &'a EventData) {
        match data {
            EventData::ChatFeedback(feedback) => {
                self.rating = Some(feedback.rating);
                self.has_feedback |= feedback.comment.as_ref().is_some_and(|comment| !comment.is_empty());
            }
            EventData::ChatTicketLinked(ticket) => self.ticket = Some(ticket),
            EventData::ChatRecordingSet(set) => {
                self.recording_permission = Some(set.permission);
                self.recording_url = set.url.as_deref().or(self.recording_url);
            }
            EventData::ChatMediaAdded(media) => match media.kind {
                MediaKind::Photo => self.photos.push(media),
                MediaKind::Video => self.videos.push(media),
            },
            EventData::ChatSmartAction(action) => self.act(action),
            EventData::ChatInCallMessage(message) => self.in_call_messages.push((at, message)),
            EventData::ChatOffered(offered) => self.offers.push(offered),
            EventData::ChatDispositionSet(set) => self.disposition = Some(set),
            _ => {}
        }
    }

    /// When a manager was last assigned before the event at `position`.
    pub fn assigned_before(&self, manager_id: &str, position: usize) -> Option<Timestamp> {
        let assignments = self.assignments.get(manager_id)?;
        let before = assignments.partition_point(|&(at, _)| at < position);
        assignments[..before].last().map(|&(_, time)| time)
    }

    /// Only the first creation tells anything.
    fn create(&mut self, position: usize, created: &'a ChatCreated) {
        if !self.is_created {
            self.is_created = true;
            self.lang.give(position, created.lang.as_deref());
            self.verified = created.verified.or(self.verified);
        }
    }

    fn update(&mut self, position: usize, updated: &'a ChatUpdated) {
        if let Some(lang) = &updated.lang {
            self.lang.set(position, lang.as_deref());
        }
        if let Some(menu) = &updated.menu_path {
            self.menu.set(position, menu.as_ref());
        }
        if let Some(verified) = updated.verified {
            self.verified = verified;
        }
        if let Some(selected_menu) = &updated.selected_menu {
            self.selected_menu = selected_menu.as_deref();
        }
        if let Some(queue_priority) = updated.queue_priority {
            self.queue_priority = queue_priority;
        }
    }

    fn assign(&mut self, edge: Edge<'a>, assigned: &'a ChatAssigned) {
        self.assignments.entry(&assigned.manager_id).or_default().push((edge.position, edge.time()));
        if let Some(agent) = assigned.agent.as_ref().filter(|agent| tells(agent)) {
            self.agents.insert(&assigned.manager_id, agent);
        }
    }

    fn act(&mut self, action: &ChatSmartAction) {
        match action.kind {
            SmartActionKind::Verification => {
                self.smart_actions.verification = true;
                self.verified = action.verified.or(self.verified);
            }
            SmartActionKind::Photo => self.smart_actions.photos = true,
            SmartActionKind::Video => self.smart_actions.videos = true,
            SmartActionKind::Text => self.smart_actions.text = true,
        }
    }
}

/// Whether anything is told of an agent; an empty object is as good as none.
fn tells(agent: &AgentName) -> bool {
    let AgentName { name, first_name, last_name, agent_number, avatar_url } = agent;
    [name, first_name, last_name, agent_number, avatar_url].into_iter().any(|member| member.is_some())
}
