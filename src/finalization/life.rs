//! The deadlines of one chat, and what was last emitted of it.

use crate::chat::{Fold, Journal};
use crate::event::{EventKey, Kind};
use crate::time::{Span, Timestamp};

use super::Windows;

/// Why a record is pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PendingKind {
    /// The session has ended, for the first time or again.
    End,
    /// Something came after the record.
    Correction,
}

/// A record that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// When; also the record's `finalizedAt`.
    pub due: Timestamp,
    /// Why.
    pub kind: PendingKind,
}

/// What must be known of the latest revision to make the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emission {
    /// Its number.
    pub revision: u32,
    /// Its `endedAt`: *e*.
    pub ended_at: Option<Timestamp>,
    /// Whether expiry made it due.
    pub expired: bool,
    /// Its `finalizedAt`.
    pub finalized_at: Timestamp,
    /// The last event that was in it, in canonical order.
    pub last: LastEvent,
    /// [`ChannelDocument::hash`](crate::calendar::ChannelDocument::hash) of the document it was made with.
    pub document: u128,
    /// Its `schemaVersion`.
    pub schema_version: u32,
}

/// An [`EventKey`] that owns its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastEvent {
    /// When it happened.
    pub time: Timestamp,
    /// Its type.
    pub kind: Kind,
    /// Its source.
    pub source: Box<str>,
    /// Its id.
    pub id: Box<str>,
}

impl LastEvent {
    /// Keeps a key.
    pub fn of(key: EventKey<'_>) -> Self {
        LastEvent { time: key.time, kind: key.kind, source: key.source.into(), id: key.id.into() }
    }

    /// The key kept.
    pub fn key(&self) -> EventKey<'_> {
        EventKey { time: self.time, kind: self.kind, source: &self.source, id: &self.id }
    }
}

/// What stays of a dropped chat, so that a late event never starts a second life at revision 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stub {
    /// The latest revision.
    pub revision: u32,
    /// When that was: its `finalizedAt`.
    pub finalized_at: Timestamp,
    /// When the stub itself is forgotten.
    pub kept_until: Timestamp,
}

/// The events of a chat accepted since it was last settled, as far as deadlines care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrivals {
    /// The time of the one that came first.
    pub first: Timestamp,
    /// The latest time among them.
    pub latest: Timestamp,
}

impl Arrivals {
    /// A single event.
    pub fn of(time: Timestamp) -> Self {
        Arrivals { first: time, latest: time }
    }

    /// Another one came.
    pub fn add(&mut self, time: Timestamp) {
        self.latest = self.latest.max(time);
    }
}

/// The deadlines of a chat and its latest emission: with the journal, all that is kept of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    /// The record that is due, if one is.
    pub pending: Option<Pending>,
    /// The *e* for which a pending `End` was set.
    pub pending_end: Option<Timestamp>,
    /// When the chat expires if it has not ended by then.
    pub expires_at: Timestamp,
    /// Set by expiry: the time of its last event then. It counts as ended until a later one comes.
    pub expired_last: Option<Timestamp>,
    /// When the silence of the AI assistant changes a record that has gone out.
    pub silence_at: Option<Timestamp>,
    /// When the chat is dropped, unless something is pending.
    pub drop_at: Option<Timestamp>,
    /// The latest revision.
    pub emission: Option<Emission>,
    /// Whether an event timed after the *e* of the latest revision has come since.
    pub event_after_end: bool,
}

impl Default for Life {
    fn default() -> Self {
        Life {
            pending: None,
            pending_end: None,
            expires_at: Timestamp::MIN,
            expired_last: None,
            silence_at: None,
            drop_at: None,
            emission: None,
            event_after_end: false,
        }
    }
}

impl Life {
    /// Sets the deadlines anew after events came. `watermark` is the one at which they were folded; `Timestamp::MIN`
    /// when there was none. No deadline is set before it.
    pub fn settle(&mut self, fold: &Fold, arrivals: Arrivals, watermark: Timestamp, windows: &Windows) {
        let after = |time: Timestamp, span: Span| time.max(watermark).saturating_add(span);
        self.expires_at = self.expires_at.max(after(arrivals.latest, windows.idle_expiry));
        if let Some(Emission { ended_at: Some(end), .. }) = self.emission {
            self.event_after_end |= arrivals.latest > end;
        }
        if self.expired_last.is_some_and(|last| fold.updated_at().is_some_and(|updated| updated > last)) {
            self.expired_last = None;
        }
        match fold.ended_at() {
            Some(end) if self.is_new_end(fold, end) => {
                if self.pending_end != Some(end) {
                    self.pending_end = Some(end);
                    self.pending = Some(Pending { due: after(end, windows.update_window), kind: PendingKind::End });
                }
                self.silence_at = None;
            }
            None if self.expired_last.is_none() => {
                self.pending = None;
                self.pending_end = None;
                self.silence_at = None;
            }
            _ => self.settle_recorded(fold, after(arrivals.first, windows.update_window), watermark),
        }
    }

    /// Whether the session's end at `end` has no record yet: it is the first, or the chat was open in between.
    fn is_new_end(&self, fold: &Fold, end: Timestamp) -> bool {
        match &self.emission {
            None => true,
            Some(emission) => match emission.ended_at {
                Some(recorded) => fold.last_unended_at().is_some_and(|open| open > recorded),
                None => end > emission.last.time,
            },
        }
    }

    /// The chat counts as ended and its end has its record: what came is a correction.
    fn settle_recorded(&mut self, fold: &Fold, due: Timestamp, watermark: Timestamp) {
        self.pending_end = None;
        // An end that is none any more (a late event took it back) leaves its place to the correction.
        match self.pending {
            Some(Pending { kind: PendingKind::Correction, .. }) => {}
            _ => self.pending = Some(Pending { due, kind: PendingKind::Correction }),
        }
        let silence = fold.silence_end().filter(|at| self.emission.as_ref().is_some_and(|e| *at > e.finalized_at));
        if silence != self.silence_at {
            // One that lies behind enters with the correction, which is due later.
            self.silence_at = silence.filter(|at| *at > watermark);
        }
    }

    /// Whether the chat counts as ended: by its state, or by expiry.
    pub fn counts_as_ended(&self, fold: &Fold) -> bool {
        fold.ended_at().is_some() || self.expired_last.is_some()
    }

    /// The channel's document has changed: makes a correction due at `due`, unless the chat has no record yet, lives on, is
    /// about to be revised anyway, or its record was made with this document. Gives whether it did.
    pub fn restate(&mut self, fold: &Fold, document: u128, due: Timestamp) -> bool {
        let is_other = self.emission.as_ref().is_some_and(|emission| emission.document != document);
        if !is_other || self.pending.is_some() || !self.counts_as_ended(fold) {
            return false;
        }
        self.pending = Some(Pending { due, kind: PendingKind::Correction });
        true
    }

    /// The chat's one timer: the watermark at which [`fire`](super::fire) has something to do.
    pub fn deadline(&self, fold: &Fold) -> Timestamp {
        let due = self.pending.map(|pending| pending.due);
        let earliest = [due, self.silence_at].into_iter().flatten().min();
        match earliest {
            Some(at) => at,
            None if self.counts_as_ended(fold) => self.drop_at.unwrap_or(Timestamp::MAX),
            None => self.expires_at,
        }
    }

    /// The journal's last event, to be kept with an emission.
    pub(super) fn last_of(journal: &Journal) -> LastEvent {
        let last = journal.last().expect("a chat without events has no record");
        LastEvent::of(last.key())
    }
}
