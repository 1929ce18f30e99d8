//! What a task holds in memory of its state, by name: what was used last, within a budget.

use std::collections::{BTreeMap, HashMap};

/// The entries in memory, with an estimate of their bytes.
pub(super) struct Overlay<T> {
    entries: HashMap<Box<str>, Entry<T>>,
    bytes: usize,
}

struct Entry<T> {
    value: T,
    bytes: usize,
    /// The commit in which it was used last.
    used: u64,
    /// Whether it differs from what is stored: then it stays.
    is_dirty: bool,
}

impl<T> Default for Overlay<T> {
    fn default() -> Self {
        Overlay { entries: HashMap::new(), bytes: 0 }
    }
}

impl<T> Overlay<T> {
    /// The entry of this name, which is now used by commit `now`.
    pub(super) fn use_at(&mut self, name: &str, now: u64) -> Option<&mut T> {
        let entry = self.entries.get_mut(name)?;
        entry.used = now;
        Some(&mut entry.value)
    }

    /// The entry of this name, whoever used it.
    pub(super) fn get(&self, name: &str) -> Option<&T> {
        self.entries.get(name).map(|entry| &entry.value)
    }

    /// The entry of this name, to be changed; its use is not noted.
    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.entries.get_mut(name).map(|entry| &mut entry.value)
    }

    /// Takes an entry in that was not there, used by commit `now`.
    pub(super) fn insert(&mut self, name: &str, value: T, bytes: usize, now: u64) {
        self.bytes += bytes;
        self.entries.insert(name.into(), Entry { value, bytes, used: now, is_dirty: false });
    }

    /// It differs from what is stored. Gives whether it did not before.
    pub(super) fn soil(&mut self, name: &str) -> bool {
        let entry = self.entries.get_mut(name).expect("what changes is in the overlay");
        !std::mem::replace(&mut entry.is_dirty, true)
    }

    /// It is as it is stored, and takes so many bytes.
    pub(super) fn stored(&mut self, name: &str, bytes: usize) {
        if let Some(entry) = self.entries.get_mut(name) {
            self.bytes = self.bytes - entry.bytes + bytes;
            entry.bytes = bytes;
            entry.is_dirty = false;
        }
    }

    /// Forgets an entry.
    pub(super) fn remove(&mut self, name: &str) {
        if let Some(entry) = self.entries.remove(name) {
            self.bytes -= entry.bytes;
        }
    }

    /// Shrinks to `budget` bytes, the longest unused first; never those that differ from what is stored.
    pub(super) fn evict(&mut self, budget: usize) {
        if self.bytes <= budget {
            return;
        }
        // A little more than needed, so that this does not happen at every commit.
        let mut too_many = self.bytes - budget / 5 * 4;
        let mut by_use: BTreeMap<u64, usize> = BTreeMap::new();
        for entry in self.entries.values().filter(|entry| !entry.is_dirty) {
            *by_use.entry(entry.used).or_default() += entry.bytes;
        }
        // All that was used before, and as much as is still too much of what was used then.
        let mut then = u64::MAX;
        for (used, bytes) in by_use {
            if bytes > too_many {
                then = used;
                break;
            }
            too_many -= bytes;
            self.bytes -= bytes;
        }
        self.entries.retain(|_, entry| entry.is_dirty || entry.used >= then);
        self.evict_used_at(then, too_many);
    }

    /// Evicts `bytes` of what one commit used, in the order of the names: the same every time.
    fn evict_used_at(&mut self, used: u64, bytes: usize) {
        let evictable = self.entries.iter().filter(|(_, entry)| !entry.is_dirty && entry.used == used);
        let mut names: Vec<Box<str>> = evictable.map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        let end = self.bytes.saturating_sub(bytes);
        for name in names {
            if self.bytes <= end {
                break;
            }
            self.remove(&name);
        }
    }

    /// Entries, and an estimate of their bytes.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.entries.len(), self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_unused_go_first_and_those_to_be_kept_stay() {
        let mut overlay = Overlay::default();
        for (at, name) in ["a", "b", "c", "d"].into_iter().enumerate() {
            overlay.insert(name, at, 10, at as u64);
        }
        assert_eq!(overlay.use_at("a", 9), Some(&mut 0));
        overlay.evict(40);
        assert_eq!(overlay.size(), (4, 40));
        assert!(overlay.soil("b") && !overlay.soil("b"));
        overlay.evict(30);
        assert_eq!(overlay.size(), (2, 20), "down to four fifths");
        assert_eq!((overlay.get("a"), overlay.get("b")), (Some(&0), Some(&1)));
        overlay.stored("b", 10);
        assert!(overlay.soil("b"));
        overlay.stored("a", 15);
        overlay.remove("b");
        assert_eq!(overlay.size(), (1, 15));
    }
}
