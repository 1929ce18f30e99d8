//! Bringing a task's store to the state of the last committed transaction (`engine.md`, Restore). In steps, so that the
//! worker goes on polling.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::codec::{
    META_KEY, Meta, OffsetMetadata, POSITION_KEY, Position, decode_meta, decode_position, encode_position,
};
use crate::log::{Batch, Cluster, Committed, LogError, PollLimits, Reader};
use crate::store::{Store, StoreError, Stores, WriteBatch};
use crate::telemetry::Board;
use crate::time::Span;

use super::task::Task;
use super::watermark::Now;
use super::{Settings, Stage, Stop, TaskError};

/// Records applied per step.
const LIMITS: PollLimits = PollLimits { max_records: 5_000, max_bytes: 8 << 20, wait: Duration::from_millis(10) };

/// How often progress is logged.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// What a restore works with.
pub struct Surroundings<'a> {
    /// The stage.
    pub stage: Stage,
    /// The cluster.
    pub cluster: &'a dyn Cluster,
    /// The stores of the process.
    pub stores: &'a dyn Stores,
    /// The settings.
    pub settings: &'a Settings,
    /// What is so now.
    pub board: &'a Arc<Board>,
    /// The cluster's id.
    pub cluster_id: &'a str,
    /// Partitions of each input topic.
    pub partitions: u32,
    /// The clocks.
    pub now: Now,
    /// See [`Sabotage::StableEnd`](super::Sabotage::StableEnd).
    #[cfg(feature = "sabotage")]
    pub is_stable_end_enough: bool,
}

impl Surroundings<'_> {
    fn changelog(&self) -> &str {
        self.stage.changelog(self.settings)
    }
}

/// Why a restore did not come to its end.
#[derive(Debug)]
pub enum Failure {
    /// Try again a little later.
    Later(String),
    /// The log does not answer: try again a little later.
    Away(String),
    /// The store cannot be used at the moment: pause the task.
    Store(String),
    /// Offsets and changelog tell of different commits. If the group's offsets are still those that the restore began
    /// with, stop the program; if not, another instance has committed in between: begin anew.
    Disagrees(Stop),
    /// Stop the program.
    Stop(Stop),
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Fatal(message) => Failure::Stop(Stop::Misconfigured(message)),
            other => Failure::Away(other.to_string()),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Failure::Later(error.to_string()),
            StoreError::Unusable(message) => Failure::Store(message),
        }
    }
}

impl From<TaskError> for Failure {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Store(error) => error.into(),
            TaskError::Damaged(message) => Failure::Stop(Stop::Contradiction(message)),
        }
    }
}

impl From<crate::codec::StateError> for Failure {
    fn from(error: crate::codec::StateError) -> Self {
        TaskError::from(error).into()
    }
}

/// A restore under way.
pub struct Restore {
    task: u32,
    /// What the group has committed for the inputs.
    committed: Vec<Option<Committed>>,
    /// Where reading starts without committed offsets.
    starts: Vec<i64>,
    reading: Option<Reading>,
    /// The changelog offset reached, and since when it stands there.
    reached: (i64, Duration),
    told: Duration,
}

struct Reading {
    store: Box<dyn Store>,
    reader: Box<dyn Reader>,
    end: i64,
    batch: Batch,
}

impl Restore {
    /// A restore of the task to what the group has committed, begun at `now`.
    pub fn new(task: u32, committed: Vec<Option<Committed>>, starts: Vec<i64>, now: Duration) -> Self {
        Restore { task, committed, starts, reading: None, reached: (-1, now), told: now }
    }

    /// What the group had committed for the inputs when the restore began.
    pub fn committed(&self) -> &[Option<Committed>] {
        &self.committed
    }

    /// Changelog offsets still to be read, if known.
    pub fn remaining(&self) -> Option<u64> {
        let reading = self.reading.as_ref()?;
        Some(u64::try_from(reading.end - reading.reader.position()).unwrap_or(0))
    }

    /// Goes on for a bounded time. Gives the task when it is restored.
    ///
    /// # Errors
    /// [`Failure`], by what must happen next.
    pub fn step(&mut self, around: &Surroundings<'_>) -> Result<Option<Box<dyn Task>>, Failure> {
        self.watch(around);
        let Some(reading) = &mut self.reading else {
            return self.open(around);
        };
        #[cfg(feature = "sabotage")]
        let before = reading.reader.position();
        reading.reader.poll(&mut reading.batch, LIMITS)?;
        #[cfg(feature = "sabotage")]
        if around.is_stable_end_enough && reading.reader.position() == before {
            reading.end = before;
        }
        reading.apply(around.stage, around.changelog())?;
        if reading.reader.position() < reading.end {
            return Ok(None);
        }
        let Reading { mut store, reader, .. } = self.reading.take().expect("it is being read");
        let meta = self.agreed(read_meta(store.as_ref())?, around)?;
        let mut rows = WriteBatch::default();
        rows.put(POSITION_KEY.to_vec(), position_row(around.changelog(), reader.position(), false));
        store.write(&rows)?;
        Ok(Some(around.stage.task(self.task, store, meta, around.settings, around.board)?))
    }

    /// Says how far it is now and then; one that stands still is an error in the log, and the process is not ready. It
    /// goes on nevertheless: a broker that is away comes back.
    fn watch(&mut self, around: &Surroundings<'_>) {
        let now = around.now.monotonic;
        let position = self.reading.as_ref().map_or(-1, |reading| reading.reader.position());
        if position != self.reached.0 {
            self.reached = (position, now);
        }
        let stands = now.saturating_sub(self.reached.1);
        let (task, changelog) = (self.task, around.changelog());
        if stands >= around.settings.restore_stall && now.saturating_sub(self.told) >= around.settings.restore_stall {
            self.told = now;
            let store = around.stores.location(task);
            tracing::error!(
                task,
                position,
                seconds = stands.as_secs(),
                changelog,
                store,
                "a restore makes no progress"
            );
        } else if stands < TELL_EVERY && now.saturating_sub(self.told) >= TELL_EVERY {
            self.told = now;
            tracing::info!(task, remaining = self.remaining(), "restoring");
        }
    }

    /// Opens the store. When it is at the committed sequence, and whole, there is nothing to read.
    fn open(&mut self, around: &Surroundings<'_>) -> Result<Option<Box<dyn Task>>, Failure> {
        let store = around.stores.open(self.task)?;
        let meta = read_meta(store.as_ref())?;
        let changelog = around.changelog();
        let (first, end) = around.cluster.bounds(changelog, self.task)?;
        let position = read_position(store.as_ref())?;
        if let Some(meta) = &meta {
            self.check_origin(meta, around)?;
        }
        if let Some(position) = &position {
            self.check_position(position, end, around)?;
        }
        // A restore that was broken off may have got as far as the meta row, but not to the rows behind it.
        let is_whole = position.as_ref().is_some_and(|position| !position.is_partial);
        if let Some(meta) = &meta
            && is_whole
            && self.metadata() == Some(OffsetMetadata::of(meta))
        {
            let meta = self.agreed(Some(meta.clone()), around)?;
            return Ok(Some(around.stage.task(self.task, store, meta, around.settings, around.board)?));
        }
        let age = meta.as_ref().map_or(Span::ZERO, |meta| around.now.wall.since(meta.committed_at));
        if age > around.settings.changelog_delete_retention {
            // Deletions it has missed may be gone from the changelog: made anew, it has nothing to delete.
            tracing::info!(task = self.task, "the store is older than the changelog's deletions: it is made anew");
            drop(store);
            around.stores.delete(self.task)?;
            return Ok(None);
        }
        let from = position.map_or(first, |position| position.offset);
        let reader = around.cluster.reader(changelog, self.task, from)?;
        tracing::info!(task = self.task, from, end, "restoring from the changelog");
        self.reading = Some(Reading { store, reader, end, batch: Batch::default() });
        Ok(None)
    }

    fn check_position(&self, position: &Position, end: i64, around: &Surroundings<'_>) -> Result<(), Failure> {
        let changelog = around.changelog();
        let place = around.stores.location(self.task);
        if position.changelog != changelog {
            return Err(contradiction(format!(
                "the store {place} belongs to changelog {}, the configuration names {changelog}: correct application_id, \
                 or delete the folder to restore it from {changelog}",
                position.changelog
            )));
        }
        if position.offset > end {
            return Err(contradiction(format!(
                "the store {place} reflects changelog {changelog} up to offset {}, which ends at {end}: the topic was \
                 made anew. Bring it back, or delete {place} and start under a new application_id",
                position.offset
            )));
        }
        Ok(())
    }

    fn check_origin(&self, meta: &Meta, around: &Surroundings<'_>) -> Result<(), Failure> {
        let place = around.stores.location(self.task);
        if meta.cluster_id != around.cluster_id {
            return Err(contradiction(format!(
                "the store {place} is of cluster {}, the broker is of cluster {}: correct kafka.bootstrap_servers or \
                 state_dir, or delete {place}",
                meta.cluster_id, around.cluster_id
            )));
        }
        if meta.partitions != around.partitions {
            return Err(contradiction(format!(
                "the state of task {} was made with {} partitions of each input, now there are {}: the number is fixed \
                 for the life of an application id; bring it back, or start under a new application_id",
                self.task, meta.partitions, around.partitions
            )));
        }
        let window = around.settings.snapshots.smallest;
        if meta.smallest_window != window.code() {
            return Err(contradiction(format!(
                "the state of task {} was made with snapshots.window of {} minutes, now it is {}: it is fixed for the life \
                 of an application id, what was counted in others could not be corrected; set it back, or start under \
                 a new application_id",
                self.task,
                meta.smallest_window,
                window.as_str()
            )));
        }
        Ok(())
    }

    /// What the first stage has sent is only deleted after the second has committed it. So it must all be there when nothing
    /// is committed.
    fn check_first_start(&self, around: &Surroundings<'_>) -> Result<(), Failure> {
        if around.stage == Stage::Channels && self.starts.iter().any(|start| *start > 0) {
            let topic = &around.settings.topics.differences;
            return Err(contradiction(format!(
                "the topic {topic} begins at offset {} of partition {}, but its group has committed nothing: what is \
                 missing cannot be had again. Start under a new application_id",
                self.starts[0], self.task
            )));
        }
        Ok(())
    }

    /// The metadata of the committed offsets, where all agree.
    fn metadata(&self) -> Option<OffsetMetadata> {
        let mut parsed = self.committed.iter().map(|c| OffsetMetadata::parse(&c.as_ref()?.metadata));
        let first = parsed.next()??;
        parsed.all(|other| other == Some(first)).then_some(first)
    }

    /// Offsets, changelog and store must tell of the same commit: gives its meta row.
    fn agreed(&self, meta: Option<Meta>, around: &Surroundings<'_>) -> Result<Meta, Failure> {
        let offsets: Vec<Option<i64>> = self.committed.iter().map(|c| c.as_ref().map(|c| c.offset)).collect();
        match meta {
            None if offsets.iter().all(Option::is_none) => {
                self.check_first_start(around)?;
                let window = around.settings.snapshots.smallest.code();
                Ok(Meta::first(self.starts.clone(), around.partitions, window, around.cluster_id, around.now.wall))
            }
            Some(meta)
                if self.metadata() == Some(OffsetMetadata::of(&meta))
                    && offsets.iter().copied().eq(meta.input_offsets.iter().map(|at| Some(*at))) =>
            {
                self.check_origin(&meta, around)?;
                Ok(meta)
            }
            meta => Err(self.disagreement(meta.as_ref(), around)),
        }
    }

    fn disagreement(&self, meta: Option<&Meta>, around: &Surroundings<'_>) -> Failure {
        let state = match meta {
            Some(meta) => format!("at commit {} with offsets {:?}", meta.sequence, meta.input_offsets),
            None => "empty".to_owned(),
        };
        let offsets: Vec<String> = self
            .committed
            .iter()
            .map(|c| c.as_ref().map_or("none".to_owned(), |c| format!("{} ({:?})", c.offset, c.metadata)))
            .collect();
        Failure::Disagrees(Stop::Contradiction(format!(
            "task {}: changelog {} and store {} are {state}, but the consumer group {} has committed offsets {}: offsets \
             were reset or a topic was made anew. Put back what was changed, or start under a new application_id",
            self.task,
            around.changelog(),
            around.stores.location(self.task),
            around.stage.membership(around.settings, 0).group,
            offsets.join(", ")
        )))
    }
}

fn contradiction(message: String) -> Failure {
    Failure::Stop(Stop::Contradiction(message))
}

fn read_meta(store: &dyn Store) -> Result<Option<Meta>, Failure> {
    Ok(store.get(META_KEY)?.map(|bytes| decode_meta(&bytes)).transpose()?)
}

fn position_row(changelog: &str, offset: i64, is_partial: bool) -> Vec<u8> {
    encode_position(&Position { changelog: changelog.to_owned(), offset, is_partial })
}

fn read_position(store: &dyn Store) -> Result<Option<Position>, Failure> {
    Ok(store.get(POSITION_KEY)?.map(|bytes| decode_position(&bytes)).transpose()?)
}

impl Reading {
    /// Writes the records read to the store, with the rows that follow from them.
    fn apply(&mut self, stage: Stage, changelog: &str) -> Result<(), Failure> {
        let mut rows = WriteBatch::default();
        // What follows from a row that this very batch has changed.
        let mut derived: HashMap<Vec<u8>, Vec<Vec<u8>>> = HashMap::new();
        for record in self.batch.iter() {
            let Some(key) = record.key() else { continue };
            if stage.has_derived(key) {
                let before = match derived.remove(key) {
                    Some(before) => before,
                    None => self.store.get(key)?.map(|row| stage.derived(key, &row)).transpose()?.unwrap_or_default(),
                };
                let after = record.value().map(|row| stage.derived(key, row)).transpose()?.unwrap_or_default();
                before.into_iter().for_each(|row| rows.delete(row));
                after.iter().for_each(|row| rows.put(row.clone(), Vec::new()));
                derived.insert(key.to_vec(), after);
            }
            match record.value() {
                Some(value) => rows.put(key.to_vec(), value.to_vec()),
                None => rows.delete(key.to_vec()),
            }
        }
        rows.put(POSITION_KEY.to_vec(), position_row(changelog, self.reader.position(), true));
        Ok(self.store.write(&rows)?)
    }
}
