//! The sums of contributions by key: the snapshots themselves, and differences between them (`snapshots.md`).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::contribution::{Contributions, Live, Moment};
use super::json::{Publication, live_json, window_json};
use super::place::{Id, Key, Place, WindowKey};
use super::sums::{Gauges, WindowSums};
use super::table::{Dimension, Gauge};
use super::window::{Window, WindowSize};

/// What chats contribute, added up per (channel, dimension, id, window). As a difference it says what to add to what is
/// there already, and its numbers may be negative.
///
/// Adding and taking back are sums of integers: their order never matters, and what cancels out is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshots {
    /// The size of the smallest windows (`snapshot_window`).
    smallest: WindowSize,
    /// The windows that are not empty.
    pub windows: BTreeMap<WindowKey, WindowSums>,
    /// The live records that are not empty.
    pub live: BTreeMap<Place, Gauges>,
}

impl Snapshots {
    /// Nothing yet, with smallest windows of this size.
    pub fn new(smallest: WindowSize) -> Snapshots {
        assert!(smallest.is_minutes(), "the smallest window is one of minutes");
        Snapshots { smallest, windows: BTreeMap::new(), live: BTreeMap::new() }
    }

    /// The size of the smallest windows.
    pub fn smallest(&self) -> WindowSize {
        self.smallest
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.windows.is_empty() && self.live.is_empty()
    }

    /// Adds all that a chat contributes.
    pub fn add(&mut self, chat: &Contributions) {
        self.count(chat, &chat.moments, chat.live.as_ref(), 1);
        self.count_expired(chat, 1);
    }

    /// Takes back all that a chat contributed.
    pub fn retract(&mut self, chat: &Contributions) {
        self.count(chat, &chat.moments, chat.live.as_ref(), -1);
        self.count_expired(chat, -1);
    }

    /// Takes back what a chat contributed before and adds what it contributes now: only where the two differ.
    pub fn change(&mut self, before: &Contributions, after: &Contributions) {
        if (&before.channel, &before.medium) != (&after.channel, &after.medium) {
            self.retract(before);
            self.add(after);
            return;
        }
        let same = |pair: &(&Moment, &Moment)| pair.0.counts_as(pair.1);
        let (old, new) = (&before.moments, &after.moments);
        let first = old.iter().zip(new).take_while(same).count();
        let (old, new) = (&old[first..], &new[first..]);
        let last = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
        let is_same_live = before.live == after.live;
        let live = |chat: &'_ Contributions| if is_same_live { None } else { chat.live.clone() };
        self.count(before, &old[..old.len() - last], live(before).as_ref(), -1);
        self.count(after, &new[..new.len() - last], live(after).as_ref(), 1);
        if before.expired_in_queue != after.expired_in_queue {
            self.count_expired(before, -1);
            self.count_expired(after, 1);
        }
    }

    /// Adds other sums, such as a difference.
    pub fn merge(&mut self, other: &Snapshots) {
        assert_eq!(self.smallest, other.smallest, "windows of one size are added up");
        for (key, added) in &other.windows {
            self.merge_window(key.clone(), added);
        }
        for (place, added) in &other.live {
            self.merge_live(place.clone(), added);
        }
    }

    /// Adds to a window.
    pub fn merge_window(&mut self, key: WindowKey, added: &WindowSums) {
        change(&mut self.windows, key, WindowSums::is_empty, |sums| sums.merge(added));
    }

    /// Adds to a live record.
    pub fn merge_live(&mut self, place: Place, added: &Gauges) {
        change(&mut self.live, place, Gauges::is_empty, |gauges| gauges.merge(added));
    }

    /// The channels that are in it, in order.
    pub fn channels(&self) -> Vec<Id> {
        let windows = self.windows.keys().map(|key| &key.place.channel);
        let mut channels: Vec<Id> = windows.chain(self.live.keys().map(|place| &place.channel)).cloned().collect();
        channels.sort_unstable();
        channels.dedup();
        channels
    }

    /// Every key with its record; without a publication with its content. Not for a difference, which has no records.
    pub fn records(&self, publication: Option<Publication>) -> BTreeMap<String, String> {
        let windows = self.windows.iter().map(|(key, sums)| {
            let end = *sums.ends.last().expect("a window has an end");
            let window = Window { size: key.size, start: key.start, end };
            (Key::Window(key.clone()).to_string(), window_json(&key.place, window, sums, publication))
        });
        let live = self
            .live
            .iter()
            .filter(|(_, gauges)| !gauges.shows_nothing())
            .map(|(place, gauges)| (Key::Live(place.clone()).to_string(), live_json(place, gauges, publication)));
        windows.chain(live).collect()
    }

    fn count(&mut self, chat: &Contributions, moments: &[Moment], live: Option<&Live>, times: i64) {
        for moment in moments {
            self.count_moment(chat, moment, times);
        }
        if let Some(live) = live {
            self.count_live(chat, live, times);
        }
    }

    /// The open queue segment of an expired chat, which is in its queue, but under no team and manager.
    fn count_expired(&mut self, chat: &Contributions, times: i64) {
        let Some(queue) = &chat.expired_in_queue else { return };
        for place in chat.places([&None, &None, queue]) {
            self.merge_live(place, &Gauges { expired_in_queue: times, ..Gauges::default() });
        }
    }

    fn count_moment(&mut self, chat: &Contributions, moment: &Moment, times: i64) {
        let windows = moment.day.windows(moment.at, self.smallest);
        for place in chat.places([&moment.team, &moment.manager, &moment.queue]) {
            for window in windows {
                let key = WindowKey { place: place.clone(), size: window.size, start: window.start };
                change(&mut self.windows, key, WindowSums::is_empty, |sums| sums.add(&moment.adds, window.end, times));
            }
        }
    }

    fn count_live(&mut self, chat: &Contributions, live: &Live, times: i64) {
        for place in chat.places([&live.team, &live.manager, &live.queue]) {
            let is_manager = place.dimension == Dimension::Manager;
            let mut gauges = live.gauges(times);
            for agent in &live.agents {
                if is_manager {
                    let mut handled = Gauges::default();
                    handle(&mut handled, agent, times);
                    self.merge_live(Place { id: agent.clone(), ..place.clone() }, &handled);
                } else {
                    handle(&mut gauges, agent, times);
                }
            }
            self.merge_live(place, &gauges);
        }
    }
}

/// An open handle segment.
fn handle(gauges: &mut Gauges, agent: &Id, times: i64) {
    gauges.counts.add(Gauge::Handling, times);
    gauges.agents.add(agent.clone(), times);
}

/// Changes the sums of a key; what has become empty is not kept.
fn change<K: Ord, V: Default>(
    map: &mut BTreeMap<K, V>,
    key: K,
    is_empty: impl Fn(&V) -> bool,
    change: impl FnOnce(&mut V),
) {
    match map.entry(key) {
        Entry::Vacant(entry) => {
            let mut sums = V::default();
            change(&mut sums);
            if !is_empty(&sums) {
                entry.insert(sums);
            }
        }
        Entry::Occupied(mut entry) => {
            change(entry.get_mut());
            if is_empty(entry.get()) {
                entry.remove();
            }
        }
    }
}
