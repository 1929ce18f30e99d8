//! The one place that reads the machine's clocks; everything else gets the time from a [`Clock`].

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::time::Timestamp;

/// A wall clock and a monotonic one. The demo and the simulation bring their own.
pub trait Clock: Send + Sync {
    /// The wall clock.
    fn wall(&self) -> Timestamp;

    /// Time since some fixed instant of this process; never goes back.
    fn monotonic(&self) -> Duration;

    /// Waits. A simulated clock moves on instead.
    fn sleep(&self, time: Duration);
}

/// The machine's clocks.
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Starts the monotonic scale now.
    #[expect(clippy::disallowed_methods, reason = "the one clock that is the machine's")]
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
    #[expect(clippy::disallowed_methods, reason = "the one clock that is the machine's")]
    fn wall(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    #[expect(clippy::disallowed_methods, reason = "the one clock that is the machine's")]
    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that waits for time to pass")]
    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}
