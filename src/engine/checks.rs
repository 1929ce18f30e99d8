//! Checks the identities that hold in all metric snapshots (`snapshots.md`, Identities), over what the store of a task
//! holds, a little after every commit. A violation is a defect of this program.

use std::collections::BTreeSet;

use crate::codec::{Row, live_range, parse_key, window_key, window_range};
use crate::snapshot::{
    Dimension, Id, Identity, Key, Place, Snapshots, Violation, WindowKey, WindowSize, decode_live_row,
    decode_window_row, partition, rollup, waits,
};
use crate::store::Store;
use crate::time::{Span, Timestamp};

use super::TaskError;

/// So much is looked at after one commit.
const WINDOWS_MAX: usize = 20;
const DAYS_MAX: usize = 2;
/// What is waiting beyond is not looked at: a backlog of years ends windows faster than they can be checked.
const WAITING_MAX: usize = 10_000;

/// An identity that does not hold, and where: nothing of it says whom it is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Violated {
    pub identity: Identity,
    pub channel: Id,
    pub dimension: Dimension,
    /// The window; `None`: what is live.
    pub window: Option<(WindowSize, Timestamp)>,
}

impl Violated {
    pub(super) fn of(identity: Identity, key: &Key) -> Self {
        let place = key.place();
        let window = if let Key::Window(window) = key { Some((window.size, window.start)) } else { None };
        Violated { identity, channel: place.channel.clone(), dimension: place.dimension, window }
    }
}

/// What is to be checked.
#[derive(Default)]
pub(super) struct Checks {
    live: BTreeSet<Id>,
    windows: BTreeSet<(Id, WindowSize, Timestamp)>,
    days: BTreeSet<WindowKey>,
}

impl Checks {
    /// The live records of a channel have been published.
    pub(super) fn live(&mut self, channel: &Id) {
        self.live.insert(channel.clone());
    }

    /// A window has become final.
    pub(super) fn ended(&mut self, key: &WindowKey) {
        if key.place.dimension == Dimension::Channel && self.windows.len() < WAITING_MAX {
            self.windows.insert((key.place.channel.clone(), key.size, key.start));
        }
        if key.size == WindowSize::Day && self.days.len() < WAITING_MAX {
            self.days.insert(key.clone());
        }
    }

    /// Goes on checking, over a store in which all of every difference is.
    ///
    /// # Errors
    /// [`TaskError`] when the store cannot be read.
    pub(super) fn go_on(&mut self, store: &dyn Store, smallest: WindowSize) -> Result<Vec<Violated>, TaskError> {
        let mut violations = Vec::new();
        while let Some(channel) = self.live.pop_first() {
            let live = live_of(store, &channel, smallest, &mut violations)?;
            violations.extend(partition(&live));
        }
        for _ in 0..WINDOWS_MAX {
            let Some((channel, size, start)) = self.windows.pop_first() else { break };
            violations.extend(partition(&window_of(store, &channel, size, start, smallest)?));
        }
        for _ in 0..DAYS_MAX {
            let Some(day) = self.days.pop_first() else { break };
            if is_overlapped(store, &day)? {
                continue;
            }
            violations.extend(rollup(&day_of(store, &day, smallest)?, Timestamp::MIN));
        }
        Ok(violations.iter().map(|violation| Violated::of(violation.identity, &violation.key)).collect())
    }
}

// What is merged into the sums is in them only if it is not empty: so an id that lost all it had is not among them.

/// All live records of a channel; and of them those in which not as many wait as have not left.
fn live_of(
    store: &dyn Store,
    channel: &Id,
    smallest: WindowSize,
    uneven: &mut Vec<Violation>,
) -> Result<Snapshots, TaskError> {
    let mut all = Snapshots::new(smallest);
    let (from, to) = live_range(&Key::live_prefix(channel));
    visit(store, &from, &to, &mut |name, value| {
        if let Some(Key::Live(place)) = Key::named(name) {
            let row = decode_live_row(value)?;
            if waits(&place) && !row.is_even() {
                uneven.push(Violation { identity: Identity::Waiting, key: Key::Live(place.clone()) });
            }
            all.merge_live(place, &row.gauges);
        }
        Ok(())
    })?;
    Ok(all)
}

/// A window of a channel, with all ids of all dimensions.
fn window_of(
    store: &dyn Store,
    channel: &Id,
    size: WindowSize,
    start: Timestamp,
    smallest: WindowSize,
) -> Result<Snapshots, TaskError> {
    let mut all = Snapshots::new(smallest);
    let from = Key::prefix(channel, size, start);
    // The next character behind the slash that every such name goes on with.
    let to = format!("{}0", from.trim_end_matches('/'));
    let (from, to) = window_range(&from, &to);
    visit(store, &from, &to, &mut |name, value| {
        if let Some(Key::Window(key)) = Key::named(name) {
            all.merge_window(key, &decode_window_row(value)?.sums);
        }
        Ok(())
    })?;
    Ok(all)
}

/// Whether another day of the place holds something of the same time: one of another time zone, from which or into which
/// chats are being restated, or have not been because they are kept no longer. Hours and minutes are those of both.
fn is_overlapped(store: &dyn Store, day: &WindowKey) -> Result<bool, TaskError> {
    let Some(value) = store.get(&window_key(&Key::Window(day.clone()).name()))? else { return Ok(false) };
    let end = decode_window_row(&value)?.end;
    // No day is longer, with a change of clocks in it.
    let first = day.start.saturating_add(Span::from_hours(-26));
    let prefix = |start| Key::prefix(&day.place.channel, WindowSize::Day, start);
    let (from, to) = window_range(&prefix(first), &prefix(end));
    let mut is_overlapped = false;
    visit(store, &from, &to, &mut |name, value| {
        if let Some(Key::Window(key)) = Key::named(name)
            && key.place == day.place
            && key.start != day.start
        {
            let row = decode_window_row(value)?;
            is_overlapped |= row.end > day.start && !row.sums.is_empty();
        }
        Ok(())
    })?;
    Ok(is_overlapped)
}

/// A day of a place, with its hours and minutes.
fn day_of(store: &dyn Store, day: &WindowKey, smallest: WindowSize) -> Result<Snapshots, TaskError> {
    let mut all = Snapshots::new(smallest);
    let Some(value) = store.get(&window_key(&Key::Window(day.clone()).name()))? else { return Ok(all) };
    let row = decode_window_row(&value)?;
    let length = Span::from_secs(i64::from(smallest.code()) * 60);
    let first = day.start.millis().div_euclid(length.millis()) * length.millis();
    let from = |start: Timestamp, step: Span| {
        std::iter::successors(Some(start), move |at| Some(at.saturating_add(step))).take_while(|at| *at < row.end)
    };
    let hours = from(day.start, Span::from_hours(1)).map(|start| (WindowSize::Hour, start));
    let minutes = from(Timestamp::from_millis(first), length).map(|start| (smallest, start));
    for (size, start) in hours.chain(minutes) {
        let key = WindowKey { place: Place::clone(&day.place), size, start };
        if let Some(value) = store.get(&window_key(&Key::Window(key.clone()).name()))? {
            all.merge_window(key, &decode_window_row(&value)?.sums);
        }
    }
    all.merge_window(day.clone(), &row.sums);
    Ok(all)
}

/// What becomes of a row: its name and value.
type Take<'a> = dyn FnMut(&str, &[u8]) -> Result<(), TaskError> + 'a;

fn visit(store: &dyn Store, from: &[u8], to: &[u8], take: &mut Take<'_>) -> Result<(), TaskError> {
    let mut failed = None;
    store.scan(from, to, &mut |key, value| {
        if let Some(Row::Window(name) | Row::Live(name)) = parse_key(key) {
            failed = take(name, value).err();
        }
        failed.is_none()
    })?;
    failed.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::script::chat;
    use crate::codec::live_key;
    use crate::snapshot::{Contributions, Counter, LiveRow, WindowRow, encode_live_row, encode_window_row};
    use crate::store::memory::MemoryStores;
    use crate::store::{Stores, WriteBatch};

    const MINUTE: WindowSize = WindowSize::Minutes1;

    /// What is found in the rows of a chat that waits in a queue, and of another one that was answered, when they are spoilt.
    fn found(spoil: impl Fn(&mut Snapshots, &mut i64)) -> Vec<Identity> {
        let mut snapshots = Snapshots::new(MINUTE);
        for script in
            ["09:00 created; 09:01 queue", "09:00 created; 09:00 opened; 09:01 ask; 09:02 answer; 10:00 closed"]
        {
            let chat = chat(script);
            snapshots.add(&Contributions::of(&chat.journal, &chat.fold, &chat.document, false));
        }
        let mut waiting = 0;
        spoil(&mut snapshots, &mut waiting);
        let mut store = MemoryStores::new().open(0).expect("a store");
        let (mut rows, mut checks) = (WriteBatch::default(), Checks::default());
        for (place, gauges) in &snapshots.live {
            let queued = if waits(place) { gauges.count(crate::snapshot::Gauge::InQueue) + waiting } else { 0 };
            let row = LiveRow { gauges: gauges.clone(), waiting: queued, ..LiveRow::default() };
            rows.put(live_key(&Key::Live(place.clone()).name()), encode_live_row(&row));
            checks.live(&place.channel);
        }
        for (key, sums) in &snapshots.windows {
            let name = Key::Window(key.clone()).name();
            rows.put(window_key(&name), encode_window_row(&WindowRow::new(sums.clone())));
            checks.ended(key);
        }
        store.write(&rows).expect("written");
        let mut found = Vec::new();
        while !(checks.live.is_empty() && checks.windows.is_empty() && checks.days.is_empty()) {
            found.extend(
                checks.go_on(store.as_ref(), MINUTE).expect("read").into_iter().map(|violated| violated.identity),
            );
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn grow(snapshots: &mut Snapshots, dimension: Dimension, sizes: &[WindowSize]) {
        let fits = |key: &&mut WindowKey| key.place.dimension == dimension && sizes.contains(&key.size);
        let mut keys: Vec<WindowKey> = snapshots.windows.keys().cloned().collect();
        for key in keys.iter_mut().filter(fits) {
            let sums = snapshots.windows.get_mut(key).expect("it is there");
            sums.counts.add(Counter::Created, 1);
        }
    }

    #[test]
    fn sums_that_fit_together_violate_nothing() {
        assert_eq!(found(|_, _| {}), []);
    }

    /// Found by the simulation: chats that are restated into a day of another zone one by one.
    #[test]
    fn days_of_two_zones_are_not_held_against_the_hours_they_share() {
        let two_zones = |snapshots: &mut Snapshots, _: &mut i64| {
            let moved = chat("09:00 created; 09:30 closed").on(r#"{"timezone":"Asia/Seoul"}"#);
            snapshots.add(&Contributions::of(&moved.journal, &moved.fold, &moved.document, false));
        };
        assert_eq!(found(two_zones), []);
    }

    #[test]
    fn sums_that_do_not_fit_together_are_found() {
        let all = [MINUTE, WindowSize::Hour, WindowSize::Day];
        assert_eq!(
            found(|snapshots, _| grow(snapshots, Dimension::Team, &all)),
            [Identity::Partition, Identity::Rollup]
        );
        let lost = |snapshots: &mut Snapshots, _: &mut i64| snapshots.windows.retain(|key, _| key.size != MINUTE);
        assert_eq!(found(lost), [Identity::Rollup]);
        assert_eq!(found(|_, waiting| *waiting = 1), [Identity::Waiting]);
        let more = |snapshots: &mut Snapshots, _: &mut i64| {
            let place =
                snapshots.live.keys().find(|place| place.dimension == Dimension::Queue).cloned().expect("a queue");
            snapshots.live.get_mut(&place).expect("it is there").counts.add(crate::snapshot::Gauge::Chats, 1);
        };
        assert_eq!(found(more), [Identity::Partition]);
    }
}
