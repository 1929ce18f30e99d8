//! A worker's session with the in-process log: a static group member and a transactional producer.

mod transaction;

use std::collections::BTreeMap;
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

use crate::clock::SystemClock;
use crate::log::{
    Batch, Committed, End, InputPartition, LogError, LogResult, Membership, OffsetCommit, Outgoing, PollLimits,
    Rebalance, Session,
};

use super::Shared;
use super::fault::Fault;
use super::group::Answer;
use super::reader::in_range;
use super::state::{Now, State};

/// How long a known end is good enough.
const END_AGE: Duration = Duration::from_secs(1);

/// One session.
pub(super) struct MemorySession {
    shared: Arc<Shared>,
    membership: Membership,
    /// The cluster's numbers of the subscribed topics.
    topics: Vec<usize>,
    handle: u64,
    standing: Standing,
    /// See [`Fault::Deaf`].
    is_deaf: bool,
    /// The one in which partitions were last assigned; −1 before that.
    generation: i32,
    reading: Vec<Reading>,
    /// Where the next poll begins, so that no partition starves the others.
    turn: usize,
    ends: BTreeMap<InputPartition, End>,
    ends_at: Option<Duration>,
    epoch: u32,
    transaction: Local,
    /// A refusal that only `commit` reports.
    refused: Option<LogError>,
    placed: u32,
    /// Behind the last record of the transaction, by topic and partition.
    written: BTreeMap<(String, u32), i64>,
}

/// The group member's side of a rebalance.
///
/// ```text
///  Idle ─Assigned→ Offered ─assign→ Holding ─Revoked→ Revoked ─release→ Idle
///                     └───────────────┴──────Lost────→ Lost ───────────↗
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    Idle,
    Offered(Vec<InputPartition>),
    Holding,
    Revoked,
    Lost,
    Left,
}

/// The producer's side of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Local {
    None,
    Open,
    /// Only abort can follow.
    Failed(LogError),
    /// Only reinitialise can follow.
    Unknown,
}

struct Reading {
    partition: InputPartition,
    position: i64,
    paused: bool,
}

impl MemorySession {
    pub(super) fn join(
        shared: &Arc<Shared>,
        state: &mut State,
        membership: &Membership,
        now: Now,
    ) -> LogResult<MemorySession> {
        let topics: Vec<usize> =
            membership.topics.iter().map(|name| state.existing_topic(name)).collect::<LogResult<_>>()?;
        let instance = &membership.instance;
        let handle = state.new_handle(instance);
        let epoch = state.new_producer(instance);
        let group = state.groups.entry(membership.group.clone()).or_default();
        group.join(instance, handle, &topics, now.monotonic);
        Ok(MemorySession {
            shared: Arc::clone(shared),
            membership: membership.clone(),
            topics,
            handle,
            standing: Standing::Idle,
            is_deaf: false,
            generation: -1,
            reading: Vec::new(),
            turn: 0,
            ends: BTreeMap::new(),
            ends_at: None,
            epoch,
            transaction: Local::None,
            refused: None,
            placed: 0,
            written: BTreeMap::new(),
        })
    }

    /// The state, for a call of this session; the call counts as a heartbeat.
    fn enter<'s>(&self, shared: &'s Shared) -> LogResult<(MutexGuard<'s, State>, Now)> {
        let (mut state, now) = shared.enter(Some(&self.membership.instance))?;
        self.greet(&mut state, now)?;
        Ok((state, now))
    }

    fn greet(&self, state: &mut State, now: Now) -> LogResult<()> {
        let instance = &self.membership.instance;
        if state.handles.get(instance) != Some(&self.handle) {
            return Err(LogError::Fenced(format!("a newer session of {instance} has joined")));
        }
        if let Some(group) = state.groups.get_mut(&self.membership.group) {
            group.seen(instance, self.handle, now.monotonic);
        }
        Ok(())
    }

    fn next_event(&mut self, state: &mut State, now: Now) -> LogResult<Option<Rebalance>> {
        if self.standing == Standing::Left {
            return Err(misuse("the session has left its group"));
        }
        if self.is_deaf {
            return Ok(None);
        }
        let instance = &self.membership.instance;
        let group = state.groups.entry(self.membership.group.clone()).or_default();
        let mut answer = group.ask(instance, self.handle, &state.topics);
        if self.standing == Standing::Idle {
            match answer {
                Answer::Unknown => group.join(instance, self.handle, &self.topics, now.monotonic),
                // Released while the broker could not be reached: it learns of it now.
                Answer::Rebalancing => group.release(instance, self.handle),
                Answer::Assigned(..) | Answer::Nothing => {}
            }
            if matches!(answer, Answer::Unknown | Answer::Rebalancing) {
                answer = group.ask(instance, self.handle, &state.topics);
            }
        }
        let deaf = |fault: &Fault| matches!(fault, Fault::Deaf).then_some(());
        if matches!(answer, Answer::Assigned(..)) && self.take_fault(state, deaf).is_some() {
            self.is_deaf = true;
            return Ok(None);
        }
        Ok(match answer {
            Answer::Assigned(generation, partitions) => {
                self.generation = generation;
                self.standing = Standing::Offered(partitions.clone());
                Some(Rebalance::Assigned(partitions))
            }
            Answer::Rebalancing if self.standing != Standing::Revoked => {
                self.standing = Standing::Revoked;
                Some(Rebalance::Revoked)
            }
            Answer::Unknown if self.standing != Standing::Lost => {
                self.standing = Standing::Lost;
                Some(Rebalance::Lost)
            }
            Answer::Rebalancing | Answer::Unknown | Answer::Nothing => None,
        })
    }

    fn refresh_ends(&mut self, state: &State, now: Duration) {
        let frozen = state.faults.get(&self.membership.instance).is_some_and(|faults| faults.ends_frozen);
        if frozen || self.ends_at.is_some_and(|at| now < at + END_AGE) {
            return;
        }
        self.ends_at = Some(now);
        for reading in &self.reading {
            let InputPartition { topic, partition } = reading.partition;
            let log = &state.topics[self.topics[topic]].partitions[partition as usize];
            self.ends.insert(reading.partition, End { offset: log.stable_end(), learned: now });
        }
    }

    fn read(&mut self, state: &State, batch: &mut Batch, limits: PollLimits) -> LogResult<()> {
        let count = self.reading.len();
        if count == 0 {
            return Ok(());
        }
        let frozen = state.faults.get(&self.membership.instance).map(|faults| &faults.frozen);
        for step in 0..count {
            let reading = &mut self.reading[(self.turn + step) % count];
            if reading.paused || frozen.is_some_and(|frozen| frozen.contains(&reading.partition)) {
                continue;
            }
            let InputPartition { topic, partition } = reading.partition;
            let log = state.partition(self.topics[topic], partition)?;
            in_range(log, reading.position)?;
            reading.position = log.read(reading.partition, reading.position, batch, limits);
        }
        self.turn = (self.turn + 1) % count;
        Ok(())
    }

    fn find(&mut self, partition: InputPartition) -> LogResult<&mut Reading> {
        let found = self.reading.iter_mut().find(|reading| reading.partition == partition);
        found.ok_or_else(|| misuse(&format!("{partition:?} is not assigned")))
    }

    fn check_partition(&self, state: &State, of: InputPartition) -> LogResult<(usize, u32)> {
        let topic = *self.topics.get(of.topic).ok_or_else(|| misuse("no such subscribed topic"))?;
        state.partition(topic, of.partition)?;
        Ok((topic, of.partition))
    }
}

impl Session for MemorySession {
    fn poll(&mut self, batch: &mut Batch, limits: PollLimits) -> LogResult<Option<Rebalance>> {
        batch.clear();
        let waited = SystemClock::new();
        let shared = Arc::clone(&self.shared);
        let (mut state, mut now) = self.enter(&shared)?;
        loop {
            if let Some(event) = self.next_event(&mut state, now)? {
                shared.changed.notify_all();
                return Ok(Some(event));
            }
            if self.standing == Standing::Holding {
                self.refresh_ends(&state, now.monotonic);
                self.read(&state, batch, limits)?;
            }
            if !batch.positions().is_empty() {
                return Ok(None);
            }
            match shared.nap(state, &waited, limits.wait) {
                Some(again) => state = again,
                None => return Ok(None),
            }
            now = shared.reach(&mut state, Some(&self.membership.instance))?;
            self.greet(&mut state, now)?;
        }
    }

    fn committed(&mut self, partitions: &[InputPartition]) -> LogResult<Vec<Option<Committed>>> {
        let shared = Arc::clone(&self.shared);
        let (mut state, _) = self.enter(&shared)?;
        let overtaken = self.take_fault(&mut state, |fault| matches!(fault, Fault::CommittedOvertaken).then_some(()));
        let group = &self.membership.group;
        let one = |of: &InputPartition| {
            let (topic, partition) = self.check_partition(&state, *of)?;
            if state.is_pending(group, topic, partition) {
                return Err(LogError::Unavailable("a transaction over these offsets is not resolved".to_string()));
            }
            let group = &state.groups[group];
            let offsets = if overtaken.is_some() { &group.overtaken } else { &group.offsets };
            Ok(offsets.get(&(topic, partition)).cloned())
        };
        partitions.iter().map(one).collect()
    }

    fn assign(&mut self, starts: &[(InputPartition, i64)]) -> LogResult<()> {
        let Standing::Offered(offered) = &self.standing else {
            return Err(misuse("assign answers Assigned, and there was none"));
        };
        let mut given: Vec<InputPartition> = starts.iter().map(|(partition, _)| *partition).collect();
        given.sort_unstable();
        if given != *offered {
            return Err(misuse("assign must start exactly the partitions that were assigned"));
        }
        let reading = |(partition, position): &(InputPartition, i64)| Reading {
            partition: *partition,
            position: *position,
            paused: true,
        };
        self.reading = starts.iter().map(reading).collect();
        self.turn = 0;
        self.standing = Standing::Holding;
        Ok(())
    }

    fn seek(&mut self, starts: &[(InputPartition, i64)]) -> LogResult<()> {
        starts.iter().try_for_each(|(partition, position)| {
            self.find(*partition)?.position = *position;
            Ok(())
        })
    }

    fn pause(&mut self, partitions: &[InputPartition]) -> LogResult<()> {
        partitions.iter().try_for_each(|partition| {
            self.find(*partition)?.paused = true;
            Ok(())
        })
    }

    fn resume(&mut self, partitions: &[InputPartition]) -> LogResult<()> {
        partitions.iter().try_for_each(|partition| {
            self.find(*partition)?.paused = false;
            Ok(())
        })
    }

    fn release(&mut self) -> LogResult<()> {
        if !matches!(self.standing, Standing::Revoked | Standing::Lost) {
            return Err(misuse("release answers Revoked and Lost, and there was none"));
        }
        if self.transaction == Local::Open {
            return Err(misuse("a transaction is open"));
        }
        self.standing = Standing::Idle;
        self.reading.clear();
        self.ends.clear();
        self.ends_at = None;
        let shared = Arc::clone(&self.shared);
        if let Ok((mut state, _)) = self.enter(&shared) {
            if let Some(group) = state.groups.get_mut(&self.membership.group) {
                group.release(&self.membership.instance, self.handle);
            }
            shared.changed.notify_all();
        }
        Ok(())
    }

    fn end(&self, partition: InputPartition) -> Option<End> {
        self.ends.get(&partition).copied()
    }

    fn begin(&mut self) -> LogResult<()> {
        let (state, _) = self.enter(&self.shared)?;
        self.check_epoch(&state)?;
        drop(state);
        if self.transaction != Local::None {
            return Err(misuse("a transaction is not finished"));
        }
        self.transaction = Local::Open;
        self.written.clear();
        Ok(())
    }

    fn send(&mut self, record: Outgoing<'_>) -> LogResult<()> {
        match &self.transaction {
            Local::Open => {}
            Local::Failed(error) => return Err(error.clone()),
            Local::None | Local::Unknown => return Err(misuse("no transaction is open")),
        }
        let result = self.try_send(record);
        if let Err(error) = &result {
            self.transaction = Local::Failed(error.clone());
        }
        result
    }

    fn commit(&mut self, offsets: &[OffsetCommit]) -> LogResult<()> {
        match &self.transaction {
            Local::Open => {}
            Local::Failed(error) => return Err(error.clone()),
            Local::None | Local::Unknown => return Err(misuse("no transaction is open")),
        }
        let result = self.try_commit(offsets);
        self.transaction = match &result {
            Ok(()) => Local::None,
            Err(LogError::Unknown(_)) => Local::Unknown,
            Err(error) => Local::Failed(error.clone()),
        };
        result
    }

    fn written(&self, topic: &str, partition: u32) -> Option<i64> {
        self.written.get(&(topic.to_owned(), partition)).copied()
    }

    fn abort(&mut self) -> LogResult<()> {
        if matches!(self.transaction, Local::None | Local::Unknown) {
            return Err(misuse("no transaction is open"));
        }
        self.refused = None;
        let result = self.try_abort();
        match &result {
            Ok(()) => self.transaction = Local::None,
            Err(LogError::Unknown(_)) => self.transaction = Local::Unknown,
            Err(_) => {}
        }
        result
    }

    fn reinitialise(&mut self) -> LogResult<()> {
        let shared = Arc::clone(&self.shared);
        let (mut state, _) = self.enter(&shared)?;
        self.epoch = state.new_producer(&self.membership.instance);
        self.transaction = Local::None;
        self.refused = None;
        shared.changed.notify_all();
        Ok(())
    }

    fn leave(&mut self) -> LogResult<()> {
        if self.transaction == Local::Open {
            return Err(misuse("a transaction is open"));
        }
        let shared = Arc::clone(&self.shared);
        let (mut state, _) = self.enter(&shared)?;
        if let Some(group) = state.groups.get_mut(&self.membership.group) {
            group.remove(&self.membership.instance);
        }
        self.standing = Standing::Left;
        self.reading.clear();
        self.ends.clear();
        shared.changed.notify_all();
        Ok(())
    }
}

/// The caller broke the contract of the trait: waiting will not help.
fn misuse(what: &str) -> LogError {
    LogError::Fatal(format!("misuse of the session: {what}"))
}
