//! What the second stage keeps of a window or a live record, and when it is published (`snapshots.md`, The record).

use xxhash_rust::xxh3::xxh3_64;

use super::json::{Publication, live_json, window_json};
use super::place::{Place, WindowKey};
use super::sums::{Gauges, WindowSums};
use super::table::Gauge;
use super::window::Window;
use crate::time::Timestamp;

/// What was published last of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its `revision`.
    pub revision: u32,
    /// Whether it was `final`.
    pub is_final: bool,
    /// The hash of its content.
    pub content: u64,
}

/// A window with what was published of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowRow {
    /// Its sums.
    pub sums: WindowSums,
    /// Its end: when it has become empty, the one it had.
    pub end: Timestamp,
    /// None: nothing yet.
    pub published: Option<Published>,
    /// When it becomes final, or is dropped.
    pub deadline: Timestamp,
    /// Whether it may differ from what was published last.
    pub is_unpublished: bool,
}

/// A live record with what was published of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LiveRow {
    /// Its gauges.
    pub gauges: Gauges,
    /// None: nothing yet.
    pub published: Option<Published>,
    /// Whether it may differ from what was published last.
    pub is_unpublished: bool,
    /// Of all days, those who entered a queue less those who left it.
    pub waiting: i64,
}

impl WindowRow {
    /// The row of a window that nothing has been published of.
    pub fn new(sums: WindowSums) -> WindowRow {
        let (end, deadline) = (Timestamp::MIN, Timestamp::MIN);
        let mut row = WindowRow { sums, end, published: None, deadline, is_unpublished: false };
        row.take_end();
        row
    }

    /// Adds a difference.
    pub fn apply(&mut self, difference: &WindowSums) {
        self.sums.merge(difference);
        self.take_end();
    }

    /// The record to publish now: none when it is as it was published, or when nothing ever was and nothing is there.
    pub fn publish(&mut self, key: &WindowKey, schema_version: u32, is_final: bool) -> Option<String> {
        if self.published.is_none() && self.sums.is_empty() {
            return None;
        }
        let window = Window { size: key.size, start: key.start, end: self.end };
        let json = |publication| window_json(&key.place, window, &self.sums, publication);
        publish(&mut self.published, schema_version, is_final, json)
    }

    /// Of several, while a change of time zone is being restated, the latest.
    fn take_end(&mut self) {
        if let Some(&end) = self.sums.ends.last() {
            self.end = end;
        }
    }
}

impl LiveRow {
    /// Adds a difference.
    pub fn apply(&mut self, difference: &Gauges) {
        self.gauges.merge(difference);
    }

    /// Whether nothing is to be kept of it.
    pub fn is_nothing(&self) -> bool {
        self.published.is_none() && self.gauges.is_empty() && self.waiting == 0
    }

    /// Whether `waiting` holds: those who have not left are in the queue, or were when their chats expired.
    pub fn is_even(&self) -> bool {
        self.waiting == self.gauges.count(Gauge::InQueue) + self.gauges.expired_in_queue
    }

    /// The record to publish now: none when it is as it was published, or when nothing ever was and nothing is there.
    pub fn publish(&mut self, place: &Place, schema_version: u32) -> Option<String> {
        if self.published.is_none() && self.gauges.shows_nothing() {
            return None;
        }
        publish(&mut self.published, schema_version, false, |publication| live_json(place, &self.gauges, publication))
    }
}

fn publish(
    published: &mut Option<Published>,
    schema_version: u32,
    is_final: bool,
    json: impl Fn(Option<Publication>) -> String,
) -> Option<String> {
    let content = xxh3_64(json(None).as_bytes());
    if published.is_some_and(|last| (last.content, last.is_final) == (content, is_final)) {
        return None;
    }
    let revision = published.map_or(1, |last| last.revision + 1);
    *published = Some(Published { revision, is_final, content });
    Some(json(Some(Publication { schema_version, revision, is_final })))
}
