//! A wall clock that runs fast; the monotonic one stays real, for it measures the work.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::time::{Span, Timestamp};

/// A clock that passes over the demo's day.
pub(super) struct FastClock {
    real: Arc<dyn Clock>,
    began: Duration,
    start: Timestamp,
    speed: u32,
}

impl FastClock {
    /// It shows `start` now and runs `speed` times as fast as it should.
    pub(super) fn new(real: Arc<dyn Clock>, start: Timestamp, speed: u32) -> Self {
        FastClock { began: real.monotonic(), real, start, speed }
    }

    /// What it showed first.
    pub(super) fn start(&self) -> Timestamp {
        self.start
    }
}

impl Clock for FastClock {
    fn wall(&self) -> Timestamp {
        let passed = self.real.monotonic().saturating_sub(self.began).saturating_mul(self.speed);
        self.start.saturating_add(Span::from_millis(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)))
    }

    fn monotonic(&self) -> Duration {
        self.real.monotonic()
    }

    fn sleep(&self, time: Duration) {
        self.real.sleep(time);
    }
}
