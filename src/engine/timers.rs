//! The timers of a task: one per kept chat or stub, in the store by due time, the next ones in memory.

use std::collections::BTreeSet;

use crate::codec::{Row, parse_key, timer_range};
use crate::store::Store;
use crate::time::{Span, Timestamp};

use super::TaskError;

/// How far beyond the watermark timers are held in memory.
const AHEAD: Span = Span::from_hours(1);
/// About how many are read at once.
const READ_MAX: usize = 20_000;

/// Reads timers by seeking from where the last reading ended: from the start of the timers it would pass the tombstones
/// of all that have fired.
#[derive(Debug)]
pub struct Timers {
    near: BTreeSet<(Timestamp, Box<str>)>,
    /// All stored timers due up to here are in `near`.
    read_through: Timestamp,
}

impl Timers {
    /// Timers of a store in which none is due before `cursor`.
    pub fn new(cursor: Timestamp) -> Self {
        let before = cursor.saturating_sub(Span::from_millis(1));
        Timers { near: BTreeSet::new(), read_through: before }
    }

    /// The first `limit` timers due at `watermark`, in due order, then by chat. They stay until they are moved.
    ///
    /// # Errors
    /// [`TaskError`] when the store cannot be read.
    pub fn due(
        &mut self,
        store: &dyn Store,
        watermark: Timestamp,
        limit: usize,
    ) -> Result<Vec<(Timestamp, Box<str>)>, TaskError> {
        while self.read_through < watermark && self.near.len() < limit.max(1) {
            self.read(store, watermark.saturating_add(AHEAD))?;
        }
        Ok(self.near.iter().take_while(|(due, _)| *due <= watermark).take(limit).cloned().collect())
    }

    fn read(&mut self, store: &dyn Store, through: Timestamp) -> Result<(), TaskError> {
        let (from, to) = timer_range(self.read_through.saturating_add(Span::from_millis(1)), through);
        let mut read = 0;
        let mut last = None;
        let near = &mut self.near;
        store.scan(&from, &to, &mut |key, _| {
            let Some(Row::Timer(due, chat)) = parse_key(key) else { return true };
            // A reading ends between two due times, never within one.
            if read >= READ_MAX && last != Some(due) {
                return false;
            }
            near.insert((due, chat.into()));
            last = Some(due);
            read += 1;
            true
        })?;
        self.read_through = if read >= READ_MAX { last.unwrap_or(through) } else { through };
        Ok(())
    }

    /// A chat's stored timer has changed.
    pub fn moved(&mut self, chat: &str, before: Option<Timestamp>, after: Option<Timestamp>) {
        if before == after {
            return;
        }
        if let Some(before) = before {
            self.near.remove(&(before, chat.into()));
        }
        if let Some(after) = after
            && after <= self.read_through
        {
            self.near.insert((after, chat.into()));
        }
    }

    /// Forgets a timer that belongs to no chat.
    pub fn forget(&mut self, due: Timestamp, chat: &str) {
        self.near.remove(&(due, chat.into()));
    }

    /// An instant before which no stored timer is due.
    pub fn cursor(&self) -> Timestamp {
        self.near.first().map_or(self.read_through, |(due, _)| (*due).min(self.read_through))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::timer_key;
    use crate::store::memory::MemoryStores;
    use crate::store::{Stores, WriteBatch};

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1_000)
    }

    fn store_with(dues: &[(i64, &str)]) -> Box<dyn Store> {
        let mut store = MemoryStores::new().open(0).expect("a store");
        let mut batch = WriteBatch::default();
        dues.iter().for_each(|(due, chat)| batch.put(timer_key(at(*due), chat), Vec::new()));
        store.write(&batch).expect("written");
        store
    }

    #[test]
    fn timers_come_in_due_order_and_no_more_than_asked() {
        let store = store_with(&[(30, "c"), (10, "b"), (10, "a"), (90_000, "d")]);
        let mut timers = Timers::new(at(0));
        let due = |timers: &mut Timers, watermark, limit| {
            let due = timers.due(store.as_ref(), at(watermark), limit).expect("read");
            due.iter().map(|(_, chat)| chat.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(due(&mut timers, 9, 10), Vec::<String>::new());
        assert_eq!(due(&mut timers, 100, 2), ["a", "b"]);
        timers.moved("a", Some(at(10)), None);
        timers.moved("b", Some(at(10)), Some(at(40)));
        assert_eq!(due(&mut timers, 100, 9), ["c", "b"]);
        assert_eq!(timers.cursor(), at(30));
        assert_eq!(due(&mut timers, 100_000, 9), ["c", "b", "d"]);
    }

    #[test]
    fn timers_before_the_cursor_are_not_looked_for() {
        let store = store_with(&[(10, "a"), (20, "b")]);
        let due = Timers::new(at(20)).due(store.as_ref(), at(50), 9).expect("read");
        assert_eq!(due, [(at(20), "b".into())]);
    }

    #[test]
    fn the_first_reading_may_start_before_all_time() {
        let store = store_with(&[(10, "a")]);
        let due = Timers::new(Timestamp::MIN).due(store.as_ref(), Timestamp::MAX, 9).expect("read");
        assert_eq!(due.len(), 1);
    }
}
