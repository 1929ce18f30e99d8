//! Deletes the stores of partitions that have gone to other processes for good: they can be made anew.

use std::collections::BTreeMap;
use std::time::Duration;

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
