//! Manual switches laid over the regular calendar: what the blocks are compiled from.

use std::sync::OnceLock;

use super::intervals::{self, Interval};
use super::local::{Breaks, Calendar};
use super::timeline::Source;

/// One manual switch (`metrics.md`, Operating time): from `at` the channel is open, or closed, whatever the calendar
/// says.
#[derive(Debug)]
pub(super) struct Switch {
    /// UTC milliseconds.
    pub at: i64,
    pub open: bool,
    /// Where it ends; looked up once.
    until: OnceLock<i64>,
}

impl Switch {
    pub fn new(at: i64, open: bool) -> Switch {
        Switch { at, open, until: OnceLock::new() }
    }
}

/// A channel's hours: its regular calendar, if it has one, and the switches over it.
#[derive(Debug)]
pub(super) struct Hours {
    /// None: always open.
    pub calendar: Option<Calendar>,
    /// Sorted by time, no two at the same.
    switches: Vec<Switch>,
}

impl Hours {
    /// `switches` are sorted by time, no two at the same.
    pub fn new(calendar: Option<Calendar>, switches: Vec<Switch>) -> Hours {
        assert!(switches.is_sorted_by(|a, b| a.at < b.at), "switches are sorted and no two at the same time");
        Hours { calendar, switches }
    }

    /// Whether there is nothing to look up: no calendar, no switch.
    pub fn always_open(&self) -> bool {
        self.calendar.is_none() && self.switches.is_empty()
    }

    /// The regular calendar's open intervals in `[from, to)`.
    pub fn regular(&self, from: i64, to: i64, breaks: Breaks) -> Vec<Interval> {
        match &self.calendar {
            Some(calendar) => calendar.open(from, to, breaks),
            None => vec![Interval::new(from, to)],
        }
    }

    /// The intervals in which a switch wins in `[from, to)`, and whether it opens; sorted and disjoint, not clipped.
    pub fn switched(&self, from: i64, to: i64) -> impl Iterator<Item = (Interval, bool)> {
        // The last one before `from` may still be running there, none before it can.
        let first = self.switches.partition_point(|switch| switch.at <= from).saturating_sub(1);
        let end = self.switches.partition_point(|switch| switch.at < to).max(first);
        (first..end).map(|index| (Interval::new(self.switches[index].at, self.until(index)), self.switches[index].open))
    }

    /// The end of a switch: the next switch or the regular calendar's next boundary, whichever is earlier.
    fn until(&self, index: usize) -> i64 {
        let switch = &self.switches[index];
        *switch.until.get_or_init(|| {
            let limit = self.switches.get(index + 1).map_or(i64::MAX, |next| next.at);
            let boundary = self.calendar.as_ref().and_then(|calendar| calendar.next_boundary(switch.at, limit));
            boundary.unwrap_or(limit)
        })
    }
}

impl Source for Hours {
    fn intervals(&self, from: i64, to: i64) -> Vec<Interval> {
        let regular = self.regular(from, to, Breaks::Cut);
        let (mut switched, mut opened) = (Vec::new(), Vec::new());
        for (interval, open) in self.switched(from, to) {
            intervals::push_merged(&mut switched, interval);
            if open {
                intervals::push_merged(&mut opened, interval);
            }
        }
        if switched.is_empty() {
            return regular;
        }
        let open = intervals::union(&intervals::without(&regular, &switched), &opened);
        intervals::clipped(&open, from, to)
    }
}
