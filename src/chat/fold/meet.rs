//! The direction of meets: it decides which calls ask and which are answers (`metrics.md`, Words).

use std::collections::BTreeMap;

use crate::event::{Direction, MeetStarted};
use crate::time::Timestamp;

/// The meets, by id.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Meets {
    by_id: BTreeMap<Box<str>, Meet>,
    /// The first `meet.started` that says `INBOUND`.
    inbound_at: Option<Timestamp>,
    /// The first `meet.started` without a direction.
    undirected_at: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Meet {
    /// Its first `meet.started`: when, and the direction it gave, if any.
    started: Option<(Timestamp, Option<Direction>)>,
    is_engaged: bool,
}

impl Meet {
    /// Without a direction of its own it has the chat's.
    fn direction(&self, chat: Option<Direction>) -> Option<Direction> {
        self.started.and_then(|(_, direction)| direction).or(chat)
    }
}

impl Meets {
    /// Whether `started`, coming after all others, gives another direction to a meet that was engaged before.
    pub fn would_turn(&self, started: &MeetStarted) -> bool {
        let meet = self.by_id.get(&started.meet_id);
        started.direction.is_some() && meet.is_some_and(|meet| meet.is_engaged && meet.started.is_none())
    }

    pub fn start(&mut self, started: &MeetStarted, at: Timestamp) {
        let meet = self.by_id.entry(started.meet_id.clone()).or_default();
        meet.started.get_or_insert((at, started.direction));
        match started.direction {
            Some(Direction::Inbound) => self.inbound_at = self.inbound_at.or(Some(at)),
            Some(Direction::Outbound) => {}
            None => self.undirected_at = self.undirected_at.or(Some(at)),
        }
    }

    /// The direction of a meet that is engaged now, in a chat of that direction.
    pub fn engage(&mut self, meet_id: &str, chat: Option<Direction>) -> Option<Direction> {
        let meet = self.by_id.entry(meet_id.into()).or_default();
        meet.is_engaged = true;
        meet.direction(chat)
    }

    /// Whether there is a `meet.started`.
    pub fn any_started(&self) -> bool {
        self.by_id.values().any(|meet| meet.started.is_some())
    }

    /// The first inbound `meet.started` in a chat of that direction: each speaks for itself, also one that repeats a meet.
    pub fn first_inbound_at(&self, chat: Option<Direction>) -> Option<Timestamp> {
        let undirected = self.undirected_at.filter(|_| chat == Some(Direction::Inbound));
        [self.inbound_at, undirected].into_iter().flatten().min()
    }

    /// The direction of a meet, in a chat of that direction.
    pub fn direction(&self, meet_id: &str, chat: Option<Direction>) -> Option<Direction> {
        self.by_id.get(meet_id).map_or(chat, |meet| meet.direction(chat))
    }
}
