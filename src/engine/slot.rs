//! A chat in memory: its journal, fold and life, and what of it is not yet stored.

use crate::calendar::ChannelDocument;
use crate::chat::{Fold, Folded, Inserted, Journal};
use crate::codec::{
    Header, HeaderRow, JournalWriter, chunk_key, decode_chunk, decode_fingerprints, decode_header, encode_fingerprints,
    encode_header, fingerprints_key, header_key, timer_key,
};
use crate::event::Event;
use crate::finalization::{Arrivals, Emitted, Firing, Life, Stub, Windows, fire};
use crate::record::Fingerprints;
use crate::snapshot::{Contributions, Difference};
use crate::store::{Store, WriteBatch};
use crate::time::Timestamp;

use super::TaskError;
use super::documents::Documents;

/// What a task knows of a chat id.
pub enum Slot {
    /// A kept chat, or one that begins.
    Chat(Box<ChatSlot>),
    /// A dropped one.
    Stub(StubSlot),
}

/// What the store holds of a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stored {
    /// The timer row.
    timer: Timestamp,
    /// Whether the header row is a stub.
    stub: bool,
}

/// How many more chats and stubs the store holds after a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    /// Kept chats.
    pub chats: i64,
    /// Stubs.
    pub stubs: i64,
}

/// A dropped chat.
pub struct StubSlot {
    /// What stays of it; `None`: forgotten too, to be deleted with the next commit.
    pub stub: Option<Stub>,
    stored: Option<Stored>,
    /// Journal chunks to delete with the next commit, when the chat has just been dropped.
    dropped: Option<u32>,
}

/// A kept chat.
pub struct ChatSlot {
    /// Its events.
    pub journal: Journal,
    /// Their fold; stale while `refold` is set.
    fold: Fold,
    refold: bool,
    writer: JournalWriter,
    /// Its deadlines and latest emission.
    pub life: Life,
    prints: Prints,
    arrivals: Option<Arrivals>,
    contributed: Contributed,
    stored: Option<Stored>,
}

/// What the second stage has been told of the chat.
#[derive(Default)]
struct Contributed {
    /// The hash of the channel's document then; `None`: it has been told nothing.
    document: Option<u128>,
    /// Whether the chat had expired then.
    is_expired: bool,
    /// Whether events have come since.
    is_stale: bool,
    /// What the chat contributed; `None`: to be computed from the journal, which is still the same, and that document.
    told: Option<Contributions>,
}

/// The fingerprints of the latest revision: only read when a record is due.
enum Prints {
    NotRead,
    Read(Option<Fingerprints>),
    Changed(Option<Fingerprints>),
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It counts from now on.
    New,
    /// It was there already.
    Duplicate,
    /// The chat was dropped.
    Expired,
    /// The chat has as many events as it may have.
    TooLarge,
}

impl Slot {
    /// Reads a chat from the store, or begins it.
    ///
    /// # Errors
    /// [`TaskError`] when the store or a row of it cannot be read.
    pub fn load(store: &dyn Store, chat_id: &str) -> Result<Slot, TaskError> {
        let Some(bytes) = store.get(&header_key(chat_id))? else {
            return Ok(Slot::Chat(Box::new(ChatSlot::new())));
        };
        match decode_header(&bytes)? {
            HeaderRow::Stub(stub) => Ok(Slot::Stub(StubSlot {
                stub: Some(stub),
                stored: Some(Stored { timer: stub.kept_until, stub: true }),
                dropped: None,
            })),
            HeaderRow::Chat(header) => Ok(Slot::Chat(Box::new(ChatSlot::read(store, chat_id, *header)?))),
        }
    }

    /// Folds an event in.
    ///
    /// # Errors
    /// [`TaskError`] when a document that the chat's contributions were made with is missing.
    pub fn accept(&mut self, event: Event, documents: &Documents) -> Result<Accepted, TaskError> {
        match self {
            Slot::Stub(StubSlot { stub: Some(_), .. }) => Ok(Accepted::Expired),
            // A stub that is forgotten in this very transaction: the chat is unknown again.
            Slot::Stub(forgotten) => {
                let mut chat = ChatSlot::new();
                chat.stored = forgotten.stored;
                let accepted = chat.accept(event);
                *self = Slot::Chat(Box::new(chat));
                Ok(accepted)
            }
            Slot::Chat(chat) => {
                chat.recall(documents)?;
                Ok(chat.accept(event))
            }
        }
    }

    /// When its timer fires.
    pub fn deadline(&self) -> Option<Timestamp> {
        match self {
            Slot::Chat(chat) if chat.journal.is_empty() => None,
            Slot::Chat(chat) => Some(chat.life.deadline(&chat.fold)),
            Slot::Stub(slot) => slot.stub.map(|stub| stub.kept_until),
        }
    }

    /// An estimate of its size in memory.
    pub fn bytes(&self) -> usize {
        match self {
            Slot::Chat(chat) => {
                std::mem::size_of::<ChatSlot>()
                    + chat.journal.len() * EVENT_BYTES
                    + chat.writer.bytes()
                    + chat.contributed.told.as_ref().map_or(0, |told| told.moments.len() * MOMENT_BYTES)
            }
            Slot::Stub(_) => std::mem::size_of::<Slot>(),
        }
    }

    /// About how many bytes of rows it writes when it has changed.
    pub fn row_bytes(&self) -> usize {
        match self {
            Slot::Chat(chat) => chat.writer.bytes() + HEADER_BYTES,
            Slot::Stub(_) => HEADER_BYTES,
        }
    }

    /// Drops the chat, leaving `stub`.
    pub fn drop_chat(&mut self, stub: Stub) {
        if let Slot::Chat(chat) = self {
            let dropped = Some(chat.writer.chunks());
            *self = Slot::Stub(StubSlot { stub: Some(stub), stored: chat.stored, dropped });
        }
    }

    /// Forgets a stub.
    pub fn forget(&mut self) {
        if let Slot::Stub(slot) = self {
            slot.stub = None;
        }
    }

    /// Adds the changed rows to `rows` (changelog and store) and `timers` (store only).
    pub fn write(&self, chat_id: &str, rows: &mut WriteBatch, timers: &mut WriteBatch) -> Growth {
        match self {
            Slot::Chat(chat) => chat.write(chat_id, rows),
            Slot::Stub(slot) => slot.write(chat_id, rows),
        }
        let (before, after) = (self.as_stored(), self.to_store());
        if before.map(|stored| stored.timer) != after.map(|stored| stored.timer) {
            if let Some(before) = before {
                timers.delete(timer_key(before.timer, chat_id));
            }
            if let Some(after) = after {
                timers.put(timer_key(after.timer, chat_id), Vec::new());
            }
        }
        let count = |stored: Option<Stored>, stub| i64::from(stored.is_some_and(|stored| stored.stub == stub));
        Growth { chats: count(after, false) - count(before, false), stubs: count(after, true) - count(before, true) }
    }

    /// The timer row that the store holds for the chat.
    pub fn stored_timer(&self) -> Option<Timestamp> {
        self.as_stored().map(|stored| stored.timer)
    }

    fn as_stored(&self) -> Option<Stored> {
        match self {
            Slot::Chat(chat) => chat.stored,
            Slot::Stub(slot) => slot.stored,
        }
    }

    fn to_store(&self) -> Option<Stored> {
        let timer = self.deadline()?;
        Some(Stored { timer, stub: matches!(self, Slot::Stub(_)) })
    }

    /// The rows that `write` gave are stored.
    pub fn stored(&mut self) {
        let stored = self.to_store();
        match self {
            Slot::Chat(chat) => {
                chat.stored = stored;
                chat.writer.stored();
                if let Prints::Changed(prints) = &mut chat.prints {
                    chat.prints = Prints::Read(prints.take());
                }
            }
            Slot::Stub(slot) => {
                slot.stored = stored;
                slot.dropped = None;
            }
        }
    }
}

/// About what a header row takes.
const HEADER_BYTES: usize = 400;
/// About what an event takes in memory, with its texts and its share of the fold and of the allocator's rounding (330
/// bytes were asked for on generated chats); only to bound the overlay.
const EVENT_BYTES: usize = 380;
/// About what a moment takes of what the chat contributes.
const MOMENT_BYTES: usize = 320;

impl StubSlot {
    fn write(&self, chat_id: &str, rows: &mut WriteBatch) {
        if let Some(chunks) = self.dropped {
            (0..chunks).for_each(|chunk| rows.delete(chunk_key(chat_id, chunk)));
            rows.delete(fingerprints_key(chat_id));
        }
        match self.stub {
            Some(stub) => rows.put(header_key(chat_id), encode_header(&HeaderRow::Stub(stub))),
            None => rows.delete(header_key(chat_id)),
        }
    }
}

impl ChatSlot {
    fn new() -> Self {
        let journal = Journal::new();
        ChatSlot {
            fold: Fold::of(&journal),
            journal,
            refold: false,
            writer: JournalWriter::default(),
            life: Life::default(),
            prints: Prints::Read(None),
            arrivals: None,
            contributed: Contributed::default(),
            stored: None,
        }
    }

    fn read(store: &dyn Store, chat_id: &str, header: Header) -> Result<Self, TaskError> {
        let mut journal = Journal::new();
        let mut last = Vec::new();
        for chunk in 0..header.chunks {
            let bytes = store.get(&chunk_key(chat_id, chunk))?.ok_or_else(|| missing(chunk, header.chunks))?;
            // Rows hold no duplicates; a count that is not the header's is found below.
            decode_chunk(&bytes, &mut |event| {
                let _ = journal.insert(event);
            })?;
            last = bytes;
        }
        if journal.len() != header.events as usize {
            let found = journal.len();
            return Err(TaskError::Damaged(format!("a chat has {found} of its {} events", header.events)));
        }
        let stored = Some(Stored { timer: header.deadline, stub: false });
        let is_expired = header.life.expired_last.is_some();
        let contributed = Contributed { document: header.contributed, is_expired, is_stale: false, told: None };
        Ok(ChatSlot {
            fold: Fold::of(&journal),
            journal,
            refold: false,
            writer: JournalWriter::resume(header.chunks, &last)?,
            life: header.life,
            prints: Prints::NotRead,
            arrivals: None,
            contributed,
            stored,
        })
    }

    /// Makes sure that what the chat contributed is known, before its journal changes.
    fn recall(&mut self, documents: &Documents) -> Result<(), TaskError> {
        if self.contributed.told.is_some() {
            return Ok(());
        }
        let told = match self.contributed.document {
            None => Contributions::default(),
            Some(hash) => {
                let document = documents.version(self.fold.channel_id(), hash)?;
                Contributions::of(&self.journal, &self.fold, &document, self.contributed.is_expired)
            }
        };
        self.contributed.told = Some(told);
        Ok(())
    }

    /// Adds to `difference` what the chat contributes now, with this document, less what the second stage was told. The
    /// chat must be settled.
    ///
    /// # Errors
    /// [`TaskError`] when the document of what was told is missing.
    pub fn contribute(
        &mut self,
        document: &ChannelDocument,
        documents: &Documents,
        difference: &mut Difference,
    ) -> Result<(), TaskError> {
        let is_expired = self.life.expired_last.is_some();
        let Contributed { document: of, is_expired: was_expired, is_stale, .. } = self.contributed;
        if !is_stale && was_expired == is_expired && of == Some(document.hash()) {
            return Ok(());
        }
        self.recall(documents)?;
        let told = self.contributed.told.take().unwrap_or_default();
        let now = Contributions::of(&self.journal, &self.fold, document, is_expired);
        difference.change(&told, &now);
        let document = Some(document.hash());
        self.contributed = Contributed { document, is_expired, is_stale: false, told: Some(now) };
        Ok(())
    }

    /// Whether the second stage has been told what the chat contributes with this document.
    pub fn has_contributed_with(&self, document: u128) -> bool {
        self.contributed.document == Some(document)
    }

    fn accept(&mut self, event: Event) -> Accepted {
        let time = event.time;
        let inserted = self.journal.insert(event);
        let event = match inserted {
            Inserted::Duplicate => return Accepted::Duplicate,
            Inserted::Full => return Accepted::TooLarge,
            Inserted::Appended | Inserted::Within => self.journal.arrived().last().expect("an event was inserted"),
        };
        self.writer.append(event);
        self.contributed.is_stale = true;
        // Folded in place while it is last in canonical order; else once, when the chat is settled.
        self.refold = self.refold || inserted == Inserted::Within || self.fold.append(event) == Folded::Stale;
        match &mut self.arrivals {
            Some(arrivals) => arrivals.add(time),
            None => self.arrivals = Some(Arrivals::of(time)),
        }
        Accepted::New
    }

    /// Brings fold and deadlines up to date with the events that came. `watermark` is the one at which they came.
    pub fn settle(&mut self, watermark: Timestamp, windows: &Windows) {
        if std::mem::take(&mut self.refold) {
            self.fold = Fold::of(&self.journal);
        }
        if let Some(arrivals) = self.arrivals.take() {
            self.life.settle(&self.fold, arrivals, watermark, windows);
        }
    }

    /// The fold of its events; the chat must be settled.
    pub fn fold(&self) -> &Fold {
        debug_assert!(!self.refold, "a chat is settled before its fold is used");
        &self.fold
    }

    /// Makes its record anew with another document, if it has one that is not about to be revised anyway. `due` is not
    /// after the firing's watermark. Gives whether something was emitted; if not, nothing has changed.
    ///
    /// # Errors
    /// [`TaskError`] when the fingerprints of the latest revision cannot be read.
    pub fn restate(
        &mut self,
        store: &dyn Store,
        occasion: &Occasion<'_>,
        due: Timestamp,
        emit: &mut dyn FnMut(Emitted),
    ) -> Result<bool, TaskError> {
        let before = self.life.clone();
        if !self.life.restate(&self.fold, occasion.document.hash(), due) {
            return Ok(false);
        }
        let mut emitted = false;
        self.fire(store, occasion, &mut |out| {
            emitted = true;
            emit(out);
        })?;
        if !emitted {
            self.life = before;
        }
        Ok(emitted)
    }

    /// Fires its timer: everything due at `watermark`. Gives the stub when the chat is to be dropped.
    ///
    /// # Errors
    /// [`TaskError`] when the fingerprints of the latest revision cannot be read.
    pub fn fire(
        &mut self,
        store: &dyn Store,
        firing: &Occasion<'_>,
        emit: &mut dyn FnMut(Emitted),
    ) -> Result<Option<Stub>, TaskError> {
        let unstored = matches!(self.prints, Prints::Changed(_));
        let mut prints = match std::mem::replace(&mut self.prints, Prints::NotRead) {
            Prints::NotRead => match store.get(&fingerprints_key(firing.chat_id))? {
                Some(bytes) => Some(decode_fingerprints(&bytes)?),
                None => None,
            },
            Prints::Read(prints) | Prints::Changed(prints) => prints,
        };
        let before = self.life.emission.as_ref().map(|emission| emission.revision);
        let occasion = Firing {
            chat_id: firing.chat_id,
            journal: &self.journal,
            fold: &self.fold,
            document: firing.document,
            watermark: firing.watermark,
            windows: firing.windows,
        };
        let stub = fire(&occasion, &mut self.life, &mut prints, emit);
        let after = self.life.emission.as_ref().map(|emission| emission.revision);
        self.prints = if before == after && !unstored { Prints::Read(prints) } else { Prints::Changed(prints) };
        Ok(stub)
    }

    fn write(&self, chat_id: &str, rows: &mut WriteBatch) {
        self.writer.changed(&mut |chunk, bytes| rows.put(chunk_key(chat_id, chunk), bytes.to_vec()));
        if let Prints::Changed(Some(prints)) = &self.prints {
            rows.put(fingerprints_key(chat_id), encode_fingerprints(prints));
        }
        let header = Header {
            chunks: self.writer.chunks(),
            events: u32::try_from(self.journal.len()).expect("a journal's capacity fits"),
            deadline: self.life.deadline(&self.fold),
            channel_id: self.fold.channel_id().map(Into::into),
            life: self.life.clone(),
            contributed: self.contributed.document,
        };
        rows.put(header_key(chat_id), encode_header(&HeaderRow::Chat(Box::new(header))));
    }
}

/// Under which conditions a chat's timer fires.
pub struct Occasion<'a> {
    /// The chat's id.
    pub chat_id: &'a str,
    /// Its channel's document, the newest.
    pub document: &'a ChannelDocument,
    /// The watermark that was reached.
    pub watermark: Timestamp,
    /// The deployment's spans.
    pub windows: &'a Windows,
}

fn missing(chunk: u32, chunks: u32) -> TaskError {
    TaskError::Damaged(format!("journal chunk {chunk} of {chunks} is missing"))
}
