//! A group member that answers rebalances as the engine does, and keeps what it reads.

use std::collections::BTreeMap;

use crate::log::{
    Batch, Committed, InputPartition, LogResult, Membership, OffsetCommit, Outgoing, PollLimits, Rebalance, Session,
};

use super::{Seen, World};

/// A session and what came of it.
pub(super) struct Member<'w> {
    world: &'w World<'w>,
    pub(super) session: Box<dyn Session>,
    batch: Batch,
    pub(super) seen: Vec<Seen>,
    /// By partition: the newest position told.
    pub(super) positions: BTreeMap<InputPartition, i64>,
    /// What it holds; `None` before the first assignment and between generations.
    pub(super) assigned: Option<Vec<InputPartition>>,
    /// Told to give its partitions up, and has not done so.
    pub(super) revoked: bool,
}

impl<'w> Member<'w> {
    pub(super) fn join(world: &'w World<'w>, group: &str, instance: &str, topics: &[&str]) -> Self {
        let membership = Membership {
            group: group.to_string(),
            instance: instance.to_string(),
            topics: topics.iter().map(|topic| topic.to_string()).collect(),
        };
        let session = world.cluster.join(&membership).expect("a member joins");
        Member {
            world,
            session,
            batch: Batch::default(),
            seen: Vec::new(),
            positions: BTreeMap::new(),
            assigned: None,
            revoked: false,
        }
    }

    /// Polls once and gives what the group asks, unanswered.
    pub(super) fn poll(&mut self, limits: PollLimits) -> LogResult<Option<Rebalance>> {
        let event = self.session.poll(&mut self.batch, limits)?;
        self.seen.extend(self.batch.iter().map(Seen::from));
        self.positions.extend(self.batch.positions().iter().copied());
        Ok(event)
    }

    /// Polls once and answers an assignment (reading on from the committed offsets) and the loss of one; `Revoked` is
    /// only noted.
    pub(super) fn step(&mut self) {
        if self.revoked {
            return;
        }
        match self.poll(self.world.limits()).expect("a member polls") {
            Some(Rebalance::Assigned(partitions)) => {
                let committed = self.committed(&partitions);
                let start = |of: Option<Committed>| of.map_or(0, |committed| committed.offset);
                let starts: Vec<(InputPartition, i64)> =
                    partitions.iter().copied().zip(committed.into_iter().map(start)).collect();
                self.session.assign(&starts).expect("an assignment is answered");
                self.session.resume(&partitions).expect("what is assigned is resumed");
                self.assigned = Some(partitions);
            }
            Some(Rebalance::Revoked) => self.revoked = true,
            Some(Rebalance::Lost) => self.release(),
            None => {}
        }
    }

    /// Polls once and answers everything.
    pub(super) fn run(&mut self) {
        self.step();
        if self.revoked {
            self.release();
        }
    }

    pub(super) fn release(&mut self) {
        self.session.release().expect("partitions are released");
        self.revoked = false;
        self.assigned = None;
    }

    /// Runs until it holds partitions.
    pub(super) fn settle(&mut self) {
        let world = self.world;
        world.until("the member is assigned", || {
            self.run();
            self.assigned.is_some()
        });
    }

    pub(super) fn committed(&mut self, partitions: &[InputPartition]) -> Vec<Option<Committed>> {
        let world = self.world;
        let committed = world.patiently("offsets are stable", || self.session.committed(partitions));
        committed.expect("committed offsets are known")
    }

    /// Sends records in an open transaction.
    pub(super) fn send(&mut self, topic: &str, partition: u32, values: &[&str]) {
        for value in values {
            self.session.send(super::plain(topic, partition, value)).expect("a record is taken");
        }
    }

    /// Commits a transaction of its own with these records.
    pub(super) fn commit(&mut self, topic: &str, partition: u32, values: &[&str]) {
        self.session.begin().expect("a transaction begins");
        self.send(topic, partition, values);
        self.session.commit(&[]).expect("a transaction commits");
    }

    /// Aborts a transaction of its own, once the broker has its records up to `end`.
    pub(super) fn abort(&mut self, topic: &str, partition: u32, values: &[&str], end: i64) {
        self.session.begin().expect("a transaction begins");
        self.send(topic, partition, values);
        self.world.until_end(topic, partition, end);
        self.session.abort().expect("a transaction aborts");
    }

    /// Which partition numbers it holds, by topic.
    pub(super) fn numbers(&self, topics: usize) -> Vec<Vec<u32>> {
        let mut numbers = vec![Vec::new(); topics];
        for of in self.assigned.iter().flatten() {
            numbers[of.topic].push(of.partition);
        }
        numbers.iter_mut().for_each(|numbers| numbers.sort_unstable());
        numbers
    }
}

/// The only partition of the first topic.
pub(super) const FIRST: InputPartition = InputPartition { topic: 0, partition: 0 };

/// An offset of that partition.
pub(super) fn offset(offset: i64, metadata: &str) -> OffsetCommit {
    OffsetCommit { partition: FIRST, offset, metadata: metadata.to_string() }
}

/// A record of key and value.
pub(super) fn keyed<'a>(topic: &'a str, key: &'a str, value: Option<&'a str>) -> Outgoing<'a> {
    Outgoing { topic, partition: None, key: Some(key.as_bytes()), value: value.map(str::as_bytes), headers: &[] }
}
