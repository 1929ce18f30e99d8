//! `wrapup hours`: the operating time of a channel, so that anyone can check a configuration.

use std::path::PathBuf;

use super::output::print;
use super::replay::{Inputs, Letters, read_directory};
use super::{Done, ExitCode, Failure, time};
use crate::calendar::ChannelDocument;
use crate::time::{Span, Timestamp};

/// The options of `hours`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file of directory documents, one `{"key", "value"}` per line, the newest of a key last; may be repeated
    #[arg(long, value_name = "FILE", required = true)]
    directory: Vec<PathBuf>,
    /// The channel's id
    #[arg(long, value_name = "ID")]
    channel: String,
    /// The first instant
    #[arg(long, value_name = "TIME", value_parser = time)]
    from: Timestamp,
    /// The first instant after it
    #[arg(long, value_name = "TIME", value_parser = time)]
    to: Timestamp,
}

/// Prints the operating seconds of `[from, to)` (`metrics.md`, Words).
pub fn run(args: &Args) -> Done {
    let (open, code) = operating_time(args)?;
    print(&format!("{open}\n"))?;
    Ok(code)
}

fn operating_time(args: &Args) -> Result<(Span, ExitCode), Failure> {
    let (mut inputs, mut letters) = (Inputs::default(), Letters::create(None)?);
    read_directory(&args.directory, &mut inputs, &mut letters)?;
    let dead = letters.finish()?;
    let document = match inputs.channels.remove(&*args.channel) {
        Some(document) => document,
        None if dead == 0 => ChannelDocument::absent(),
        // One of those lines may have been meant for it: always open would be the wrong answer to a misspelt document.
        None => return Err(Failure::usage(format!("channel {} has no document that can be used", args.channel))),
    };
    let code = if dead == 0 { ExitCode::Ok } else { ExitCode::DeadLettered };
    Ok((document.operating_time(args.from, args.to), code))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICE: &str = r#"{"key":"channel/c1","value":{"timezone":"Asia/Seoul","operatingHours":[{"effectiveFrom":"2026-01-01","weekly":{"mon":[["09:00","14:00"]]}}]}}"#;

    fn hours(directory: &str, channel: &str) -> Result<(String, ExitCode), Failure> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), directory).expect("written");
        let args = Args {
            directory: vec![file.path().to_owned()],
            channel: channel.to_owned(),
            from: time("2026-03-02T00:00:00+09:00").expect("a time"),
            to: time("2026-03-03T00:00:00+09:00").expect("a time"),
        };
        operating_time(&args).map(|(open, code)| (open.to_string(), code))
    }

    #[test]
    fn the_newest_usable_document_counts() {
        let newer = OFFICE.replace("14:00", "10:30");
        assert_eq!(hours(OFFICE, "c1"), Ok(("18000.0".to_owned(), ExitCode::Ok)));
        assert_eq!(hours(&format!("{OFFICE}\n{newer}\n"), "c1"), Ok(("5400.0".to_owned(), ExitCode::Ok)));
        let spoiled = format!("{OFFICE}\n{}", OFFICE.replace("Asia/Seoul", "Asia/Soul"));
        assert_eq!(hours(&spoiled, "c1"), Ok(("18000.0".to_owned(), ExitCode::DeadLettered)));
    }

    #[test]
    fn a_channel_without_a_document_is_always_open() {
        assert_eq!(hours(OFFICE, "c2"), Ok(("86400.0".to_owned(), ExitCode::Ok)));
        let deleted = format!("{OFFICE}\n{}", r#"{"key":"channel/c1","value":null}"#);
        assert_eq!(hours(&deleted, "c1"), Ok(("86400.0".to_owned(), ExitCode::Ok)));
        assert_eq!(hours("", "c1"), Ok(("86400.0".to_owned(), ExitCode::Ok)));
    }

    #[test]
    fn a_misspelt_document_is_no_channel_without_one() {
        let failure = hours(&OFFICE.replace("09:00", "9"), "c1").expect_err("refused");
        assert_eq!(failure, Failure::usage("channel c1 has no document that can be used"));
    }
}
