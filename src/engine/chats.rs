//! A task of the first stage: the chats of one partition.

use std::time::Duration;

use crate::codec::{Meta, Restating, timer_key};
use crate::event::Event;
use crate::finalization::Emitted;
use crate::log::{End, RecordView, partition_of};
use crate::record;
use crate::snapshot::{Difference, Source, encode_difference, encode_source};
use crate::store::Store;
use crate::time::Timestamp;

use super::checks::Violated;
use super::directory::{Snapshot, Unusable};
use super::documents::Documents;
use super::intake::{DeadLetter, Intake};
use super::overlay::Overlay;
use super::slot::{Accepted, Growth, Occasion, Slot};
use super::task::{Changes, Common, Conditions, Destination, Figures, Message, Task};
use super::timers::Timers;
use super::watermark::{Now, advance};
use super::{Settings, TaskError};

/// How often the second stage is told the watermark. It is made durable with it, so that after a restart history that is
/// loaded meets a watermark that stands about where it stood, and neither expires nor drops anything early.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// About how large a message to the second stage becomes; a larger difference is several.
const DIFFERENCE_BYTES: usize = 256 << 10;

/// The chats of one partition.
pub struct ChatTask {
    common: Common,
    overlay: Overlay<Slot>,
    /// The chats that differ from what is stored, in the order in which they came to.
    dirty: Vec<Box<str>>,
    dirty_bytes: usize,
    timers: Timers,
    pub(super) documents: Documents,
    /// Walks that are still to be done, as the next commit will have them.
    pub(super) restating: Vec<Restating>,
    /// When the second stage was told the watermark last, and which; in a commit that may still fail as well.
    told: Option<(Duration, Timestamp)>,
}

impl Task for ChatTask {
    fn common(&self) -> &Common {
        &self.common
    }

    fn common_mut(&mut self) -> &mut Common {
        &mut self.common
    }

    fn take(&mut self, record: RecordView<'_>, intake: &Intake<'_>) -> Result<Option<DeadLetter>, TaskError> {
        intake.take(self, record)
    }

    fn is_settled(&self) -> bool {
        self.dirty.is_empty()
    }

    fn dirty_bytes(&self) -> usize {
        self.dirty_bytes
    }

    fn advance(&mut self, ends: &[Option<End>], now: Now) {
        let inputs: Vec<_> = self.common.inputs.iter().copied().zip(ends.iter().copied()).collect();
        self.common.watermark = advance(self.common.watermark, &inputs, now);
    }

    fn has_work(&mut self, conditions: &Conditions<'_>) -> Result<bool, TaskError> {
        Ok(self.has_more_to_say(conditions)? || self.is_watermark_to_be_told(conditions.now))
    }

    fn settle(&mut self, conditions: &Conditions<'_>) {
        self.look(conditions.directory);
        for chat_id in &self.dirty {
            let Some(Slot::Chat(chat)) = self.overlay.get_mut(chat_id) else { continue };
            chat.settle(self.common.watermark, &conditions.settings.windows);
            // Looked up so that the last usable document is kept from the first event on.
            self.documents.of(conditions.directory, chat.fold().channel_id());
        }
    }

    fn changes(&mut self, conditions: &Conditions<'_>) -> Result<Changes, TaskError> {
        let mut changes = Changes::default();
        changes.tally.is_idle = !self.has_more_to_say(conditions)?;
        let due = self.timers.due(self.common.store.as_ref(), self.common.watermark, conditions.timers)?;
        changes.fired = due.len();
        for (due, chat_id) in due {
            self.fire(due, &chat_id, conditions, &mut changes)?;
        }
        changes.restated = self.restate(conditions, &mut changes)?;
        self.contribute(conditions, &mut changes)?;
        // Only now: what those chats contributed was made with earlier documents.
        changes.walked.iter().for_each(|channel| self.documents.forget_versions(channel));
        let mut growth = Growth::default();
        let mut cursor = self.timers.cursor();
        for chat_id in &self.dirty {
            let slot = self.overlay.get(chat_id).expect("what is dirty is in the overlay");
            let grown = slot.write(chat_id, &mut changes.rows, &mut changes.local);
            growth.chats += grown.chats;
            growth.stubs += grown.stubs;
            cursor = slot.deadline().map_or(cursor, |deadline| cursor.min(deadline));
        }
        self.documents.write(&mut changes.rows);
        let mut meta = self.next_meta(growth, cursor, conditions.now);
        for unusable in self.unusable(conditions.directory) {
            changes.dead_letters.push(DeadLetter::of_directory(unusable));
            let next = unusable.offset + 1;
            match meta.directory_positions.iter_mut().find(|(of, _)| *of == unusable.partition) {
                Some((_, position)) => *position = next.max(*position),
                None => meta.directory_positions.push((unusable.partition, next)),
            }
        }
        self.tell_watermark(conditions, &mut changes);
        Ok(changes.with_meta(meta))
    }

    fn stored(&mut self) -> Result<Vec<Violated>, TaskError> {
        for chat_id in std::mem::take(&mut self.dirty) {
            let slot = self.overlay.get_mut(&chat_id).expect("what is dirty is in the overlay");
            let before = slot.stored_timer();
            slot.stored();
            self.timers.moved(&chat_id, before, slot.stored_timer());
            let (bytes, is_gone) = (slot.bytes(), slot.deadline().is_none());
            if is_gone {
                self.overlay.remove(&chat_id);
            } else {
                self.overlay.stored(&chat_id, bytes);
            }
        }
        self.dirty_bytes = 0;
        self.documents.stored();
        Ok(Vec::new())
    }

    fn evict(&mut self, budget: usize) {
        self.overlay.evict(budget);
    }

    fn roll_back(self: Box<Self>) -> Result<Box<dyn Task>, TaskError> {
        let Common { partition, store, meta, .. } = self.common;
        Ok(Box::new(ChatTask::new(partition, store, meta)?))
    }

    fn figures(&self) -> Figures {
        let (entries, bytes) = self.overlay.size();
        let meta = &self.common.meta;
        Figures { entries, bytes, timers: meta.chats + meta.stubs, restating: self.restating.len() }
    }
}

impl ChatTask {
    /// A task whose store is as the last commit left it.
    ///
    /// # Errors
    /// [`TaskError`] when the store or a document in it cannot be read.
    pub fn new(partition: u32, store: Box<dyn Store>, meta: Meta) -> Result<Self, TaskError> {
        let documents = Documents::read(store.as_ref())?;
        Ok(ChatTask {
            timers: Timers::new(meta.timer_cursor),
            restating: meta.restating.clone(),
            documents,
            overlay: Overlay::default(),
            dirty: Vec::new(),
            dirty_bytes: 0,
            told: None,
            common: Common::new(partition, store, meta),
        })
    }

    /// Folds an event of a chat.
    ///
    /// # Errors
    /// [`TaskError`] when the chat cannot be read from the store.
    pub fn accept(&mut self, chat_id: &str, event: Event) -> Result<Accepted, TaskError> {
        self.load(chat_id)?;
        let slot = self.overlay.get_mut(chat_id).expect("just loaded");
        let accepted = slot.accept(event, &self.documents)?;
        let bytes = slot.row_bytes();
        if accepted == Accepted::New && self.touch(chat_id) {
            self.dirty_bytes += bytes;
        }
        Ok(accepted)
    }

    pub(super) fn store(&self) -> &dyn Store {
        self.common.store.as_ref()
    }

    pub(super) fn watermark(&self) -> Timestamp {
        self.common.watermark
    }

    /// What is kept of a chat, and the store it is read from.
    pub(super) fn slot_and_store(&mut self, chat_id: &str) -> Result<(&mut Slot, &dyn Store), TaskError> {
        self.load(chat_id)?;
        let slot = self.overlay.get_mut(chat_id).expect("just loaded");
        Ok((slot, self.common.store.as_ref()))
    }

    /// Makes sure that a chat is in memory.
    fn load(&mut self, chat_id: &str) -> Result<(), TaskError> {
        let now = self.common.meta.sequence;
        if self.overlay.use_at(chat_id, now).is_none() {
            let slot = Slot::load(self.common.store.as_ref(), chat_id)?;
            let bytes = slot.bytes();
            self.overlay.insert(chat_id, slot, bytes, now);
        }
        Ok(())
    }

    /// Whether anything but the watermark is to be committed.
    fn has_more_to_say(&mut self, conditions: &Conditions<'_>) -> Result<bool, TaskError> {
        self.look(conditions.directory);
        Ok(!self.dirty.is_empty()
            || self.common.has_moved()
            || !self.documents.is_written()
            || (conditions.restated > 0 && self.next_walk().is_some())
            || self.unusable(conditions.directory).next().is_some()
            || (conditions.timers > 0
                && !self.timers.due(self.common.store.as_ref(), self.common.watermark, 1)?.is_empty()))
    }

    fn is_watermark_to_be_told(&self, now: Now) -> bool {
        self.common.watermark > Timestamp::MIN
            && self
                .told
                .is_none_or(|(at, told)| self.common.watermark > told && now.monotonic.saturating_sub(at) >= TELL_EVERY)
    }

    /// The directory's unusable records that are this task's to put into the dead letters, and are not there yet.
    fn unusable<'a>(&'a self, directory: &'a Snapshot) -> impl Iterator<Item = &'a Unusable> {
        let meta = &self.common.meta;
        let position = |partition: u32| {
            meta.directory_positions.iter().find(|(of, _)| *of == partition).map_or(0, |(_, offset)| *offset)
        };
        directory.unusable.iter().map(|unusable| &**unusable).filter(move |unusable| {
            let key = unusable.key.as_deref().unwrap_or_default();
            partition_of(key, meta.partitions) == self.common.partition
                && unusable.offset >= position(unusable.partition)
        })
    }

    fn next_meta(&self, growth: Growth, timer_cursor: Timestamp, now: Now) -> Meta {
        let meta = self.common.next_meta(now);
        Meta {
            timer_cursor,
            chats: meta.chats.saturating_add_signed(growth.chats),
            stubs: meta.stubs.saturating_add_signed(growth.stubs),
            restating: self.restating.clone(),
            ..meta
        }
    }

    fn fire(
        &mut self,
        due: Timestamp,
        chat_id: &str,
        conditions: &Conditions<'_>,
        changes: &mut Changes,
    ) -> Result<(), TaskError> {
        let watermark = self.common.watermark;
        self.load(chat_id)?;
        let slot = self.overlay.get_mut(chat_id).expect("just loaded");
        if slot.stored_timer() != Some(due) {
            // It belongs to no row: left over by an earlier version of the chat.
            changes.local.delete(timer_key(due, chat_id));
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
                let windows = &conditions.settings.windows;
                let occasion = Occasion { chat_id, document: &document, watermark, windows };
                chat.fire(self.common.store.as_ref(), &occasion, &mut |emitted| {
                    emit(chat_id, &emitted, conditions.settings, changes);
                })?
            }
        };
        if let Some(stub) = stub {
            slot.drop_chat(stub);
        }
        self.touch(chat_id);
        Ok(())
    }

    /// A chat differs from what is stored. Gives whether it did not before.
    pub(super) fn touch(&mut self, chat_id: &str) -> bool {
        let is_new = self.overlay.soil(chat_id);
        if is_new {
            self.dirty.push(chat_id.into());
        }
        is_new
    }

    /// What the changed chats contribute to metric snapshots now, less what they contributed: to the second stage.
    fn contribute(&mut self, conditions: &Conditions<'_>, changes: &mut Changes) -> Result<(), TaskError> {
        let mut difference = Difference::new(conditions.settings.snapshots.smallest);
        for chat_id in &self.dirty {
            let Some(Slot::Chat(chat)) = self.overlay.get_mut(chat_id) else { continue };
            let document = self.documents.of(conditions.directory, chat.fold().channel_id());
            chat.contribute(&document, &self.documents, &mut difference)?;
        }
        for (channel, value) in encode_difference(&difference, self.common.partition, DIFFERENCE_BYTES) {
            changes.tally.differences += 1;
            let key = channel.as_deref().unwrap_or_default().as_bytes().to_vec();
            changes.messages.push(Message { to: Destination::Differences, partition: None, key: Some(key), value });
        }
        Ok(())
    }

    /// Tells every task of the second stage the watermark, about once a second (`snapshots.md`: `final`). It stands behind
    /// all differences that came before it.
    fn tell_watermark(&mut self, conditions: &Conditions<'_>, changes: &mut Changes) {
        if !self.is_watermark_to_be_told(conditions.now) {
            return;
        }
        let Common { partition, watermark, meta, .. } = &self.common;
        let value = encode_source(Source { task: *partition, tasks: meta.partitions, watermark: *watermark });
        for to in 0..meta.partitions {
            let value = value.clone();
            changes.messages.push(Message { to: Destination::Differences, partition: Some(to), key: None, value });
        }
        self.told = Some((conditions.now.monotonic, *watermark));
    }
}

/// Puts a record among the changes.
pub(super) fn emit(chat_id: &str, emitted: &Emitted, settings: &Settings, changes: &mut Changes) {
    let written: &record::Output = &settings.output;
    changes.messages.push(Message {
        to: Destination::SessionMetadata,
        partition: None,
        key: Some(chat_id.as_bytes().to_vec()),
        value: written.write(&emitted.content, &emitted.revision),
    });
    changes.tally.reasons.push(emitted.revision.reason);
    changes.tally.dropped_profile_values += u64::from(emitted.content.dropped_profile_values());
}
