//! The watermark of a task: the clock that drives its timers (`finalization.md`, Whose clock). Pure.

use std::time::Duration;

use crate::log::End;
use crate::time::{Span, Timestamp};

/// How far behind the wall clock a partition stands that is read to its end.
const BEHIND_WALL: Span = Span::from_secs(5);
/// How old a known end may be and still count.
const END_FRESH: Duration = Duration::from_secs(5);
/// How far the wall clock may depart from the monotonic one between two looks.
const CLOCK_JUMP: Span = Span::from_secs(5);

/// What is known of one input partition of a task.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Input {
    /// The next offset to read; everything before it is folded.
    pub position: i64,
    /// The highest event time read.
    pub highest: Option<Timestamp>,
}

/// The clocks as they were looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The wall clock.
    pub wall: Timestamp,
    /// The monotonic clock.
    pub monotonic: Duration,
}

impl Input {
    /// Where the partition stands: the wall clock less 5 s when it is read to an end learned less than 5 s ago, else the
    /// highest event time read, never past the wall clock; `None` when it has given nothing.
    pub fn stands_at(&self, end: Option<End>, now: Now) -> Option<Timestamp> {
        let read_to_end =
            end.is_some_and(|end| self.position >= end.offset && now.monotonic.saturating_sub(end.learned) < END_FRESH);
        if read_to_end {
            Some(now.wall.saturating_sub(BEHIND_WALL))
        } else {
            self.highest.map(|highest| highest.min(now.wall))
        }
    }
}

/// The task's watermark after looking at its inputs; never before `current`, which is where an input stands that has
/// given nothing. `Timestamp::MIN`: no timer fires.
pub fn advance(current: Timestamp, inputs: &[(Input, Option<End>)], now: Now) -> Timestamp {
    let lowest = inputs.iter().map(|(input, end)| input.stands_at(*end, now).unwrap_or(current)).min();
    current.max(lowest.unwrap_or(current))
}

/// Which inputs are to be paused: those more than `read_ahead` beyond the lowest, else a backlog arrives topic by topic
/// and everything is folded again.
pub fn too_far_ahead(inputs: &[(Input, Option<End>)], current: Timestamp, read_ahead: Span, now: Now) -> Vec<bool> {
    let stands: Vec<Timestamp> =
        inputs.iter().map(|(input, end)| input.stands_at(*end, now).unwrap_or(current)).collect();
    let lowest = stands.iter().min().copied().unwrap_or(current);
    stands.iter().map(|at| *at > lowest.saturating_add(read_ahead)).collect()
}

/// Watches the wall clock for jumps against the monotonic one.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClockWatch {
    /// Wall less monotonic at the last look without a jump.
    base: Option<i64>,
    jump: Option<Span>,
}

impl ClockWatch {
    /// Looks at the clocks. While the result is a jump, the watermark stands still, until the difference is gone.
    pub fn look(&mut self, now: Now) -> Option<Span> {
        let monotonic = i64::try_from(now.monotonic.as_millis()).unwrap_or(i64::MAX);
        let difference = now.wall.millis().saturating_sub(monotonic);
        let departed = Span::from_millis(difference.saturating_sub(self.base.unwrap_or(difference)));
        self.jump = (departed > CLOCK_JUMP || departed < Span::ZERO - CLOCK_JUMP).then_some(departed);
        if self.jump.is_none() {
            self.base = Some(difference);
        }
        self.jump
    }

    /// The jump that is in force.
    pub fn jump(&self) -> Option<Span> {
        self.jump
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_millis(secs * 1_000)
    }

    fn now(wall: i64, monotonic: u64) -> Now {
        Now { wall: at(wall), monotonic: Duration::from_secs(monotonic) }
    }

    fn input(position: i64, highest: Option<i64>) -> Input {
        Input { position, highest: highest.map(at) }
    }

    fn end(offset: i64, learned: u64) -> Option<End> {
        Some(End { offset, learned: Duration::from_secs(learned) })
    }

    #[test]
    fn an_input_read_to_its_end_stands_at_the_wall_clock_less_five_seconds() {
        assert_eq!(input(7, Some(10)).stands_at(end(7, 100), now(1_000, 104)), Some(at(995)));
        assert_eq!(input(7, None).stands_at(end(7, 100), now(1_000, 104)), Some(at(995)));
    }

    #[test]
    fn an_end_learned_five_seconds_ago_or_not_reached_counts_for_nothing() {
        assert_eq!(input(7, Some(10)).stands_at(end(7, 100), now(1_000, 105)), Some(at(10)));
        assert_eq!(input(6, Some(10)).stands_at(end(7, 100), now(1_000, 100)), Some(at(10)));
        assert_eq!(input(6, None).stands_at(None, now(1_000, 100)), None);
    }

    #[test]
    fn a_producer_whose_clock_is_ahead_hurries_nobody() {
        assert_eq!(input(6, Some(5_000)).stands_at(end(7, 100), now(1_000, 100)), Some(at(1_000)));
    }

    #[test]
    fn the_watermark_is_the_lowest_input_and_never_goes_back() {
        let inputs = [(input(6, Some(300)), None), (input(7, None), end(7, 100)), (input(3, Some(200)), None)];
        assert_eq!(advance(at(0), &inputs, now(1_000, 100)), at(200));
        assert_eq!(advance(at(250), &inputs, now(1_000, 100)), at(250));
    }

    #[test]
    fn an_input_that_has_given_nothing_stands_at_the_watermark_last_committed() {
        let inputs = [(input(6, Some(300)), None), (input(0, None), None), (input(3, Some(200)), None)];
        assert_eq!(advance(at(100), &inputs, now(1_000, 100)), at(100));
        assert_eq!(advance(Timestamp::MIN, &inputs, now(1_000, 100)), Timestamp::MIN);
    }

    #[test]
    fn what_is_more_than_the_read_ahead_beyond_the_lowest_is_paused() {
        let inputs = [(input(6, Some(900)), None), (input(3, Some(599)), None), (input(3, Some(600)), None)];
        let paused = too_far_ahead(&inputs, at(0), Span::from_secs(300), now(1_000, 100));
        assert_eq!(paused, vec![true, false, false]);
    }

    #[test]
    fn a_jump_stands_until_the_difference_is_gone_and_drift_is_no_jump() {
        let mut watch = ClockWatch::default();
        assert_eq!(watch.look(now(1_000, 100)), None);
        assert_eq!(watch.look(now(1_004, 100)), None);
        assert_eq!(watch.look(now(1_068, 104)), Some(Span::from_secs(60)));
        assert_eq!(watch.look(now(1_070, 106)), Some(Span::from_secs(60)));
        assert_eq!(watch.look(now(1_011, 107)), None);
        assert_eq!(watch.look(now(951, 108)), Some(Span::from_secs(-61)));
        assert_eq!(watch.jump(), Some(Span::from_secs(-61)));
    }
}
