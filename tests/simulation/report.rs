//! What a sweep has shown, for docs/RELIABILITY.md.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Crashes, in the middle of a call or between two.
const CRASHES: [&str; 2] = ["deaths inside a call", "deaths between steps"];

/// The summary as Markdown.
pub fn report(first: u64, seeds: u64, seconds: f64, failures: usize, counts: &BTreeMap<&'static str, u64>) -> String {
    let crashes: u64 = CRASHES.iter().filter_map(|name| counts.get(name)).sum();
    let mut text = format!(
        "`make simulate SEEDS={seeds}`: seeds {first} to {}, in {:.1} minutes. Seeds that broke the promise: {failures}. \
         Crashes, each at a point of its own: {crashes}. Faults found so far, each a test with a name: \
         `tests/simulation/found.rs`.\n\n| what was done | times |\n| --- | --- |\n",
        first + seeds - 1,
        seconds / 60.0
    );
    for (what, times) in counts {
        writeln!(text, "| {what} | {times} |").expect("a text takes it");
    }
    text
}
