//! The records of a replay, in the order of their due times. Pure.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::inputs::{Chat, Inputs};
use crate::calendar::ChannelDocument;
use crate::chat::Fold;
use crate::finalization::{Firing, Life, Windows, fire};
use crate::record::Fingerprints;
use crate::time::Timestamp;

/// A chat that waits for its next record.
struct Waiting {
    chat: Chat,
    life: Life,
    prints: Option<Fingerprints>,
}

/// Fires every timer up to `limit`, each at its own time, so that the records come out sorted by due time, chat and
/// revision without being held. Gives the number of chats that have no record.
///
/// The folds are made anew for each record: kept, they would double what a replay holds.
pub(super) fn emit<E>(
    inputs: Inputs,
    windows: &Windows,
    limit: Timestamp,
    out: &mut dyn FnMut(Vec<u8>) -> Result<(), E>,
) -> Result<u64, E> {
    let Inputs { channels, chats, .. } = inputs;
    let without = ChannelDocument::absent();
    let mut due = BinaryHeap::new();
    let mut waiting = HashMap::with_capacity(chats.len());
    let mut not_due = 0;
    for (id, chat) in chats {
        let (fold, mut life) = (Fold::of(&chat.journal), Life::default());
        life.settle(&fold, chat.arrivals, Timestamp::MIN, windows);
        let at = life.deadline(&fold);
        if at > limit {
            not_due += 1;
        } else {
            due.push(Reverse((at, id.clone())));
            waiting.insert(id, Waiting { chat, life, prints: None });
        }
    }
    while let Some(Reverse((at, id))) = due.pop() {
        let Waiting { chat, mut life, mut prints } = waiting.remove(&id).expect("what is due was put there");
        let fold = Fold::of(&chat.journal);
        let document = fold.channel_id().and_then(|channel| channels.get(channel)).unwrap_or(&without);
        let firing = Firing { chat_id: &id, journal: &chat.journal, fold: &fold, document, watermark: at, windows };
        let mut written = Ok(());
        // Nothing is dropped on the way: a chat is let go of when it can have no further record.
        let _ = fire(&firing, &mut life, &mut prints, &mut |emitted| {
            if written.is_ok() {
                written = out(emitted.content.to_json(&emitted.revision));
            }
        });
        written?;
        let next = life.deadline(&fold);
        if (life.pending.is_some() || life.silence_at.is_some()) && next <= limit {
            due.push(Reverse((next, id.clone())));
            waiting.insert(id, Waiting { chat, life, prints });
        }
    }
    Ok(not_due)
}
