//! What a window and a live record add up: integers and counted multisets only, so that what is taken back leaves no
//! trace (`snapshots.md`).

use std::collections::BTreeMap;

use super::multiset::Multiset;
use super::place::Id;
use super::sketch::Sketch;
use super::table::{Counter, Distribution, Gauge};
use crate::time::{Span, Timestamp};

/// A number of a policy, as a thing to be counted: two are alike if they are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target(u64);

impl Target {
    /// A target, in seconds or percent.
    pub fn of(number: f64) -> Target {
        // −0 equals 0 but has other bits.
        Target(if number == 0.0 { 0.0_f64.to_bits() } else { number.to_bits() })
    }

    /// Its value.
    pub fn number(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// What a chat adds at one moment, under one set of ids.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Adds {
    /// The counts, each with how much it grows.
    pub counts: Vec<(Counter, i64)>,
    /// The values of distributions, twins included.
    pub values: Vec<(Distribution, Span)>,
    /// If a queue segment counts as inSla or notInSla: its policy.
    pub policy: Option<Policy>,
}

/// The targets of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// `targetSecs`
    pub secs: Option<Target>,
    /// `targetPercent`
    pub percent: Option<Target>,
}

/// The sums of a window. In a difference any number may be negative.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowSums {
    /// The counts and verdicts.
    pub counts: Multiset<Counter>,
    /// The distributions that have values.
    pub distributions: BTreeMap<Distribution, Sketch>,
    /// `targetSecs` of the segments counted as inSla or notInSla.
    pub target_secs: Multiset<Option<Target>>,
    /// `targetPercent` of the same.
    pub target_percents: Multiset<Option<Target>>,
    /// The window's end as each moment has it: while a change of time zone is being restated they may differ.
    pub ends: Multiset<Timestamp>,
}

impl WindowSums {
    /// Adds what a chat adds at a moment in a window that ends at `end`, `times` times: 1, or −1 to take it back.
    pub fn add(&mut self, adds: &Adds, end: Timestamp, times: i64) {
        for &(counter, grows) in &adds.counts {
            self.counts.add(counter, grows * times);
        }
        for &(distribution, value) in &adds.values {
            self.change(distribution, |sketch| sketch.add(value, times));
        }
        if let Some(policy) = adds.policy {
            self.target_secs.add(policy.secs, times);
            self.target_percents.add(policy.percent, times);
        }
        self.ends.add(end, times);
    }

    /// Adds other sums.
    pub fn merge(&mut self, other: &WindowSums) {
        self.merge_but_ends(other);
        self.ends.merge(&other.ends);
    }

    /// Adds the sums of a part of a window that ends at `end`.
    pub fn merge_ending(&mut self, other: &WindowSums, end: Timestamp) {
        self.merge_but_ends(other);
        self.ends.add(end, other.ends.total());
    }

    fn merge_but_ends(&mut self, other: &WindowSums) {
        self.counts.merge(&other.counts);
        for (&distribution, added) in &other.distributions {
            self.change(distribution, |sketch| sketch.merge(added));
        }
        self.target_secs.merge(&other.target_secs);
        self.target_percents.merge(&other.target_percents);
    }

    /// Whether nothing is in it: in a window that no moment falls into, in a difference that all cancels out.
    pub fn is_empty(&self) -> bool {
        *self == WindowSums::default()
    }

    /// A count.
    pub fn count(&self, counter: Counter) -> i64 {
        self.counts.times(&counter)
    }

    /// A distribution; none without values.
    pub fn distribution(&self, distribution: Distribution) -> Option<&Sketch> {
        self.distributions.get(&distribution)
    }

    /// inSla + notInSla.
    pub fn judged(&self) -> i64 {
        self.count(Counter::InSla) + self.count(Counter::NotInSla)
    }

    /// `percent`: 100 × inSla / (inSla + notInSla); none when that is 0/0.
    pub fn percent(&self) -> Option<f64> {
        let judged = self.judged();
        (judged != 0).then(|| 100.0 * self.count(Counter::InSla) as f64 / judged as f64)
    }

    /// `targetPercent`: the one that all judged segments have in common.
    pub fn target_percent(&self) -> Option<f64> {
        in_common(&self.target_percents)
    }

    /// `met`; none without a common `targetPercent`.
    pub fn met(&self) -> Option<bool> {
        let target = self.target_percent()?;
        Some(100.0 * self.count(Counter::InSla) as f64 >= target * self.judged() as f64)
    }

    fn change(&mut self, distribution: Distribution, change: impl FnOnce(&mut Sketch)) {
        let sketch = self.distributions.entry(distribution).or_default();
        change(sketch);
        if sketch.is_empty() {
            self.distributions.remove(&distribution);
        }
    }
}

/// The value that all have in common; none when they differ, lack it, or there are none.
pub(super) fn in_common(targets: &Multiset<Option<Target>>) -> Option<f64> {
    if targets.distinct() != 1 {
        return None;
    }
    targets.first().copied().flatten().map(Target::number)
}

/// The gauges of a live record (`snapshots.md`, Live). In a difference any number may be negative.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gauges {
    /// The chats, in all and by what they do.
    pub counts: Multiset<Gauge>,
    /// askedAt of the turns not yet answered.
    pub asked_at: Multiset<Timestamp>,
    /// The starts of the open queue segments.
    pub queued_at: Multiset<Timestamp>,
    /// The agents of the open handle segments.
    pub agents: Multiset<Id>,
    /// Open queue segments of expired chats. Shown nowhere: they make the identity `waiting` whole.
    pub expired_in_queue: i64,
}

impl Gauges {
    /// Adds other gauges.
    pub fn merge(&mut self, other: &Gauges) {
        self.counts.merge(&other.counts);
        self.asked_at.merge(&other.asked_at);
        self.queued_at.merge(&other.queued_at);
        self.agents.merge(&other.agents);
        self.expired_in_queue += other.expired_in_queue;
    }

    /// Whether there is nothing to show: no live chat.
    pub fn shows_nothing(&self) -> bool {
        Gauges { expired_in_queue: 0, ..self.clone() }.is_empty()
    }

    /// Whether there is no chat that counts; in a difference whether all cancels out.
    pub fn is_empty(&self) -> bool {
        *self == Gauges::default()
    }

    /// A gauge.
    pub fn count(&self, gauge: Gauge) -> i64 {
        self.counts.times(&gauge)
    }

    /// `oldestAskedAt`.
    pub fn oldest_asked_at(&self) -> Option<Timestamp> {
        self.asked_at.first().copied()
    }

    /// `oldestQueuedAt`.
    pub fn oldest_queued_at(&self) -> Option<Timestamp> {
        self.queued_at.first().copied()
    }

    /// `agentsHandling`: different agents.
    pub fn agents_handling(&self) -> i64 {
        self.agents.distinct() as i64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Timestamp = Timestamp::from_millis(60_000);

    fn judged(counter: Counter, secs: f64, percent: Option<f64>) -> Adds {
        let policy = Policy { secs: Some(Target::of(secs)), percent: percent.map(Target::of) };
        Adds { counts: vec![(counter, 1)], values: Vec::new(), policy: Some(policy) }
    }

    #[test]
    fn a_target_is_shown_while_all_have_it_in_common() {
        let mut sums = WindowSums::default();
        assert_eq!((sums.percent(), in_common(&sums.target_secs), sums.met()), (None, None, None));
        sums.add(&judged(Counter::InSla, 20.0, Some(50.0)), END, 1);
        sums.add(&judged(Counter::NotInSla, 20.0, Some(50.0)), END, 1);
        assert_eq!((sums.percent(), in_common(&sums.target_secs), sums.met()), (Some(50.0), Some(20.0), Some(true)));
        sums.add(&judged(Counter::NotInSla, 30.0, Some(50.0)), END, 1);
        assert_eq!((in_common(&sums.target_secs), sums.met()), (None, Some(false)));
        sums.add(&judged(Counter::NotInSla, 30.0, None), END, 1);
        assert_eq!((in_common(&sums.target_percents), sums.met()), (None, None));
        sums.add(&judged(Counter::NotInSla, 30.0, None), END, -1);
        sums.add(&judged(Counter::NotInSla, 30.0, Some(50.0)), END, -1);
        assert_eq!((in_common(&sums.target_secs), sums.met()), (Some(20.0), Some(true)));
    }

    #[test]
    fn targets_are_alike_if_they_are_equal() {
        assert_eq!(Target::of(-0.0), Target::of(0.0));
        assert_eq!(Target::of(0.1).number(), 0.1);
    }

    #[test]
    fn what_is_taken_back_leaves_no_trace() {
        let adds = Adds {
            counts: vec![(Counter::CsatSum, 5)],
            values: vec![(Distribution::ReplyTime, Span::from_millis(7))],
            policy: None,
        };
        let mut sums = WindowSums::default();
        sums.add(&adds, END, 1);
        let mut other = WindowSums::default();
        other.add(&adds, END, -1);
        assert!(!sums.is_empty() && !other.is_empty());
        sums.merge(&other);
        assert!(sums.is_empty());
    }

    #[test]
    fn a_value_that_moves_within_its_bucket_is_a_difference() {
        let mut sums = WindowSums::default();
        let value =
            |millis| Adds { values: vec![(Distribution::ReplyTime, Span::from_millis(millis))], ..Adds::default() };
        sums.add(&value(100_000), END, -1);
        sums.add(&value(100_001), END, 1);
        assert!(!sums.is_empty());
        assert_eq!(sums.distribution(Distribution::ReplyTime).map(|sketch| sketch.sum), Some(1));
    }
}
