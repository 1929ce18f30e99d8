//! Cutting a span at what is not counted: snoozed time, and in operation whatever closes the channel.

use crate::calendar::{ChannelDocument, ClosedReason};
use crate::chat::metric::Clock;
use crate::time::{Span, Timestamp};

/// A stretch of a duration, `[from, to)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its first instant.
    pub from: Timestamp,
    /// The first instant after it.
    pub to: Timestamp,
    /// Whether it is counted, or removed.
    pub counted: bool,
    /// Why: `elapsed`, in operation `open`; removed `snoozed`, `closed`, `break`, `holiday` or `switch`.
    pub why: &'static str,
    /// The span it lies in: a turn, a snooze, an episode, or from one column to another.
    pub of: String,
}

impl Part {
    /// Its length.
    pub fn length(&self) -> Span {
        self.to.since(self.from)
    }
}

/// Cuts spans.
pub(super) struct Cutter<'t> {
    pub document: &'t ChannelDocument,
    /// Sorted, disjoint.
    pub snoozes: Vec<(Timestamp, Timestamp)>,
}

impl Cutter<'_> {
    /// Appends the parts of `[from, to)`, in order: together they are all of it. What is snoozed and closed at once is
    /// removed once, as snoozed.
    pub fn cut(
        &self,
        of: &str,
        from: Timestamp,
        to: Timestamp,
        clock: Clock,
        without_snoozes: bool,
        parts: &mut Vec<Part>,
    ) {
        let mut push = |from, to, counted, why| {
            if from < to {
                parts.push(Part { from, to, counted, why, of: of.to_owned() });
            }
        };
        let mut at = from;
        let snoozes = if without_snoozes { &*self.snoozes } else { &[] };
        for &(start, end) in snoozes.iter().filter(|(start, end)| *start < to && *end > from) {
            self.count(at, start, clock, &mut push);
            push(start.max(from), end.min(to), false, "snoozed");
            at = at.max(end);
        }
        self.count(at, to, clock, &mut push);
    }

    /// The parts of a stretch in which nothing is snoozed.
    fn count(
        &self,
        from: Timestamp,
        to: Timestamp,
        clock: Clock,
        push: &mut impl FnMut(Timestamp, Timestamp, bool, &'static str),
    ) {
        if from >= to {
            return;
        }
        if clock == Clock::Plain {
            push(from, to, true, "elapsed");
            return;
        }
        let open = self.document.open_intervals(from, to).into_iter().map(|(from, to)| (from, to, true, "open"));
        let closed = self.document.closed_intervals(from, to).into_iter();
        let mut stretches: Vec<_> =
            closed.map(|closed| (closed.from, closed.to, false, word(closed.reason))).chain(open).collect();
        stretches.sort_unstable_by_key(|stretch| stretch.0);
        let mut at = from;
        for (start, end, counted, why) in stretches {
            // Outside the calendar's years (1970 to 9999) a channel with hours is closed, but for no reason it gives.
            push(at, start, false, "closed");
            push(start, end, counted, why);
            at = end;
        }
        push(at, to, false, "closed");
    }
}

/// Why a stretch is closed, in one word.
pub(super) fn word(reason: ClosedReason) -> &'static str {
    match reason {
        ClosedReason::Switch => "switch",
        ClosedReason::Break => "break",
        ClosedReason::Holiday => "holiday",
        ClosedReason::OutsideHours => "closed",
    }
}
