//! What the workers say about themselves, and what follows: alive, ready, and why not.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::Clock;
use crate::time::Span;

/// A worker that has not beaten for so long hangs. Longer than any wait for the broker that a worker makes at once:
/// a broker that is away must not get the process restarted.
pub const HANGS_AFTER: Duration = Duration::from_secs(60);

/// The health of the process. Shared: workers write, the HTTP server reads.
///
/// ```text
/// task:   (assigned) ─► Restoring ─► Running ⇄ Paused(why)
///                           ▲___________________│
/// ready = not stopping ∧ no clock jump ∧ every worker joined ∧ every task Running, those of the first stage within `http.ready_max_lag`
///         ∧ every input partition at its end or moving
/// ```
pub struct Health {
    clock: Box<dyn Clock>,
    max_lag: Duration,
    stopping: AtomicBool,
    workers: Box<[Worker]>,
    tasks: Mutex<BTreeMap<TaskName, Task>>,
}

#[derive(Debug, Default)]
struct Worker {
    /// The monotonic time of the last beat, in milliseconds.
    beat_ms: AtomicU64,
    joined: AtomicBool,
    ended: AtomicBool,
    /// Milliseconds that it sees the wall clock depart from the monotonic one; 0 when it does not.
    clock_jump_ms: AtomicI64,
}

/// The stage that has no watermark of its own.
const FOLLOWS: &str = "channel";

/// The stage of a task and its partition number.
pub type TaskName = (&'static str, i32);

#[derive(Debug)]
struct Task {
    state: TaskHealth,
    /// The lag last reported, and when: a task that falls silent falls behind.
    lag: Option<(Span, Duration)>,
    /// Its input partitions that stand still though there is more to read, each in words.
    stalls: Vec<String>,
}

/// What a task is doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskHealth {
    /// Its state is brought up to date; so many changelog offsets are left, if that is known.
    Restoring { remaining: Option<u64> },
    /// It folds events.
    Running,
    /// It waits with an alarm, for this reason (one short line, no content of events).
    Paused { reason: String },
}

impl Health {
    /// The health of a process with so many workers, each as if it had just beaten; `max_lag` is
    /// `http.ready_max_lag`. The clock is the machine's, also when events run on another: whether a thread hangs is
    /// a question of real time.
    pub fn new(workers: usize, max_lag: Duration, clock: Box<dyn Clock>) -> Self {
        let worker = || Worker { beat_ms: AtomicU64::new(millis(clock.monotonic())), ..Worker::default() };
        Health {
            workers: (0..workers).map(|_| worker()).collect(),
            max_lag,
            stopping: AtomicBool::new(false),
            tasks: Mutex::new(BTreeMap::new()),
            clock,
        }
    }

    /// A worker's main loop went round. At least once a second, whatever the broker does.
    pub fn beat(&self, worker: usize) {
        self.workers[worker].beat_ms.store(millis(self.clock.monotonic()), Ordering::Relaxed);
    }

    /// A worker got an assignment (`true`, even an empty one: there may be more workers than partitions), or has
    /// given up or lost it.
    pub fn joined(&self, worker: usize, joined: bool) {
        self.workers[worker].joined.store(joined, Ordering::Relaxed);
    }

    /// A worker has ended as it was told to; it need not beat any more.
    pub fn ended(&self, worker: usize) {
        self.workers[worker].ended.store(true, Ordering::Relaxed);
    }

    /// The process is stopping: alive, but no longer ready.
    pub fn stopping(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// How far a worker sees the wall clock depart from the monotonic one by a jump; zero when it does not (any more).
    /// Workers that began on different sides of a jump see different things.
    pub fn clock_jump(&self, worker: usize, departure: Span) {
        self.workers[worker].clock_jump_ms.store(departure.millis(), Ordering::Relaxed);
    }

    /// The largest departure that a worker sees; zero: none does.
    pub fn largest_clock_jump(&self) -> Span {
        let jumps = self.workers.iter().map(|worker| worker.clock_jump_ms.load(Ordering::Relaxed));
        Span::from_millis(jumps.max_by_key(|jump| jump.unsigned_abs()).unwrap_or(0))
    }

    /// A task was assigned, or does something else now. Its lag is kept.
    pub fn task(&self, name: TaskName, state: TaskHealth) {
        let mut tasks = self.tasks();
        match tasks.get_mut(&name) {
            Some(task) => task.state = state,
            None => drop(tasks.insert(name, Task { state, lag: None, stalls: Vec::new() })),
        }
    }

    /// How far the watermark of a task is behind the wall clock now.
    pub fn lag(&self, name: TaskName, lag: Span) {
        let moment = self.clock.monotonic();
        if let Some(task) = self.tasks().get_mut(&name) {
            task.lag = Some((lag, moment));
        }
    }

    /// Which input partitions of a task stand still though there is more to read: one short line for each, none when
    /// all move.
    pub fn stalls(&self, name: TaskName, stalls: Vec<String>) {
        if let Some(task) = self.tasks().get_mut(&name) {
            task.stalls = stalls;
        }
    }

    /// A task is not ours any more.
    pub fn released(&self, name: TaskName) {
        self.tasks().remove(&name);
    }

    /// Why the process counts as hanging, one line per reason; empty when it is alive.
    pub fn hanging(&self) -> Vec<String> {
        let now = millis(self.clock.monotonic());
        let silent = |worker: &Worker| {
            let ended = worker.ended.load(Ordering::Relaxed);
            Duration::from_millis(if ended { 0 } else { now.saturating_sub(worker.beat_ms.load(Ordering::Relaxed)) })
        };
        let lines = self.workers.iter().map(silent).enumerate().filter(|(_, silent)| *silent > HANGS_AFTER);
        lines.map(|(number, silent)| format!("worker {number} hangs since {} s", silent.as_secs())).collect()
    }

    /// Why the process is not ready, one line per reason; empty when it is.
    pub fn unready(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.stopping.load(Ordering::Relaxed) {
            lines.push("stopping".to_owned());
        }
        let jump = self.largest_clock_jump();
        if jump != Span::ZERO {
            lines.push(format!("the wall clock jumped by {jump} s: watermarks stand still"));
        }
        for (number, worker) in self.workers.iter().enumerate() {
            if !worker.joined.load(Ordering::Relaxed) {
                lines.push(format!("worker {number} has no assignment"));
            }
        }
        for (name, task) in self.tasks().iter() {
            lines.extend(self.task_unready(name.0, task).map(|reason| format!("{} task {} {reason}", name.0, name.1)));
            lines.extend(task.stalls.iter().cloned());
        }
        lines
    }

    fn task_unready(&self, stage: &str, task: &Task) -> Option<String> {
        match &task.state {
            TaskHealth::Restoring { remaining: None } => Some("is restoring".to_owned()),
            TaskHealth::Restoring { remaining: Some(remaining) } => {
                Some(format!("is restoring, {remaining} changelog records remain"))
            }
            TaskHealth::Paused { reason } => Some(format!("is paused: {reason}")),
            // Its watermark is that of the first stage's slowest task, which another process may have.
            TaskHealth::Running if stage == FOLLOWS => None,
            TaskHealth::Running => match task.lag {
                None => Some("has no watermark yet".to_owned()),
                Some((lag, reported)) => {
                    let since = self.clock.monotonic().saturating_sub(reported);
                    self.far_behind(Duration::from_millis(lag.millis().max(0).unsigned_abs()) + since)
                }
            },
        }
    }

    fn far_behind(&self, lag: Duration) -> Option<String> {
        let (lag_secs, most) = (lag.as_secs(), self.max_lag.as_secs());
        (lag > self.max_lag).then(|| format!("is {lag_secs} s behind, more than http.ready_max_lag ({most} s)"))
    }

    /// The map is whole after every step, so that a worker's panic in between does not matter.
    fn tasks(&self) -> MutexGuard<'_, BTreeMap<TaskName, Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn millis(moment: Duration) -> u64 {
    u64::try_from(moment.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::time::Timestamp;

    const MAX_LAG: Duration = Duration::from_secs(60);

    const THREE: TaskName = ("chat", 3);

    /// A clock that is moved by hand, by seconds.
    #[derive(Clone, Default)]
    struct Hand(Arc<AtomicU64>);

    impl Clock for Hand {
        fn wall(&self) -> Timestamp {
            unreachable!("health never asks for the wall clock")
        }
        fn monotonic(&self) -> Duration {
            Duration::from_secs(1_000 + self.0.load(Ordering::Relaxed))
        }
        fn sleep(&self, _: Duration) {
            unreachable!("health never waits")
        }
    }

    impl Hand {
        fn forward(&self, secs: u64) {
            self.0.fetch_add(secs, Ordering::Relaxed);
        }
    }

    fn health(workers: usize) -> (Health, Hand) {
        let clock = Hand::default();
        (Health::new(workers, MAX_LAG, Box::new(clock.clone())), clock)
    }

    fn running(lag_secs: i64) -> (Health, Hand) {
        let (health, clock) = health(1);
        health.joined(0, true);
        health.task(THREE, TaskHealth::Running);
        health.lag(THREE, Span::from_secs(lag_secs));
        (health, clock)
    }

    #[test]
    fn a_process_is_ready_when_assigned_restored_and_near() {
        let (health, _) = health(2);
        assert_eq!(health.unready(), ["worker 0 has no assignment", "worker 1 has no assignment"]);
        health.joined(0, true);
        health.joined(1, true);
        assert_eq!(health.unready(), [""; 0], "a worker without partitions is ready");
        health.task(THREE, TaskHealth::Restoring { remaining: None });
        assert_eq!(health.unready(), ["chat task 3 is restoring"]);
        health.task(THREE, TaskHealth::Restoring { remaining: Some(7) });
        assert_eq!(health.unready(), ["chat task 3 is restoring, 7 changelog records remain"]);
        health.task(THREE, TaskHealth::Running);
        assert_eq!(health.unready(), ["chat task 3 has no watermark yet"]);
        health.lag(THREE, Span::from_secs(5));
        assert_eq!(health.unready(), [""; 0]);
        health.joined(1, false);
        health.released(THREE);
        assert_eq!(health.unready(), ["worker 1 has no assignment"]);
    }

    #[test]
    fn a_task_far_behind_is_not_ready() {
        let (health, clock) = running(55);
        clock.forward(5);
        assert_eq!(health.unready(), [""; 0]);
        clock.forward(1);
        let behind = "chat task 3 is 61 s behind, more than http.ready_max_lag (60 s)";
        assert_eq!(health.unready(), [behind], "a task that falls silent falls behind");
        health.lag(THREE, Span::from_secs(-1));
        assert_eq!(health.unready(), [""; 0]);
    }

    #[test]
    fn alarms_and_clock_jumps_and_a_stop_make_it_unready_until_they_are_gone() {
        let (health, _) = running(5);
        health.task(THREE, TaskHealth::Paused { reason: "its store cannot be written: no space".to_owned() });
        health.clock_jump(0, Span::from_secs(-90));
        health.stopping();
        assert_eq!(
            health.unready(),
            [
                "stopping",
                "the wall clock jumped by -90.0 s: watermarks stand still",
                "chat task 3 is paused: its store cannot be written: no space",
            ]
        );
        health.task(THREE, TaskHealth::Running);
        health.clock_jump(0, Span::ZERO);
        assert_eq!(health.unready(), ["stopping"]);
    }

    #[test]
    fn a_partition_that_stands_still_makes_it_unready_until_it_moves() {
        let (health, _) = running(5);
        health.stalls(THREE, vec!["chat-events [3] stands still".to_owned()]);
        assert_eq!(health.unready(), ["chat-events [3] stands still"]);
        health.stalls(THREE, Vec::new());
        assert_eq!(health.unready(), [""; 0]);
        health.stalls(THREE, vec!["chat-events [3] stands still".to_owned()]);
        health.released(THREE);
        assert_eq!(health.unready(), [""; 0]);
    }

    #[test]
    fn the_second_stage_is_not_unready_because_the_first_is_behind() {
        let (health, _) = running(5);
        health.task((FOLLOWS, 0), TaskHealth::Running);
        health.lag((FOLLOWS, 0), Span::from_secs(600));
        assert_eq!(health.unready(), [""; 0]);
        health.task((FOLLOWS, 0), TaskHealth::Restoring { remaining: None });
        assert_eq!(health.unready(), ["channel task 0 is restoring"]);
    }

    #[test]
    fn a_jump_that_only_one_worker_sees_is_not_hidden_by_the_others() {
        let (health, _) = health(2);
        health.joined(0, true);
        health.joined(1, true);
        health.clock_jump(0, Span::from_secs(-90));
        health.clock_jump(1, Span::ZERO);
        assert_eq!(health.unready(), ["the wall clock jumped by -90.0 s: watermarks stand still"]);
    }

    #[test]
    fn a_worker_that_stops_beating_hangs_unless_it_has_ended() {
        let (health, clock) = health(3);
        clock.forward(60);
        assert_eq!(health.hanging(), [""; 0]);
        clock.forward(1);
        health.beat(0);
        health.ended(1);
        assert_eq!(health.hanging(), ["worker 2 hangs since 61 s"]);
    }
}
