//! Deletes what is no longer needed: the stores of partitions that have gone to other processes for good (they can be made
//! anew), and what the second stage has read of what the first has sent it.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::log::{Cluster, LogResult};
use crate::store::{StoreError, Stores};

/// Knows since when each store has not been held.
pub struct Housekeeping {
    keep: Duration,
    unheld_since: BTreeMap<u32, Duration>,
}

impl Housekeeping {
    /// Deletes what has not been held for `keep`, counted from the start of the process at the earliest.
    pub fn new(keep: Duration) -> Self {
        Housekeeping { keep, unheld_since: BTreeMap::new() }
    }

    /// Looks at the stores now and then; gives the tasks whose store it deleted. What fails is tried again next time.
    pub fn look(&mut self, stores: &dyn Stores, now: Duration) -> Vec<u32> {
        let Ok(tasks) = stores.tasks() else { return Vec::new() };
        self.unheld_since.retain(|task, _| tasks.contains(task));
        let mut deleted = Vec::new();
        for task in tasks {
            if stores.is_open(task) {
                self.unheld_since.remove(&task);
                continue;
            }
            let since = *self.unheld_since.entry(task).or_insert(now);
            if now.saturating_sub(since) < self.keep {
                continue;
            }
            match stores.delete(task) {
                Ok(()) => deleted.push(task),
                // It was opened in this moment.
                Err(StoreError::Busy) => {}
                Err(error) => tracing::warn!(task, %error, "cannot delete the store of a partition that has gone"),
            }
        }
        deleted
    }
}

/// Up to where the tasks of the second stage that are here have committed.
#[derive(Default)]
pub struct Consumed(Mutex<BTreeMap<u32, i64>>);

impl Consumed {
    /// A task has committed that it goes on at `offset`.
    pub(super) fn committed(&self, partition: u32, offset: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(partition, offset);
    }

    /// Deletes what is committed from the topic between the stages, which is kept without a time limit. Once in a while:
    /// it only costs disk until then.
    ///
    /// # Errors
    /// When the log cannot; then it is tried again with the next commit.
    pub fn delete(&self, cluster: &dyn Cluster, topic: &str) -> LogResult<()> {
        let committed = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let committed: Vec<(u32, i64)> = committed.into_iter().filter(|(_, offset)| *offset > 0).collect();
        if committed.is_empty() { Ok(()) } else { cluster.delete_before(topic, &committed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryStores;

    #[test]
    fn only_what_nobody_has_held_for_long_is_deleted() {
        let stores = MemoryStores::new();
        drop(stores.open(1));
        let held = stores.open(2);
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        let mut housekeeping = Housekeeping::new(hours(24));
        assert_eq!(housekeeping.look(&stores, hours(0)), Vec::<u32>::new());
        assert_eq!(housekeeping.look(&stores, hours(23)), Vec::<u32>::new());
        drop(stores.open(1));
        assert_eq!(housekeeping.look(&stores, hours(24)), [1]);
        drop(held);
        assert_eq!(housekeeping.look(&stores, hours(25)), Vec::<u32>::new());
        assert_eq!(stores.tasks(), Ok(vec![2]));
    }
}
