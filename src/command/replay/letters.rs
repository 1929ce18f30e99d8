//! The malformed lines of a replay.

use std::path::Path;

use serde::Serialize;

use super::super::Failure;
use super::super::output::{Output, say, thousands};
use crate::event::Rejection;

/// So many are named on stderr.
const NAMED_MAX: u64 = 20;

/// Reports malformed lines: the first on stderr, all in the file that was asked for.
pub(in crate::command) struct Letters {
    file: Option<Output>,
    count: u64,
}

/// One line of that file.
#[derive(Serialize)]
struct Letter<'a> {
    file: &'a str,
    line: u64,
    reason: &'a str,
    detail: &'a str,
    /// The line; bytes that are not UTF-8 are replaced, for JSON cannot hold them.
    raw: &'a str,
}

impl Letters {
    /// Creates the file, if one is asked for.
    pub fn create(path: Option<&Path>) -> Result<Letters, Failure> {
        let file = path.map(|path| Output::create(Some(path))).transpose()?;
        Ok(Letters { file, count: 0 })
    }

    /// One more line that cannot be used.
    pub fn add(&mut self, file: &str, line: u64, rejection: &Rejection, raw: &[u8]) -> Result<(), Failure> {
        self.count += 1;
        if self.count <= NAMED_MAX {
            say(&format!("{file}:{line}: {}: {}", rejection.reason, rejection.detail));
        }
        let Some(out) = &mut self.file else { return Ok(()) };
        let raw = String::from_utf8_lossy(raw);
        let letter = Letter { file, line, reason: rejection.reason.as_str(), detail: &rejection.detail, raw: &raw };
        out.line(&[&serde_json::to_vec(&letter).expect("texts and a number can be written")])
    }

    /// How many there were.
    pub fn finish(self) -> Result<u64, Failure> {
        if self.count > NAMED_MAX {
            say(&format!("… and {} more dead letters", thousands(self.count - NAMED_MAX)));
        }
        self.file.map_or(Ok(()), Output::finish)?;
        Ok(self.count)
    }
}
