//! What a chat contributes to snapshots: a pure function of its events in canonical order and its channel's document
//! (`snapshots.md`). The one source of the snapshots and of `moments[]`.

use super::place::{Id, id};
use super::sums::{Adds, Gauges};
use super::table::Gauge;
use super::walk::Walk;
use super::window::Day;
use crate::calendar::ChannelDocument;
use crate::chat::metric::Facts;
use crate::chat::segment::Segments;
use crate::chat::{Fold, Journal, State};
use crate::event::EventData;
use crate::time::Timestamp;

/// All that a chat contributes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contributions {
    /// The chat's channel: it moves with all it contributes.
    pub channel: Id,
    /// Its `mediumType`.
    pub medium: Id,
    /// Where it counts: in canonical order, of one event by manager, then queue, null first.
    pub moments: Vec<Moment>,
    /// What it is now; none unless it is live.
    pub live: Option<Live>,
    /// Of an expired chat with an open queue segment: its queue. It is in no live record, but has not left.
    pub expired_in_queue: Option<Id>,
}

/// What is counted or measured at an event, under one set of ids.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment {
    /// The event's time.
    pub at: Timestamp,
    /// The event's place in canonical order, from 0.
    pub event: u32,
    /// The day it falls into.
    pub day: Day,
    /// The team right after the event.
    pub team: Id,
    /// The manager whom it counts for.
    pub manager: Id,
    /// The queue.
    pub queue: Id,
    /// What it adds.
    pub adds: Adds,
}

/// What a live chat is now.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    /// The team.
    pub team: Id,
    /// The assignee.
    pub manager: Id,
    /// The queue entered last.
    pub queue: Id,
    /// What it counts as, handling left out.
    pub counts: Vec<Gauge>,
    /// askedAt of the turn not yet answered.
    pub asked_at: Option<Timestamp>,
    /// The start of the open queue segment.
    pub queued_at: Option<Timestamp>,
    /// The agents of the open handle segments.
    pub agents: Vec<Id>,
}

impl Contributions {
    /// What the chat of a journal that is folded into `fold` contributes, on the channel of the document; `is_expired`:
    /// it has expired and no later event has come (`finalization.md`).
    pub fn of(journal: &Journal, fold: &Fold, document: &ChannelDocument, is_expired: bool) -> Contributions {
        // The one fact that depends on the due time is no column that is measured here.
        let facts = Facts::new("", journal, fold, document, Timestamp::MAX);
        let segments = Segments::of(journal, fold, document);
        let mut walk = Walk::new(&facts, &segments, document);
        Fold::watch(journal, |event, fold| walk.take(event, fold));
        let (moments, team, queue) = walk.finish();
        let created = journal.iter().find_map(|event| match &event.data {
            EventData::ChatCreated(created) => Some(created),
            _ => None,
        });
        let medium = created.map(|created| created.medium.as_ref().map(|medium| medium.kind).unwrap_or_default());
        let live = Live::of(fold, &segments, team, queue);
        let (live, expired) = if is_expired { (None, live) } else { (live, None) };
        Contributions {
            channel: id(fold.channel_id()),
            medium: id(medium.map(|medium| medium.as_str())),
            moments,
            live,
            expired_in_queue: expired.filter(|live| live.queued_at.is_some()).map(|live| live.queue),
        }
    }
}

impl Moment {
    /// Whether it counts as another one does, whatever events stand before either.
    pub(super) fn counts_as(&self, other: &Moment) -> bool {
        (self.at, self.day) == (other.at, other.day)
            && self.team == other.team
            && self.manager == other.manager
            && self.queue == other.queue
            && self.adds == other.adds
    }
}

impl Live {
    /// What a chat is now; none when its session has ended, or before its first event.
    fn of(fold: &Fold, segments: &Segments<'_>, team: Id, queue: Id) -> Option<Live> {
        fold.updated_at()?;
        let state = match fold.state() {
            State::Initial => Gauge::Initial,
            State::Queued => Gauge::Queued,
            State::Opened => Gauge::Opened,
            State::Snoozed => Gauge::Snoozed,
            State::Missed | State::Closed => return None,
        };
        let manager = id(fold.assignee_id());
        let episode = fold.episodes().last().filter(|episode| episode.ended.is_none());
        let asked_at = episode.and_then(|episode| Some(fold.pending_question_at()?.max(episode.opened_at)));
        let open_queue = segments.queues.last().filter(|segment| segment.ended.is_none());
        let queued_at = open_queue.map(|segment| segment.began.time());
        let is_unassigned = state != Gauge::Initial && manager.is_none();
        let counts = [
            (Gauge::Chats, true),
            (state, true),
            (Gauge::Unassigned, is_unassigned),
            (Gauge::WaitingReply, asked_at.is_some()),
            (Gauge::InQueue, queued_at.is_some()),
        ];
        let counts = counts.into_iter().filter(|(_, counts)| *counts).map(|(gauge, _)| gauge).collect();
        let open = segments.handles.iter().filter(|segment| segment.ended.is_none());
        let agents = open.map(|segment| id(Some(segment.agent_id))).collect();
        Some(Live { team, manager, queue, counts, asked_at, queued_at, agents })
    }

    /// Its gauges but for handling, `times` times: 1, or −1 to take them back.
    pub(super) fn gauges(&self, times: i64) -> Gauges {
        let mut gauges = Gauges::default();
        for &gauge in &self.counts {
            gauges.counts.add(gauge, times);
        }
        if let Some(at) = self.asked_at {
            gauges.asked_at.add(at, times);
        }
        if let Some(at) = self.queued_at {
            gauges.queued_at.add(at, times);
        }
        gauges
    }
}
