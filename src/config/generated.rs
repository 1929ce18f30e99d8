//! Compares files made from tables in the code with those in the repository.

use std::path::Path;

/// Fails unless the file is what the tables make; with `UPDATE_DOCS` in the environment, writes it instead.
pub(crate) fn assert_current(file: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, made).expect("the file is writable");
    }
    let present = std::fs::read_to_string(&path).unwrap_or_default();
    // Not assert_eq: two whole files in a failure's output help nobody.
    let line = present.lines().zip(made.lines()).position(|(left, right)| left != right);
    assert!(
        present == made,
        "{file} is not what the code makes (line {line:?}): run `make docs` and commit the result"
    );
}
