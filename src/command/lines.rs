//! Files of JSON lines, read one line at a time.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::Failure;

/// The lines of a file that are not blank, counted from 1.
pub(super) struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    line: Vec<u8>,
    number: u64,
}

impl Lines {
    /// Opens a file that the command line names.
    pub fn open(path: &Path) -> Result<Lines, Failure> {
        let opened = File::open(path).and_then(|file| {
            let is_folder = file.metadata()?.is_dir();
            if is_folder { Err(std::io::Error::other("it is a folder")) } else { Ok(file) }
        });
        let file = opened.map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))?;
        Ok(Lines {
            path: path.to_owned(),
            reader: BufReader::with_capacity(1 << 20, file),
            line: Vec::new(),
            number: 0,
        })
    }

    /// Opens all, so that a wrong name is found before any work is done.
    pub fn open_all(paths: &[PathBuf]) -> Result<Vec<Lines>, Failure> {
        paths.iter().map(|path| Lines::open(path)).collect()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The next line that is not blank: its number, and its bytes without the line's end. (An iterator could not lend
    /// them.)
    pub fn next_line(&mut self) -> Result<Option<(u64, &[u8])>, Failure> {
        loop {
            self.line.clear();
            let read = self.reader.read_until(b'\n', &mut self.line).map_err(|error| {
                Failure::failed(format!(
                    "{} cannot be read on after line {}: {error}",
                    self.path.display(),
                    self.number
                ))
            })?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            while self.line.last().is_some_and(|last| matches!(last, b'\n' | b'\r')) {
                self.line.pop();
            }
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        Ok(Some((self.number, &self.line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_blank_lines_but_does_not_give_them() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), b"\none\r\n  \t\ntwo\n\xff\n\n last").expect("written");
        let mut lines = Lines::open(file.path()).expect("readable");
        let mut read = Vec::new();
        while let Some((number, line)) = lines.next_line().expect("readable") {
            read.push((number, line.to_vec()));
        }
        let expected: Vec<(u64, &[u8])> = vec![(2, b"one"), (4, b"two"), (5, b"\xff"), (7, b" last")];
        assert_eq!(read, expected.into_iter().map(|(number, line)| (number, line.to_vec())).collect::<Vec<_>>());
    }

    #[test]
    fn a_folder_or_a_missing_file_is_a_wrong_command_line() {
        for path in ["/", "/no/such/file"] {
            let failure = Lines::open(Path::new(path)).map(|_| ()).expect_err("cannot be read");
            assert_eq!(failure.code, super::super::ExitCode::Usage);
            assert!(failure.message.starts_with(path), "{failure}");
        }
    }
}
