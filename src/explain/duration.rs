//! What durations are made of: spans from one instant to another, cut at what is not counted (`metrics.md`, Durations).

use super::cut::{Cutter, Part};
use super::ends::{Ends, missing};
use super::timeline::Timeline;
use crate::chat::Fold;
use crate::chat::fold::{Ending, Turn};
use crate::chat::metric::Clock;
use crate::time::Timestamp;

/// How a duration is made.
#[derive(Clone, Copy, Debug)]
enum Shape {
    /// From one column to another.
    Between(&'static str, &'static str),
    /// The same without the snoozed time inside.
    Handling(&'static str, &'static str),
    /// Σ over closed episodes, without the snoozed time inside.
    ClosedEpisodes,
    /// Σ over answered turns.
    Turns,
    /// The same, divided by their number.
    TurnAverage,
    /// The same of the last episode.
    LastTurnAverage,
    /// Σ snoozed intervals.
    Snoozes,
    /// The last episode's opening to its first answer.
    Waiting,
    /// The last episode's opening to its close.
    Resolution,
}

/// The plain column, the one in operation (empty: there is none), how both are made.
const DURATIONS: &[(&str, &str, Shape)] = {
    use Shape::{Between, ClosedEpisodes, Handling, LastTurnAverage, Resolution, Snoozes, TurnAverage, Turns, Waiting};
    &[
        ("totalReplyTime", "totalReplyTimeInOperation", Turns),
        ("avgReplyTime", "avgReplyTimeInOperation", TurnAverage),
        ("totalSnoozedTime", "operationTotalSnoozedTime", Snoozes),
        ("firstQueueTime", "firstQueueTimeInOperation", Between("firstQueueInAt", "firstQueueOutAt")),
        ("timeToFirstAssignment", "timeToFirstAssignmentInOperation", Between("managedAt", "firstAssignedAt")),
        ("timeToFirstAnswer", "timeToFirstAnswerInOperation", Between("managedAt", "firstAnsweredAt")),
        (
            "timeFromFirstAskToFirstAnswer",
            "timeFromFirstAskToFirstAnswerInOperation",
            Between("firstAskedAt", "firstAnsweredAt"),
        ),
        (
            "timeFromFirstAssignmentToFirstAnswer",
            "timeFromFirstAssignmentToFirstAnswerInOperation",
            Between("firstAssignedAt", "firstAnsweredAt"),
        ),
        (
            "timeFromFirstActiveToFirstAnswer",
            "timeFromFirstActiveToFirstAnswerInOperation",
            Between("firstActiveAt", "firstAnsweredAt"),
        ),
        (
            "timeFromFirstOpenToFirstAnswer",
            "timeFromFirstOpenToFirstAnswerInOperation",
            Between("firstOpenedAt", "firstAnsweredAt"),
        ),
        ("timeToFirstClose", "timeToFirstCloseInOperation", Between("managedAt", "firstClosedAt")),
        ("timeToClose", "timeToCloseInOperation", Between("managedAt", "closedAt")),
        (
            "timeFromFirstAskToFirstClose",
            "timeFromFirstAskToFirstCloseInOperation",
            Between("firstAskedAt", "firstClosedAt"),
        ),
        (
            "timeFromFirstAssignmentToFirstClose",
            "timeFromFirstAssignmentToFirstCloseInOperation",
            Between("firstAssignedAt", "firstClosedAt"),
        ),
        (
            "timeFromFirstActiveToFirstClose",
            "timeFromFirstActiveToFirstCloseInOperation",
            Between("firstActiveAt", "firstClosedAt"),
        ),
        (
            "timeFromFirstOpenToFirstClose",
            "timeFromFirstOpenToFirstCloseInOperation",
            Between("firstOpenedAt", "firstClosedAt"),
        ),
        ("memberHandlingTime", "memberHandlingTimeInOperation", Handling("firstActiveAt", "firstClosedAt")),
        ("firstMemberHandlingTime", "firstMemberHandlingTimeInOperation", ClosedEpisodes),
        ("workflowHandlingTime", "", Between("firstWorkflowStartedAt", "firstWorkflowEndedAt")),
        ("alfHandlingTime", "", Between("firstAlfStartedAt", "firstAlfEndedAt")),
        ("chatProfile/waitingTime", "chatProfile/operationWaitingTime", Waiting),
        ("chatProfile/avgReplyTime", "chatProfile/operationAvgReplyTime", LastTurnAverage),
        ("chatProfile/resolutionTime", "chatProfile/operationResolutionTime", Resolution),
    ]
};

/// A duration taken apart.
#[derive(Debug, Default)]
pub(super) struct Duration {
    /// In order, of one span after the other.
    pub parts: Vec<Part>,
    /// Of an average what its sum is divided by.
    pub divisor: Option<u64>,
    /// The steps that made it.
    pub steps: Vec<usize>,
    /// Why it is null, or what was left out.
    pub notes: Vec<String>,
}

/// What a duration is taken apart with.
pub(super) struct Taker<'t, 'a> {
    pub fold: &'a Fold,
    pub timeline: &'t Timeline<'a>,
    pub cutter: Cutter<'a>,
    pub ends: Ends<'t, 'a>,
}

/// A span's end: its name, its instant, the step that made it.
type End = (String, Option<Timestamp>, Vec<usize>);

impl Taker<'_, '_> {
    /// Takes the duration at `path` apart; none if it is no duration of the dictionary.
    pub fn take(&self, path: &str) -> Option<Duration> {
        let named = |(plain, twin, _): &&(&str, &str, Shape)| *plain == path || *twin == path;
        let &(plain, _, shape) = DURATIONS.iter().find(named)?;
        let clock = if plain == path { Clock::Plain } else { Clock::InOperation };
        let mut duration = Duration::default();
        match shape {
            Shape::Between(from, to) => self.between(self.end(from), self.end(to), clock, false, &mut duration),
            Shape::Handling(from, to) => self.between(self.end(from), self.end(to), clock, true, &mut duration),
            Shape::ClosedEpisodes => self.closed_episodes(clock, &mut duration),
            Shape::Turns => self.turns(self.fold.turns(), clock, &mut duration),
            Shape::TurnAverage => self.average(self.fold.turns(), clock, &mut duration),
            Shape::LastTurnAverage => self.average(self.fold.last_turns(), clock, &mut duration),
            Shape::Snoozes => self.snoozes(clock, &mut duration),
            Shape::Waiting | Shape::Resolution => self.last_episode(shape, clock, &mut duration),
        }
        duration.steps.sort_unstable();
        duration.steps.dedup();
        Some(duration)
    }

    fn end(&self, path: &'static str) -> End {
        let (at, steps) = self.ends.of(path);
        (path.to_owned(), at, steps)
    }

    /// A span, unless an end is missing or it would be negative.
    fn between(&self, from: End, to: End, clock: Clock, without_snoozes: bool, duration: &mut Duration) {
        duration.steps.extend(from.2.iter().chain(&to.2));
        let (Some(start), Some(end)) = (from.1, to.1) else {
            for (name, _, _) in [from, to].iter().filter(|(_, at, _)| at.is_none()) {
                duration.notes.push(missing(name, self.fold));
            }
            return;
        };
        if end < start {
            duration.notes.push(format!("{} ({end}) lies before {} ({start}): it would be negative", to.0, from.0));
            return;
        }
        let of = format!("{} to {}", from.0, to.0);
        if without_snoozes {
            duration.steps.extend(self.snooze_steps(start, end));
        }
        self.cutter.cut(&of, start, end, clock, without_snoozes, &mut duration.parts);
    }

    /// The steps of the snoozes that lie in a span, at least in part.
    fn snooze_steps(&self, from: Timestamp, to: Timestamp) -> Vec<usize> {
        let snoozes = self.fold.snoozes();
        let inside = snoozes.iter().zip(&self.timeline.snoozes).filter(|((start, end), _)| *start < to && *end > from);
        inside.flat_map(|(_, steps)| steps.iter().copied()).collect()
    }

    fn closed_episodes(&self, clock: Clock, duration: &mut Duration) {
        for (at, (episode, marks)) in self.fold.episodes().iter().zip(&self.timeline.episodes).enumerate() {
            let number = at + 1;
            let (what, active_at, steps) = match at {
                0 => self.end("firstActiveAt"),
                _ if episode.is_queued => (
                    format!("assignment in episode {number}"),
                    episode.assigned_at.get(),
                    Vec::from_iter(marks.assigned),
                ),
                _ => (format!("opening of episode {number}"), Some(episode.opened_at), vec![marks.opened]),
            };
            let left_out = match (active_at, episode.ended) {
                (_, None) => "it is open".to_owned(),
                (_, Some((_, Ending::Missed))) => "it was missed, not closed".to_owned(),
                (None, _) => format!("no {what}, though it was queued before"),
                (Some(active_at), Some((closed_at, _))) if closed_at < active_at => {
                    format!("its close ({closed_at}) lies before its {what} ({active_at})")
                }
                (Some(active_at), Some((closed_at, _))) => {
                    duration.steps.extend(steps.into_iter().chain(marks.ended));
                    duration.steps.extend(self.snooze_steps(active_at, closed_at));
                    let of = format!("episode {number}");
                    self.cutter.cut(&of, active_at, closed_at, clock, true, &mut duration.parts);
                    continue;
                }
            };
            duration.notes.push(format!("episode {number} is left out: {left_out}"));
        }
        if self.fold.episodes().is_empty() {
            duration.notes.push("there is no episode, for there was no opening".to_owned());
        }
    }

    fn turns(&self, turns: &[Turn], clock: Clock, duration: &mut Duration) {
        let before = self.fold.turns().len() - self.fold.last_turns().len();
        let first = if turns.len() == self.fold.turns().len() { 0 } else { before };
        for (at, turn) in turns.iter().enumerate() {
            let (steps, number) = (self.timeline.turns[first + at], first + at + 1);
            duration.steps.extend(steps);
            if self.timeline.steps[steps[0]].event.time < turn.asked_at {
                let opened = self.timeline.episodes.iter().rfind(|marks| marks.opened < steps[1]);
                duration.steps.extend(opened.map(|marks| marks.opened));
                duration
                    .notes
                    .push(format!("turn {number} starts with its episode's opening: the question was before it"));
            }
            let of = format!("turn {number}");
            self.cutter.cut(&of, turn.asked_at, turn.answered_at, clock, false, &mut duration.parts);
        }
        if turns.is_empty() {
            duration.notes.push("no turn was answered: the sum over nothing is 0".to_owned());
        }
    }

    fn average(&self, turns: &[Turn], clock: Clock, duration: &mut Duration) {
        self.turns(turns, clock, duration);
        if turns.is_empty() {
            duration.notes = vec!["no turn was answered, and an average over nothing is null".to_owned()];
        } else {
            duration.divisor = Some(turns.len() as u64);
        }
    }

    fn snoozes(&self, clock: Clock, duration: &mut Duration) {
        for (at, (start, end)) in self.fold.snoozes().into_iter().enumerate() {
            duration.steps.extend(&self.timeline.snoozes[at]);
            if self.timeline.snoozes[at].len() == 1 {
                duration.steps.extend(self.timeline.steps.len().checked_sub(1));
                duration.notes.push(format!("snooze {} is unfinished: it runs to the last event", at + 1));
            }
            self.cutter.cut(&format!("snooze {}", at + 1), start, end, clock, false, &mut duration.parts);
        }
        if self.timeline.snoozes.is_empty() {
            duration.notes.push("nothing was snoozed: the sum over nothing is 0".to_owned());
        }
    }

    /// The inbox clocks that run from the last episode's opening.
    fn last_episode(&self, shape: Shape, clock: Clock, duration: &mut Duration) {
        let (Some(episode), Some(marks)) = (self.fold.episodes().last(), self.timeline.episodes.last()) else {
            duration.notes.push("there is no episode, for there was no opening".to_owned());
            return;
        };
        let number = self.fold.episodes().len();
        let end = match shape {
            Shape::Waiting => ("first answer".to_owned(), episode.answered_at.get(), Vec::from_iter(marks.answered)),
            _ => {
                let closed_at = episode.ended.filter(|(_, ending)| *ending == Ending::Closed).map(|(at, _)| at);
                ("close".to_owned(), closed_at, Vec::from_iter(marks.ended))
            }
        };
        if end.1.is_none() {
            duration.steps.push(marks.opened);
            duration.notes.push(format!("episode {number}, the last one, has no {}", end.0));
            return;
        }
        let opening = (format!("opening of episode {number}"), Some(episode.opened_at), vec![marks.opened]);
        self.between(opening, end, clock, false, duration);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::metric::{Unit, metrics};

    #[test]
    fn every_duration_of_the_dictionary_can_be_taken_apart() {
        let columns: Vec<&str> =
            metrics().filter(|metric| metric.unit == Unit::Seconds).map(|metric| metric.path).collect();
        let mut known: Vec<&str> = DURATIONS.iter().flat_map(|(plain, twin, _)| [*plain, *twin]).collect();
        known.retain(|path| !path.is_empty());
        let missing: Vec<&&str> = columns.iter().filter(|path| !known.contains(path)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(known.iter().all(|path| columns.contains(path)));
    }
}
