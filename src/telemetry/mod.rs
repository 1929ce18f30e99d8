//! What wrapup reports about itself: telemetry, health over HTTP, log lines.
//!
//! Names stand in one table ([`names`]); the engine counts through the typed handles of [`handles`]. Without the
//! `runtime` feature nothing is served or recorded, and the handles count nothing.

#[cfg(feature = "runtime")]
mod allocator;
mod board;
mod docs;
pub mod handles;
pub mod health;
#[cfg(feature = "runtime")]
pub mod http;
#[cfg(feature = "runtime")]
pub mod logging;
pub mod names;
#[cfg(feature = "runtime")]
pub mod prometheus;

pub use board::{Board, Lease, Line};
pub use docs::markdown;
pub use handles::{
    CommitOutcome, EventCounters, LabeledCounters, RebalanceKind, TaskPhase, TaskTelemetry, Telemetry, Vocabulary,
};
pub use health::{Health, TaskHealth, TaskName};

#[cfg(all(test, feature = "runtime"))]
mod tests;
