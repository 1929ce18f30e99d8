//! The metric snapshots of a replay: the last state of every window and live record (`snapshots.md`). Pure.

use super::inputs::Inputs;
use crate::calendar::ChannelDocument;
use crate::chat::Fold;
use crate::finalization::Windows;
use crate::record::SCHEMA_VERSION;
use crate::snapshot::{Contributions, Key, Publication, Snapshots, Window, WindowSize, live_json, window_json};
use crate::time::Timestamp;

/// The sums over all chats as they are at the watermark `limit`.
pub(super) fn sums(inputs: &Inputs, windows: &Windows, smallest: WindowSize, limit: Timestamp) -> Snapshots {
    let without = ChannelDocument::absent();
    let mut sums = Snapshots::new(smallest);
    for chat in inputs.chats.values() {
        let fold = Fold::of(&chat.journal);
        let document = fold.channel_id().and_then(|channel| inputs.channels.get(channel)).unwrap_or(&without);
        let expires = fold.updated_at().map(|at| at.saturating_add(windows.idle_expiry));
        let is_expired = expires.is_some_and(|expires| expires <= limit);
        sums.add(&Contributions::of(&chat.journal, &fold, document, is_expired));
    }
    sums
}

/// Writes `{"key","value"}` lines in the order of the keys, each in its one and only revision.
pub(super) fn write<E>(
    sums: &Snapshots,
    windows: &Windows,
    limit: Timestamp,
    out: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let publication = |is_final: bool| Some(Publication { schema_version: SCHEMA_VERSION, revision: 1, is_final });
    let mut lines: Vec<(String, String)> = Vec::with_capacity(sums.windows.len() + sums.live.len());
    for (key, of) in &sums.windows {
        let end = *of.ends.last().expect("a window has an end");
        let is_final = end.saturating_add(windows.update_window) <= limit;
        let window = Window { size: key.size, start: key.start, end };
        let value = window_json(&key.place, window, of, publication(is_final));
        lines.push((Key::Window(key.clone()).to_string(), value));
    }
    for (place, gauges) in sums.live.iter().filter(|(_, gauges)| !gauges.shows_nothing()) {
        lines.push((Key::Live(place.clone()).to_string(), live_json(place, gauges, publication(false))));
    }
    lines.sort_unstable();
    for (key, value) in lines {
        let key = serde_json::Value::String(key);
        out(format!(r#"{{"key":{key},"value":{value}}}"#).as_bytes())?;
    }
    Ok(())
}
