//! One chat: the journal of its events, the fold over them, its segments and the table of metrics it gives.

pub mod fold;
pub mod journal;
pub mod metric;
pub mod segment;

#[cfg(test)]
pub(crate) mod script;

pub use fold::{Fold, Folded, State};
pub use journal::{Inserted, Journal};
