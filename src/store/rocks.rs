//! Stores in RocksDB, one database per task. The only file that names `rocksdb`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rocksdb::{
    BlockBasedOptions, Cache, DB, DBCompressionType, Direction, IteratorMode, Options, ReadOptions, WriteBufferManager,
    WriteOptions,
};

use super::{Store, StoreError, StoreResult, StoreStats, Stores, WriteBatch};

/// How much memory all stores of the process share.
#[derive(Clone, Copy, Debug)]
pub struct RocksBudget {
    /// Block cache, index and filter blocks included.
    pub cache_bytes: usize,
    /// Memtables of all stores together.
    pub memtable_bytes: usize,
}

/// The stores under one folder, `task-<number>` each. Process-wide: it knows which are open.
pub struct RocksStores {
    folder: PathBuf,
    open: Arc<Mutex<BTreeSet<u32>>>,
    cache: Cache,
    buffers: WriteBufferManager,
    options: Options,
}

impl RocksStores {
    /// The stores under `folder`, which is made when missing. Errors name the folder.
    pub fn new(folder: &Path, budget: RocksBudget) -> StoreResult<Self> {
        fs::create_dir_all(folder)
            .map_err(|error| StoreError::Unusable(format!("cannot create {}: {error}", folder.display())))?;
        let cache = Cache::new_lru_cache(budget.cache_bytes);
        let buffers = WriteBufferManager::new_write_buffer_manager(budget.memtable_bytes, false);
        let mut options = Options::default();
        options.create_if_missing(true);
        options.set_write_buffer_manager(&buffers);
        options.set_write_buffer_size((budget.memtable_bytes / 4).clamp(1 << 20, 64 << 20));
        options.set_compression_type(DBCompressionType::Lz4);
        options.set_block_based_table_factory(&table_options(&cache));
        options.set_max_background_jobs(2);
        options.set_max_open_files(256);
        // What a memtable takes is reckoned in whole blocks: with the default, an eighth of the buffer, those of sixteen stores
        // fill a small budget before anything is written, and every write flushes.
        options.set_arena_block_size((budget.memtable_bytes / 256).clamp(16 << 10, 1 << 20));
        // RocksDB's own log is rolled by size; by default it is not, and grows with every flush.
        options.set_max_log_file_size(1 << 20);
        options.set_keep_log_file_num(2);
        options.set_level_compaction_dynamic_level_bytes(true);
        options.set_bytes_per_sync(1 << 20);
        Ok(RocksStores { folder: folder.to_path_buf(), open: Arc::default(), cache, buffers, options })
    }

    /// Other stores, in a folder below this one, within the same budget.
    pub fn below(&self, name: &str) -> StoreResult<Self> {
        let folder = self.folder.join(name);
        fs::create_dir_all(&folder)
            .map_err(|error| StoreError::Unusable(format!("cannot create {}: {error}", folder.display())))?;
        let (cache, buffers, options) = (self.cache.clone(), self.buffers.clone(), self.options.clone());
        Ok(RocksStores { folder, open: Arc::default(), cache, buffers, options })
    }

    fn path(&self, task: u32) -> PathBuf {
        self.folder.join(format!("task-{task}"))
    }

    fn held(&self) -> std::sync::MutexGuard<'_, BTreeSet<u32>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn table_options(cache: &Cache) -> BlockBasedOptions {
    let mut table = BlockBasedOptions::default();
    table.set_block_cache(cache);
    table.set_bloom_filter(10.0, false);
    table.set_cache_index_and_filter_blocks(true);
    table.set_pin_l0_filter_and_index_blocks_in_cache(true);
    table.set_format_version(5);
    table.set_block_size(16 << 10);
    table
}

fn unusable(error: &rocksdb::Error) -> StoreError {
    StoreError::Unusable(error.to_string())
}

impl Stores for RocksStores {
    fn open(&self, task: u32) -> StoreResult<Box<dyn Store>> {
        if !self.held().insert(task) {
            return Err(StoreError::Busy);
        }
        let path = self.path(task);
        // The guard gives the task up again when opening fails.
        let hold = Hold { task, open: Arc::clone(&self.open) };
        let db = DB::open(&self.options, &path)
            .map_err(|error| StoreError::Unusable(format!("{}: {error}", path.display())))?;
        let mut writes = WriteOptions::default();
        // WAL on, fsync off: the changelog is the truth, and a lost tail is read again from it.
        writes.set_sync(false);
        Ok(Box::new(RocksStore { db: Some(db), writes, _hold: hold }))
    }

    fn delete(&self, task: u32) -> StoreResult<()> {
        let held = self.held();
        if held.contains(&task) {
            return Err(StoreError::Busy);
        }
        match fs::remove_dir_all(self.path(task)) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(StoreError::Unusable(format!("cannot delete {}: {error}", self.path(task).display()))),
        }
    }

    fn tasks(&self) -> StoreResult<Vec<u32>> {
        let entries = fs::read_dir(&self.folder)
            .map_err(|error| StoreError::Unusable(format!("cannot list {}: {error}", self.folder.display())))?;
        let mut tasks: Vec<u32> =
            entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_prefix("task-")?.parse().ok()).collect();
        tasks.sort_unstable();
        Ok(tasks)
    }

    fn is_open(&self, task: u32) -> bool {
        self.held().contains(&task)
    }

    fn location(&self, task: u32) -> String {
        self.path(task).display().to_string()
    }

    fn cache_bytes(&self) -> u64 {
        self.cache.get_usage() as u64
    }

    fn memtable_bytes(&self) -> u64 {
        self.buffers.get_usage() as u64
    }
}

/// Marks a task as held by an owner of this process for as long as it lives.
struct Hold {
    task: u32,
    open: Arc<Mutex<BTreeSet<u32>>>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.task);
    }
}

struct RocksStore {
    /// `None` only while it is dropped: the database must be closed before the hold is given up.
    db: Option<DB>,
    writes: WriteOptions,
    _hold: Hold,
}

impl RocksStore {
    fn db(&self) -> &DB {
        self.db.as_ref().expect("a store is open until it is dropped")
    }
}

impl Drop for RocksStore {
    fn drop(&mut self) {
        self.db = None;
    }
}

impl Store for RocksStore {
    fn get(&self, key: &[u8]) -> StoreResult<Option<Vec<u8>>> {
        self.db().get(key).map_err(|error| unusable(&error))
    }

    fn scan(&self, from: &[u8], to: &[u8], visit: &mut dyn FnMut(&[u8], &[u8]) -> bool) -> StoreResult<()> {
        let mut reading = ReadOptions::default();
        reading.set_iterate_upper_bound(to.to_vec());
        for row in self.db().iterator_opt(IteratorMode::From(from, Direction::Forward), reading) {
            let (key, value) = row.map_err(|error| unusable(&error))?;
            if !visit(&key, &value) {
                break;
            }
        }
        Ok(())
    }

    fn write(&mut self, batch: &WriteBatch) -> StoreResult<()> {
        let mut rows = rocksdb::WriteBatch::default();
        for (key, value) in batch.rows() {
            match value {
                Some(value) => rows.put(key, value),
                None => rows.delete(key),
            }
        }
        self.db().write_opt(rows, &self.writes).map_err(|error| unusable(&error))
    }

    fn stats(&self) -> StoreStats {
        let property = |name| self.db().property_int_value(name).ok().flatten().unwrap_or(0);
        let bytes = property("rocksdb.total-sst-files-size") + property("rocksdb.cur-size-all-mem-tables");
        let delayed = property("rocksdb.actual-delayed-write-rate") > 0;
        StoreStats { bytes, stalled: delayed || property("rocksdb.is-write-stopped") > 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: RocksBudget = RocksBudget { cache_bytes: 1 << 20, memtable_bytes: 4 << 20 };

    #[test]
    fn a_store_keeps_its_rows_over_a_reopening_and_has_one_owner() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let stores = RocksStores::new(folder.path(), BUDGET).expect("stores");
        let mut store = stores.open(3).expect("first owner");
        assert_eq!(stores.open(3).err(), Some(StoreError::Busy));
        let mut batch = WriteBatch::default();
        for key in [b"a1".as_slice(), b"a2", b"b1"] {
            batch.put(key.to_vec(), key.to_vec());
        }
        batch.delete(b"a1".to_vec());
        store.write(&batch).expect("written");
        drop(store);
        let store = stores.open(3).expect("second owner");
        assert_eq!(store.get(b"a1"), Ok(None));
        let mut seen = Vec::new();
        let visit = &mut |key: &[u8], _: &[u8]| {
            seen.push(key.to_vec());
            true
        };
        store.scan(b"a", b"b", visit).expect("scanned");
        assert_eq!(seen, vec![b"a2".to_vec()]);
        assert_eq!(stores.tasks(), Ok(vec![3]));
        assert_eq!(stores.delete(3), Err(StoreError::Busy));
        drop(store);
        stores.delete(3).expect("deleted");
        assert_eq!(stores.tasks(), Ok(vec![]));
    }
}
