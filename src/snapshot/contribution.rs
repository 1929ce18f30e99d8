//! What a chat contributes to snapshots: a pure function of its events in canonical order and its channel's document
//! (`snapshots.md`). The one source of the snapshots and of `moments[]`.

use super::place::{Id, Place};
use super::sums::{Adds, Gauges};
use super::table::{Dimension, Gauge};
use super::window::Day;
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
    /// The five places of ids of a chat: of its team, manager and queue, and those that never change.
    pub(super) fn places(&self, [team, manager, queue]: [&Id; 3]) -> [Place; 5] {
        let place = |dimension, id: &Id| Place { channel: self.channel.clone(), dimension, id: id.clone() };
        [
            place(Dimension::Channel, &self.channel),
            place(Dimension::Medium, &self.medium),
            place(Dimension::Team, team),
            place(Dimension::Manager, manager),
            place(Dimension::Queue, queue),
        ]
    }
}

impl Moment {
    /// Whether it counts as another one does, whatever events stand before either.
    pub(super) fn counts_as(&self, other: &Moment) -> bool {
        let ids = |moment: &'_ Moment| (moment.at, moment.day);
        ids(self) == ids(other)
            && self.team == other.team
            && self.manager == other.manager
            && self.queue == other.queue
            && self.adds == other.adds
    }
}

impl Live {
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
