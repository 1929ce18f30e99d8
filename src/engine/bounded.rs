//! How much a transaction may hold at the moment. Pure.

use crate::log::InputPartition;

use super::Bounds;

/// The bounds in force: smaller after a transaction that took too long or was refused, so that one record that makes
/// transactions fail is found by bisection.
pub(super) struct Bounded {
    most: Bounds,
    /// Records and timers together, while a refused transaction is being taken apart.
    pub isolating: Option<usize>,
    /// Every bound is divided by it.
    pub divisor: usize,
    /// Records found to make a transaction fail, by partition and offset.
    pub poisoned: Vec<(InputPartition, i64)>,
}

impl Bounded {
    pub(super) fn new(most: Bounds) -> Self {
        Bounded { most, isolating: None, divisor: 1, poisoned: Vec::new() }
    }

    /// How many more records the cycle takes.
    pub(super) fn records(&self, taken: usize) -> usize {
        let most = self.isolating.unwrap_or((self.most.records / self.divisor).max(1));
        most.saturating_sub(taken)
    }

    /// How many more bytes the cycle takes.
    pub(super) fn bytes(&self, taken: usize) -> usize {
        (self.most.bytes / self.divisor).saturating_sub(taken)
    }

    pub(super) fn is_reached(&self, records: usize, bytes: usize) -> bool {
        self.records(records) == 0 || self.bytes(bytes) == 0
    }

    /// How many records a transaction restates that has taken so many records in.
    pub(super) fn restated(&self, records: usize) -> usize {
        match self.isolating {
            Some(_) if records > 0 => 0,
            Some(_) => 1,
            None => self.most.restated,
        }
    }

    /// Whether so much changed state is enough for a transaction.
    pub(super) fn is_enough(&self, dirty: usize) -> bool {
        dirty >= (self.most.dirty / self.divisor).max(1)
    }

    /// How many timers a transaction fires that has taken so many records in. While isolating: either or.
    pub(super) fn timers(&self, records: usize) -> usize {
        match self.isolating {
            Some(_) if records > 0 => 0,
            Some(most) => most,
            None => (self.most.timers / self.divisor).max(1),
        }
    }

    /// A transaction of so many records, timers and chats restated went well. One of none says nothing about what others
    /// hold.
    pub(super) fn committed(&mut self, units: usize) {
        if units == 0 {
            return;
        }
        self.divisor = (self.divisor / 2).max(1);
        if let Some(limit) = &mut self.isolating {
            *limit *= 2;
            if *limit >= self.most.records {
                self.isolating = None;
            }
        }
    }
}
