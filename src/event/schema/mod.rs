//! The events as schemas, for those who produce them: `proto/wrapup/v1/events.proto` and
//! `docs/schema/events.schema.json`, both made from the event table; a test compares.

mod json_schema;
mod proto;
mod tree;

#[cfg(test)]
pub(crate) mod public;
#[cfg(test)]
mod tests;

pub use json_schema::events_json_schema;
pub(crate) use proto::Message;
pub use proto::events_proto;
pub(crate) use tree::{Tree, object, text, texts};

/// Fails unless a file of the repository is what the tables make; with `UPDATE_DOCS` in the environment, writes it instead.
#[cfg(test)]
pub(crate) fn assert_current(file: &str, made: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be made");
        std::fs::write(&path, made).expect("the file is writable");
    }
    let present = std::fs::read_to_string(&path).unwrap_or_default();
    // Not assert_eq: two whole files in a failure's output help nobody.
    assert!(present == made, "{file} is not what the code makes: run `make docs` and commit the result");
}
