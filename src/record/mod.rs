//! What goes out: one record per chat and revision (`finalization.md`, The record).

mod content;
mod document;
mod fingerprint;
mod output;
mod revision;
mod schema;
mod table;
mod warehouse;

#[cfg(test)]
mod tests;

pub use content::{Content, project};
pub use document::metrics_markdown;
pub use fingerprint::Fingerprints;
pub use output::{Encoding, KEY_BYTES_MIN, Output, OutputError, OutputOptions, Pii, RecordShape, policy_fields};
pub use revision::{Reason, Revision};
pub use schema::{asyncapi, record_json_schema, record_proto, snapshot_json_schema};
pub use warehouse::warehouse_pages;

/// The version of the definitions (`finalization.md`, When a record is final).
pub const SCHEMA_VERSION: u32 = 1;
