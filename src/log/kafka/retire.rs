//! Drops clients elsewhere: closing one waits for its threads, which may be waiting for a broker that is gone.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use tracing::warn;

use super::ends;
use super::monitor::Monitor;

/// How long the cluster's end waits for clients that are still closing.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often a thread looks whether it is the last one to hold a client.
const STEP: Duration = Duration::from_millis(1);

/// The threads that have a client yet to drop.
#[derive(Clone, Default)]
pub(super) struct Retirement {
    pending: Arc<(Mutex<usize>, Condvar)>,
}

/// One of them; dropped when it is done.
pub(super) struct Pending {
    of: Retirement,
}

impl Retirement {
    /// Counts a thread from now on.
    pub(super) fn pending(&self) -> Pending {
        *self.pending.0.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        Pending { of: self.clone() }
    }

    /// Does what drops a client, on a thread of its own.
    pub(super) fn retire(&self, drop_it: impl FnOnce() + Send + 'static) {
        let pending = self.pending();
        let run = move || {
            drop_it();
            drop(pending);
        };
        if let Err(error) = std::thread::Builder::new().name("kafka-retire".to_owned()).spawn(run) {
            warn!(%error, "no thread to close a Kafka client on");
        }
    }

    /// Drops a member's consumer once nothing else holds it.
    pub(super) fn retire_member(&self, mut consumer: Arc<BaseConsumer<Monitor>>) {
        self.retire(move || {
            loop {
                match Arc::try_unwrap(consumer) {
                    Ok(last) => {
                        // What the group has asked until now must be answered before closing, and cannot be after.
                        ends::serve(&last);
                        last.context().shut();
                        return;
                    }
                    Err(shared) => consumer = shared,
                }
                std::thread::sleep(STEP);
            }
        });
    }

    /// Waits for the clients that are closing, so that none is torn down by the end of the process; not for long.
    pub(super) fn wait(&self) {
        let (count, changed) = &*self.pending;
        let count = count.lock().unwrap_or_else(PoisonError::into_inner);
        // If it takes longer, the process may as well end.
        let _ = changed.wait_timeout_while(count, PATIENCE, |count| *count > 0);
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let (count, changed) = &*self.of.pending;
        *count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        changed.notify_all();
    }
}
