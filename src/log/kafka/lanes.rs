//! The assigned partitions, each with a queue of its own: a *lane*.
//!
//! Only so does an end-of-partition event say whose end it is. The queues are split off before `assign`, so no record
//! ever reaches the common queue. librdkafka drops what was fetched before a pause or a seek; the offset expected next
//! is checked all the same.

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::BaseConsumer;
use rdkafka::consumer::base_consumer::PartitionQueue;
use rdkafka::error::KafkaError;
use rdkafka::message::Message;

use crate::log::{Batch, InputPartition, LogError, LogResult, PollLimits};

use super::convert;
use super::monitor::Monitor;
use super::signal::Signal;

/// How many records one lane may give before the next one's turn.
const TURN: usize = 512;

/// One assigned partition.
struct Lane {
    partition: InputPartition,
    queue: PartitionQueue<Monitor>,
    /// The offset of the next record; what lies before it was fetched before a seek.
    next: i64,
    paused: bool,
}

/// All of a member's partitions.
#[derive(Default)]
pub(super) struct Lanes {
    lanes: Vec<Lane>,
    /// Whose turn it is.
    turn: usize,
}

impl Lanes {
    /// Splits off the queues of these partitions, all paused, in place of the old ones. To be called before `assign`:
    /// from then on records go there and nowhere else.
    pub(super) fn open(
        &mut self,
        consumer: &Arc<BaseConsumer<Monitor>>,
        signal: &Arc<Signal>,
        topics: &[String],
        starts: &[(InputPartition, i64)],
    ) -> LogResult<()> {
        self.close();
        for (partition, next) in starts {
            let topic = convert::topic(topics, *partition)?;
            let number = convert::partition_number(partition.partition)?;
            let mut queue = consumer
                .split_partition_queue(topic, number)
                .ok_or_else(|| LogError::Fatal(format!("{topic} [{number}] has no queue")))?;
            let raise = Arc::clone(signal);
            queue.set_nonempty_callback(move || raise.raise());
            self.lanes.push(Lane { partition: *partition, queue, next: *next, paused: true });
        }
        Ok(())
    }

    /// Gives all partitions up. (Every lane holds on to the consumer.)
    pub(super) fn close(&mut self) {
        self.lanes.clear();
        self.turn = 0;
    }

    /// The offset expected next.
    pub(super) fn next(&self, partition: InputPartition) -> Option<i64> {
        self.lanes.iter().find(|lane| lane.partition == partition).map(|lane| lane.next)
    }

    /// What comes next after a seek.
    pub(super) fn set_next(&mut self, partition: InputPartition, next: i64) -> LogResult<()> {
        self.lane(partition)?.next = next;
        Ok(())
    }

    /// Whether to give records.
    pub(super) fn set_paused(&mut self, partition: InputPartition, paused: bool) -> LogResult<()> {
        self.lane(partition)?.paused = paused;
        Ok(())
    }

    fn lane(&mut self, partition: InputPartition) -> LogResult<&mut Lane> {
        let lane = self.lanes.iter_mut().find(|lane| lane.partition == partition);
        lane.ok_or_else(|| LogError::Fatal(format!("{partition:?} is not assigned")))
    }

    /// Empties the lanes, each in its turn, until the batch is full or they are empty, or a lane gives an error.
    pub(super) fn drain(
        &mut self,
        monitor: &Monitor,
        batch: &mut Batch,
        limits: PollLimits,
    ) -> Result<(), (InputPartition, KafkaError)> {
        let count = self.lanes.len();
        let mut idle = 0;
        while idle < count && !full(batch, limits) {
            self.turn = (self.turn + 1) % count;
            let before = batch.len();
            let lane = &mut self.lanes[self.turn];
            if !lane.paused {
                lane.drain(monitor, batch, limits).map_err(|error| (lane.partition, error))?;
            }
            idle = if batch.len() > before { 0 } else { idle + 1 };
        }
        Ok(())
    }
}

impl Lane {
    fn drain(&mut self, monitor: &Monitor, batch: &mut Batch, limits: PollLimits) -> Result<(), KafkaError> {
        for _ in 0..TURN {
            if full(batch, limits) {
                break;
            }
            match self.queue.poll(Duration::ZERO) {
                None => break,
                Some(Ok(message)) if message.offset() >= self.next => {
                    convert::push(batch, self.partition, &message);
                    self.next = message.offset() + 1;
                }
                Some(Ok(_)) => {}
                Some(Err(KafkaError::PartitionEOF(_))) => {
                    // Control records have no message: only the end tells that they were passed.
                    if let Some(end) = monitor.take_partition_end().filter(|end| *end > self.next) {
                        self.next = end;
                        batch.advance(self.partition, end);
                    }
                }
                Some(Err(error)) => return Err(error),
            }
        }
        Ok(())
    }
}

fn full(batch: &Batch, limits: PollLimits) -> bool {
    batch.len() >= limits.max_records || batch.bytes() >= limits.max_bytes
}
