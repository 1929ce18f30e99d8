//! wrapup: from the events of a contact center to exactly one right record per chat.
//!
//! The data's way, left to right, and the modules it passes; each may use only those to its left
//! (and [`time`], which everything uses). `tests/tidy.rs` holds this order.
//!
//! ```text
//!  bytes ─event→ Event ─chat→ Chat ─record→ Record        pure: no clock, no I/O, no randomness
//!            │      ▲ calendar: operating hours
//!            ▼      │
//!          codec: state bytes ↔ types
//!  log (Kafka | in process) ⇄ engine: watermark · overlay · timers · commit ⇄ store (RocksDB | memory)
//! ```

pub mod calendar;
pub mod chat;
pub mod codec;
pub mod event;
pub mod record;
pub mod time;

#[cfg(feature = "runtime")]
pub mod command;
#[cfg(feature = "runtime")]
pub mod config;
#[cfg(feature = "runtime")]
pub mod engine;
#[cfg(feature = "runtime")]
pub mod log;
#[cfg(feature = "runtime")]
pub mod store;
#[cfg(feature = "runtime")]
pub mod telemetry;
