//! When a worker commits, and how much it takes in until then.

use std::sync::Arc;
use std::time::Duration;

use crate::log::InputPartition;

use super::task::Conditions;
use super::watermark::Now;
use super::worker::{Phase, Worker};
use super::{Settings, Stage, Stop};

/// What was taken in since the last commit.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cycle {
    /// When the first of it came; `None`: nothing has.
    pub since: Option<Duration>,
    pub records: usize,
    pub bytes: usize,
    /// The first record of the cycle.
    pub first: Option<(InputPartition, i64)>,
}

impl Worker {
    /// How long events are gathered.
    pub(super) fn gathering_time(&self) -> Duration {
        let Settings { commit_interval, backlog_interval, .. } = *self.environment.settings;
        if self.is_patient() { backlog_interval } else { commit_interval }
    }

    /// Since when events count as gathered that come now. Those that came during the last commit have waited already: the
    /// time is reckoned from its beginning, but so that half of it is left, or a slow commit would be followed by a
    /// small one, which costs as much.
    pub(super) fn gathering_since(&self, now: Now) -> Duration {
        let time = self.environment.settings.commit_interval;
        let waited = |began: &Duration| now.monotonic.saturating_sub(*began) < time * 2 && !self.is_patient();
        let began = self.commit_began.filter(waited).unwrap_or(now.monotonic);
        began.max(now.monotonic.saturating_sub(time / 2))
    }

    /// Whether larger transactions matter more than sooner ones: while there is more to read than one may hold, and in the
    /// second stage, which publishes in rounds.
    fn is_patient(&self) -> bool {
        let Settings { commit_interval, backlog_interval, bounds, .. } = *self.environment.settings;
        let is_behind = || self.backlog() > i64::try_from(bounds.records).unwrap_or(i64::MAX);
        backlog_interval > commit_interval && (self.environment.stage == Stage::Channels || is_behind())
    }

    /// How many records of running tasks are known to be still to read.
    fn backlog(&self) -> i64 {
        let Some(session) = self.session.as_deref() else { return 0 };
        let of = |(&partition, phase): (&u32, &Phase)| match phase {
            Phase::Running(task) => {
                let inputs = task.common().inputs.iter().enumerate();
                let left = inputs.filter_map(|(topic, input)| {
                    Some(session.end(InputPartition { topic, partition })?.offset - input.position)
                });
                left.map(|left| left.max(0)).sum()
            }
            _ => 0,
        };
        self.phases.iter().map(of).sum()
    }

    pub(super) fn is_commit_due(&mut self, now: Now) -> Result<bool, Stop> {
        let interval = self.gathering_time();
        if let Some(since) = self.cycle.since {
            let waited = now.monotonic.saturating_sub(since) >= interval;
            let dirty =
                self.phases.values().map(|phase| if let Phase::Running(task) = phase { task.dirty_bytes() } else { 0 });
            let is_enough = self.bounded.is_enough(dirty.sum());
            return Ok(waited || is_enough || self.bounded.is_reached(self.cycle.records, self.cycle.bytes));
        }
        let directory = self.environment.directory.snapshot();
        let is_clock_trusted = self.is_clock_trusted();
        let restated = self.allowed_to_restate(now);
        let settings = Arc::clone(&self.environment.settings);
        let timers = usize::from(is_clock_trusted);
        let conditions = Conditions { directory: &directory, settings: &settings, now, timers, restated };
        let mut failed = Vec::new();
        let mut due = false;
        for (&partition, phase) in &mut self.phases {
            let Phase::Running(task) = phase else { continue };
            match task.has_work(&conditions) {
                Ok(work) => due |= work,
                Err(error) => failed.push((partition, error)),
            }
        }
        failed.into_iter().try_for_each(|(task, error)| self.leave_out(task, &error, now))?;
        Ok(due)
    }

    /// How many records may be restated now: `restating.rate` of them a second, none while the clock is in doubt.
    pub(super) fn allowed_to_restate(&mut self, now: Now) -> usize {
        let rate = f64::from(self.environment.settings.restating_rate);
        let (allowed, reckoned) = self.allowance;
        let passed = now.monotonic.saturating_sub(reckoned).as_secs_f64();
        // A second's worth at most is saved up.
        self.allowance = ((allowed + passed * rate).min(rate.max(1.0)), now.monotonic);
        let most = self.bounded.restated(self.cycle.records);
        if self.is_clock_trusted() { (self.allowance.0 as usize).min(most) } else { 0 }
    }
}
