//! When a record is due, which revision it is, and why (`finalization.md`).
//!
//! Pure: the watermark and the channel's document are arguments, records are results. The engine calls [`Life::settle`]
//! once per chat and commit after it has folded the chat's new events, keeps [`Life::deadline`] as the chat's timer, and
//! calls [`fire`] when the watermark has reached it. `replay` does the same without a broker.
//!
//! ```text
//!            settle: ended                 fire: due
//!   open ───────────────────→ pending End ───────────→ recorded ──(correction_window)──→ stub ──(stub_retention)──→ gone
//!    ↑ │                        │                      │   ↑ │
//!    │ └─ fire: expiry ─────────│──────────────────────┘   │ └─ settle: new event ─→ pending Correction ─┐
//!    └──── settle: reopened ────┴──────────────────────    └──────────── fire: due, or alf silence ──────┘
//! ```

mod fire;
mod life;

pub use fire::{Emitted, Firing, fire};
pub use life::{Arrivals, Emission, LastEvent, Life, Pending, PendingKind, Stub};

use crate::time::Span;

/// The spans of `finalization.md`, one set per deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// From a session's end, or a late fact, to its record.
    pub update_window: Span,
    /// How long a chat whose state is not ended may be without events before it is emitted as it stands.
    pub idle_expiry: Span,
    /// How long a chat is kept after its latest revision, for corrections.
    pub correction_window: Span,
    /// How long a dropped chat's number of revisions is remembered.
    pub stub_retention: Span,
}

impl Default for Windows {
    fn default() -> Self {
        Windows {
            update_window: Span::from_secs(15 * 60),
            idle_expiry: Span::from_hours(30 * 24),
            correction_window: Span::from_hours(30 * 24),
            stub_retention: Span::from_hours(400 * 24),
        }
    }
}

#[cfg(test)]
mod tests;
