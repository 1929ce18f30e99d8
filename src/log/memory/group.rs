//! The group coordinator of the in-process log: static members, eager rebalances, range assignment, offsets.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::log::{Committed, InputPartition};

use super::state::Topic;

/// A consumer group.
///
/// ```text
///  stable ─join, leave, expulsion→ preparing ─every member has released (or is gone)→ stable, one generation later
/// ```
#[derive(Default)]
pub(super) struct Group {
    generation: i32,
    preparing: bool,
    members: BTreeMap<String, Member>,
    /// By topic and partition.
    pub(super) offsets: BTreeMap<(usize, u32), Committed>,
    /// What stood there before the last commit.
    pub(super) overtaken: BTreeMap<(usize, u32), Committed>,
}

struct Member {
    handle: u64,
    topics: Vec<usize>,
    seen: Duration,
    phase: Phase,
}

/// ```text
///  Waiting ─generation starts→ Offered ─told→ Holding ─released→ Waiting
///     ↑───────another rebalance───┘
/// ```
enum Phase {
    Waiting,
    Offered(Vec<InputPartition>),
    Holding(Vec<InputPartition>),
}

/// What the coordinator has for a member that asks.
pub(super) enum Answer {
    /// It is in no generation, or goes on in this one.
    Nothing,
    /// A generation has started in which these are its partitions.
    Assigned(i32, Vec<InputPartition>),
    /// It holds partitions and the group wants to rebalance.
    Rebalancing,
    /// There is no such member.
    Unknown,
}

impl Group {
    /// Enters a member. A static member that comes back to a stable group gets what its older self had, in the same
    /// generation, and nobody else notices (as Kafka does); otherwise the group rebalances.
    pub(super) fn join(&mut self, instance: &str, handle: u64, topics: &[usize], now: Duration) {
        let older = self.members.remove(instance);
        let phase =
            match older {
                Some(Member {
                    phase: Phase::Offered(partitions) | Phase::Holding(partitions), topics: same, ..
                }) if !self.preparing && same == topics => Phase::Offered(partitions),
                _ => {
                    self.prepare();
                    Phase::Waiting
                }
            };
        self.members.insert(instance.to_string(), Member { handle, topics: topics.to_vec(), seen: now, phase });
    }

    /// A sign of life.
    pub(super) fn seen(&mut self, instance: &str, handle: u64, now: Duration) {
        if let Some(member) = self.members.get_mut(instance).filter(|member| member.handle == handle) {
            member.seen = now;
        }
    }

    /// Counts as a sign of life of everybody: after an outage of the broker all time-outs start anew.
    pub(super) fn seen_all(&mut self, now: Duration) {
        self.members.values_mut().for_each(|member| member.seen = now);
    }

    /// What the group has for this member now.
    pub(super) fn ask(&mut self, instance: &str, handle: u64, topics: &[Topic]) -> Answer {
        self.start_generation(topics);
        let Some(member) = self.members.get_mut(instance).filter(|member| member.handle == handle) else {
            return Answer::Unknown;
        };
        match &member.phase {
            Phase::Offered(partitions) => {
                let partitions = partitions.clone();
                member.phase = Phase::Holding(partitions.clone());
                Answer::Assigned(self.generation, partitions)
            }
            Phase::Holding(_) if self.preparing => Answer::Rebalancing,
            Phase::Holding(_) | Phase::Waiting => Answer::Nothing,
        }
    }

    /// The member has given its partitions up and waits for the next generation.
    pub(super) fn release(&mut self, instance: &str, handle: u64) {
        let Some(member) = self.members.get_mut(instance).filter(|member| member.handle == handle) else { return };
        member.phase = Phase::Waiting;
        self.prepare();
    }

    /// Removes a member that leaves or is expelled.
    pub(super) fn remove(&mut self, instance: &str) {
        if self.members.remove(instance).is_some() {
            self.prepare();
        }
    }

    /// Removes every member that gave no sign of life for `timeout`.
    pub(super) fn expel(&mut self, now: Duration, timeout: Duration) {
        let before = self.members.len();
        self.members.retain(|_, member| member.seen.saturating_add(timeout) > now);
        if self.members.len() < before {
            self.prepare();
        }
    }

    /// Makes every member give up what it has.
    pub(super) fn prepare(&mut self) {
        self.preparing = true;
        for member in self.members.values_mut() {
            // Not told yet, so it has nothing to give up.
            if matches!(member.phase, Phase::Offered(_)) {
                member.phase = Phase::Waiting;
            }
        }
    }

    /// Whether this member may commit under this generation. While the group prepares, the old one is still valid.
    pub(super) fn is_current(&self, instance: &str, handle: u64, generation: i32) -> bool {
        generation == self.generation && self.members.get(instance).is_some_and(|member| member.handle == handle)
    }

    fn start_generation(&mut self, topics: &[Topic]) {
        let waiting = self.members.values().all(|member| matches!(member.phase, Phase::Waiting));
        if !self.preparing || !waiting {
            return;
        }
        self.preparing = false;
        self.generation += 1;
        let mut shares = self.range(topics);
        for (instance, member) in &mut self.members {
            member.phase = Phase::Offered(shares.remove(instance).unwrap_or_default());
        }
    }

    /// Kafka's range assignor: of each topic every member gets a contiguous range, the first ones one more where it
    /// does not divide. Topics of equal counts are divided equally: a partition number is never split.
    fn range(&self, topics: &[Topic]) -> BTreeMap<String, Vec<InputPartition>> {
        let mut shares: BTreeMap<String, Vec<InputPartition>> = BTreeMap::new();
        let subscribed: BTreeSet<usize> = self.members.values().flat_map(|member| member.topics.clone()).collect();
        for topic in subscribed {
            let index = |member: &Member| member.topics.iter().position(|of| *of == topic);
            let members: Vec<(&String, usize)> =
                self.members.iter().filter_map(|(name, member)| Some((name, index(member)?))).collect();
            let mut partitions = 0..topics[topic].partitions.len() as u32;
            let (least, more) = (partitions.len() / members.len(), partitions.len() % members.len());
            for (at, (name, index)) in members.into_iter().enumerate() {
                let share = partitions.by_ref().take(least + usize::from(at < more));
                let share = share.map(|partition| InputPartition { topic: index, partition });
                shares.entry(name.clone()).or_default().extend(share);
            }
        }
        shares.values_mut().for_each(|share| share.sort_unstable());
        shares
    }
}
