//! The session's producer: what reaches the coordinator between `begin` and the end of a transaction.

use std::sync::Arc;

use crate::log::memory::fault::{Fault, Outcome};
use crate::log::memory::state::{PendingOffset, State, size_of};
use crate::log::{Committed, LogError, LogResult, Membership, OffsetCommit, Outgoing};

use super::MemorySession;

impl MemorySession {
    /// An error when the coordinator has given the transactional id a newer epoch than ours.
    pub(super) fn check_epoch(&self, state: &State) -> LogResult<()> {
        if state.epoch(&self.membership.instance) == self.epoch {
            return Ok(());
        }
        Err(LogError::Fenced("the coordinator has ended the transaction and fenced its producer".to_string()))
    }

    pub(super) fn take_fault<T>(&self, state: &mut State, fits: impl Fn(&Fault) -> Option<T>) -> Option<T> {
        state.faults.get_mut(&self.membership.instance)?.take(fits)
    }

    /// The offsets as the coordinator keeps them, if this member's generation still holds. Kafka's gaps: a generation of
    /// −1 is not validated, and without offsets nothing is asked at all.
    fn check_offsets(&self, state: &State, offsets: &[OffsetCommit]) -> LogResult<Vec<PendingOffset>> {
        if offsets.is_empty() {
            return Ok(Vec::new());
        }
        let Membership { group, instance, .. } = &self.membership;
        let current = state.groups[group].is_current(instance, self.handle, self.generation);
        #[cfg(feature = "sabotage")]
        let current = current || state.metadata_at_commit;
        if self.generation >= 0 && !current {
            return Err(LogError::Abort(format!("generation {} of {group} is over", self.generation)));
        }
        let pending = |commit: &OffsetCommit| {
            let (topic, partition) = self.check_partition(state, commit.partition)?;
            let committed = Committed { offset: commit.offset, metadata: commit.metadata.clone() };
            Ok(PendingOffset { group: group.clone(), topic, partition, committed })
        };
        offsets.iter().map(pending).collect()
    }

    /// Sends a record; what goes wrong fails the transaction.
    pub(super) fn try_send(&mut self, record: Outgoing<'_>) -> LogResult<()> {
        let shared = Arc::clone(&self.shared);
        let (mut state, now) = self.enter(&shared)?;
        // A broker tells a producer whose transaction timed out to abort; that it is fenced, it learns then.
        self.check_epoch(&state).map_err(|error| LogError::Abort(error.to_string()))?;
        let bytes = size_of(&record);
        let fault = self.take_fault(&mut state, |fault| match fault {
            Fault::SendRefused { over, at_commit } if bytes > *over => Some(*at_commit),
            _ => None,
        });
        if let Some(at_commit) = fault {
            let error = LogError::Refused("injected".to_string());
            if !at_commit {
                return Err(error);
            }
            self.refused.get_or_insert(error);
            return Ok(());
        }
        let at = state.place(&record, &mut self.placed)?;
        let end = state.append(&self.membership.instance, at, &record, now);
        self.written.insert((record.topic.to_owned(), at.1), end);
        Ok(())
    }

    /// Everything of a commit up to the decision, and the decision.
    pub(super) fn try_commit(&mut self, offsets: &[OffsetCommit]) -> LogResult<()> {
        let shared = Arc::clone(&self.shared);
        let (mut state, now) = self.enter(&shared).map_err(unreachable_is_unknown)?;
        self.check_epoch(&state)?;
        if let Some(refused) = self.refused.take() {
            return Err(refused);
        }
        let pending = self.check_offsets(&state, offsets)?;
        let fault = self.take_fault(&mut state, |fault| match fault {
            Fault::CommitRejected => Some(None),
            Fault::CommitUnknown(outcome) => Some(Some(*outcome)),
            _ => None,
        });
        if fault == Some(None) {
            return Err(LogError::Abort("injected".to_string()));
        }
        let hidden = self.take_fault(&mut state, |fault| match fault {
            Fault::CommitHidden(delay) => Some(*delay),
            _ => None,
        });
        let instance = &self.membership.instance;
        let now = now.monotonic;
        if !pending.is_empty() {
            state.add_offsets(instance, pending, now);
        }
        let visible = now.saturating_add(hidden.unwrap_or_default());
        match fault.flatten() {
            None => state.decide_commit(instance, visible, now),
            Some(outcome) => {
                match outcome {
                    Outcome::Committed => state.decide_commit(instance, visible, now),
                    Outcome::Aborted => state.expire_transaction(instance),
                    Outcome::Open => {}
                    Outcome::Late(delay) => state.commit_later(instance, now.saturating_add(delay)),
                }
                shared.changed.notify_all();
                return Err(LogError::Unknown("injected".to_string()));
            }
        }
        shared.changed.notify_all();
        Ok(())
    }

    pub(super) fn try_abort(&mut self) -> LogResult<()> {
        let shared = Arc::clone(&self.shared);
        let (mut state, _) = self.enter(&shared).map_err(unreachable_is_unknown)?;
        self.check_epoch(&state)?;
        let fault = self.take_fault(&mut state, |fault| match fault {
            Fault::AbortUnknown { aborted } => Some(*aborted),
            _ => None,
        });
        if fault != Some(false) {
            state.settle(&self.membership.instance);
        }
        shared.changed.notify_all();
        if fault.is_some() { Err(LogError::Unknown("injected".to_string())) } else { Ok(()) }
    }
}

/// A request to end the transaction that got no answer.
fn unreachable_is_unknown(error: LogError) -> LogError {
    match error {
        LogError::Unavailable(why) => LogError::Unknown(why),
        other => other,
    }
}
