//! Faults of the commit protocol, put in on purpose: the simulation must find each (feature `sabotage`).

use crate::codec::Position;
use crate::log::{LogResult, OffsetCommit};

use super::commit::Part;
use super::worker::{Phase, Worker};

/// A fault that a worker can be made to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// It writes its stores before the transaction is committed.
    StoreFirst,
    /// Its restores end where a read-committed consumer sees the end: at the last stable offset.
    StableEnd,
    /// It commits without offsets when nothing was read.
    NoOffsets,
    /// After an unknown outcome it goes on as if nothing were committed.
    NoRestore,
}

impl Worker {
    /// Makes the worker faulty.
    pub fn sabotage(&mut self, how: Sabotage) {
        self.sabotage = Some(how);
    }

    /// Between sending and committing.
    pub(super) fn spoil(&mut self, sent: LogResult<Vec<OffsetCommit>>, parts: &[Part]) -> LogResult<Vec<OffsetCommit>> {
        let mut offsets = sent?;
        match self.sabotage {
            Some(Sabotage::StoreFirst) => self.store_first(parts),
            Some(Sabotage::NoOffsets) if self.cycle.records == 0 => offsets.clear(),
            _ => {}
        }
        Ok(offsets)
    }

    fn store_first(&mut self, parts: &[Part]) {
        let changelog = self.environment.stage.changelog(&self.environment.settings).to_owned();
        for part in parts {
            let session = self.session.as_ref().expect("a commit needs a session");
            let offset = session.written(&changelog, part.task).expect("every part writes its meta row");
            let Some(Phase::Running(task)) = self.phases.get_mut(&part.task) else { continue };
            let position = Position { changelog: changelog.clone(), offset, is_partial: false };
            // A disk that is full is found after the commit, too.
            let _ = task.write_ahead(&part.changes, &position);
        }
    }
}
