//! Stores in memory, for tests, the simulation and the demo. They survive their owner, as a disk would.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Store, StoreError, StoreResult, StoreStats, Stores, WriteBatch};

type Rows = BTreeMap<Vec<u8>, Vec<u8>>;

/// A disk's worth of stores. Clones share it.
#[derive(Clone, Default)]
pub struct MemoryStores {
    disk: Arc<Mutex<Disk>>,
}

#[derive(Default)]
struct Disk {
    stores: BTreeMap<u32, Rows>,
    open: BTreeSet<u32>,
    full: bool,
}

impl MemoryStores {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the disk full, or gives it room again.
    pub fn set_full(&self, full: bool) {
        self.disk().full = full;
    }

    /// A copy of what survives a crash of the process: the rows, without the handles on them.
    pub fn after_crash(&self) -> MemoryStores {
        let disk = self.disk();
        let copy = Disk { stores: disk.stores.clone(), open: BTreeSet::new(), full: disk.full };
        MemoryStores { disk: Arc::new(Mutex::new(copy)) }
    }

    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stores for MemoryStores {
    fn open(&self, task: u32) -> StoreResult<Box<dyn Store>> {
        let mut disk = self.disk();
        if !disk.open.insert(task) {
            return Err(StoreError::Busy);
        }
        disk.stores.entry(task).or_default();
        Ok(Box::new(MemoryStore { task, disk: Arc::clone(&self.disk) }))
    }

    fn delete(&self, task: u32) -> StoreResult<()> {
        let mut disk = self.disk();
        if disk.open.contains(&task) {
            return Err(StoreError::Busy);
        }
        disk.stores.remove(&task);
        Ok(())
    }

    fn tasks(&self) -> StoreResult<Vec<u32>> {
        Ok(self.disk().stores.keys().copied().collect())
    }

    fn is_open(&self, task: u32) -> bool {
        self.disk().open.contains(&task)
    }

    fn location(&self, task: u32) -> String {
        format!("memory, task {task}")
    }
}

struct MemoryStore {
    task: u32,
    disk: Arc<Mutex<Disk>>,
}

impl MemoryStore {
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn get(&self, key: &[u8]) -> StoreResult<Option<Vec<u8>>> {
        Ok(self.disk().stores.get(&self.task).and_then(|rows| rows.get(key).cloned()))
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> StoreResult<()> {
        let disk = self.disk();
        let Some(rows) = disk.stores.get(&self.task) else { return Ok(()) };
        for (key, value) in rows.range(from.to_vec()..to.to_vec()) {
            if !visit(key, value) {
                break;
            }
        }
        Ok(())
    }

    fn write(&mut self, batch: &WriteBatch) -> StoreResult<()> {
        let mut disk = self.disk();
        if disk.full {
            return Err(StoreError::Unusable("no space left".to_owned()));
        }
        let rows = disk.stores.entry(self.task).or_default();
        for (key, value) in batch.rows() {
            match value {
                Some(value) => rows.insert(key.to_vec(), value.to_vec()),
                None => rows.remove(key),
            };
        }
        Ok(())
    }

    fn stats(&self) -> StoreStats {
        let disk = self.disk();
        let bytes = disk.stores.get(&self.task).map_or(0, |rows| rows.iter().map(|(k, v)| k.len() + v.len()).sum());
        StoreStats { bytes: bytes as u64, stalled: false }
    }
}

impl Drop for MemoryStore {
    fn drop(&mut self) {
        let task = self.task;
        self.disk().open.remove(&task);
    }
}
