//! The journal: all accepted events of one chat, without duplicates, in canonical order.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::event::Event;

/// Up to so many events, looking at each is faster than an index.
const UNINDEXED_MAX: usize = 32;

/// All accepted events of one chat (`events.md`, Order): walked in canonical order, kept in the order of arrival.
///
/// Where an event stands in the order of arrival never changes, so what is stored grows at its end.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    arrived: Vec<Event>,
    /// The canonical order, as positions in `arrived`.
    order: Vec<u32>,
    /// Positions in `arrived` by the hash of the event's identity; empty up to [`UNINDEXED_MAX`] events.
    index: BTreeMap<u64, u32>,
}

/// What became of an event that was given to a [`Journal`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Inserted {
    /// It is now the last in canonical order: the fold may go on from where it is.
    Appended,
    /// It stands before others: the chat must be folded again.
    Within,
    /// An event with its source and id was there; nothing has changed.
    Duplicate,
    /// The journal is full (`events.md`, Envelope: `chat_too_large`); nothing has changed.
    Full,
}

impl Journal {
    /// The most events a chat takes (`events.md`, Envelope).
    pub const CAPACITY: usize = 20_000;

    /// A journal without events.
    pub fn new() -> Journal {
        Journal::default()
    }

    /// The number of events.
    pub fn len(&self) -> usize {
        self.arrived.len()
    }

    /// Whether there is no event.
    pub fn is_empty(&self) -> bool {
        self.arrived.is_empty()
    }

    /// The events in canonical order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Event> + ExactSizeIterator {
        self.order.iter().map(|&position| &self.arrived[position as usize])
    }

    /// The event before which `position` others stand in canonical order.
    pub fn get(&self, position: usize) -> Option<&Event> {
        self.order.get(position).map(|&position| &self.arrived[position as usize])
    }

    /// The events in the order of arrival: a new one is always the last.
    pub fn arrived(&self) -> &[Event] {
        &self.arrived
    }

    /// The last event in canonical order.
    pub fn last(&self) -> Option<&Event> {
        self.order.last().map(|&position| &self.arrived[position as usize])
    }

    /// Whether an event with this identity is there, whatever its time and type (`events.md`, Envelope).
    pub fn contains(&self, source: &str, id: &str) -> bool {
        self.find(source, id).is_err()
    }

    /// Takes an event in, unless it is a duplicate or, failing that, the journal is full.
    pub fn insert(&mut self, event: Event) -> Inserted {
        let Ok(hash) = self.find(&event.source, &event.id) else {
            return Inserted::Duplicate;
        };
        if self.len() >= Journal::CAPACITY {
            return Inserted::Full;
        }
        let position = self.len() as u32;
        let key = event.key();
        let inserted = if self.last().is_none_or(|last| last.key() < key) {
            self.order.push(position);
            Inserted::Appended
        } else {
            let at = self.order.partition_point(|&position| self.arrived[position as usize].key() < key);
            self.order.insert(at, position);
            Inserted::Within
        };
        self.arrived.push(event);
        self.add_to_index(hash, position);
        inserted
    }

    /// The position of an event in `arrived` as the error, or where in the index it is to stand.
    fn find(&self, source: &str, id: &str) -> Result<u64, u32> {
        let is_same = |event: &Event| *event.id == *id && *event.source == *source;
        if self.len() <= UNINDEXED_MAX {
            // Backwards, for what comes twice mostly comes soon.
            return self.arrived.iter().rposition(is_same).map_or(Ok(0), |position| Err(position as u32));
        }
        // Nothing is ever taken out, so the first free place ends the search.
        for attempt in 0.. {
            let hash = identity_hash(attempt, source, id);
            match self.index.get(&hash) {
                None => return Ok(hash),
                Some(&position) if is_same(&self.arrived[position as usize]) => return Err(position),
                Some(_) => {}
            }
        }
        unreachable!("the attempts do not end")
    }

    fn add_to_index(&mut self, hash: u64, position: u32) {
        if self.len() <= UNINDEXED_MAX {
            return;
        }
        if self.index.is_empty() {
            for position in 0..self.len() as u32 {
                let Event { source, id, .. } = &self.arrived[position as usize];
                let free = (0..).map(|attempt| identity_hash(attempt, source, id));
                let hash = free.into_iter().find(|hash| !self.index.contains_key(hash));
                self.index.insert(hash.expect("the attempts do not end"), position);
            }
        } else {
            self.index.insert(hash, position);
        }
    }
}

/// The identity's hash; further attempts give others, for when two identities meet in one.
fn identity_hash(attempt: u64, source: &str, id: &str) -> u64 {
    xxh3_64_with_seed(id.as_bytes(), xxh3_64_with_seed(source.as_bytes(), attempt))
}

impl FromIterator<Event> for Journal {
    /// A journal of what [`Journal::arrived`] gave, in that order; duplicates and what is too much are left out.
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Journal {
        let mut journal = Journal::new();
        for event in events {
            let _ = journal.insert(event);
        }
        journal
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EventData, Kind};
    use crate::time::Timestamp;

    fn event(millis: i64, kind: Kind, source: &str, id: &str) -> Event {
        let (data, channel_id) = EventData::from_json(kind, "{}").expect("a type without members");
        let time = Timestamp::from_millis(millis);
        Event { kind, time, source: source.into(), id: id.into(), channel_id, data }
    }

    fn number(n: u32) -> Event {
        event(i64::from(n.wrapping_mul(7_919) % 20_011), Kind::ChatAlfStarted, "s", &format!("e{n}"))
    }

    #[test]
    fn orders_by_time_rank_source_and_id() {
        let canonical = [
            event(1, Kind::ChatCsatRequested, "b", "b"),
            event(2, Kind::ChatAlfStarted, "b", "a"),
            event(2, Kind::ChatAlfEnded, "a", "c"),
            event(2, Kind::ChatAlfEnded, "a", "d"),
            event(2, Kind::ChatAlfEnded, "é", "b"),
            event(3, Kind::ChatAlfStarted, "a", "a"),
        ];
        let mut journal = Journal::new();
        let inserted: Vec<_> = [3, 0, 5, 1, 4, 2].map(|at| journal.insert(canonical[at].clone())).into();
        use Inserted::{Appended, Within};
        assert_eq!(inserted, [Appended, Within, Appended, Within, Within, Within]);
        assert!(journal.iter().eq(&canonical));
        assert_eq!(journal.last(), Some(&canonical[5]));
        assert_eq!(journal.arrived()[0], canonical[3]);
    }

    #[test]
    fn finds_duplicates_by_source_and_id_alone() {
        for others in [0, UNINDEXED_MAX - 2, UNINDEXED_MAX - 1, UNINDEXED_MAX, 500] {
            let mut journal: Journal = (0..others as u32).map(number).collect();
            assert_ne!(journal.insert(event(9, Kind::ChatAlfStarted, "x", "1")), Inserted::Duplicate);
            assert_eq!(journal.insert(event(5, Kind::ChatAlfEnded, "x", "1")), Inserted::Duplicate);
            assert_ne!(journal.insert(event(9, Kind::ChatAlfStarted, "1", "x")), Inserted::Duplicate);
            assert_ne!(journal.insert(event(9, Kind::ChatAlfStarted, "", "x1")), Inserted::Duplicate);
            assert!(journal.contains("x", "1") && !journal.contains("x", "2"));
            for n in 0..others as u32 {
                assert_eq!(journal.insert(number(n)), Inserted::Duplicate);
            }
            assert_eq!(journal.len(), others + 3);
        }
    }

    #[test]
    fn takes_twenty_thousand_events_and_tells_duplicates_first() {
        let mut journal: Journal = (0..Journal::CAPACITY as u32).map(number).collect();
        assert_eq!(journal.len(), Journal::CAPACITY);
        assert!(journal.iter().is_sorted_by_key(Event::key));
        assert_eq!(journal.insert(number(Journal::CAPACITY as u32)), Inserted::Full);
        assert_eq!(journal.insert(number(17)), Inserted::Duplicate);
        assert_eq!(journal.len(), Journal::CAPACITY);
    }
}
