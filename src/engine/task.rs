//! A task as worker, commit and restore see it: one partition's state in memory over its store. It takes records in, has
//! timers fire, and says what a commit changes; it talks to no log and reads no clock.

use crate::codec::{META_KEY, Meta, POSITION_KEY, Position, encode_meta, encode_position};
use crate::log::{End, RecordView};
use crate::record;
use crate::store::{Store, WriteBatch};
use crate::time::Timestamp;

use super::checks::Violated;
use super::directory::Snapshot;
use super::intake::{DeadLetter, Intake};
use super::watermark::{Input, Now};
use super::{Settings, TaskError};

/// What every task has.
pub struct Common {
    /// Its number.
    pub partition: u32,
    /// The meta row of the last commit.
    pub meta: Meta,
    /// What is known of its inputs.
    pub inputs: Vec<Input>,
    /// Its watermark, which the next commit will make durable.
    pub watermark: Timestamp,
    /// Its rows, as the last commit left them.
    pub store: Box<dyn Store>,
}

/// The state of one partition in one stage.
pub(super) trait Task {
    /// What every task has.
    fn common(&self) -> &Common;

    /// What every task has, to be changed.
    fn common_mut(&mut self) -> &mut Common;

    /// Takes a record in, or gives the dead letter that takes its place.
    ///
    /// # Errors
    /// [`TaskError`] when state that it concerns cannot be read, or the record is none that may be passed over.
    fn take(&mut self, record: RecordView<'_>, intake: &Intake<'_>) -> Result<Option<DeadLetter>, TaskError>;

    /// Whether nothing that came is waiting to be settled.
    fn is_settled(&self) -> bool;

    /// About how many bytes of rows have changed since the last commit.
    fn dirty_bytes(&self) -> usize;

    /// Moves the watermark by what is known of the inputs. `ends` are their known ends.
    fn advance(&mut self, ends: &[Option<End>], now: Now);

    /// Whether there is something to commit, or (where so many may fire or be restated) something is due.
    ///
    /// # Errors
    /// [`TaskError`] when the store cannot be read.
    fn has_work(&mut self, conditions: &Conditions<'_>) -> Result<bool, TaskError>;

    /// Settles what came, at the watermark under which it came. Before [`Task::advance`].
    fn settle(&mut self, conditions: &Conditions<'_>);

    /// Fires what is due and collects all changes since the last commit.
    ///
    /// # Errors
    /// [`TaskError`] when the store cannot be read.
    fn changes(&mut self, conditions: &Conditions<'_>) -> Result<Changes, TaskError>;

    /// The changes are in the store. Gives the identities of metric snapshots that it finds violated.
    ///
    /// # Errors
    /// [`TaskError`] when the store cannot be read.
    fn stored(&mut self) -> Result<Vec<Violated>, TaskError>;

    /// Shrinks what is held in memory to `budget` bytes. Only after a commit.
    fn evict(&mut self, budget: usize);

    /// Forgets everything since the last commit; the inputs must be read again from its offsets.
    ///
    /// # Errors
    /// [`TaskError`] when the store cannot be read.
    fn roll_back(self: Box<Self>) -> Result<Box<dyn Task>, TaskError>;

    /// What it tells about itself.
    fn figures(&self) -> Figures;
}

/// What a task tells about itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Chats or snapshots in memory.
    pub entries: usize,
    /// An estimate of their bytes.
    pub bytes: usize,
    /// Timers pending.
    pub timers: u64,
    /// Walks over kept chats that are not done.
    pub restating: usize,
}

/// A record on its way out.
#[derive(Debug)]
pub struct Message {
    /// Where to.
    pub to: Destination,
    /// Its partition there; `None`: by its key.
    pub partition: Option<u32>,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its value.
    pub value: Vec<u8>,
}

/// The topics that tasks write to, besides changelogs and dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Finalized records.
    SessionMetadata,
    /// From the first stage to the second.
    Differences,
    /// Metric snapshots.
    MetricSnapshots,
}

/// What a commit of a task changes. Nothing of it is in the store before the transaction is committed.
#[derive(Default)]
pub(super) struct Changes {
    /// What goes out.
    pub messages: Vec<Message>,
    /// Of the task itself, not of records it read: bad directory documents.
    pub dead_letters: Vec<DeadLetter>,
    /// Rows of changelog and store.
    pub rows: WriteBatch,
    /// Rows of the store alone.
    pub local: WriteBatch,
    /// The meta row among `rows`.
    pub meta: Option<Meta>,
    /// Timers fired.
    pub fired: usize,
    /// Chats restated.
    pub restated: usize,
    /// Channels all of whose kept chats are restated.
    pub walked: Vec<Box<str>>,
    /// What is counted when it is committed.
    pub tally: Tally,
}

/// What is counted when it is committed.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Why records were made.
    pub reasons: Vec<record::Reason>,
    /// Custom profile values that did not fit their type.
    pub dropped_profile_values: u64,
    /// Windows published.
    pub windows: u64,
    /// Live records published.
    pub live: u64,
    /// Messages with differences.
    pub differences: u64,
    /// Differences for windows that are no longer kept.
    pub dropped_differences: u64,
    /// Identities that published snapshots violate by themselves.
    pub violated: Vec<Violated>,
    /// Whether it is only the watermark that has moved.
    pub is_idle: bool,
}

/// What a commit is made under.
#[derive(Clone, Copy)]
pub struct Conditions<'a> {
    /// The directory, one snapshot per transaction.
    pub directory: &'a Snapshot,
    /// The settings.
    pub settings: &'a Settings,
    /// The clocks.
    pub now: Now,
    /// At most so many timers are fired.
    pub timers: usize,
    /// At most so many records are restated.
    pub restated: usize,
}

impl Common {
    /// Of a store that is as the last commit left it.
    pub fn new(partition: u32, store: Box<dyn Store>, meta: Meta) -> Self {
        let inputs = meta.input_offsets.iter().map(|&position| Input { position, highest: None }).collect();
        Common { partition, inputs, watermark: meta.watermark, meta, store }
    }

    /// Whether the inputs were read further since the last commit.
    pub fn has_moved(&self) -> bool {
        self.inputs.iter().zip(&self.meta.input_offsets).any(|(input, at)| input.position != *at)
    }

    /// The meta row of the next commit, as far as it is the same for all tasks.
    pub fn next_meta(&self, now: Now) -> Meta {
        Meta {
            sequence: self.meta.sequence + 1,
            input_offsets: self.inputs.iter().map(|input| input.position).collect(),
            watermark: self.watermark,
            committed_at: now.wall,
            ..self.meta.clone()
        }
    }
}

impl Changes {
    /// With the meta row of the commit.
    pub fn with_meta(mut self, meta: Meta) -> Self {
        self.rows.put(META_KEY.to_vec(), encode_meta(&meta));
        self.meta = Some(meta);
        self
    }

    /// The meta row of the commit.
    pub fn meta(&self) -> &Meta {
        self.meta.as_ref().expect("a task's changes end with its meta row")
    }
}

impl dyn Task {
    /// The changes are committed: writes them to the store. `position`: the changelog offset after the commit's rows.
    ///
    /// # Errors
    /// [`TaskError`] when the store cannot be written. The task must then be restored: the store is one commit behind.
    pub fn committed(&mut self, changes: Changes, position: &Position) -> Result<Vec<Violated>, TaskError> {
        let meta = changes.meta().clone();
        let Changes { mut rows, local, .. } = changes;
        rows.append(local);
        rows.put(POSITION_KEY.to_vec(), encode_position(position));
        let common = self.common_mut();
        common.store.write(&rows)?;
        common.meta = meta;
        self.stored()
    }

    /// Writes the changes to the store before they are committed.
    ///
    /// # Errors
    /// When the store cannot be written.
    #[cfg(feature = "sabotage")]
    pub(super) fn write_ahead(&mut self, changes: &Changes, position: &Position) -> crate::store::StoreResult<()> {
        let mut rows = changes.rows.clone();
        rows.append(changes.local.clone());
        rows.put(POSITION_KEY.to_vec(), encode_position(position));
        self.common_mut().store.write(&rows)
    }
}
