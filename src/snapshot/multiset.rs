//! Counted multisets: what can be added up in any order, and taken back exactly.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// How often each of some things is there. In a difference a number may be negative.
///
/// A thing that is there zero times is not kept: equal multisets are equal values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multiset<K>(BTreeMap<K, i64>);

impl<K> Default for Multiset<K> {
    fn default() -> Self {
        Multiset(BTreeMap::new())
    }
}

impl<K: Ord> Multiset<K> {
    /// Adds a thing `times` times; a negative number takes it away.
    pub fn add(&mut self, thing: K, times: i64) {
        if times == 0 {
            return;
        }
        match self.0.entry(thing) {
            Entry::Vacant(entry) => {
                entry.insert(times);
            }
            Entry::Occupied(mut entry) => {
                *entry.get_mut() += times;
                if *entry.get() == 0 {
                    entry.remove();
                }
            }
        }
    }

    /// How often a thing is there.
    pub fn times(&self, thing: &K) -> i64 {
        self.0.get(thing).copied().unwrap_or(0)
    }

    /// How many things there are, each as often as it is there.
    pub fn total(&self) -> i64 {
        self.0.values().sum()
    }

    /// How many different things there are.
    pub fn distinct(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is there, nor lacking.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The things in order, with how often they are there.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, i64)> + ExactSizeIterator {
        self.0.iter().map(|(thing, &times)| (thing, times))
    }

    /// The least thing.
    pub fn first(&self) -> Option<&K> {
        self.0.keys().next()
    }

    /// The greatest thing.
    pub fn last(&self) -> Option<&K> {
        self.0.keys().next_back()
    }
}

impl<K: Ord + Clone> Multiset<K> {
    /// Adds another multiset.
    pub fn merge(&mut self, other: &Multiset<K>) {
        for (thing, times) in other.iter() {
            self.add(thing.clone(), times);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_zero_times_is_not_kept() {
        let mut set = Multiset::default();
        set.add("a", 2);
        set.add("b", 0);
        set.add("c", -1);
        assert_eq!((set.times(&"a"), set.times(&"b"), set.total(), set.distinct()), (2, 0, 1, 2));
        assert_eq!((set.first(), set.last()), (Some(&"a"), Some(&"c")));
        let mut other = Multiset::default();
        other.add("c", 1);
        other.add("a", -2);
        set.merge(&other);
        assert!(set.is_empty());
        assert_eq!(set, Multiset::default());
    }
}
