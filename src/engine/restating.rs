//! Changed hours restate (`finalization.md`): when a channel's document says something else, the kept chats of the channel
//! are walked. Those whose record changes get a new revision, and what they contribute to metric snapshots is told anew, of
//! open ones too (`snapshots.md`).
//!
//! A walk begins one update window after the change was seen, goes over the chats in the order of their ids in bounded
//! steps, and its cursor is part of the same commit as what it emits: killed half-way, or moved to another instance, it
//! goes on where it was, and every record is restated once. Another change of the document begins it anew.

use crate::codec::{HeaderRow, Restating, Row, decode_header, header_range, parse_key};
use crate::time::Timestamp;

use super::TaskError;
use super::chats::{ChatTask, emit};
use super::directory::Snapshot;
use super::slot::{Occasion, Slot};
use super::task::{Changes, Conditions};

/// Chats looked at in one commit at most, whether they are restated or not.
const LOOKED_AT_MAX: usize = 5_000;

impl ChatTask {
    /// Takes the directory's newest documents over, and begins walks for channels whose document has changed.
    pub(super) fn look(&mut self, directory: &Snapshot) {
        for channel in self.documents.look(directory) {
            self.restating.retain(|walk| walk.channel != channel);
            // `MIN` is replaced by the first step: only then it is known when the change was seen.
            self.restating.push(Restating { channel, due: Timestamp::MIN, cursor: "".into() });
        }
    }

    /// The walk that is due, by its place in the list.
    pub(super) fn next_walk(&self) -> Option<usize> {
        self.restating.iter().position(|walk| walk.due <= self.watermark())
    }

    /// Goes on with the walks that are due. Gives how many chats were restated.
    ///
    /// # Errors
    /// [`TaskError`] when the store cannot be read.
    pub(super) fn restate(&mut self, conditions: &Conditions<'_>, changes: &mut Changes) -> Result<usize, TaskError> {
        let due = self.watermark().saturating_add(conditions.settings.windows.update_window);
        for walk in self.restating.iter_mut().filter(|walk| walk.due == Timestamp::MIN) {
            walk.due = due;
        }
        let (mut looked_at, mut restated) = (0, 0);
        while restated < conditions.restated
            && looked_at < LOOKED_AT_MAX
            && let Some(at) = self.next_walk()
        {
            let walk = self.restating[at].clone();
            let chats = self.candidates(&walk, LOOKED_AT_MAX - looked_at)?;
            looked_at += chats.seen;
            let mut stopped = None;
            for chat_id in &chats.ids {
                if restated >= conditions.restated {
                    stopped = Some(chat_id.clone());
                    break;
                }
                restated += usize::from(self.restate_chat(chat_id, &walk, conditions, changes)?);
            }
            match stopped.or(chats.next) {
                Some(cursor) => self.restating[at].cursor = cursor,
                None => {
                    self.restating.remove(at);
                    changes.walked.push(walk.channel);
                }
            }
        }
        Ok(restated)
    }

    /// Chats of the walk's channel that a document before the newest has a part in, from its cursor on. Other rows are only
    /// passed.
    fn candidates(&self, walk: &Restating, most: usize) -> Result<Candidates, TaskError> {
        let mut found = Candidates { ids: Vec::new(), seen: 0, next: None };
        let mut damaged = None;
        let newest = self.documents.hash(&walk.channel);
        let (from, to) = header_range(&walk.cursor);
        self.store().scan(&from, &to, &mut |key, value| {
            let Some(Row::Header(chat_id)) = parse_key(key) else { return true };
            if found.seen >= most {
                found.next = Some(chat_id.into());
                return false;
            }
            found.seen += 1;
            match decode_header(value) {
                Ok(HeaderRow::Chat(header)) => {
                    let is_newest = header.contributed == Some(newest)
                        && header.life.emission.as_ref().is_none_or(|emission| emission.document == newest);
                    if !is_newest && header.channel_id.as_deref() == Some(&*walk.channel) {
                        found.ids.push(chat_id.into());
                    }
                }
                Ok(HeaderRow::Stub(_)) => {}
                Err(error) => damaged = Some(error),
            }
            damaged.is_none()
        })?;
        damaged.map_or(Ok(found), |error| Err(error.into()))
    }

    fn restate_chat(
        &mut self,
        chat_id: &str,
        walk: &Restating,
        conditions: &Conditions<'_>,
        changes: &mut Changes,
    ) -> Result<bool, TaskError> {
        let document = self.documents.of(conditions.directory, Some(&walk.channel));
        let watermark = self.watermark();
        let (slot, store) = self.slot_and_store(chat_id)?;
        // In this very transaction it may have been dropped, or have got another channel.
        let Slot::Chat(chat) = slot else { return Ok(false) };
        if chat.fold().channel_id() != Some(&*walk.channel) {
            return Ok(false);
        }
        let occasion = Occasion { chat_id, document: &document, watermark, windows: &conditions.settings.windows };
        let emitted = chat.restate(store, &occasion, walk.due, &mut |emitted| {
            emit(chat_id, &emitted, conditions.settings, changes);
        })?;
        // Contributions follow from the document at the end of the transaction.
        let is_restated = emitted || !chat.has_contributed_with(document.hash());
        if is_restated {
            self.touch(chat_id);
        }
        Ok(is_restated)
    }
}

/// What a step of a walk has found.
struct Candidates {
    ids: Vec<Box<str>>,
    seen: usize,
    /// Where the next step begins; `None`: the walk is at its end.
    next: Option<Box<str>>,
}
