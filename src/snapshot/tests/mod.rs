//! The rules of `snapshots.md`, one by one, and what holds for any chats.

mod moments;
mod properties;
mod records;

use super::*;
use crate::chat::script::{Chat, told};

/// What a chat contributes.
fn contributions(chat: &Chat, is_expired: bool) -> Contributions {
    Contributions::of(&chat.journal, &chat.fold, &chat.document, is_expired)
}

/// An id as tests write it.
fn shown(id: &Id) -> &str {
    id.as_deref().unwrap_or("-")
}

/// A moment as tests write it: `09:05 - A q1: closed, distributions.timeToClose 300.0`, the ids those of team, manager
/// and queue.
fn line(moment: &Moment) -> String {
    let ids = [&moment.team, &moment.manager, &moment.queue].map(shown).join(" ");
    let counts = moment.adds.counts.iter().map(|(counter, grows)| match grows {
        1 => counter.path().to_owned(),
        _ => format!("{} {grows}", counter.path()),
    });
    let values = moment.adds.values.iter().map(|(distribution, value)| format!("{} {value}", distribution.key()));
    let adds: Vec<String> = counts.chain(values).collect();
    format!("{} {ids}: {}", told(moment.at), adds.join(", "))
}
