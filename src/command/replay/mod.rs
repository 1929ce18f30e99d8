//! `wrapup replay`: the same fold and finalization as `run`, over files, without a broker.
//!
//! All lines are read before any timer fires. Only then the watermark goes to `--as-of`, by default to infinity.

mod inputs;
mod letters;
mod records;
mod snapshots;

use std::path::PathBuf;
use std::sync::Arc;

use super::lines::Lines;
use super::output::{Output, say};
use super::{Done, ExitCode, Failure, Progress, span, thousands, time};
use crate::clock::{Clock, SystemClock};
use crate::event::Rejection;
use crate::finalization::Windows;
use crate::snapshot::WindowSize;
use crate::time::{Span, Timestamp};
pub(super) use inputs::Inputs;
pub(super) use letters::Letters;

/// The options of `replay`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file of events, one CloudEvent per line, in any order; may be repeated
    #[arg(long, value_name = "FILE", required = true)]
    events: Vec<PathBuf>,
    /// A file of directory documents, one `{"key", "value"}` per line, the newest of a key last; may be repeated
    #[arg(long, value_name = "FILE")]
    directory: Vec<PathBuf>,
    /// Where the records go, one per line; without it to stdout
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Where malformed lines go, one JSON object each
    #[arg(long, value_name = "FILE")]
    dead_letters: Option<PathBuf>,
    /// Where the last state of every metric snapshot and live record goes, one `{"key", "value"}` per line
    #[arg(long, value_name = "FILE")]
    snapshots: Option<PathBuf>,
    /// Minutes of the smallest snapshot windows
    #[arg(long, value_name = "MINUTES", value_parser = snapshot_window, default_value = "1")]
    snapshot_window: WindowSize,
    /// The watermark to stop at, and the clock that times in the future are measured against; without it infinity
    #[arg(long, value_name = "TIME", value_parser = time)]
    as_of: Option<Timestamp>,
    /// From a session's end to its record
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "15m")]
    update_window: Span,
    /// Without events for so long, a chat that has not ended gets its record all the same
    #[arg(long, value_name = "TIME", value_parser = idle, default_value = "30d")]
    idle_expiry: Span,
}

fn snapshot_window(text: &str) -> Result<WindowSize, String> {
    let minutes = text.strip_suffix('m').unwrap_or(text).parse().ok();
    minutes.and_then(WindowSize::of_minutes).ok_or_else(|| "must be 1, 3, 5 or 15".to_owned())
}

fn idle(text: &str) -> Result<Span, String> {
    let idle = span(text)?;
    if idle < Span::from_hours(25) { Err("must be at least 25h".to_owned()) } else { Ok(idle) }
}

/// Replays the files.
pub fn run(args: &Args) -> Done {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let events = Lines::open_all(&args.events)?;
    let mut letters = Letters::create(args.dead_letters.as_deref())?;
    let mut out = Output::create(args.out.as_deref())?;
    let mut inputs = Inputs::default();

    read_directory(&args.directory, &mut inputs, &mut letters)?;
    let mut progress = Progress::new(&clock, ("read", "lines"));
    for mut lines in events {
        each(&mut lines, &mut letters, |line| {
            progress.step();
            inputs.event_line(line, args.as_of)
        })?;
    }
    let counts = inputs.counts();
    let chats = inputs.chats();

    let windows = Windows { update_window: args.update_window, idle_expiry: args.idle_expiry, ..Windows::default() };
    let mut progress = Progress::new(&clock, ("wrote", "records"));
    let limit = args.as_of.unwrap_or(Timestamp::MAX);
    if let Some(path) = &args.snapshots {
        let mut out = Output::create(Some(path))?;
        let sums = snapshots::sums(&inputs, &windows, args.snapshot_window, limit);
        snapshots::write(&sums, &windows, limit, &mut |line| out.line(&[line]))?;
        out.finish()?;
    }
    let not_due = records::emit(inputs, &windows, limit, &mut |json| {
        progress.step();
        out.line(&[&json])
    })?;
    out.finish()?;
    let dead = letters.finish()?;
    say(&format!(
        "{} events of {} chats ({} duplicates, {} of unknown types left out): {} records, {} chats not due, {} dead letters",
        thousands(counts.accepted),
        thousands(chats),
        thousands(counts.duplicates),
        thousands(counts.ignored),
        thousands(progress.steps()),
        thousands(not_due),
        thousands(dead),
    ));
    Ok(if dead == 0 { ExitCode::Ok } else { ExitCode::DeadLettered })
}

/// Reads directory files; what cannot be used becomes a dead letter.
pub(super) fn read_directory(paths: &[PathBuf], inputs: &mut Inputs, letters: &mut Letters) -> Result<(), Failure> {
    for mut lines in Lines::open_all(paths)? {
        each(&mut lines, letters, |line| inputs.directory_line(line))?;
    }
    Ok(())
}

/// Gives every line of a file to `take`; what it rejects becomes a dead letter.
pub(super) fn each(
    lines: &mut Lines,
    letters: &mut Letters,
    mut take: impl FnMut(&[u8]) -> Result<(), Rejection>,
) -> Result<(), Failure> {
    let file = lines.path().display().to_string();
    while let Some((number, line)) = lines.next_line()? {
        if let Err(rejection) = take(line) {
            letters.add(&file, number, &rejection, line)?;
        }
    }
    Ok(())
}
