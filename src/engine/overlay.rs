//! What a task holds in memory of its state, by name: what was used last, within a budget.

use std::collections::HashMap;

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
    pub(super) fn insert(&mut self, name: &str, value: T, bytes: usize, now: u64) -> &mut T {
        self.bytes += bytes;
        let entry = self.entries.entry(name.into()).insert_entry(Entry { value, bytes, used: now });
        &mut entry.into_mut().value
    }

    /// Its size has changed.
    pub(super) fn resized(&mut self, name: &str, bytes: usize) {
        if let Some(entry) = self.entries.get_mut(name) {
            self.bytes = self.bytes - entry.bytes + bytes;
            entry.bytes = bytes;
        }
    }

    /// Forgets an entry.
    pub(super) fn remove(&mut self, name: &str) {
        if let Some(entry) = self.entries.remove(name) {
            self.bytes -= entry.bytes;
        }
    }

    /// Shrinks to `budget` bytes, the longest unused first; never those to be kept.
    pub(super) fn evict(&mut self, budget: usize, is_kept: impl Fn(&str) -> bool) {
        if self.bytes <= budget {
            return;
        }
        let mut by_use: Vec<(u64, Box<str>)> =
            self.entries.iter().map(|(name, entry)| (entry.used, name.clone())).collect();
        by_use.sort_unstable();
        for (_, name) in by_use {
            // A little more than needed, so that this does not happen at every commit.
            if self.bytes <= budget / 5 * 4 {
                break;
            }
            if !is_kept(&name) {
                self.remove(&name);
            }
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
        overlay.evict(40, |_| false);
        assert_eq!(overlay.size(), (4, 40));
        overlay.evict(30, |name| name == "b");
        assert_eq!(overlay.size(), (2, 20), "down to four fifths");
        assert_eq!((overlay.get("a"), overlay.get("b")), (Some(&0), Some(&1)));
        overlay.resized("a", 15);
        overlay.remove("b");
        assert_eq!(overlay.size(), (1, 15));
    }
}
