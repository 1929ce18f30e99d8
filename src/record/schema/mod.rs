//! The record as schemas, for those who read it: `proto/wrapup/v1/record.proto`, `docs/schema/record.schema.json`, and all
//! topics in `docs/schema/asyncapi.json`. Made from the tables; tests compare.

mod asyncapi;
mod json_schema;
mod proto;
mod snapshot_schema;

#[cfg(test)]
mod tests;

pub use asyncapi::asyncapi;
pub use json_schema::record_json_schema;
pub use proto::record_proto;
pub use snapshot_schema::snapshot_json_schema;
