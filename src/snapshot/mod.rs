//! Metric snapshots: what is happening per channel, team, manager, queue and medium (`snapshots.md`).
//!
//! ```text
//!  journal, document ─of→ Contributions ─change→ Difference ─encode→ bytes ─decode→ Difference ─→ the other stage
//!                              │                                                     │
//!                              └─moments→ the rows in the chat's record              └─apply→ rows ─publish→ records
//! ```
//!
//! Everything is added up as integers and counted multisets, so no order and no split of differences matters, and what
//! is taken back leaves no trace.

mod contribution;
mod difference;
mod encoding;
mod identity;
mod json;
mod moments;
mod multiset;
mod place;
mod row;
mod sketch;
mod snapshots;
mod sums;
mod table;
mod walk;
mod window;

#[cfg(test)]
mod tests;

pub use contribution::{Contributions, Live, Moment};
pub use difference::{Change, Changes, Difference, Slice};
pub use encoding::{
    EncodingError, FORMAT, Source, Told, decode_difference, decode_live_row, decode_window_row, encode_difference,
    encode_live_row, encode_source, encode_window_row,
};
pub use identity::{
    ExpiredInQueue, Identity, Violation, of_live, of_set, of_window, partition, rollup, waiting, waits,
};
pub use json::{Publication, live_json, window_json};
pub use moments::MOMENT;
pub use multiset::Multiset;
pub use place::{Id, Key, Place, WindowKey, id};
pub use row::{LiveRow, Published, WindowRow};
pub use sketch::{Bucket, Sketch};
pub use snapshots::Snapshots;
pub use sums::{Adds, Gauges, Policy, Target, WindowSums};
pub use table::{Counter, Dimension, Distribution, Gauge};
pub use window::{Day, Window, WindowSize};
