//! A row of the second stage in memory: a window or a live record, and the rows of the store alone that belong to it.

use crate::codec::{live_key, timer_key, unpublished_key, window_key};
use crate::snapshot::{
    Key, LiveRow, WindowRow, decode_live_row, decode_window_row, encode_live_row, encode_window_row,
};
use crate::store::WriteBatch;
use crate::time::Timestamp;

use super::TaskError;
use super::overlay::Overlay;
use super::task::Common;

/// About what a row takes in memory beside its distributions, each of these, and a thing that is counted.
pub(super) const ROW_BYTES: usize = 900;
const DISTRIBUTION_BYTES: usize = 120;
const THING_BYTES: usize = 24;

/// The rows of the store alone that belong to a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    pub timer: Option<Timestamp>,
    is_unpublished: bool,
}

impl Marks {
    /// Their keys.
    pub fn rows(self, name: &str) -> Vec<Vec<u8>> {
        let timer = self.timer.map(|due| timer_key(due, name));
        timer.into_iter().chain(self.is_unpublished.then(|| unpublished_key(name))).collect()
    }
}

/// Those of a window's row.
///
/// # Errors
/// [`TaskError`] when it cannot be read.
pub(super) fn marks_of_window(value: &[u8]) -> Result<Marks, TaskError> {
    Ok(marks(&Content::Window(decode_window_row(value)?)))
}

/// Those of a live record's row.
///
/// # Errors
/// [`TaskError`] when it cannot be read.
pub(super) fn marks_of_live(value: &[u8]) -> Result<Marks, TaskError> {
    Ok(marks(&Content::Live(decode_live_row(value)?)))
}

fn marks(content: &Content) -> Marks {
    match content {
        Content::Window(row) => Marks { timer: Some(row.deadline), is_unpublished: row.is_unpublished },
        Content::Live(row) => Marks { timer: None, is_unpublished: row.is_unpublished },
        Content::None => Marks::default(),
    }
}

/// A row in memory.
pub(super) struct Entry {
    pub key: Key,
    pub content: Content,
    /// What the store holds beside the row; `None`: not even the row.
    pub stored: Option<Marks>,
}

pub(super) enum Content {
    Window(WindowRow),
    Live(LiveRow),
    /// There is no row, or it is to be deleted.
    None,
}

impl Entry {
    pub fn bytes(&self) -> usize {
        let (distributions, things) = match &self.content {
            Content::Window(row) => {
                let sketches = row.sums.distributions.values();
                (row.sums.distributions.len(), sketches.map(|sketch| sketch.buckets.distinct()).sum())
            }
            Content::Live(LiveRow { gauges, .. }) => {
                (0, gauges.asked_at.distinct() + gauges.queued_at.distinct() + 3 * gauges.agents.distinct())
            }
            Content::None => (0, 0),
        };
        ROW_BYTES + distributions * DISTRIBUTION_BYTES + things * THING_BYTES
    }

    pub fn marks(&self) -> Option<Marks> {
        (!matches!(self.content, Content::None)).then(|| marks(&self.content))
    }

    pub fn stored_timer(&self) -> Option<Timestamp> {
        self.stored.and_then(|marks| marks.timer)
    }

    fn row_key(&self, name: &str) -> Vec<u8> {
        if matches!(self.key, Key::Window(_)) { window_key(name) } else { live_key(name) }
    }

    /// Adds what has changed to `rows` (changelog and store) and `local` (store only).
    pub fn write(&self, name: &str, rows: &mut WriteBatch, local: &mut WriteBatch) {
        let key = self.row_key(name);
        match &self.content {
            Content::Window(row) => rows.put(key, encode_window_row(row)),
            Content::Live(row) => rows.put(key, encode_live_row(row)),
            Content::None => rows.delete(key),
        }
        let (before, after) = (self.stored.unwrap_or_default(), self.marks().unwrap_or_default());
        if before != after {
            before.rows(name).into_iter().for_each(|row| local.delete(row));
            after.rows(name).into_iter().for_each(|row| local.put(row, Vec::new()));
        }
    }
}

/// The row of this name, from memory or the store.
pub(super) fn load<'a>(
    overlay: &'a mut Overlay<Entry>,
    common: &Common,
    name: &str,
    key: Key,
) -> Result<&'a mut Entry, TaskError> {
    let now = common.meta.sequence;
    if overlay.use_at(name, now).is_none() {
        let mut entry = Entry { key, content: Content::None, stored: None };
        if let Some(value) = common.store.get(&entry.row_key(name))? {
            entry.content = match entry.key {
                Key::Window(_) => Content::Window(decode_window_row(&value)?),
                Key::Live(_) => Content::Live(decode_live_row(&value)?),
            };
            entry.stored = entry.marks();
        }
        let bytes = entry.bytes();
        overlay.insert(name, entry, bytes, now);
    }
    Ok(overlay.get_mut(name).expect("just inserted"))
}
