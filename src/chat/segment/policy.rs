//! The service level of a queue segment: the policy that applies and its verdict (`session.md`, Service level).

use crate::calendar::ChannelDocument;
use crate::event::{QueueEntered, QueueOutcome};
use crate::time::{Span, Timestamp};

/// A service-level policy; each value may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Policy {
    /// Longest wait of an answer in time, in seconds.
    pub target_secs: Option<f64>,
    /// Share of answers in time that is aimed at, in percent.
    pub target_percent: Option<f64>,
    /// An abandoned wait below it does not count, in seconds.
    pub abandon_threshold_secs: Option<f64>,
}

/// What a queue segment means for the service level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `in_sla`: answered in time.
    InSla,
    /// `not_in_sla`: answered too late, or abandoned after waiting.
    NotInSla,
    /// `excluded`: abandoned at once, or neither answered nor abandoned.
    Excluded,
}

impl Verdict {
    /// The word of `service_level_event`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::InSla => "in_sla",
            Verdict::NotInSla => "not_in_sla",
            Verdict::Excluded => "excluded",
        }
    }
}

impl Policy {
    /// The policy of a segment that starts at `at`: its own, however little that says, else the channel's.
    pub(super) fn of(entered: &QueueEntered, at: Timestamp, document: &ChannelDocument) -> Option<Policy> {
        if let Some(own) = &entered.service_level {
            return Some(Policy {
                target_secs: own.target_secs,
                target_percent: own.target_percent,
                abandon_threshold_secs: own.abandon_threshold_secs,
            });
        }
        document.service_level(at).map(|level| Policy {
            target_secs: level.target_secs,
            target_percent: level.target_percent,
            abandon_threshold_secs: level.abandon_threshold_secs,
        })
    }

    /// The verdict on a segment that has ended; none without a target.
    pub(super) fn verdict(&self, outcome: QueueOutcome, wait: Span) -> Option<Verdict> {
        // A quotient, for it is the very double that a policy's text of as many milliseconds reads as.
        let wait_secs = wait.millis() as f64 / 1_000.0;
        let target_secs = self.target_secs?;
        Some(match outcome {
            QueueOutcome::Answered if wait_secs <= target_secs => Verdict::InSla,
            QueueOutcome::Answered => Verdict::NotInSla,
            QueueOutcome::Abandoned if self.abandon_threshold_secs.is_some_and(|threshold| wait_secs < threshold) => {
                Verdict::Excluded
            }
            QueueOutcome::Abandoned => Verdict::NotInSla,
            QueueOutcome::Transferred | QueueOutcome::Overflow | QueueOutcome::Deflected | QueueOutcome::Timeout => {
                Verdict::Excluded
            }
        })
    }
}
