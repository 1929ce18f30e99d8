//! wrapup: from the events of a contact center to exactly one right record per chat.
//!
//! The data's way, left to right, and the modules it passes; each may use only those to its left
//! (and [`time`], which everything uses). `tests/tidy.rs` holds this order.
//!
//! ```text
//!  bytes ─event→ Event ─chat→ Chat ─record→ Record        pure: no clock, no I/O, no randomness
//!            │      ▲            └─snapshot→ contributions, their sums
//!            ▼      │ calendar: operating hours
//!          codec: state bytes ↔ types
//!  log (Kafka | in process) ⇄ engine: watermark · overlay · timers · commit ⇄ store (RocksDB | memory)
//! ```

#![forbid(unsafe_code)]

pub mod calendar;
pub mod chat;
pub mod clock;
pub mod codec;
pub mod engine;
pub mod event;
pub mod explain;
pub mod finalization;
pub mod generate;
pub mod log;
pub mod record;
pub mod snapshot;
pub mod store;
pub mod telemetry;
pub mod time;

#[cfg(feature = "runtime")]
pub mod command;
#[cfg(feature = "config")]
pub mod config;
