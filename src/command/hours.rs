//! `wrapup hours`: the operating time of a channel, so that anyone can check a configuration.

use std::path::PathBuf;

use super::output::print;
use super::replay::{Inputs, Letters, read_directory};
use super::{Done, ExitCode, Failure, time};
use crate::calendar::ChannelDocument;
use crate::time::Timestamp;

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
    let (mut inputs, mut letters) = (Inputs::default(), Letters::create(None)?);
    read_directory(&args.directory, &mut inputs, &mut letters)?;
    let dead = letters.finish()?;
    let document = match inputs.channels.remove(&*args.channel) {
        Some(document) => document,
        None if dead == 0 => ChannelDocument::absent(),
        // One of the lines may have been meant for it: always open would be the wrong answer to a misspelt document.
        None => {
            return Err(Failure::usage(format!("channel {} has no document that can be used", args.channel)));
        }
    };
    print(&format!("{}\n", document.operating_time(args.from, args.to)))?;
    Ok(if dead == 0 { ExitCode::Ok } else { ExitCode::DeadLettered })
}
