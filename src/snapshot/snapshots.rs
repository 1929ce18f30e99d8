//! The sums of contributions by key: the snapshots themselves, and differences between them (`snapshots.md`).

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::contribution::Contributions;
use super::difference::Difference;
use super::json::{Publication, live_json, window_json};
use super::place::{Id, Key, Place, WindowKey};
use super::sums::{Gauges, WindowSums};
use super::window::{Window, WindowSize};

/// What chats contribute, added up per (channel, dimension, id, window). What one difference changes is such sums too: then
/// their numbers may be negative.
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
        self.change(&Contributions::default(), chat);
    }

    /// Takes back all that a chat contributed.
    pub fn retract(&mut self, chat: &Contributions) {
        self.change(chat, &Contributions::default());
    }

    /// Takes back what a chat contributed before and adds what it contributes now.
    pub fn change(&mut self, before: &Contributions, after: &Contributions) {
        let mut difference = Difference::new(self.smallest);
        difference.change(before, after);
        self.apply(&difference);
    }

    /// Adds a difference, to all windows that it concerns.
    pub fn apply(&mut self, difference: &Difference) {
        assert_eq!(self.smallest, difference.smallest(), "windows of one size are added up");
        for (channel, changes) in difference.channels() {
            for ((dimension, id), told) in changes {
                let place = Place { channel: channel.clone(), dimension: *dimension, id: id.clone() };
                for (slice, added) in &told.windows {
                    for window in slice.day.windows(slice.at, self.smallest) {
                        let key = WindowKey { place: place.clone(), size: window.size, start: window.start };
                        let merge = |sums: &mut WindowSums| sums.merge_ending(added, window.end);
                        change(&mut self.windows, key, WindowSums::is_empty, merge);
                    }
                }
                if !told.live.is_empty() {
                    self.merge_live(place, &told.live);
                }
            }
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
