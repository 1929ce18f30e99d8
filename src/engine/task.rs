//! A task: one partition's state in memory over its store. It folds events, fires timers, and says what a commit
//! changes; it talks to no log and reads no clock.

use std::collections::{BTreeSet, HashMap};

use crate::codec::{META_KEY, Meta, POSITION_KEY, Position, Restating, encode_meta, encode_position, timer_key};
use crate::event::Event;
use crate::finalization::{Emitted, Windows};
use crate::log::{End, partition_of};
use crate::record;
use crate::store::{Store, StoreResult, WriteBatch};
use crate::time::{Span, Timestamp};

use super::TaskError;
use super::directory::{Snapshot, Unusable};
use super::documents::Documents;
use super::slot::{Accepted, Growth, Occasion, Slot};
use super::timers::Timers;
use super::watermark::{Input, Now, advance};

/// How far the watermark of an idle task moves before it is made durable. So after a restart history that is loaded meets
/// a watermark that stands about where it stood, and neither expires nor drops anything early.
const IDLE_COMMIT: Span = Span::from_secs(60);

/// An entry of the overlay.
struct Entry {
    slot: Slot,
    bytes: usize,
    /// The commit in which it was used last, for eviction.
    used: u64,
}

/// The state of one partition.
pub struct Task {
    /// Its number.
    pub partition: u32,
    /// The meta row of the last commit.
    pub meta: Meta,
    /// What is known of its three inputs.
    pub inputs: [Input; 3],
    /// Its watermark, which the next commit will make durable.
    pub watermark: Timestamp,
    store: Box<dyn Store>,
    overlay: HashMap<Box<str>, Entry>,
    overlay_bytes: usize,
    dirty: BTreeSet<Box<str>>,
    dirty_bytes: usize,
    timers: Timers,
    pub(super) documents: Documents,
    /// Walks that are still to be done, as the next commit will have them.
    pub(super) restating: Vec<Restating>,
}

/// A finalized record on its way out.
pub struct Output {
    /// Its key.
    pub chat_id: Box<str>,
    /// The record, as it is written.
    pub value: Vec<u8>,
    /// Why it was made.
    pub reason: record::Reason,
    /// Custom profile values that did not fit their type.
    pub dropped_profile_values: u32,
}

/// What a commit of a task changes. Nothing of it is in the store before the transaction is committed.
pub struct Changes {
    /// Records, in due order.
    pub outputs: Vec<Output>,
    /// Rows of changelog and store.
    pub rows: WriteBatch,
    /// Rows of the store alone.
    timers: WriteBatch,
    /// The meta row among `rows`.
    pub meta: Meta,
    /// Timers fired.
    pub fired: usize,
    /// Records restated.
    pub restated: usize,
}

/// What a commit is made under.
pub struct Conditions<'a> {
    /// The directory, one snapshot per transaction.
    pub directory: &'a Snapshot,
    /// The deployment's spans.
    pub windows: &'a Windows,
    /// How records are written.
    pub output: &'a record::Output,
    /// The clocks.
    pub now: Now,
    /// At most so many timers are fired.
    pub timers: usize,
    /// At most so many records are restated.
    pub restated: usize,
}

impl Task {
    /// A task whose store is as the last commit left it.
    ///
    /// # Errors
    /// [`TaskError`] when the store or a document in it cannot be read.
    pub fn new(partition: u32, store: Box<dyn Store>, meta: Meta) -> Result<Self, TaskError> {
        let input =
            |index: usize| Input { position: meta.input_offsets.get(index).copied().unwrap_or(0), highest: None };
        Ok(Task {
            partition,
            inputs: [input(0), input(1), input(2)],
            watermark: meta.watermark,
            timers: Timers::new(meta.timer_cursor),
            restating: meta.restating.clone(),
            meta,
            documents: Documents::read(store.as_ref())?,
            store,
            overlay: HashMap::new(),
            overlay_bytes: 0,
            dirty: BTreeSet::new(),
            dirty_bytes: 0,
        })
    }

    /// Forgets everything since the last commit; the inputs must be read again from its offsets.
    ///
    /// # Errors
    /// [`TaskError`] when the store or a document in it cannot be read.
    pub fn roll_back(self) -> Result<Self, TaskError> {
        Task::new(self.partition, self.store, self.meta)
    }

    /// Folds an event of a chat.
    ///
    /// # Errors
    /// [`TaskError`] when the chat cannot be read from the store.
    pub fn accept(&mut self, chat_id: &str, event: Event) -> Result<Accepted, TaskError> {
        let used = self.meta.sequence;
        let entry = self.load(chat_id)?;
        entry.used = used;
        let accepted = entry.slot.accept(event);
        let bytes = entry.slot.row_bytes();
        if accepted == Accepted::New && !self.dirty.contains(chat_id) {
            self.dirty_bytes += bytes;
            self.dirty.insert(chat_id.into());
        }
        Ok(accepted)
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// What is kept of a chat, and the store it is read from.
    pub(super) fn slot_and_store(&mut self, chat_id: &str) -> Result<(&mut Slot, &dyn Store), TaskError> {
        let used = self.meta.sequence;
        self.load(chat_id)?.used = used;
        let entry = self.overlay.get_mut(chat_id).expect("just loaded");
        Ok((&mut entry.slot, self.store.as_ref()))
    }

    fn load(&mut self, chat_id: &str) -> Result<&mut Entry, TaskError> {
        if !self.overlay.contains_key(chat_id) {
            let slot = Slot::load(self.store.as_ref(), chat_id)?;
            let bytes = slot.bytes();
            self.overlay_bytes += bytes;
            self.overlay.insert(chat_id.into(), Entry { slot, bytes, used: self.meta.sequence });
        }
        Ok(self.overlay.get_mut(chat_id).expect("just inserted"))
    }

    /// Moves the watermark by what is known of the inputs. `ends` are their known ends.
    pub fn advance(&mut self, ends: [Option<End>; 3], now: Now) {
        let inputs = [(self.inputs[0], ends[0]), (self.inputs[1], ends[1]), (self.inputs[2], ends[2])];
        self.watermark = advance(self.watermark, &inputs, now);
    }

    /// Whether anything has come or moved since the last commit, or (where so many may fire or be restated) a timer or a
    /// walk is due.
    ///
    /// # Errors
    /// [`TaskError`] when timers cannot be read from the store.
    pub fn has_work(&mut self, directory: &Snapshot, timers: usize, restated: usize) -> Result<bool, TaskError> {
        self.look(directory);
        Ok(self.has_moved()
            || !self.documents.is_written()
            || (restated > 0 && self.next_walk().is_some())
            || self.watermark.since(self.meta.watermark) >= IDLE_COMMIT
            || self.unusable(directory).next().is_some()
            || (timers > 0 && !self.timers.due(self.store.as_ref(), self.watermark, 1)?.is_empty()))
    }

    /// About how many bytes of rows have changed since the last commit.
    pub fn dirty_bytes(&self) -> usize {
        self.dirty_bytes
    }

    /// Whether no event is waiting to be settled.
    pub fn is_settled(&self) -> bool {
        self.dirty.is_empty()
    }

    /// The directory's unusable records that are this task's to put into the dead letters, and are not there yet.
    pub fn unusable<'a>(&'a self, directory: &'a Snapshot) -> impl Iterator<Item = &'a Unusable> {
        directory.unusable.iter().map(|unusable| &**unusable).filter(|unusable| {
            let key = unusable.key.as_deref().unwrap_or_default();
            partition_of(key, self.meta.partitions) == self.partition
                && unusable.offset >= self.directory_position(unusable.partition)
        })
    }

    fn directory_position(&self, partition: u32) -> i64 {
        self.meta.directory_positions.iter().find(|(of, _)| *of == partition).map_or(0, |(_, offset)| *offset)
    }

    fn has_moved(&self) -> bool {
        !self.dirty.is_empty() || self.inputs.iter().zip(&self.meta.input_offsets).any(|(i, at)| i.position != *at)
    }

    /// Settles the chats that events came for, at the watermark under which they came. Before [`Task::advance`].
    pub fn settle(&mut self, conditions: &Conditions<'_>) {
        self.look(conditions.directory);
        for chat_id in &self.dirty {
            let Some(Entry { slot: Slot::Chat(chat), .. }) = self.overlay.get_mut(chat_id) else { continue };
            chat.settle(self.watermark, conditions.windows);
            // Looked up so that the last usable document is kept from the first event on.
            self.documents.of(conditions.directory, chat.fold().channel_id());
        }
    }

    /// Fires what is due and collects all changes since the last commit.
    ///
    /// # Errors
    /// [`TaskError`] when the store cannot be read.
    pub fn changes(&mut self, conditions: &Conditions<'_>) -> Result<Changes, TaskError> {
        let mut outputs = Vec::new();
        let mut timers = WriteBatch::default();
        let due = self.timers.due(self.store.as_ref(), self.watermark, conditions.timers)?;
        let fired = due.len();
        for (due, chat_id) in due {
            self.fire(due, &chat_id, conditions, &mut outputs, &mut timers)?;
        }
        let restated = self.restate(conditions, &mut outputs)?;
        let mut rows = WriteBatch::default();
        let mut growth = Growth::default();
        let mut cursor = self.timers.cursor();
        for chat_id in &self.dirty {
            let slot = &self.overlay[chat_id].slot;
            let grown = slot.write(chat_id, &mut rows, &mut timers);
            growth.chats += grown.chats;
            growth.stubs += grown.stubs;
            cursor = slot.deadline().map_or(cursor, |deadline| cursor.min(deadline));
        }
        self.documents.write(&mut rows);
        let mut meta = self.next_meta(growth, cursor, conditions.now);
        for unusable in self.unusable(conditions.directory) {
            let next = unusable.offset + 1;
            match meta.directory_positions.iter_mut().find(|(of, _)| *of == unusable.partition) {
                Some((_, position)) => *position = next.max(*position),
                None => meta.directory_positions.push((unusable.partition, next)),
            }
        }
        rows.put(META_KEY.to_vec(), encode_meta(&meta));
        Ok(Changes { outputs, rows, timers, meta, fired, restated })
    }

    fn next_meta(&self, growth: Growth, timer_cursor: Timestamp, now: Now) -> Meta {
        Meta {
            sequence: self.meta.sequence + 1,
            input_offsets: self.inputs.iter().map(|input| input.position).collect(),
            watermark: self.watermark,
            committed_at: now.wall,
            timer_cursor,
            chats: self.meta.chats.saturating_add_signed(growth.chats),
            stubs: self.meta.stubs.saturating_add_signed(growth.stubs),
            restating: self.restating.clone(),
            ..self.meta.clone()
        }
    }

    fn fire(
        &mut self,
        due: Timestamp,
        chat_id: &str,
        conditions: &Conditions<'_>,
        outputs: &mut Vec<Output>,
        timers: &mut WriteBatch,
    ) -> Result<(), TaskError> {
        let watermark = self.watermark;
        let used = self.meta.sequence;
        self.load(chat_id)?.used = used;
        let slot = &mut self.overlay.get_mut(chat_id).expect("just loaded").slot;
        if slot.stored_timer() != Some(due) {
            // It belongs to no row: left over by an earlier version of the chat.
            timers.delete(timer_key(due, chat_id));
            self.timers.forget(due, chat_id);
            return Ok(());
        }
        if slot.deadline().is_none_or(|deadline| deadline > watermark) {
            // The chat's deadline moved in this very transaction.
            return Ok(());
        }
        let stub = match slot {
            Slot::Stub(_) => {
                slot.forget();
                None
            }
            Slot::Chat(chat) => {
                let channel = chat.fold().channel_id();
                let document = self.documents.of(conditions.directory, channel);
                let occasion = Occasion { chat_id, document: &document, watermark, windows: conditions.windows };
                chat.fire(self.store.as_ref(), &occasion, &mut |emitted| {
                    outputs.push(output(chat_id, &emitted, conditions.output));
                })?
            }
        };
        if let Some(stub) = stub {
            slot.drop_chat(stub);
        }
        self.touch(chat_id);
        Ok(())
    }

    /// A chat differs from what is stored.
    pub(super) fn touch(&mut self, chat_id: &str) {
        self.dirty.insert(chat_id.into());
    }

    /// The changes are committed: writes them to the store. `position`: the changelog offset after the commit's rows.
    ///
    /// # Errors
    /// When the store cannot be written. The task must then be restored: the store is one commit behind.
    pub fn committed(&mut self, changes: Changes, position: &Position) -> StoreResult<()> {
        let Changes { mut rows, timers, meta, .. } = changes;
        rows.append(timers);
        rows.put(POSITION_KEY.to_vec(), encode_position(position));
        self.store.write(&rows)?;
        for chat_id in std::mem::take(&mut self.dirty) {
            let entry = self.overlay.get_mut(&chat_id).expect("what is dirty is in the overlay");
            let before = entry.slot.stored_timer();
            entry.slot.stored();
            self.timers.moved(&chat_id, before, entry.slot.stored_timer());
            let bytes = entry.slot.bytes();
            self.overlay_bytes = self.overlay_bytes - entry.bytes + bytes;
            entry.bytes = bytes;
            if entry.slot.deadline().is_none() {
                self.overlay_bytes -= bytes;
                self.overlay.remove(&chat_id);
            }
        }
        self.dirty_bytes = 0;
        self.documents.stored();
        self.meta = meta;
        Ok(())
    }

    /// Writes the changes to the store before they are committed.
    ///
    /// # Errors
    /// When the store cannot be written.
    #[cfg(feature = "sabotage")]
    pub(super) fn write_ahead(&mut self, changes: &Changes, position: &Position) -> StoreResult<()> {
        let mut rows = changes.rows.clone();
        rows.append(changes.timers.clone());
        rows.put(POSITION_KEY.to_vec(), encode_position(position));
        self.store.write(&rows)
    }

    /// Shrinks the overlay to `budget` bytes, the longest unused chats first. Only after a commit: then none is dirty.
    pub fn evict(&mut self, budget: usize) {
        if self.overlay_bytes <= budget {
            return;
        }
        let mut by_use: Vec<(u64, Box<str>)> =
            self.overlay.iter().map(|(chat_id, entry)| (entry.used, chat_id.clone())).collect();
        by_use.sort_unstable();
        for (_, chat_id) in by_use {
            // A little more than needed, so that this does not happen at every commit.
            if self.overlay_bytes <= budget / 5 * 4 {
                break;
            }
            if !self.dirty.contains(&chat_id)
                && let Some(entry) = self.overlay.remove(&chat_id)
            {
                self.overlay_bytes -= entry.bytes;
            }
        }
    }

    /// Chats in the overlay, and an estimate of their bytes.
    pub fn overlay_size(&self) -> (usize, usize) {
        (self.overlay.len(), self.overlay_bytes)
    }

    /// The store's own figures.
    pub fn store_stats(&self) -> crate::store::StoreStats {
        self.store.stats()
    }
}

/// A record on its way out.
pub(super) fn output(chat_id: &str, emitted: &Emitted, written: &record::Output) -> Output {
    Output {
        chat_id: chat_id.into(),
        value: written.write(&emitted.content, &emitted.revision),
        reason: emitted.revision.reason,
        dropped_profile_values: emitted.content.dropped_profile_values(),
    }
}
