//! The in-process log, with Kafka's transaction and group semantics: the demo's log and the simulation's world.
//!
//! Everything happens under one lock and by the [`Clock`] given at construction; no randomness, no order of a hash, no
//! thread of its own. What falls due by the clock is done at the next call, whoever makes it. With `wait` = 0 no call
//! blocks; with a longer one, real time is its upper bound, whatever the clock says.
//!
//! Where it is simpler than a broker: a session is a member of its group from `join` on, not from the first `poll`; every
//! call that reaches the broker is a heartbeat, and there is no other; fencing reaches every such call at once. What only
//! concerns the client (`assign`, `seek`, `pause`, `resume`, `release`, `end`) works without a broker.

mod fault;
mod group;
mod partition;
mod reader;
mod session;
mod state;
#[cfg(test)]
mod tests;

pub use fault::{Fault, Outcome};

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::{Clock, SystemClock};

use super::{Cluster, Feed, InputPartition, LogError, LogResult, Membership, Reader, Session, TopicCreated, TopicSpec};
use reader::{MemoryFeed, MemoryReader};
use session::MemorySession;
use state::{Now, State};

/// The longest time a waiting call sleeps before it looks at the clock again.
const NAP: Duration = Duration::from_millis(20);

/// An in-process cluster. Clones share it.
#[derive(Clone)]
pub struct MemoryCluster {
    shared: Arc<Shared>,
}

/// What can be chosen about a [`MemoryCluster`].
#[derive(Clone, Debug)]
pub struct Options {
    /// The cluster's id.
    pub cluster_id: String,
    /// A member that makes no call for so long is expelled. `Duration::MAX`: never.
    pub session_timeout: Duration,
    /// A transaction open for so long is aborted and its producer fenced. `Duration::MAX`: never.
    pub transaction_timeout: Duration,
}

impl Default for Options {
    /// The time-outs that the engine sets for a broker.
    fn default() -> Self {
        Options {
            cluster_id: "in-process".to_string(),
            session_timeout: Duration::from_secs(20),
            transaction_timeout: Duration::from_secs(10),
        }
    }
}

struct Shared {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    /// The state, with everything done that is due; an error when the broker cannot be reached (by this instance).
    fn enter(&self, instance: Option<&str>) -> LogResult<(MutexGuard<'_, State>, Now)> {
        let mut state = self.lock();
        let now = self.reach(&mut state, instance)?;
        Ok((state, now))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Now {
        Now { monotonic: self.clock.monotonic(), wall: self.clock.wall() }
    }

    fn reach(&self, state: &mut State, instance: Option<&str>) -> LogResult<Now> {
        let faults = instance.and_then(|instance| state.faults.get(instance));
        if !state.available || faults.is_some_and(|faults| faults.disconnected) {
            return Err(LogError::Unavailable("the in-process broker is switched off".to_string()));
        }
        let now = self.now();
        state.tick(now.monotonic);
        Ok(now)
    }

    /// Sleeps until something changes, for a moment at most; `None` once `waited` has reached `wait`.
    fn nap<'s>(
        &self,
        state: MutexGuard<'s, State>,
        waited: &SystemClock,
        wait: Duration,
    ) -> Option<MutexGuard<'s, State>> {
        let left = wait.checked_sub(waited.monotonic()).filter(|left| !left.is_zero())?;
        let (state, _) = self.changed.wait_timeout(state, left.min(NAP)).unwrap_or_else(PoisonError::into_inner);
        Some(state)
    }
}

impl MemoryCluster {
    /// An empty cluster on this clock.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        MemoryCluster::with(clock, Options::default())
    }

    /// An empty cluster with other time-outs or another id.
    pub fn with(clock: Arc<dyn Clock>, options: Options) -> Self {
        let state = Mutex::new(State::new(options));
        MemoryCluster { shared: Arc::new(Shared { clock, state, changed: Condvar::new() }) }
    }

    /// Makes a call of this instance go wrong.
    pub fn inject(&self, instance: &str, fault: Fault) {
        self.shared.lock().faults.entry(instance.to_string()).or_default().waiting.push_back(fault);
    }

    /// Takes back every fault and switch of this instance.
    pub fn heal(&self, instance: &str) {
        self.shared.lock().faults.remove(instance);
    }

    /// Switches the whole broker off or on. While it is off every call gives
    /// [`Unavailable`](LogError::Unavailable), commit and abort [`Unknown`](LogError::Unknown), and nobody is expelled.
    pub fn set_available(&self, available: bool) {
        let mut state = self.shared.lock();
        if available && !state.available {
            let now = self.shared.clock.monotonic();
            state.groups.values_mut().for_each(|group| group.seen_all(now));
        }
        state.available = available;
        self.shared.changed.notify_all();
    }

    /// Cuts one instance off, or connects it again. The broker goes on without it: time-outs strike.
    pub fn set_connected(&self, instance: &str, connected: bool) {
        self.shared.lock().faults.entry(instance.to_string()).or_default().disconnected = !connected;
        self.shared.changed.notify_all();
    }

    /// Whether [`Session::end`] of this instance stays as it is, however old it gets.
    pub fn freeze_ends(&self, instance: &str, frozen: bool) {
        self.shared.lock().faults.entry(instance.to_string()).or_default().ends_frozen = frozen;
    }

    /// Whether this instance gets no records of a partition, though it hears of its end: its client has lost its way.
    pub fn freeze_partition(&self, instance: &str, partition: InputPartition, frozen: bool) {
        let mut state = self.shared.lock();
        let faults = state.faults.entry(instance.to_string()).or_default();
        if frozen {
            faults.frozen.insert(partition)
        } else {
            faults.frozen.remove(&partition)
        };
        self.shared.changed.notify_all();
    }

    /// From now on every commit presents the generation that its group has then, not the one in which the partitions were
    /// assigned: as with a client that has joined again in the background, and is asked for its metadata at commit time.
    #[cfg(feature = "sabotage")]
    pub fn take_metadata_at_commit(&self) {
        self.shared.lock().metadata_at_commit = true;
    }

    /// Expels an instance from every group, as its session time-out would: what it holds is lost.
    pub fn expire(&self, instance: &str) {
        self.shared.lock().groups.values_mut().for_each(|group| group.remove(instance));
        self.shared.changed.notify_all();
    }

    /// Ends an instance's open transaction as its time-out would: aborted, and the producer fenced.
    pub fn expire_transaction(&self, instance: &str) {
        self.shared.lock().expire_transaction(instance);
        self.shared.changed.notify_all();
    }

    /// Compacts every partition of a topic at once, whatever its `cleanup.policy`: the newest record of every key stays,
    /// tombstones too, each at its offset. Records of open transactions and those after them stay.
    pub fn compact(&self, topic: &str) -> LogResult<()> {
        let mut state = self.shared.lock();
        let topic = state.existing_topic(topic)?;
        state.topics[topic].partitions.iter_mut().for_each(|partition| partition.compact());
        Ok(())
    }

    /// Deletes the records of a partition before this offset.
    pub fn truncate(&self, topic: &str, partition: u32, before: i64) -> LogResult<()> {
        let mut state = self.shared.lock();
        let topic = state.existing_topic(topic)?;
        state.partition(topic, partition)?;
        state.topics[topic].partitions[partition as usize].truncate(before);
        Ok(())
    }

    /// Deletes a topic and creates it again: empty, its offsets from 0, and without committed offsets.
    pub fn recreate(&self, topic: &str) -> LogResult<()> {
        let mut state = self.shared.lock();
        let topic = state.existing_topic(topic)?;
        state.recreate_topic(topic);
        Ok(())
    }

    /// Adds partitions to a topic, up to this count; every group rebalances.
    pub fn grow(&self, topic: &str, partitions: u32) -> LogResult<()> {
        let mut state = self.shared.lock();
        let topic = state.existing_topic(topic)?;
        let count = state.topics[topic].partitions.len().max(partitions as usize);
        state.topics[topic].partitions.resize_with(count, Default::default);
        state.groups.values_mut().for_each(|group| group.prepare());
        self.shared.changed.notify_all();
        Ok(())
    }
}

impl Cluster for MemoryCluster {
    fn cluster_id(&self) -> LogResult<String> {
        let (state, _) = self.shared.enter(None)?;
        Ok(state.options.cluster_id.clone())
    }

    fn partitions(&self, topic: &str) -> LogResult<Option<u32>> {
        let (state, _) = self.shared.enter(None)?;
        Ok(state.topic(topic).map(|topic| state.topics[topic].partitions.len() as u32))
    }

    fn topic_config(&self, topic: &str) -> LogResult<Option<BTreeMap<String, String>>> {
        let (state, _) = self.shared.enter(None)?;
        Ok(state.topic(topic).map(|topic| state.topics[topic].config.clone()))
    }

    fn create_topics(&self, topics: &[TopicSpec]) -> LogResult<Vec<TopicCreated>> {
        let (mut state, _) = self.shared.enter(None)?;
        topics.iter().map(|spec| state.create_topic(spec)).collect()
    }

    fn bounds(&self, topic: &str, partition: u32) -> LogResult<(i64, i64)> {
        let (state, _) = self.shared.enter(None)?;
        let partition = state.partition(state.existing_topic(topic)?, partition)?;
        Ok((partition.first(), partition.end()))
    }

    fn delete_before(&self, topic: &str, offsets: &[(u32, i64)]) -> LogResult<()> {
        drop(self.shared.enter(None)?);
        offsets.iter().try_for_each(|&(partition, before)| self.truncate(topic, partition, before))
    }

    fn reader(&self, topic: &str, partition: u32, from: i64) -> LogResult<Box<dyn Reader>> {
        let (state, _) = self.shared.enter(None)?;
        let topic = state.existing_topic(topic)?;
        let position = from.max(state.partition(topic, partition)?.first());
        Ok(Box::new(MemoryReader::new(Arc::clone(&self.shared), topic, partition, position)))
    }

    fn join(&self, membership: &Membership) -> LogResult<Box<dyn Session>> {
        let (mut state, now) = self.shared.enter(Some(&membership.instance))?;
        let session = MemorySession::join(&self.shared, &mut state, membership, now)?;
        self.shared.changed.notify_all();
        Ok(Box::new(session))
    }

    fn feed(&self) -> LogResult<Box<dyn Feed>> {
        Ok(Box::new(MemoryFeed::new(Arc::clone(&self.shared))))
    }
}
