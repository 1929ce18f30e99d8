//! What happens when a chat's deadline is reached: records, expiry, the drop.

use crate::calendar::ChannelDocument;
use crate::chat::{Fold, Journal};
use crate::record::{Content, Fingerprints, Reason, Revision, SCHEMA_VERSION, project};
use crate::time::Timestamp;

use super::Windows;
use super::life::{Emission, Life, Pending, PendingKind, Stub};

/// A chat whose timer fires, and under which conditions.
pub struct Firing<'a> {
    /// The chat's id.
    pub chat_id: &'a str,
    /// Its events.
    pub journal: &'a Journal,
    /// Their fold.
    pub fold: &'a Fold,
    /// Its channel's document, the newest.
    pub document: &'a ChannelDocument,
    /// The watermark that was reached.
    pub watermark: Timestamp,
    /// The deployment's spans.
    pub windows: &'a Windows,
}

/// A record to emit.
#[derive(Debug)]
pub struct Emitted {
    /// Everything but the numbers of the revision.
    pub content: Content,
    /// The numbers of the revision.
    pub revision: Revision,
}

/// What made a record due.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    End,
    Correction,
    Silence,
    Expiry,
}

/// Does everything that is due at the watermark, in due order: hands records to `emit`, brings `life` and `prints`
/// (the fields of the latest revision) up to date. Gives the stub when the chat is to be dropped.
pub fn fire(
    firing: &Firing<'_>,
    life: &mut Life,
    prints: &mut Option<Fingerprints>,
    emit: &mut dyn FnMut(Emitted),
) -> Option<Stub> {
    loop {
        let at = life.deadline(firing.fold);
        if at > firing.watermark {
            return None;
        }
        let cause = match (life.pending, life.silence_at) {
            (Some(pending), silence) if silence.is_none_or(|silence| pending.due <= silence) => {
                take_pending(life, pending)
            }
            (_, Some(_)) => {
                life.silence_at = None;
                Cause::Silence
            }
            _ if life.counts_as_ended(firing.fold) => return Some(stub(firing, life)),
            _ => {
                life.expired_last = firing.fold.updated_at();
                Cause::Expiry
            }
        };
        revise(firing, life, prints, at, cause, emit);
    }
}

fn take_pending(life: &mut Life, pending: Pending) -> Cause {
    life.pending = None;
    life.pending_end = None;
    match pending.kind {
        PendingKind::End => Cause::End,
        PendingKind::Correction => Cause::Correction,
    }
}

fn stub(firing: &Firing<'_>, life: &Life) -> Stub {
    let emission = life.emission.as_ref().expect("only a chat with a record is dropped");
    let kept_until = firing.watermark.saturating_add(firing.windows.stub_retention);
    Stub { revision: emission.revision, finalized_at: emission.finalized_at, kept_until }
}

/// Makes the next revision as of `due`, unless nothing differs from the one before.
fn revise(
    firing: &Firing<'_>,
    life: &mut Life,
    prints: &mut Option<Fingerprints>,
    due: Timestamp,
    cause: Cause,
    emit: &mut dyn FnMut(Emitted),
) {
    let content = project(firing.chat_id, firing.journal, firing.fold, firing.document, due);
    let changed = prints.as_ref().map(|before| content.changed_since(before)).unwrap_or_default();
    let previous = life.emission.take();
    if let Some(previous) = &previous
        && changed.is_empty()
    {
        // Nothing is emitted, but the wait until the drop goes on from where it was.
        life.emission = Some(previous.clone());
        life.drop_at = life.drop_at.or(Some(due.saturating_add(firing.windows.correction_window)));
        return;
    }
    let reason = match &previous {
        None if cause == Cause::Expiry => Reason::Expired,
        None => Reason::SessionEnd,
        Some(previous) => reason_after(previous, firing, cause, life.event_after_end),
    };
    let supersedes = previous.as_ref().map(|previous| previous.revision);
    let revision = Revision { revision: supersedes.unwrap_or(0) + 1, supersedes, reason, changed, finalized_at: due };
    life.emission = Some(Emission {
        revision: revision.revision,
        ended_at: firing.fold.ended_at(),
        expired: reason == Reason::Expired,
        finalized_at: due,
        last: Life::last_of(firing.journal),
        document: firing.document.hash(),
        schema_version: SCHEMA_VERSION,
    });
    life.event_after_end = false;
    life.silence_at = firing.fold.silence_end().filter(|at| *at > due);
    life.drop_at = Some(due.max(firing.watermark).saturating_add(firing.windows.correction_window));
    *prints = Some(content.fingerprints());
    emit(Emitted { content, revision });
}

/// The first reason of `finalization.md` that holds since the revision `previous`.
fn reason_after(previous: &Emission, firing: &Firing<'_>, cause: Cause, event_after_end: bool) -> Reason {
    let fold = firing.fold;
    let reopened = match previous.ended_at {
        Some(end) if !previous.expired => fold.last_unended_at().is_some_and(|open| open > end),
        _ => Life::last_of(firing.journal).key() > previous.last.key(),
    };
    if cause == Cause::Expiry {
        Reason::Expired
    } else if reopened {
        Reason::Reopened
    } else if firing.document.hash() != previous.document {
        Reason::OperatingHoursChanged
    } else if SCHEMA_VERSION > previous.schema_version {
        Reason::DefinitionChanged
    } else if cause == Cause::Silence {
        Reason::AlfEnd
    } else if event_after_end {
        Reason::PostSessionEvent
    } else {
        Reason::LateEvent
    }
}
