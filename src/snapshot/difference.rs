//! What changes of chats add to snapshots and take from them, as the first stage tells it: by place and by the instants
//! that fall into the same windows. The hours and days are those of the smallest windows: whoever reads it adds them up.

use std::collections::BTreeMap;

use super::contribution::{Contributions, Live, Moment};
use super::place::{Id, Place};
use super::sums::{Gauges, WindowSums};
use super::table::{Dimension, Gauge};
use super::window::{Day, WindowSize};
use crate::time::Timestamp;

/// What to add to snapshots. Its numbers may be negative; what cancels out is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The size of the smallest windows (`snapshot_window`).
    smallest: WindowSize,
    /// By channel, then by id in a dimension.
    channels: BTreeMap<Id, Changes>,
}

/// What changes on a channel, by id in a dimension.
pub type Changes = BTreeMap<(Dimension, Id), Change>;

/// What changes for one id of a dimension.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// What is counted and measured, by slice. The ends are those of the days.
    pub windows: BTreeMap<Slice, WindowSums>,
    /// What is so now.
    pub live: Gauges,
}

/// The instants that have smallest window, hour and day in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slice {
    /// Their day.
    pub day: Day,
    /// The first of them.
    pub at: Timestamp,
}

impl Slice {
    /// The slice of an instant of a day.
    pub fn of(day: Day, at: Timestamp, smallest: WindowSize) -> Slice {
        let [minutes, hour, _] = day.windows(at, smallest);
        Slice { day, at: minutes.start.max(hour.start) }
    }
}

impl Difference {
    /// Nothing yet, with smallest windows of this size.
    pub fn new(smallest: WindowSize) -> Difference {
        assert!(smallest.is_minutes(), "the smallest window is one of minutes");
        Difference { smallest, channels: BTreeMap::new() }
    }

    /// The size of the smallest windows.
    pub fn smallest(&self) -> WindowSize {
        self.smallest
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.channels.is_empty()
    }

    /// What changes, by channel.
    pub fn channels(&self) -> impl Iterator<Item = (&Id, &Changes)> {
        self.channels.iter()
    }

    /// Takes in what was read: of a place that is not there yet.
    pub(super) fn insert(&mut self, place: Place, change: Change) -> bool {
        let Place { channel, dimension, id } = place;
        self.channels.entry(channel).or_default().insert((dimension, id), change).is_none()
    }

    /// Takes back what a chat contributed before and adds what it contributes now: only where the two differ.
    pub fn change(&mut self, before: &Contributions, after: &Contributions) {
        if (&before.channel, &before.medium) != (&after.channel, &after.medium) {
            let nothing = |of: &Contributions| Contributions {
                channel: of.channel.clone(),
                medium: of.medium.clone(),
                ..Contributions::default()
            };
            self.change(before, &nothing(before));
            self.change(&nothing(after), after);
            return;
        }
        let same = |pair: &(&Moment, &Moment)| pair.0.counts_as(pair.1);
        let (old, new) = (&before.moments, &after.moments);
        let first = old.iter().zip(new).take_while(same).count();
        let (old, new) = (&old[first..], &new[first..]);
        let last = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
        let smallest = self.smallest;
        let mut changes = On::channel(&mut self.channels, after);
        old[..old.len() - last].iter().for_each(|moment| changes.count(moment, smallest, -1));
        new[..new.len() - last].iter().for_each(|moment| changes.count(moment, smallest, 1));
        if before.live != after.live {
            changes.change_live(before.live.as_ref(), after.live.as_ref());
        }
        if before.expired_in_queue != after.expired_in_queue {
            changes.count_expired(before.expired_in_queue.as_ref(), -1);
            changes.count_expired(after.expired_in_queue.as_ref(), 1);
        }
        if changes.on.is_empty() {
            self.channels.remove(&after.channel);
        }
    }
}

/// The changes on the channel of a chat.
struct On<'a> {
    chat: &'a Contributions,
    on: &'a mut Changes,
}

impl<'a> On<'a> {
    fn channel(channels: &'a mut BTreeMap<Id, Changes>, chat: &'a Contributions) -> On<'a> {
        On { chat, on: channels.entry(chat.channel.clone()).or_default() }
    }

    /// Changes what is told of the places of a chat that has these ids of team, manager and queue.
    fn at_places(&mut self, [team, manager, queue]: [&Id; 3], mut change: impl FnMut(Dimension, &mut Change)) {
        let places = [
            (Dimension::Channel, &self.chat.channel),
            (Dimension::Medium, &self.chat.medium),
            (Dimension::Team, team),
            (Dimension::Manager, manager),
            (Dimension::Queue, queue),
        ];
        for (dimension, id) in places {
            self.at(dimension, id, |told| change(dimension, told));
        }
    }

    /// What has become empty is not kept.
    fn at(&mut self, dimension: Dimension, id: &Id, change: impl FnOnce(&mut Change)) {
        let key = (dimension, id.clone());
        let told = self.on.entry(key).or_default();
        change(told);
        if told.windows.is_empty() && told.live.is_empty() {
            self.on.remove(&(dimension, id.clone()));
        }
    }

    fn count(&mut self, moment: &Moment, smallest: WindowSize, times: i64) {
        let slice = Slice::of(moment.day, moment.at, smallest);
        self.at_places([&moment.team, &moment.manager, &moment.queue], |_, told| {
            let sums = told.windows.entry(slice).or_default();
            sums.add(&moment.adds, slice.day.end, times);
            if sums.is_empty() {
                told.windows.remove(&slice);
            }
        });
    }

    fn change_live(&mut self, before: Option<&Live>, after: Option<&Live>) {
        match (before, after) {
            (Some(before), Some(after)) if before.ids() == after.ids() => {
                let (mut shown, mut handled) = (before.gauges(-1), before.handled(-1));
                shown.merge(&after.gauges(1));
                handled.merge(&after.handled(1));
                self.merge_live(after.ids(), &shown, &handled);
            }
            _ => {
                before.into_iter().for_each(|live| self.merge_live(live.ids(), &live.gauges(-1), &live.handled(-1)));
                after.into_iter().for_each(|live| self.merge_live(live.ids(), &live.gauges(1), &live.handled(1)));
            }
        }
        // Whom an agent handles counts under the agent, whoever is assigned.
        for (live, times) in [(before, -1), (after, 1)] {
            for agent in live.into_iter().flat_map(|live| &live.agents) {
                self.at(Dimension::Manager, agent, |told| told.live.merge(&handling(agent, times)));
            }
        }
    }

    fn merge_live(&mut self, ids: [&Id; 3], shown: &Gauges, handled: &Gauges) {
        self.at_places(ids, |dimension, told| {
            told.live.merge(shown);
            if dimension != Dimension::Manager {
                told.live.merge(handled);
            }
        });
    }

    /// The open queue segment of an expired chat, which is in its queue, but under no team and manager.
    fn count_expired(&mut self, queue: Option<&Id>, times: i64) {
        let Some(queue) = queue else { return };
        self.at_places([&None, &None, queue], |_, told| told.live.expired_in_queue += times);
    }
}

impl Live {
    fn ids(&self) -> [&Id; 3] {
        [&self.team, &self.manager, &self.queue]
    }

    /// Its open handle segments, `times` times.
    fn handled(&self, times: i64) -> Gauges {
        let mut gauges = Gauges::default();
        self.agents.iter().for_each(|agent| gauges.merge(&handling(agent, times)));
        gauges
    }
}

/// An open handle segment.
fn handling(agent: &Id, times: i64) -> Gauges {
    let mut gauges = Gauges::default();
    gauges.counts.add(Gauge::Handling, times);
    gauges.agents.add(agent.clone(), times);
    gauges
}
