//! The state store: RocksDB (`rocks`) or memory ([`memory`]), behind one pair of traits.
//!
//! A store holds the rows of one task. It is a cache of the changelog: every batch is written only after the Kafka
//! transaction with the same rows is committed, so it may be behind the changelog, never ahead.

pub mod memory;
#[cfg(feature = "runtime")]
pub mod rocks;

use std::collections::BTreeMap;

use thiserror::Error;

/// The result of asking a store for something.
pub type StoreResult<T> = Result<T, StoreError>;

/// What went wrong with a store, named by what the caller has to do.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// Its folder is still held by an earlier owner in this process: ask again.
    #[error("the store is still held by its previous owner")]
    Busy,
    /// It cannot be read or written at the moment (a full disk): leave the task out and restore it later.
    #[error("the store cannot be used: {0}")]
    Unusable(String),
}

/// Changes of one commit, later ones over earlier ones. Written whole or not at all.
#[derive(Clone, Debug, Default)]
pub struct WriteBatch {
    rows: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl WriteBatch {
    /// Sets a row.
    pub fn put(&mut self, key: Vec<u8>, value: Vec<u8>) {
        self.rows.insert(key, Some(value));
    }

    /// Deletes a row, whether it is there or not.
    pub fn delete(&mut self, key: Vec<u8>) {
        self.rows.insert(key, None);
    }

    /// Adds the changes of another batch, which win over those of this one.
    pub fn append(&mut self, other: WriteBatch) {
        self.rows.extend(other.rows);
    }

    /// The rows in key order; `None` deletes.
    pub fn rows(&self) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
        self.rows.iter().map(|(key, value)| (key.as_slice(), value.as_deref()))
    }

    /// How many rows it changes.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// What a store tells of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StoreStats {
    /// Bytes on disk (in memory for a memory store).
    pub bytes: u64,
    /// Whether writes are stopped or delayed by compaction at the moment.
    pub stalled: bool,
}

/// The rows of one task, by key.
pub trait Store: Send {
    /// A row.
    fn get(&self, key: &[u8]) -> StoreResult<Option<Vec<u8>>>;

    /// Visits the rows with `from` ≤ key < `to` in key order until `visit` says false.
    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> StoreResult<()>;

    /// Applies a batch atomically. It survives the end of the process, not necessarily that of the machine: then the
    /// store is an earlier one, and the changelog brings it up to date.
    fn write(&mut self, batch: &WriteBatch) -> StoreResult<()>;

    /// Size and stalls.
    fn stats(&self) -> StoreStats;
}

/// Opens the stores of this process. One owner per task at a time; dropping a store releases it.
pub trait Stores: Send + Sync {
    /// Opens the task's store, made empty when there is none. `Busy` while another owner holds it.
    fn open(&self, task: u32) -> StoreResult<Box<dyn Store>>;

    /// Deletes the task's store, which must not be open.
    fn delete(&self, task: u32) -> StoreResult<()>;

    /// The tasks that have a store here, open or not.
    fn tasks(&self) -> StoreResult<Vec<u32>>;

    /// Whether somebody holds the task's store.
    fn is_open(&self, task: u32) -> bool;

    /// Where the task's store lies, for messages to people.
    fn location(&self, task: u32) -> String;

    /// Bytes of the block cache in use, shared by all stores.
    fn cache_bytes(&self) -> u64 {
        0
    }

    /// Bytes of the write buffers in use, of all stores together.
    fn memtable_bytes(&self) -> u64 {
        0
    }
}
