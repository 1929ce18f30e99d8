//! Watches that input partitions with more to read do move (`engine.md`, "a partition silently stuck"). Pure.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::log::{End, InputPartition};

/// An end older than this tells nothing: the broker is away, and no partition moves then.
const END_FRESH: Duration = Duration::from_secs(5);
/// Between two looks no more time counts than this: a process that was stopped has not waited in vain.
const BETWEEN_LOOKS_MAX: Duration = Duration::from_secs(5);
/// A partition that ends before where it ended for so long has gone back.
const WENT_BACK: Duration = Duration::from_secs(30);
/// How often a stall that goes on is said again.
const SAY_EVERY: Duration = Duration::from_secs(60);

/// What is known of an input partition at one look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    /// The next offset to read. It goes back when a transaction fails, which is no progress.
    pub position: i64,
    /// The newest known end: the last stable offset. Aborted records and control records before it are passed by a
    /// position that has reached it.
    pub end: Option<End>,
    /// Whether the worker itself has paused it.
    pub paused: bool,
}

/// A partition that has stood still for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stall {
    /// The offset at which it stands.
    pub position: i64,
    /// The end that it does not reach.
    pub end: i64,
    /// For how long it has stood though it could have moved.
    pub stood: Duration,
    /// Whether it has just become one.
    pub is_new: bool,
    /// Whether it is to be said (again).
    pub is_to_be_said: bool,
}

/// The partitions of one worker.
#[derive(Debug, Default)]
pub(super) struct StallWatch {
    standing: BTreeMap<InputPartition, Standing>,
    /// The highest end seen of each, and since when it ends before.
    ends: BTreeMap<InputPartition, (i64, Option<Duration>)>,
}

#[derive(Debug)]
struct Standing {
    /// The furthest position seen.
    furthest: i64,
    /// For how long it could have got further and has not.
    stood: Duration,
    looked: Duration,
    said: Option<Duration>,
}

impl StallWatch {
    /// Looks at a partition, on the monotonic clock. Gives its stall, if it has stood for `most`.
    pub(super) fn look(&mut self, at: InputPartition, sight: Sight, now: Duration, most: Duration) -> Option<Stall> {
        let fresh = || Standing { furthest: sight.position, stood: Duration::ZERO, looked: now, said: None };
        let standing = self.standing.entry(at).or_insert_with(fresh);
        let passed = now.saturating_sub(standing.looked).min(BETWEEN_LOOKS_MAX);
        standing.looked = now;
        let fresh_end = sight.end.filter(|end| now.saturating_sub(end.learned) < END_FRESH);
        let is_at_end = fresh_end.is_some_and(|end| sight.position >= end.offset);
        if sight.position > standing.furthest || is_at_end {
            *standing = Standing { furthest: sight.position.max(standing.furthest), ..fresh() };
            return None;
        }
        if fresh_end.is_some() && !sight.paused {
            standing.stood += passed;
        }
        if standing.stood < most {
            return None;
        }
        let is_new = standing.said.is_none();
        let is_to_be_said = standing.said.is_none_or(|said| now.saturating_sub(said) >= SAY_EVERY);
        if is_to_be_said {
            standing.said = Some(now);
        }
        let end = sight.end.map_or(sight.position, |end| end.offset);
        Some(Stall { position: sight.position, end, stood: standing.stood, is_new, is_to_be_said })
    }

    /// The end that was seen before, when the partition has ended before it for [`WENT_BACK`]. A topic that is the same
    /// only grows: this one was made anew, or has lost records. For a moment the end may go back nevertheless, when another
    /// broker becomes the leader and does not know yet what is committed.
    pub(super) fn went_back(&mut self, at: InputPartition, end: End, now: Duration) -> Option<i64> {
        let (highest, since) = self.ends.entry(at).or_insert((end.offset, None));
        if end.offset >= *highest {
            (*highest, *since) = (end.offset, None);
            return None;
        }
        let since = *since.get_or_insert(now);
        (end.learned.saturating_sub(since) >= WENT_BACK).then_some(*highest)
    }

    /// Time in which a partition was not read at all does not count (its task was restored).
    pub(super) fn pass_over(&mut self, partition: u32, now: Duration) {
        self.standing.iter_mut().filter(|(at, _)| at.partition == partition).for_each(|(_, s)| s.looked = now);
    }

    /// All partitions are given up.
    pub(super) fn clear(&mut self) {
        self.standing.clear();
        self.ends.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: InputPartition = InputPartition { topic: 1, partition: 7 };
    const MOST: Duration = Duration::from_secs(60);

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// At this position, with an end just learned.
    fn sight(position: i64, end: i64, now: u64) -> Sight {
        Sight { position, end: Some(End { offset: end, learned: secs(now) }), paused: false }
    }

    /// One look a second from `from` until before `to`. Gives when a stall was new, and when it was said.
    fn looks(
        watch: &mut StallWatch,
        from: u64,
        to: u64,
        seen: impl Fn(u64) -> Sight,
    ) -> (Vec<u64>, Vec<u64>, Option<Stall>) {
        let (mut new, mut said, mut last) = (Vec::new(), Vec::new(), None);
        for now in from..to {
            last = watch.look(AT, seen(now), secs(now), MOST);
            new.extend(last.filter(|stall| stall.is_new).map(|_| now));
            said.extend(last.filter(|stall| stall.is_to_be_said).map(|_| now));
        }
        (new, said, last)
    }

    #[test]
    fn a_partition_that_stands_with_more_to_read_is_a_stall_said_once_a_minute_until_it_moves() {
        let mut watch = StallWatch::default();
        let (new, said, stall) = looks(&mut watch, 100, 300, |now| sight(5, 9, now));
        assert_eq!((new, said), (vec![160], vec![160, 220, 280]));
        let stall = stall.expect("it goes on");
        assert_eq!((stall.position, stall.end, stall.stood), (5, 9, secs(199)));
        let (new, _, stall) = looks(&mut watch, 300, 370, |now| sight(6, 9, now));
        assert_eq!((new, stall.is_some()), (vec![360], true), "it moved, and stands again");
    }

    #[test]
    fn a_partition_at_its_end_or_on_its_way_is_none() {
        let mut watch = StallWatch::default();
        assert_eq!(looks(&mut watch, 0, 500, |now| sight(9, 9, now)).2, None);
        assert_eq!(looks(&mut watch, 500, 1_000, |now| sight(9 + now as i64 / 50, 10_000, now)).2, None);
    }

    #[test]
    fn an_end_that_goes_back_for_long_is_told_and_one_that_stays_or_comes_back_is_not() {
        let mut watch = StallWatch::default();
        let ends = [(5, 0), (9, 1), (9, 2), (4, 3), (4, 32), (4, 33), (9, 34), (8, 35), (8, 60)];
        let told = ends.map(|(offset, at)| watch.went_back(AT, End { offset, learned: secs(at) }, secs(at)));
        assert_eq!(told, [None, None, None, None, None, Some(9), None, None, None]);
    }

    #[test]
    fn reading_the_same_records_again_and_again_is_no_progress() {
        let mut watch = StallWatch::default();
        let (new, ..) = looks(&mut watch, 0, 100, |now| sight(if now % 2 == 0 { 5 } else { 8 }, 9, now));
        assert_eq!(new, [61]);
    }

    #[test]
    fn neither_an_absent_broker_nor_a_pause_nor_a_restore_nor_a_stopped_process_makes_one() {
        let mut watch = StallWatch::default();
        let stale = |now: u64| Sight { end: Some(End { offset: 9, learned: secs(now - 5) }), ..sight(5, 9, now) };
        assert_eq!(looks(&mut watch, 10, 500, stale).2, None);
        assert_eq!(looks(&mut watch, 500, 900, |now| Sight { end: None, ..sight(5, 9, now) }).2, None);
        assert_eq!(looks(&mut watch, 900, 1_400, |now| Sight { paused: true, ..sight(5, 9, now) }).2, None);
        for now in (1_400..1_900).step_by(100) {
            watch.pass_over(7, secs(now + 100));
            assert_eq!(watch.look(AT, sight(5, 9, now + 100), secs(now + 100), MOST), None);
        }
        for now in (2_000..2_500).step_by(100) {
            assert_eq!(watch.look(AT, sight(5, 9, now), secs(now), MOST), None, "{now}");
        }
    }

    #[test]
    fn a_stall_outlasts_a_broker_that_goes_away_meanwhile() {
        let mut watch = StallWatch::default();
        assert!(looks(&mut watch, 0, 70, |now| sight(5, 9, now)).2.is_some());
        assert!(looks(&mut watch, 70, 90, |now| Sight { end: None, ..sight(5, 9, now) }).2.is_some());
        assert_eq!(looks(&mut watch, 90, 91, |now| sight(9, 9, now)).2, None);
    }
}
