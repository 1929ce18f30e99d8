//! `wrapup explain`: a chat's timeline, and what a number of its record is made of.

mod text;

use std::path::PathBuf;

use super::lines::Lines;
use super::output::print;
use super::replay::{Inputs, Letters, each, read_directory};
use super::{Done, ExitCode, Failure};
use crate::calendar::ChannelDocument;
use crate::chat::Fold;
use crate::explain::{Subject, durations, explain, timeline, timeline_to_json, to_json};
use crate::time::Timestamp;

/// The options of `explain`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A file of directory documents, one `{"key", "value"}` per line, the newest of a key last; may be repeated
    #[arg(long, value_name = "FILE")]
    directory: Vec<PathBuf>,
    /// A file of events, one CloudEvent per line, in any order; may be repeated
    #[arg(long, value_name = "FILE", required = true)]
    events: Vec<PathBuf>,
    /// The chat's id
    #[arg(long, value_name = "ID")]
    chat: String,
    /// The column of the record to explain, such as `timeToClose` or `chatProfile.waitingTime`; without it the timeline
    #[arg(long, value_name = "NAME")]
    field: Option<String>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Explains the chat as it is once all time has passed, as `replay` does.
pub fn run(args: &Args) -> Done {
    let (mut inputs, mut letters) = (Inputs::of_chat(&args.chat), Letters::create(None)?);
    let events = Lines::open_all(&args.events)?;
    read_directory(&args.directory, &mut inputs, &mut letters)?;
    for mut lines in events {
        each(&mut lines, &mut letters, |line| inputs.event_line(line, None))?;
    }
    // A line that cannot be used is no part of the record either: it is named, and that is all.
    letters.finish()?;
    let Some(chat) = inputs.chats.get(&*args.chat) else {
        return Err(Failure::usage(format!("chat {} is in none of the files", args.chat)));
    };
    let (fold, without) = (Fold::of(&chat.journal), ChannelDocument::absent());
    let document = fold.channel_id().and_then(|channel| inputs.channels.get(channel)).unwrap_or(&without);
    let subject = Subject { chat_id: &args.chat, journal: &chat.journal, fold: &fold, document, due: Timestamp::MAX };
    print(&told(args, &subject)?)?;
    Ok(ExitCode::Ok)
}

fn told(args: &Args, subject: &Subject<'_>) -> Result<String, Failure> {
    let Some(field) = &args.field else {
        let steps = timeline(subject.journal);
        return Ok(match args.json {
            true => timeline_to_json(subject.chat_id, &steps) + "\n",
            false => text::timeline(subject, &steps, &durations(subject)),
        });
    };
    let explanation = explain(subject, field).map_err(|unknown| Failure::usage(unknown.to_string()))?;
    Ok(if args.json { to_json(&explanation) + "\n" } else { text::field(subject, &explanation) })
}
