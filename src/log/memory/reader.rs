//! Reading and writing the in-process log without a group and without transactions.

use std::sync::Arc;

use crate::clock::SystemClock;
use crate::log::{Batch, Feed, InputPartition, LogError, LogResult, Outgoing, PollLimits, Reader};
use crate::time::Timestamp;

use super::Shared;
use super::partition::Partition;

/// A committed reader of one partition.
pub(super) struct MemoryReader {
    shared: Arc<Shared>,
    topic: usize,
    partition: u32,
    position: i64,
}

impl MemoryReader {
    pub(super) fn new(shared: Arc<Shared>, topic: usize, partition: u32, position: i64) -> Self {
        MemoryReader { shared, topic, partition, position }
    }
}

impl Reader for MemoryReader {
    fn poll(&mut self, batch: &mut Batch, limits: PollLimits) -> LogResult<()> {
        batch.clear();
        let waited = SystemClock::new();
        let (mut state, _) = self.shared.enter(None)?;
        loop {
            let partition = state.partition(self.topic, self.partition)?;
            in_range(partition, self.position)?;
            let of = InputPartition { topic: 0, partition: self.partition };
            let position = partition.read(of, self.position, batch, limits);
            if position > self.position {
                self.position = position;
                return Ok(());
            }
            match self.shared.nap(state, &waited, limits.wait) {
                Some(again) => state = again,
                None => return Ok(()),
            }
            self.shared.reach(&mut state, None)?;
        }
    }

    fn position(&self) -> i64 {
        self.position
    }
}

/// A position whose record is gone is an error: starting elsewhere silently would lose or repeat records.
pub(super) fn in_range(partition: &Partition, position: i64) -> LogResult<()> {
    if (partition.first()..=partition.end()).contains(&position) {
        return Ok(());
    }
    let (first, end) = (partition.first(), partition.end());
    Err(LogError::Fatal(format!("offset {position} is not in the log, which has {first} to {end}")))
}

/// A plain producer. Nothing is queued: what is sent is there.
pub(super) struct MemoryFeed {
    shared: Arc<Shared>,
    turn: u32,
}

impl MemoryFeed {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        MemoryFeed { shared, turn: 0 }
    }
}

impl Feed for MemoryFeed {
    fn send(&mut self, record: Outgoing<'_>, timestamp: Option<Timestamp>) -> LogResult<()> {
        let (mut state, now) = self.shared.enter(None)?;
        let (topic, partition) = state.place(&record, &mut self.turn)?;
        state.topics[topic].partitions[partition as usize].append(&record, timestamp.unwrap_or(now.wall), None);
        self.shared.changed.notify_all();
        Ok(())
    }

    fn flush(&mut self) -> LogResult<()> {
        self.shared.enter(None).map(drop)
    }
}
