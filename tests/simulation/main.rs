//! The promise under everything that can go wrong, drawn from a seed: whole instances on the in-process log, a simulated
//! disk and clock, one thread. A seed that fails is told; it becomes a test of its own, with what it found.
//!
//! `make simulate SEEDS=1000` runs more of them, `make simulate SEED=7` one, and tells what happens in it.

mod faulty;
mod found;
mod oracle;
mod plan;
#[cfg(feature = "sabotage")]
mod planted;
mod report;
mod run;
#[path = "../support/mod.rs"]
mod support;
mod tell;
mod trouble;
mod world;

use plan::Plan;
use run::{Outcome, holds, run, sweep};
use world::Planted;

/// So many with every run of the tests.
const SEEDS: u64 = 600;

/// How many, and from which on; a sweep of one tells what happens.
fn asked() -> (u64, u64) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse().expect("a number"));
    match (number("SIMULATION_SEED"), number("SIMULATION_SEEDS")) {
        (Some(seed), seeds) => (seed, seeds.unwrap_or(1)),
        (None, seeds) => (0, seeds.unwrap_or(SEEDS)),
    }
}

#[test]
fn the_promise_holds() {
    let (first, seeds) = asked();
    let failures = sweep(first, seeds);
    assert!(failures.is_empty(), "{} of {seeds} seeds failed:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn a_seed_is_repeatable() {
    for seed in [3, 8, 21] {
        let runs: Vec<Outcome> = (0..2).map(|_| run(Plan::of(seed), Planted::NOTHING)).collect();
        assert!(runs[0].log == runs[1].log, "seed {seed} went two ways");
        assert!(!runs[0].log.is_empty());
        holds(seed);
    }
}
