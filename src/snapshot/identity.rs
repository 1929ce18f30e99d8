//! The identities: what must hold in snapshots whatever the events are (`snapshots.md`, Identities).

use std::collections::BTreeMap;

use super::contribution::Contributions;
use super::place::{Id, Key, Place, WindowKey};
use super::snapshots::Snapshots;
use super::sums::{Gauges, WindowSums};
use super::table::{Counter, Dimension, Distribution, Gauge};
use super::window::WindowSize;
use crate::time::Timestamp;

/// An identity, by the name under which it is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    /// Over the ids of a dimension all adds up to the channel.
    Partition,
    /// Wholes are the sums of their parts.
    Totals,
    /// What has left a queue is what became of it.
    Outcomes,
    /// Operating time is not more than time.
    InOperation,
    /// A day is its hours is its minutes.
    Rollup,
    /// Who entered a queue has left it or waits.
    Waiting,
    /// Live chats are those in the live states.
    States,
}

impl Identity {
    /// All of them.
    pub const ALL: &[Identity] = &[
        Identity::Partition,
        Identity::Totals,
        Identity::Outcomes,
        Identity::InOperation,
        Identity::Rollup,
        Identity::Waiting,
        Identity::States,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Identity::Partition => "partition",
            Identity::Totals => "totals",
            Identity::Outcomes => "outcomes",
            Identity::InOperation => "in_operation",
            Identity::Rollup => "rollup",
            Identity::Waiting => "waiting",
            Identity::States => "states",
        }
    }
}

/// An identity that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub identity: Identity,
    /// Where: of several records that do not fit together, the one they should add up to.
    pub key: Key,
}

/// The open queue segments of expired chats by place: what no live record shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpiredInQueue(BTreeMap<Place, i64>);

impl ExpiredInQueue {
    /// Takes a chat in.
    pub fn add(&mut self, chat: &Contributions) {
        let Some(queue) = &chat.expired_in_queue else {
            return;
        };
        let places =
            [(Dimension::Channel, &chat.channel), (Dimension::Medium, &chat.medium), (Dimension::Queue, queue)];
        for (dimension, id) in places {
            let place = Place { channel: chat.channel.clone(), dimension, id: id.clone() };
            *self.0.entry(place).or_default() += 1;
        }
    }
}

/// The identities that a window violates by itself: `totals`, `outcomes`, `in_operation`.
pub fn of_window(sums: &WindowSums) -> Vec<Identity> {
    let holds =
        [(Identity::Totals, totals(sums)), (Identity::Outcomes, outcomes(sums)), (Identity::InOperation, twins(sums))];
    holds.into_iter().filter(|(_, holds)| !holds).map(|(identity, _)| identity).collect()
}

/// The identities that a live record violates by itself: `states`.
pub fn of_live(gauges: &Gauges) -> Vec<Identity> {
    let states = [Gauge::Initial, Gauge::Queued, Gauge::Opened, Gauge::Snoozed];
    let holds = gauges.count(Gauge::Chats) == states.iter().map(|&state| gauges.count(state)).sum::<i64>()
        && gauges.agents_handling() <= gauges.count(Gauge::Handling)
        && gauges.oldest_asked_at().is_none() == (gauges.count(Gauge::WaitingReply) == 0)
        && gauges.oldest_queued_at().is_none() == (gauges.count(Gauge::InQueue) == 0);
    if holds { Vec::new() } else { vec![Identity::States] }
}

/// All identities over a whole set of snapshots: the windows of all time, or of the retention.
pub fn of_set(snapshots: &Snapshots, expired: &ExpiredInQueue) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (key, sums) in &snapshots.windows {
        let key = Key::Window(key.clone());
        violations.extend(of_window(sums).into_iter().map(|identity| Violation { identity, key: key.clone() }));
    }
    for (place, gauges) in &snapshots.live {
        let key = Key::Live(place.clone());
        violations.extend(of_live(gauges).into_iter().map(|identity| Violation { identity, key: key.clone() }));
    }
    violations.extend(partition(snapshots));
    violations.extend(rollup(snapshots, Timestamp::MIN));
    violations.extend(waiting(snapshots, expired));
    violations
}

/// `partition`, for each channel and window, and live, that is there with all its ids.
pub fn partition(snapshots: &Snapshots) -> Vec<Violation> {
    let mut keys = window_partition(snapshots);
    keys.extend(live_partition(snapshots));
    violations(Identity::Partition, keys)
}

/// `rollup`, for the days from `since` on: of earlier ones hours and minutes may already be gone.
pub fn rollup(snapshots: &Snapshots, since: Timestamp) -> Vec<Violation> {
    violations(Identity::Rollup, uneven_days(snapshots, since))
}

/// `waiting`, when the days of all time are there.
pub fn waiting(snapshots: &Snapshots, expired: &ExpiredInQueue) -> Vec<Violation> {
    violations(Identity::Waiting, uneven_queues(snapshots, expired))
}

fn violations(identity: Identity, keys: Vec<Key>) -> Vec<Violation> {
    keys.into_iter().map(|key| Violation { identity, key }).collect()
}

fn total(sums: &WindowSums, parts: &[Counter]) -> i64 {
    parts.iter().map(|&part| sums.count(part)).sum::<i64>()
}

fn totals(sums: &WindowSums) -> bool {
    const REASONS: &[Counter] = &[
        Counter::MissedNotInOperation,
        Counter::MissedNoOperator,
        Counter::MissedAbandonedInQueue,
        Counter::MissedRingTimeOver,
        Counter::MissedUserLeft,
        Counter::MissedExceededQueue,
        Counter::MissedWorkflow,
    ];
    let scores = (1..=5).map(|score| (score, sums.count(Counter::of_score(score))));
    let reply_times = sums.distribution(Distribution::ReplyTime).map_or(0, super::sketch::Sketch::count);
    sums.count(Counter::Missed) == total(sums, REASONS)
        && sums.count(Counter::CsatCount) == scores.clone().map(|(_, count)| count).sum::<i64>()
        && sums.count(Counter::CsatSum) == scores.map(|(score, count)| score * count).sum::<i64>()
        && sums.count(Counter::Reopened) <= sums.count(Counter::Opened)
        && sums.count(Counter::Replies) == reply_times
}

fn outcomes(sums: &WindowSums) -> bool {
    const OUTCOMES: &[Counter] = &[
        Counter::QueueAnswered,
        Counter::QueueAbandoned,
        Counter::QueueShortAbandoned,
        Counter::QueueTimeout,
        Counter::QueueOverflow,
        Counter::QueueTransferred,
        Counter::QueueDeflected,
    ];
    const VERDICTS: &[Counter] = &[Counter::InSla, Counter::NotInSla, Counter::Excluded, Counter::NoPolicy];
    let left = sums.count(Counter::QueueLeft);
    left == total(sums, OUTCOMES)
        && left == total(sums, VERDICTS)
        && sums.count(Counter::InSla) <= sums.count(Counter::QueueAnswered)
        && sums.count(Counter::QueueShortAbandoned) <= sums.count(Counter::Excluded)
}

fn twins(sums: &WindowSums) -> bool {
    Distribution::ALL.iter().filter_map(|&plain| Some((plain, plain.twin()?))).all(|(plain, twin)| {
        match (sums.distribution(plain), sums.distribution(twin)) {
            (None, None) => true,
            (Some(plain), Some(twin)) => {
                twin.count() == plain.count()
                    && twin.sum <= plain.sum
                    && [1, 50, 90, 95, 99, 100].iter().all(|&p| twin.percentile(p) <= plain.percentile(p))
            }
            _ => false,
        }
    })
}

/// For each channel and whatever a record is of besides: the sums of its five dimensions.
type ByDimension<'a, W, S> = BTreeMap<(&'a Id, W), BTreeMap<Dimension, S>>;

/// Those whose dimensions are not all like the channel.
fn unlike<W: Copy, S: Default + PartialEq>(sums: &ByDimension<'_, W, S>, key: impl Fn(Place, W) -> Key) -> Vec<Key> {
    let is_unlike = |dimensions: &BTreeMap<Dimension, S>| {
        let nothing = S::default();
        let channel = dimensions.get(&Dimension::Channel).unwrap_or(&nothing);
        Dimension::ALL.iter().any(|dimension| dimensions.get(dimension).unwrap_or(&nothing) != channel)
    };
    let found = sums.iter().filter(|(_, dimensions)| is_unlike(dimensions));
    found.map(|(&(channel, what), _)| key(channel_place(channel), what)).collect()
}

fn channel_place(channel: &Id) -> Place {
    Place { channel: channel.clone(), dimension: Dimension::Channel, id: channel.clone() }
}

fn window_partition(snapshots: &Snapshots) -> Vec<Key> {
    let mut sums: ByDimension<'_, (WindowSize, Timestamp), WindowSums> = BTreeMap::new();
    for (key, added) in &snapshots.windows {
        let dimensions = sums.entry((&key.place.channel, (key.size, key.start))).or_default();
        dimensions.entry(key.place.dimension).or_default().merge(added);
    }
    unlike(&sums, |place, (size, start)| Key::Window(WindowKey { place, size, start }))
}

fn live_partition(snapshots: &Snapshots) -> Vec<Key> {
    let mut sums: ByDimension<'_, (), Gauges> = BTreeMap::new();
    let mut agents: BTreeMap<&Id, i64> = BTreeMap::new();
    for (place, added) in &snapshots.live {
        sums.entry((&place.channel, ())).or_default().entry(place.dimension).or_default().merge(added);
        match place.dimension {
            Dimension::Channel => *agents.entry(&place.channel).or_default() += added.agents_handling(),
            Dimension::Manager => *agents.entry(&place.channel).or_default() -= added.agents_handling(),
            _ => {}
        }
    }
    let mut found = unlike(&sums, |place, ()| Key::Live(place));
    let uneven = agents.iter().filter(|&(_, &rest)| rest != 0);
    found.extend(uneven.map(|(&channel, _)| Key::Live(channel_place(channel))));
    found.sort_unstable();
    found.dedup();
    found
}

/// The days that are not the sums of their hours, or of their minutes, and the hours and minutes that no day holds.
fn uneven_days(snapshots: &Snapshots, since: Timestamp) -> Vec<Key> {
    /// What is left of a day when the sums of its windows of a size are taken from it, by size.
    type Rests<'a> = BTreeMap<(&'a Place, WindowSize, Timestamp), WindowSums>;
    let mut found = Vec::new();
    let mut days: BTreeMap<(&Place, Timestamp), Timestamp> = BTreeMap::new();
    let mut sums: Rests<'_> = BTreeMap::new();
    let (whole, parts): (Vec<_>, Vec<_>) = snapshots
        .windows
        .iter()
        .filter(|(key, _)| key.start >= since)
        .partition(|(key, _)| key.size == WindowSize::Day);
    for &(key, day) in &whole {
        let end = *day.ends.last().unwrap_or(&key.start);
        days.insert((&key.place, key.start), end);
    }
    for (key, added) in parts {
        let day = days.range(..=(&key.place, key.start)).next_back();
        let day = day.filter(|&(&(place, _), &end)| *place == key.place && key.start < end);
        match day {
            Some((&(place, start), _)) => sums.entry((place, key.size, start)).or_default().merge(added),
            None => found.push(Key::Window(key.clone())),
        }
    }
    let nothing = WindowSums::default();
    for (key, day) in whole {
        let is_same = |size| {
            let parts = sums.get(&(&key.place, size, key.start)).unwrap_or(&nothing);
            // The ends are those of other windows; that there are as many is all that can be said of them.
            let ends = parts.ends.total() == day.ends.total();
            ends && *day == WindowSums { ends: day.ends.clone(), ..parts.clone() }
        };
        if !is_same(WindowSize::Hour) || !is_same(snapshots.smallest()) {
            found.push(Key::Window(key.clone()));
        }
    }
    found
}

/// Whether a place is one in which a chat leaves a queue where it entered it.
pub fn waits(place: &Place) -> bool {
    matches!(place.dimension, Dimension::Channel | Dimension::Medium | Dimension::Queue)
}

/// The places where not as many entered a queue as left it or wait.
fn uneven_queues(snapshots: &Snapshots, expired: &ExpiredInQueue) -> Vec<Key> {
    let mut rest: BTreeMap<&Place, i64> = BTreeMap::new();
    for (key, sums) in snapshots.windows.iter().filter(|(key, _)| key.size == WindowSize::Day && waits(&key.place)) {
        let waiting = sums.count(Counter::QueueQueued) - sums.count(Counter::QueueLeft);
        *rest.entry(&key.place).or_default() += waiting;
    }
    for (place, gauges) in snapshots.live.iter().filter(|(place, _)| waits(place)) {
        *rest.entry(place).or_default() -= gauges.count(Gauge::InQueue);
    }
    for (place, waiting) in &expired.0 {
        *rest.entry(place).or_default() -= waiting;
    }
    rest.into_iter().filter(|&(_, rest)| rest != 0).map(|(place, _)| Key::Live(place.clone())).collect()
}
