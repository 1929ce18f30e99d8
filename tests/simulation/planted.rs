//! Faults put in on purpose: the simulation must find each, or it proves nothing.

use wrapup::engine::{Sabotage, Worker};

use crate::plan::Plan;
use crate::run::{holds, run};
use crate::world::Planted;

/// So many seeds must be enough.
const SEEDS: u64 = 500;

/// Runs seeds until one fails that holds without the fault, and says which.
#[track_caller]
fn is_found(name: &str, planted: Planted) {
    for seed in 0..SEEDS {
        if let Some(broken) = run(Plan::of(seed), planted).broken {
            eprintln!("{name}: found by seed {seed}, the {}. one: {broken}", seed + 1);
            holds(seed);
            return;
        }
    }
    panic!("{name} is not found by {SEEDS} seeds");
}

fn in_worker(in_worker: fn(&mut Worker)) -> Planted {
    Planted { in_worker, ..Planted::NOTHING }
}

#[test]
fn a_store_that_is_written_before_the_commit_is_found() {
    is_found("store first", in_worker(|worker| worker.sabotage(Sabotage::StoreFirst)));
}

#[test]
fn group_metadata_that_is_taken_at_commit_time_is_found() {
    let in_cluster = |cluster: &wrapup::log::memory::MemoryCluster| cluster.take_metadata_at_commit();
    is_found("metadata at commit time", Planted { in_cluster, ..Planted::NOTHING });
}

#[test]
fn a_restore_that_ends_at_the_last_stable_offset_is_found() {
    is_found("restore to the last stable offset", in_worker(|worker| worker.sabotage(Sabotage::StableEnd)));
}

#[test]
fn a_commit_of_timers_without_offsets_is_found() {
    is_found("timers without offsets", in_worker(|worker| worker.sabotage(Sabotage::NoOffsets)));
}

#[test]
fn going_on_after_an_unknown_outcome_is_found() {
    is_found("no restore after an unknown outcome", in_worker(|worker| worker.sabotage(Sabotage::NoRestore)));
}
