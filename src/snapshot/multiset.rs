//! Counted multisets: what can be added up in any order, and taken back exactly.

/// How often each of some things is there. In a difference a number may be negative.
///
/// A thing that is there zero times is not kept: equal multisets are equal values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multiset<K>(
    /// In order. Mostly they are few, and adding up a few is what is done most: a tree would cost more.
    Vec<(K, i64)>,
);

impl<K> Default for Multiset<K> {
    fn default() -> Self {
        Multiset(Vec::new())
    }
}

impl<K: Ord> Multiset<K> {
    /// Adds a thing `times` times; a negative number takes it away.
    pub fn add(&mut self, thing: K, times: i64) {
        if times == 0 {
            return;
        }
        match self.0.binary_search_by(|(known, _)| known.cmp(&thing)) {
            Err(at) => self.0.insert(at, (thing, times)),
            Ok(at) => {
                self.0[at].1 += times;
                if self.0[at].1 == 0 {
                    self.0.remove(at);
                }
            }
        }
    }

    /// How often a thing is there.
    pub fn times(&self, thing: &K) -> i64 {
        self.0.binary_search_by(|(known, _)| known.cmp(thing)).map_or(0, |at| self.0[at].1)
    }

    /// How many things there are, each as often as it is there.
    pub fn total(&self) -> i64 {
        self.0.iter().map(|(_, times)| times).sum()
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
        self.0.iter().map(|(thing, times)| (thing, *times))
    }

    /// The least thing.
    pub fn first(&self) -> Option<&K> {
        self.0.first().map(|(thing, _)| thing)
    }

    /// The greatest thing.
    pub fn last(&self) -> Option<&K> {
        self.0.last().map(|(thing, _)| thing)
    }
}

impl<K: Ord + Clone> Multiset<K> {
    /// Adds another multiset.
    pub fn merge(&mut self, other: &Multiset<K>) {
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
        } else if other.0.len() < 8 {
            other.iter().for_each(|(thing, times)| self.add(thing.clone(), times));
        } else {
            self.merge_many(other);
        }
    }

    /// In one pass, so that many things are not moved many times.
    fn merge_many(&mut self, other: &Multiset<K>) {
        let mut merged = Vec::with_capacity(self.0.len() + other.0.len());
        let mut mine = std::mem::take(&mut self.0).into_iter().peekable();
        for (thing, times) in &other.0 {
            while let Some(known) = mine.next_if(|(known, _)| known < thing) {
                merged.push(known);
            }
            let known = mine.next_if(|(known, _)| known == thing).map_or(0, |(_, known)| known);
            if known + times != 0 {
                merged.push((thing.clone(), known + times));
            }
        }
        merged.extend(mine);
        self.0 = merged;
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

    #[test]
    fn many_are_merged_as_few_are() {
        let of = |things: &[(i32, i64)]| {
            let mut set = Multiset::default();
            things.iter().for_each(|&(thing, times)| set.add(thing, times));
            set
        };
        let one = of(&[(1, 1), (3, 2), (4, 5), (9, -1), (20, 1)]);
        let other = of(&[(0, 1), (1, -1), (2, 1), (3, 1), (5, 5), (9, 1), (10, 1), (11, 1), (30, 7)]);
        let mut few = one.clone();
        other.iter().for_each(|(thing, times)| few.add(*thing, times));
        let mut many = one.clone();
        many.merge(&other);
        assert_eq!(many, few);
        assert_eq!((many.first(), many.last(), many.times(&3), many.times(&1)), (Some(&0), Some(&30), 3, 0));
    }
}
