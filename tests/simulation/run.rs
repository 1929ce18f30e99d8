//! One seed, from the beginning to the verdict; and many of them.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;
use wrapup::clock::{Clock, SystemClock};

use crate::plan::{Arrival, Plan, arrival};
use crate::report::report;
use crate::support::{Line, read_all, records_of};
use crate::tell::{Teller, is_telling};
use crate::world::{Broken, Busy, Planted, World};

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// What came of a seed.
pub struct Outcome {
    /// Why the promise is broken; `None`: it holds.
    pub broken: Option<String>,
    /// What happened last before that.
    pub story: String,
    /// How often what happened.
    pub counts: BTreeMap<&'static str, u64>,
    /// Everything in the log that is committed.
    pub log: Vec<(String, Option<Vec<u8>>)>,
}

/// Runs a seed.
pub fn run(plan: Plan, planted: Planted) -> Outcome {
    let world = World::enter(plan, planted);
    let verdict = catch_unwind(AssertUnwindSafe(|| {
        if is_telling() { tracing::subscriber::with_default(Teller, || live(&world)) } else { live(&world) }
    }));
    let broken = match verdict {
        Ok(verdict) => verdict.err(),
        Err(payload) => Some(why(payload)),
    };
    let topics = &world.plan.settings.topics;
    let log = match &broken {
        Some(_) => Vec::new(),
        None => [&topics.session_metadata, &topics.dead_letters, &topics.changelog]
            .into_iter()
            .flat_map(|topic| read_all(&world.cluster, topic))
            .collect(),
    };
    let outcome = Outcome { broken, story: world.story(), counts: world.counts.borrow().clone(), log };
    World::leave();
    outcome
}

fn why(payload: Box<dyn Any + Send>) -> String {
    match payload.downcast::<Broken>() {
        Ok(broken) => broken.0,
        Err(payload) => {
            let text = payload.downcast_ref::<String>().cloned();
            let text = text.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            format!("panicked: {}", text.unwrap_or_default())
        }
    }
}

/// Trouble, then peace, then the verdict.
fn live(world: &Rc<World>) -> Result<(), String> {
    for (key, value) in world.plan.directory.clone() {
        world.document(&key, value);
    }
    for name in ["a", "b", "c"].iter().take(world.plan.instances) {
        world.start_by_name(name, 1 + world.below(2));
    }
    world.is_calm.set(false);
    let mut ticks = 0;
    while ticks < world.plan.ticks || (world.is_waiting() && ticks < 3 * world.plan.ticks) {
        world.tick();
        ticks += 1;
    }
    heal(world)?;
    if let Some(at) = world.next_arrival() {
        // What is left of live traffic must not come before it has happened.
        let ahead = at.since(world.clock.wall()).millis() + HOUR.as_millis() as i64;
        pass(world, Duration::from_millis(ahead.max(0) as u64), HOUR)?;
    }
    world.feed_the_rest();
    pass(world, 2 * HOUR, HOUR / 2)?;
    // Past the silence of an assistant, the expiry of what never ended, and the corrections that follow.
    pass(world, 3 * DAY, 6 * HOUR)?;
    world.judge()?;
    if world.plan.seed.is_multiple_of(4) { afterlife(world) } else { Ok(()) }
}

/// Ends all trouble. After a while every task runs, and every process says that it is well.
fn heal(world: &Rc<World>) -> Result<(), String> {
    world.heal();
    settle(world)?;
    world.restart_the_confused();
    // A member that has lost its way looks for it after two minutes.
    for _ in 0..130 {
        world.quiet_round(Duration::from_secs(1));
    }
    settle(world)?;
    let all: Vec<u32> = (0..world.plan.partitions).collect();
    if world.running() != [all.clone(), all.clone()] {
        return Err(format!("the tasks that run are {:?} of {:?} in both stages", world.running(), all));
    }
    match world.unready() {
        reasons if reasons.is_empty() => Ok(()),
        reasons => Err(format!("all is well, and yet: {}", reasons.join("; "))),
    }
}

/// All chats are dropped, in trouble again. Events that come for them then are dead letters, and change no record.
fn afterlife(world: &Rc<World>) -> Result<(), String> {
    let kept = world.plan.settings.windows.correction_window.millis().unsigned_abs();
    pass(world, Duration::from_millis(kept) - DAY, 5 * DAY)?;
    let before = records_of(&world.cluster, &world.plan.settings.topics.session_metadata);
    world.are_documents_final.set(true);
    let trouble = |leap: Duration| {
        world.is_calm.set(false);
        for _ in 0..100 {
            if world.one_in(10) {
                world.clock.advance(leap);
            }
            world.tick();
        }
        heal(world)
    };
    trouble(12 * HOUR)?;
    pass(world, 3 * DAY, DAY)?;
    for chat in before.keys().take(3) {
        let at = world.clock.wall().to_string();
        let line = Line::of(chat, "late", "chat.closed", &at, json!({"by": "user"}));
        world.send(Arrival { refused: Some("chat_expired"), ..arrival(&line, None) });
    }
    trouble(Duration::ZERO)?;
    world.judge()?;
    let after = records_of(&world.cluster, &world.plan.settings.topics.session_metadata);
    if after == before { Ok(()) } else { Err("an event that met a stub changed a record".to_owned()) }
}

/// Steps until nothing has happened for a while: long enough for ends to be learned anew, restarts and retries.
fn settle(world: &Rc<World>) -> Result<(), String> {
    let mut quiet = 0;
    for _ in 0..50_000 {
        quiet = match world.quiet_round(Duration::from_millis(200)) {
            Busy::No => quiet + 1,
            Busy::Committing => quiet,
            Busy::Working => 0,
        };
        // A store that failed is tried again after ten seconds; who left without a word is missed after twenty.
        if quiet > 120 {
            return Ok(());
        }
    }
    Err("the instances do not come to rest".to_owned())
}

fn pass(world: &Rc<World>, total: Duration, stride: Duration) -> Result<(), String> {
    let mut left = total;
    while !left.is_zero() {
        let by = left.min(stride);
        left -= by;
        world.clock.advance(by);
        settle(world)?;
    }
    Ok(())
}

/// Fails the test when the promise does not hold under this seed.
#[track_caller]
pub fn holds(seed: u64) {
    let outcome = run(Plan::of(seed), Planted::NOTHING);
    if let Some(broken) = outcome.broken {
        panic!("seed {seed}: {broken}\n{}", outcome.story);
    }
}

/// Runs seeds on all cores, and tells of those that fail.
pub fn sweep(first: u64, seeds: u64) -> Vec<String> {
    let clock = SystemClock::new();
    let (next, done) = (AtomicU64::new(0), AtomicU64::new(0));
    let failures = Mutex::new(Vec::new());
    let counts: Mutex<BTreeMap<&'static str, u64>> = Mutex::default();
    let work = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= seeds {
                return;
            }
            let seed = first + at;
            let outcome = run(Plan::of(seed), Planted::NOTHING);
            if let Some(broken) = outcome.broken {
                let commit = commit();
                let failure = format!(
                    "seed {seed} at commit {commit}: {broken}\n  repeat it: make simulate SEED={seed}\n{}",
                    outcome.story
                );
                eprintln!("{failure}");
                failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
            }
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            outcome.counts.into_iter().for_each(|(what, times)| *counts.entry(what).or_default() += times);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done.is_multiple_of(100) {
                eprintln!("{done} of {seeds} seeds in {} s", clock.monotonic().as_secs());
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });
    let counts = counts.into_inner().unwrap_or_else(PoisonError::into_inner);
    let seconds = clock.monotonic().as_secs_f64();
    eprintln!("{seeds} seeds from {first} on in {seconds:.1} s: {counts:?}");
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(path) = std::env::var_os("SIMULATION_REPORT") {
        let text = report(first, seeds, seconds, failures.len(), &counts);
        std::fs::write(path, text).expect("the report is written");
    }
    failures
}

/// The commit that is checked out, for whoever repeats a seed.
fn commit() -> String {
    let output = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
    if text.is_empty() { "unknown".to_owned() } else { text }
}
