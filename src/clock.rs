//! The one place that reads the machine's clocks; everything else gets the time from a [`Clock`].

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::time::Timestamp;

/// A wall clock and a monotonic one. The demo and the simulation bring their own.
pub trait Clock: Send + Sync {
    /// The wall clock.
    fn wall(&self) -> Timestamp;

    /// Time since some fixed instant of this process; never goes back.
    fn monotonic(&self) -> Duration;

    /// Lets so much time of this clock pass. Only for pacing: never to wait for something that can be waited for itself.
    #[expect(clippy::disallowed_methods, reason = "the clock module is where waiting for time is allowed")]
    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}

/// The machine's clocks.
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Starts the monotonic scale now.
    pub fn new() -> Self {
        SystemClock { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn wall(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }
}
