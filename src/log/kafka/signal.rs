//! Wakes the thread that polls when one of its queues gets something, so that it need not look again and again.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A counter that can be waited on.
#[derive(Default)]
pub(super) struct Signal {
    count: Mutex<u64>,
    changed: Condvar,
}

impl Signal {
    /// Something came. Called from librdkafka's threads: must not block.
    pub(super) fn raise(&self) {
        *self.lock() += 1;
        self.changed.notify_all();
    }

    /// What has come so far; to be read before the queues are looked at.
    pub(super) fn seen(&self) -> u64 {
        *self.lock()
    }

    /// Waits until more than `seen` has come, or for `longest`.
    pub(super) fn wait(&self, seen: u64, longest: Duration) {
        // Spurious wake-ups and poisoning only make the caller look once more.
        let _ = self.changed.wait_timeout_while(self.lock(), longest, |count| *count == seen);
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
