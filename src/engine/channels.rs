//! A task of the second stage: the metric snapshots of the channels of one partition (`snapshots.md`).
//!
//! Its state is one row per window and one per live record, so that a commit costs what it changes. What has changed is
//! published in rounds, `snapshots.interval` apart; what is to be published survives a crash by a mark in the row.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::codec::{Meta, Row as Kind, parse_key, timer_key, unpublished_range};
use crate::log::{End, RecordView};
use crate::record::SCHEMA_VERSION;
use crate::snapshot::{
    Counter, Dimension, Id, Key, LiveRow, Place, Snapshots, Source, Told, WindowKey, WindowRow, WindowSize, WindowSums,
    decode_difference, decode_live_row, of_live, of_window, waits,
};
use crate::store::Store;
use crate::telemetry::{Board, Lease};
use crate::time::{Span, Timestamp};

use super::channel_row::{Content, Entry, ROW_BYTES, load};
use super::checks::{Checks, Violated};
use super::intake::{DeadLetter, Intake};
use super::overlay::Overlay;
use super::task::{Changes, Common, Conditions, Destination, Figures, Message, Task};
use super::timers::Timers;
use super::watermark::Now;
use super::{Settings, SnapshotSettings, TaskError};

/// What the second stage makes, as its tasks need it.
#[derive(Clone, Debug)]
pub struct Shape {
    snapshots: SnapshotSettings,
    update_window: Span,
}

impl Shape {
    /// Of the settings.
    pub fn of(settings: &Settings) -> Self {
        Shape { snapshots: settings.snapshots.clone(), update_window: settings.windows.update_window }
    }

    fn is_published(&self, key: &Key) -> bool {
        match key {
            Key::Live(_) => true,
            Key::Window(WindowKey { place, size, .. }) => {
                self.snapshots.finest[place.dimension as usize].is_some_and(|finest| *size >= finest)
            }
        }
    }

    fn final_at(&self, end: Timestamp) -> Timestamp {
        end.saturating_add(self.update_window)
    }

    fn dropped_at(&self, end: Timestamp) -> Timestamp {
        end.saturating_add(self.snapshots.retention).max(self.final_at(end))
    }

    /// When something happens to a window next.
    fn deadline(&self, end: Timestamp, watermark: Timestamp) -> Timestamp {
        let final_at = self.final_at(end);
        if final_at <= watermark { self.dropped_at(end) } else { final_at }
    }
}

/// The metric snapshots of the channels of one partition.
pub struct ChannelTask {
    pub(super) common: Common,
    shape: Shape,
    overlay: Overlay<Entry>,
    /// The rows that differ from what is stored, in the order in which they came to.
    dirty: Vec<Box<str>>,
    /// What is to be published in the next round.
    unpublished: BTreeSet<Box<str>>,
    /// What is left of the round that has begun. What changes meanwhile waits for the next one: so nothing is published
    /// too often, and nothing waits for ever.
    round: BTreeSet<Box<str>>,
    /// When the next round begins; `None`: at once.
    next_round: Option<Duration>,
    timers: Timers,
    sources: BTreeMap<u32, Timestamp>,
    source_count: u32,
    dropped: u64,
    checks: Checks,
    /// Of which task and channel a difference is here in part.
    open: BTreeSet<(u32, Id)>,
    /// The tasks that have told their watermark since this one began: what they had sent in part before is whole.
    heard: BTreeSet<u32>,
    lease: Lease,
}

impl Task for ChannelTask {
    fn common(&self) -> &Common {
        &self.common
    }

    fn common_mut(&mut self) -> &mut Common {
        &mut self.common
    }

    fn take(&mut self, record: RecordView<'_>, _: &Intake<'_>) -> Result<Option<DeadLetter>, TaskError> {
        let smallest = self.shape.snapshots.smallest;
        match decode_difference(record.value().unwrap_or_default(), smallest)? {
            Told::Source(source) => self.hear(source),
            Told::Difference { task, channel, more, difference } => {
                // Added up first: what moves within an hour does not change it.
                let mut sums = Snapshots::new(smallest);
                sums.apply(&difference);
                self.add(&sums)?;
                if more {
                    self.open.insert((task, channel));
                } else {
                    self.open.remove(&(task, channel));
                }
            }
        }
        Ok(None)
    }

    fn is_settled(&self) -> bool {
        true
    }

    fn dirty_bytes(&self) -> usize {
        self.dirty.len() * ROW_BYTES
    }

    /// Its watermark is the smallest of those that the first stage has told it.
    fn advance(&mut self, _: &[Option<End>], _: Now) {}

    fn has_work(&mut self, conditions: &Conditions<'_>) -> Result<bool, TaskError> {
        Ok(self.common.has_moved()
            || (conditions.timers > 0
                && (self.is_round_due(conditions.now)
                    || !self.timers.due(self.common.store.as_ref(), self.common.watermark, 1)?.is_empty())))
    }

    fn settle(&mut self, _: &Conditions<'_>) {}

    fn changes(&mut self, conditions: &Conditions<'_>) -> Result<Changes, TaskError> {
        let mut changes = Changes::default();
        let due = self.timers.due(self.common.store.as_ref(), self.common.watermark, conditions.timers)?;
        changes.fired = due.len();
        for (due, name) in due {
            self.fire(due, &name, &mut changes)?;
        }
        self.publish(conditions, &mut changes)?;
        let mut cursor = self.timers.cursor();
        let (mut windows, mut live) = (0, 0);
        for name in &self.dirty {
            let entry = self.overlay.get(name).expect("what is dirty is in the overlay");
            entry.write(name, &mut changes.rows, &mut changes.local);
            let marks = entry.marks();
            let growth = i64::from(marks.is_some()) - i64::from(entry.stored.is_some());
            *if matches!(entry.key, Key::Window(_)) { &mut windows } else { &mut live } += growth;
            cursor = marks.and_then(|marks| marks.timer).map_or(cursor, |timer| cursor.min(timer));
        }
        // Then there is only what the first stage says once a second, whatever happens.
        changes.tally.is_idle = self.dirty.is_empty();
        changes.tally.dropped_differences = std::mem::take(&mut self.dropped);
        let meta = self.common.next_meta(conditions.now);
        let meta = Meta {
            timer_cursor: cursor,
            chats: meta.chats.saturating_add_signed(windows),
            stubs: meta.stubs.saturating_add_signed(live),
            sources: self.sources.clone(),
            source_count: self.source_count,
            ..meta
        };
        Ok(changes.with_meta(meta))
    }

    fn stored(&mut self) -> Result<Vec<Violated>, TaskError> {
        for name in std::mem::take(&mut self.dirty) {
            let entry = self.overlay.get_mut(&name).expect("what is dirty is in the overlay");
            let before = entry.stored_timer();
            entry.stored = entry.marks();
            self.timers.moved(&name, before, entry.stored_timer());
            show(&mut self.lease, &entry.key, &entry.content);
            if entry.stored.is_none() {
                self.overlay.remove(&name);
            } else {
                let bytes = entry.bytes();
                self.overlay.stored(&name, bytes);
            }
        }
        // A difference that is here in part would look like a violation.
        if self.open.is_empty() && self.heard.len() == self.sources.len() {
            self.checks.go_on(self.common.store.as_ref(), self.shape.snapshots.smallest)
        } else {
            Ok(Vec::new())
        }
    }

    fn evict(&mut self, budget: usize) {
        self.overlay.evict(budget);
    }

    fn roll_back(self: Box<Self>) -> Result<Box<dyn Task>, TaskError> {
        let ChannelTask { common: Common { partition, store, meta, .. }, shape, lease, .. } = *self;
        let board = lease.end();
        Ok(Box::new(ChannelTask::new(partition, store, meta, shape, board)?))
    }

    fn figures(&self) -> Figures {
        let (entries, bytes) = self.overlay.size();
        Figures { entries, bytes, timers: self.common.meta.chats, restating: 0 }
    }
}

impl ChannelTask {
    /// A task whose store is as the last commit left it.
    ///
    /// # Errors
    /// [`TaskError`] when the store cannot be read.
    pub fn new(
        partition: u32,
        store: Box<dyn Store>,
        meta: Meta,
        shape: Shape,
        board: Arc<Board>,
    ) -> Result<Self, TaskError> {
        let mut unpublished = BTreeSet::new();
        let (from, to) = unpublished_range();
        store.scan(&from, &to, &mut |key, _| {
            if let Some(Kind::Unpublished(name)) = parse_key(key) {
                unpublished.insert(name.into());
            }
            true
        })?;
        let mut task = ChannelTask {
            timers: Timers::new(meta.timer_cursor),
            sources: meta.sources.clone(),
            source_count: meta.source_count,
            overlay: Overlay::default(),
            dirty: Vec::new(),
            unpublished,
            round: BTreeSet::new(),
            next_round: None,
            dropped: 0,
            checks: Checks::default(),
            open: BTreeSet::new(),
            heard: BTreeSet::new(),
            lease: Board::lease(board, partition),
            common: Common::new(partition, store, meta),
            shape,
        };
        task.show_all()?;
        Ok(task)
    }

    /// A task of the first stage tells how far it is.
    fn hear(&mut self, source: Source) {
        self.heard.insert(source.task);
        let told = self.sources.entry(source.task).or_insert(source.watermark);
        *told = source.watermark.max(*told);
        self.source_count = source.tasks;
        if self.sources.len() == source.tasks as usize {
            let lowest = self.sources.values().min().copied().unwrap_or(Timestamp::MIN);
            self.common.watermark = self.common.watermark.max(lowest);
        }
    }

    fn add(&mut self, difference: &Snapshots) -> Result<(), TaskError> {
        for (key, sums) in &difference.windows {
            let waiting = sums.count(Counter::QueueQueued) - sums.count(Counter::QueueLeft);
            if waiting != 0 && key.size == WindowSize::Day && waits(&key.place) {
                self.change_live(&key.place, |row| row.waiting += waiting)?;
            }
            self.add_to_window(key, sums)?;
        }
        for (place, gauges) in &difference.live {
            self.change_live(place, |row| row.apply(gauges))?;
        }
        Ok(())
    }

    fn add_to_window(&mut self, key: &WindowKey, added: &WindowSums) -> Result<(), TaskError> {
        let key = Key::Window(key.clone());
        let name = key.name();
        let (watermark, is_published) = (self.common.watermark, self.shape.is_published(&key));
        let entry = load(&mut self.overlay, &self.common, &name, key)?;
        let known_end = added.ends.last().copied();
        match &mut entry.content {
            Content::Window(row) => row.apply(added),
            content => {
                // One that moves what is not there has no end: its window was dropped.
                let start = if let Key::Window(key) = &entry.key { key.start } else { Timestamp::MIN };
                if self.shape.dropped_at(known_end.unwrap_or(start)) <= watermark {
                    self.dropped += 1;
                    return Ok(());
                }
                if known_end.is_none() {
                    return Err(missing(&name));
                }
                *content = Content::Window(WindowRow::new(added.clone()));
            }
        }
        if let Content::Window(row) = &mut entry.content {
            row.deadline = self.shape.deadline(row.end, watermark);
            row.is_unpublished |= is_published;
        }
        self.changed(name, is_published);
        Ok(())
    }

    fn change_live(&mut self, place: &Place, change: impl FnOnce(&mut LiveRow)) -> Result<(), TaskError> {
        let key = Key::Live(place.clone());
        let name = key.name();
        let entry = load(&mut self.overlay, &self.common, &name, key)?;
        if let Content::None = entry.content {
            entry.content = Content::Live(LiveRow::default());
        }
        if let Content::Live(row) = &mut entry.content {
            change(row);
            row.is_unpublished = true;
        }
        self.changed(name, true);
        Ok(())
    }

    /// A row differs from what is stored.
    fn touch(&mut self, name: &str) {
        if self.overlay.soil(name) {
            self.dirty.push(name.into());
        }
    }

    fn changed(&mut self, name: String, is_unpublished: bool) {
        if is_unpublished && !self.unpublished.contains(name.as_str()) {
            self.unpublished.insert(name.as_str().into());
        }
        self.touch(&name);
    }

    /// A window becomes final, or is dropped.
    fn fire(&mut self, due: Timestamp, name: &str, changes: &mut Changes) -> Result<(), TaskError> {
        let key = Key::named(name).ok_or_else(|| TaskError::Damaged(format!("a timer of {name:?}")))?;
        let is_published = self.shape.is_published(&key);
        let watermark = self.common.watermark;
        let entry = load(&mut self.overlay, &self.common, name, key)?;
        if entry.stored_timer() != Some(due) {
            // It belongs to no row: left over by an earlier version of it.
            changes.local.delete(timer_key(due, name));
            self.timers.forget(due, name);
            return Ok(());
        }
        let Content::Window(row) = &mut entry.content else { return Ok(()) };
        if row.deadline > watermark {
            // It moved in this very transaction.
            return Ok(());
        }
        if self.shape.dropped_at(row.end) <= watermark {
            entry.content = Content::None;
            self.unpublished.remove(name);
            self.round.remove(name);
            self.touch(name);
            return Ok(());
        }
        if let Key::Window(key) = &entry.key {
            self.checks.ended(key);
        }
        row.deadline = self.shape.dropped_at(row.end);
        row.is_unpublished |= is_published;
        self.changed(name.to_owned(), is_published);
        Ok(())
    }

    fn is_round_due(&self, now: Now) -> bool {
        !self.round.is_empty() || (!self.unpublished.is_empty() && self.next_round.is_none_or(|at| at <= now.monotonic))
    }

    /// Begins a round of publishing, or goes on with it, as far as a transaction may go.
    fn publish(&mut self, conditions: &Conditions<'_>, changes: &mut Changes) -> Result<(), TaskError> {
        let room = conditions.timers.saturating_sub(changes.fired);
        if room == 0 || !self.is_round_due(conditions.now) {
            return Ok(());
        }
        if self.round.is_empty() {
            self.round = std::mem::take(&mut self.unpublished);
            self.next_round = Some(conditions.now.monotonic + self.shape.snapshots.interval);
        }
        for _ in 0..room {
            let Some(name) = self.round.pop_first() else { break };
            changes.fired += 1;
            self.publish_row(&name, changes)?;
        }
        Ok(())
    }

    fn publish_row(&mut self, name: &str, changes: &mut Changes) -> Result<(), TaskError> {
        let key = Key::named(name).ok_or_else(|| TaskError::Damaged(format!("a mark of {name:?}")))?;
        let watermark = self.common.watermark;
        let entry = load(&mut self.overlay, &self.common, name, key.clone())?;
        let mut violated = Vec::new();
        let published = match (&mut entry.content, &key) {
            (Content::Window(row), Key::Window(key)) => {
                row.is_unpublished = false;
                let published = row.publish(key, SCHEMA_VERSION, self.shape.final_at(row.end) <= watermark);
                changes.tally.windows += u64::from(published.is_some());
                violated.extend(of_window(&row.sums));
                published
            }
            (Content::Live(row), Key::Live(place)) => {
                row.is_unpublished = false;
                let published = row.publish(place, SCHEMA_VERSION);
                changes.tally.live += u64::from(published.is_some());
                violated.extend(of_live(&row.gauges));
                if place.dimension == Dimension::Channel {
                    self.checks.live(&place.channel);
                }
                published
            }
            // It has cancelled out meanwhile.
            _ => return Ok(()),
        };
        changes.tally.violated.extend(violated.into_iter().map(|identity| Violated::of(identity, &key)));
        // What has cancelled out before anybody saw it leaves nothing.
        let is_nothing = match &entry.content {
            Content::Window(row) => row.published.is_none() && row.sums.is_empty(),
            Content::Live(row) => row.is_nothing(),
            Content::None => true,
        };
        if is_nothing {
            entry.content = Content::None;
            self.unpublished.remove(name);
        }
        self.touch(name);
        let Some(value) = published else { return Ok(()) };
        let (to, key) = (Destination::MetricSnapshots, Some(key.to_string().into_bytes()));
        changes.messages.push(Message { to, partition: None, key, value: value.into_bytes() });
        Ok(())
    }

    /// Tells the board what is so now, as the store has it.
    fn show_all(&mut self) -> Result<(), TaskError> {
        let (from, to) = crate::codec::live_range("");
        let mut damaged = None;
        let lease = &mut self.lease;
        self.common.store.scan(&from, &to, &mut |key, value| {
            let read = read_live(key, value);
            match read {
                Ok((key, row)) => show(lease, &key, &Content::Live(row)),
                Err(error) => damaged = Some(error),
            }
            damaged.is_none()
        })?;
        damaged.map_or(Ok(()), Err)
    }
}

fn read_live(key: &[u8], value: &[u8]) -> Result<(Key, LiveRow), TaskError> {
    let Some(Kind::Live(name)) = parse_key(key) else {
        return Err(TaskError::Damaged("a live record under a key of another kind".to_owned()));
    };
    let key = Key::named(name).ok_or_else(|| TaskError::Damaged(format!("a live record called {name:?}")))?;
    Ok((key, decode_live_row(value)?))
}

/// Tells the board of a row.
fn show(lease: &mut Lease, key: &Key, content: &Content) {
    match (key, content) {
        (Key::Live(place), Content::Live(row)) => lease.live(place, Some(&row.gauges)),
        (Key::Live(place), _) => lease.live(place, None),
        (Key::Window(key), Content::Window(row)) if key.size == WindowSize::Day => {
            lease.day(&key.place, key.start, row.end, &row.sums);
        }
        _ => {}
    }
}

fn missing(name: &str) -> TaskError {
    TaskError::Damaged(format!("{name} is missing, which a difference or a mark refers to"))
}
