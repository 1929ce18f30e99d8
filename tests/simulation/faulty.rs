//! What a process of the simulation gets for cluster and stores: the in-process ones, with the world at every call. Before
//! a call takes effect, and after it but before the caller learns of it, the process may die, or stand still while others
//! go on.

use std::collections::{BTreeMap, BTreeSet};

use wrapup::log::memory::MemoryCluster;
use wrapup::log::{
    Batch, Cluster, Committed, End, Feed, InputPartition, LogError, LogResult, Membership, OffsetCommit, Outgoing,
    PollLimits, Reader, Rebalance, Session, TopicCreated, TopicSpec,
};
use wrapup::store::memory::MemoryStores;
use wrapup::store::{Store, StoreError, StoreResult, StoreStats, Stores, WriteBatch};

use crate::world::World;

/// The calls at which something may happen to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Io {
    Topics,
    Bounds,
    Reader,
    Read,
    Join,
    Poll,
    Committed,
    Assign,
    Seek,
    Pause,
    Resume,
    Release,
    Begin,
    Send,
    Commit,
    Abort,
    Reinitialise,
    Leave,
    Open,
    Get,
    Scan,
    Write,
    Delete,
}

impl Io {
    pub const ALL: [Io; 23] = [
        Io::Topics,
        Io::Bounds,
        Io::Reader,
        Io::Read,
        Io::Join,
        Io::Poll,
        Io::Committed,
        Io::Assign,
        Io::Seek,
        Io::Pause,
        Io::Resume,
        Io::Release,
        Io::Begin,
        Io::Send,
        Io::Commit,
        Io::Abort,
        Io::Reinitialise,
        Io::Leave,
        Io::Open,
        Io::Get,
        Io::Scan,
        Io::Write,
        Io::Delete,
    ];

    /// Whether the call can give [`LogError::Unavailable`] without having done anything.
    fn may_be_refused(self) -> bool {
        use Io::*;
        matches!(self, Topics | Bounds | Reader | Read | Join | Poll | Committed | Begin | Send | Commit | Reinitialise)
    }
}

/// By which the calls of a process find it in the world: the number of a life, from its start to its death.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Life(pub u32);

impl Life {
    /// A call, with the world before and after it.
    fn io<T>(self, io: Io, call: impl FnOnce() -> T) -> T {
        World::here().reach(self, io, false);
        let result = call();
        World::here().reach(self, io, true);
        result
    }

    /// A call to the log, which may be lost on its way.
    fn ask<T>(self, io: Io, call: impl FnOnce() -> LogResult<T>) -> LogResult<T> {
        self.io(io, || {
            if io.may_be_refused() && World::here().hiccups() {
                return Err(LogError::Unavailable("injected".to_owned()));
            }
            call()
        })
    }

    /// A call to the disk, which may fail.
    fn touch<T>(self, io: Io, call: impl FnOnce() -> StoreResult<T>) -> StoreResult<T> {
        self.io(io, || {
            if World::here().is_disk_bad() {
                return Err(StoreError::Unusable("injected".to_owned()));
            }
            call()
        })
    }
}

/// The cluster as a process reaches it.
pub struct FaultyCluster {
    pub life: Life,
    pub inner: MemoryCluster,
}

impl Cluster for FaultyCluster {
    fn cluster_id(&self) -> LogResult<String> {
        self.life.ask(Io::Topics, || self.inner.cluster_id())
    }

    fn partitions(&self, topic: &str) -> LogResult<Option<u32>> {
        self.life.ask(Io::Topics, || self.inner.partitions(topic))
    }

    fn topic_config(&self, topic: &str) -> LogResult<Option<BTreeMap<String, String>>> {
        self.life.ask(Io::Topics, || self.inner.topic_config(topic))
    }

    fn create_topics(&self, topics: &[TopicSpec]) -> LogResult<Vec<TopicCreated>> {
        self.life.ask(Io::Topics, || self.inner.create_topics(topics))
    }

    fn bounds(&self, topic: &str, partition: u32) -> LogResult<(i64, i64)> {
        self.life.ask(Io::Bounds, || self.inner.bounds(topic, partition))
    }

    fn delete_before(&self, topic: &str, offsets: &[(u32, i64)]) -> LogResult<()> {
        self.life.ask(Io::Topics, || self.inner.delete_before(topic, offsets))
    }

    fn reader(&self, topic: &str, partition: u32, from: i64) -> LogResult<Box<dyn Reader>> {
        let inner = self.life.ask(Io::Reader, || self.inner.reader(topic, partition, from))?;
        Ok(Box::new(FaultyReader { life: self.life, inner }))
    }

    fn join(&self, membership: &Membership) -> LogResult<Box<dyn Session>> {
        let inner = self.life.ask(Io::Join, || self.inner.join(membership))?;
        Ok(Box::new(FaultySession { life: self.life, inner, reading: BTreeSet::new() }))
    }

    fn feed(&self) -> LogResult<Box<dyn Feed>> {
        self.inner.feed()
    }
}

struct FaultyReader {
    life: Life,
    inner: Box<dyn Reader>,
}

impl Reader for FaultyReader {
    fn poll(&mut self, batch: &mut Batch, limits: PollLimits) -> LogResult<()> {
        let limits = World::here().fetched(limits);
        self.life.ask(Io::Read, || self.inner.poll(batch, limits))
    }

    fn position(&self) -> i64 {
        self.inner.position()
    }
}

struct FaultySession {
    life: Life,
    inner: Box<dyn Session>,
    /// What the engine has resumed.
    reading: BTreeSet<InputPartition>,
}

impl Session for FaultySession {
    fn poll(&mut self, batch: &mut Batch, limits: PollLimits) -> LogResult<Option<Rebalance>> {
        let world = World::here();
        let limits = world.fetched(limits);
        // What has not been fetched yet comes with a later poll: partitions are served unevenly.
        let late: Vec<InputPartition> = self.reading.iter().copied().filter(|_| world.is_late()).collect();
        let inner = &mut self.inner;
        self.life.ask(Io::Poll, || {
            let held = !late.is_empty() && inner.pause(&late).is_ok();
            let result = inner.poll(batch, limits);
            if held {
                inner.resume(&late).expect("it was just paused");
            }
            result
        })
    }

    fn committed(&mut self, partitions: &[InputPartition]) -> LogResult<Vec<Option<Committed>>> {
        self.life.ask(Io::Committed, || self.inner.committed(partitions))
    }

    fn assign(&mut self, starts: &[(InputPartition, i64)]) -> LogResult<()> {
        self.reading.clear();
        self.life.ask(Io::Assign, || self.inner.assign(starts))
    }

    fn seek(&mut self, starts: &[(InputPartition, i64)]) -> LogResult<()> {
        self.life.ask(Io::Seek, || self.inner.seek(starts))
    }

    fn pause(&mut self, partitions: &[InputPartition]) -> LogResult<()> {
        self.reading.retain(|partition| !partitions.contains(partition));
        self.life.ask(Io::Pause, || self.inner.pause(partitions))
    }

    fn resume(&mut self, partitions: &[InputPartition]) -> LogResult<()> {
        self.life.ask(Io::Resume, || self.inner.resume(partitions))?;
        self.reading.extend(partitions);
        Ok(())
    }

    fn release(&mut self) -> LogResult<()> {
        self.reading.clear();
        self.life.ask(Io::Release, || self.inner.release())
    }

    fn end(&self, partition: InputPartition) -> Option<End> {
        self.inner.end(partition)
    }

    fn begin(&mut self) -> LogResult<()> {
        self.life.ask(Io::Begin, || self.inner.begin())
    }

    fn send(&mut self, record: Outgoing<'_>) -> LogResult<()> {
        self.life.ask(Io::Send, || self.inner.send(record))
    }

    fn commit(&mut self, offsets: &[OffsetCommit]) -> LogResult<()> {
        self.life.ask(Io::Commit, || self.inner.commit(offsets))
    }

    fn written(&self, topic: &str, partition: u32) -> Option<i64> {
        self.inner.written(topic, partition)
    }

    fn abort(&mut self) -> LogResult<()> {
        self.life.ask(Io::Abort, || self.inner.abort())
    }

    fn reinitialise(&mut self) -> LogResult<()> {
        self.life.ask(Io::Reinitialise, || self.inner.reinitialise())
    }

    fn leave(&mut self) -> LogResult<()> {
        self.life.ask(Io::Leave, || self.inner.leave())
    }
}

/// The disk as a process reaches it.
pub struct FaultyStores {
    pub life: Life,
    pub inner: MemoryStores,
}

impl Stores for FaultyStores {
    fn open(&self, task: u32) -> StoreResult<Box<dyn Store>> {
        let inner = self.life.touch(Io::Open, || self.inner.open(task))?;
        Ok(Box::new(FaultyStore { life: self.life, inner }))
    }

    fn delete(&self, task: u32) -> StoreResult<()> {
        self.life.touch(Io::Delete, || self.inner.delete(task))
    }

    fn tasks(&self) -> StoreResult<Vec<u32>> {
        self.inner.tasks()
    }

    fn is_open(&self, task: u32) -> bool {
        self.inner.is_open(task)
    }

    fn location(&self, task: u32) -> String {
        format!("{} of life {}", self.inner.location(task), self.life.0)
    }
}

struct FaultyStore {
    life: Life,
    inner: Box<dyn Store>,
}

impl Store for FaultyStore {
    fn get(&self, key: &[u8]) -> StoreResult<Option<Vec<u8>>> {
        self.life.touch(Io::Get, || self.inner.get(key))
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> StoreResult<()> {
        self.life.touch(Io::Scan, || self.inner.scan(from, to, visit))
    }

    fn write(&mut self, batch: &WriteBatch) -> StoreResult<()> {
        self.life.touch(Io::Write, || self.inner.write(batch))
    }

    fn stats(&self) -> StoreStats {
        self.inner.stats()
    }
}
