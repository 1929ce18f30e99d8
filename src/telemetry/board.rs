//! What is so now in the contact center, by channel and queue: the newest live records and days of the second stage, for
//! `/metrics` and the demo. Not through the recorder, which never forgets a label: what a process hands over must vanish.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::names::{self, Metric};
use crate::snapshot::{Counter, Dimension, Gauge, Gauges, Place, WindowSums};
use crate::time::Timestamp;

/// A channel and a queue of it; empty: not known.
type Pair = (Box<str>, Box<str>);

/// The lines of a task, and the number of the lease under which they stand.
type Shown = (u64, BTreeMap<Pair, Line>);

/// The board of a process.
pub struct Board {
    /// More pairs are summed into one.
    pairs_max: usize,
    tasks: Mutex<BTreeMap<u32, Shown>>,
    leases: AtomicU64,
    violations: AtomicU64,
}

/// What is so in a queue of a channel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// The live gauges, in the order of [`Gauge::ALL`].
    pub gauges: [i64; Gauge::ALL.len()],
    /// The earliest question not yet answered.
    pub oldest_asked_at: Option<Timestamp>,
    /// Since when the one waits that waits longest.
    pub oldest_queued_at: Option<Timestamp>,
    /// The newest day of which anything is known.
    pub day: Option<Today>,
}

/// The service level of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Today {
    start: Timestamp,
    end: Timestamp,
    /// Queue segments by verdict, in the order of [`VERDICTS`].
    pub verdicts: [i64; 4],
    /// Of them all, those who answered in time, in percent of those who count.
    pub percent: Option<f64>,
    /// The percentage wanted, where all policies have the same.
    pub target_percent: Option<f64>,
}

const VERDICTS: [Counter; 4] = [Counter::InSla, Counter::NotInSla, Counter::Excluded, Counter::NoPolicy];
const STATES: [Gauge; 4] = [Gauge::Initial, Gauge::Queued, Gauge::Opened, Gauge::Snoozed];

/// A task's place on the board; when it is dropped, the task's lines vanish.
pub struct Lease {
    board: Arc<Board>,
    task: u32,
    number: u64,
}

impl Board {
    /// An empty board that shows so many pairs of channel and queue one by one.
    pub fn new(pairs_max: usize) -> Self {
        Board {
            pairs_max,
            tasks: Mutex::new(BTreeMap::new()),
            leases: AtomicU64::new(0),
            violations: AtomicU64::new(0),
        }
    }

    /// A place for the task, empty.
    pub fn lease(board: Arc<Board>, task: u32) -> Lease {
        let number = board.leases.fetch_add(1, Ordering::Relaxed);
        board.tasks().insert(task, (number, BTreeMap::new()));
        Lease { board, task, number }
    }

    /// Identities of metric snapshots were found violated.
    pub fn violated(&self, times: u64) {
        self.violations.fetch_add(times, Ordering::Relaxed);
    }

    /// How often that was since the start of the process.
    pub fn violations(&self) -> u64 {
        self.violations.load(Ordering::Relaxed)
    }

    /// Every line, in the order of channel and queue.
    pub fn lines(&self) -> BTreeMap<Pair, Line> {
        self.tasks().values().flat_map(|(_, lines)| lines.clone()).collect()
    }

    /// The board as Prometheus reads it, at the wall clock `now`.
    pub fn render(&self, now: Timestamp) -> String {
        let mut text = String::new();
        let lines = self.shown();
        for (metric, values) in METRICS {
            let mut is_first = true;
            for ((channel, queue), line) in &lines {
                for (label, value) in values(line, now) {
                    if std::mem::take(&mut is_first) {
                        let _ = write!(text, "# HELP {0} {1}\n# TYPE {0} gauge\n", metric.name, metric.doc);
                    }
                    let label = label.map_or(String::new(), |label| format!(",{}=\"{label}\"", metric.labels[2]));
                    let (channel, queue) = (escaped(channel), escaped(queue));
                    let _ = writeln!(text, "{}{{channel=\"{channel}\",queue=\"{queue}\"{label}}} {value}", metric.name);
                }
            }
        }
        text
    }

    /// The first pairs one by one, the rest as `other`.
    fn shown(&self) -> BTreeMap<Pair, Line> {
        let mut shown = BTreeMap::new();
        for (at, (pair, line)) in self.lines().into_iter().enumerate() {
            if at < self.pairs_max {
                shown.insert(pair, line);
            } else {
                shown.entry(("other".into(), "other".into())).or_insert_with(Line::default).merge(&line);
            }
        }
        shown
    }

    fn tasks(&self) -> MutexGuard<'_, BTreeMap<u32, Shown>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The values of a line in a metric, each with the value of its third label.
type Values = fn(&Line, Timestamp) -> Vec<(Option<&'static str>, f64)>;

const METRICS: [(&Metric, Values); 10] = [
    (&names::LIVE_CHATS, |line, _| {
        STATES.iter().map(|&state| (Some(state.path()), line.gauges[state as usize] as f64)).collect()
    }),
    (&names::LIVE_UNASSIGNED, |line, _| gauge(line, Gauge::Unassigned)),
    (&names::LIVE_WAITING_REPLY, |line, _| gauge(line, Gauge::WaitingReply)),
    (&names::LIVE_IN_QUEUE, |line, _| gauge(line, Gauge::InQueue)),
    (&names::LIVE_HANDLING, |line, _| gauge(line, Gauge::Handling)),
    (&names::LIVE_OLDEST_ASKED, |line, _| time(line.oldest_asked_at)),
    (&names::LIVE_OLDEST_QUEUED, |line, _| time(line.oldest_queued_at)),
    (&names::DAY_SEGMENTS, |line, now| {
        let day = line.today(now).into_iter();
        day.flat_map(|day| VERDICTS.iter().zip(day.verdicts)).map(|(v, n)| (Some(verdict(*v)), n as f64)).collect()
    }),
    (&names::DAY_PERCENT, |line, now| optional(line.today(now).and_then(|day| day.percent))),
    (&names::DAY_TARGET, |line, now| optional(line.today(now).and_then(|day| day.target_percent))),
];

fn gauge(line: &Line, gauge: Gauge) -> Vec<(Option<&'static str>, f64)> {
    vec![(None, line.gauges[gauge as usize] as f64)]
}

fn time(at: Option<Timestamp>) -> Vec<(Option<&'static str>, f64)> {
    optional(at.map(|at| at.millis() as f64 / 1_000.0))
}

fn optional(value: Option<f64>) -> Vec<(Option<&'static str>, f64)> {
    value.map(|value| (None, value)).into_iter().collect()
}

/// A verdict without the name of its group.
fn verdict(verdict: Counter) -> &'static str {
    verdict.path().rsplit('.').next().unwrap_or_default()
}

/// A label's value as the exposition format has it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

impl Line {
    /// The day, while it lasts.
    pub fn today(&self, now: Timestamp) -> Option<Today> {
        self.day.filter(|day| day.start <= now && now < day.end)
    }

    fn merge(&mut self, other: &Line) {
        for (sum, added) in self.gauges.iter_mut().zip(other.gauges) {
            *sum += added;
        }
        let earliest = |one: Option<Timestamp>, other: Option<Timestamp>| one.into_iter().chain(other).min();
        self.oldest_asked_at = earliest(self.oldest_asked_at, other.oldest_asked_at);
        self.oldest_queued_at = earliest(self.oldest_queued_at, other.oldest_queued_at);
    }
}

impl Lease {
    /// A live record; `None`: it is gone.
    pub fn live(&mut self, place: &Place, gauges: Option<&Gauges>) {
        self.change(place, |line| {
            *line = Line { day: line.day, ..Line::default() };
            if let Some(gauges) = gauges {
                line.gauges = std::array::from_fn(|at| gauges.count(Gauge::ALL[at]));
                line.oldest_asked_at = gauges.oldest_asked_at();
                line.oldest_queued_at = gauges.oldest_queued_at();
            }
        });
    }

    /// A day.
    pub fn day(&mut self, place: &Place, start: Timestamp, end: Timestamp, sums: &WindowSums) {
        self.change(place, |line| {
            if line.day.is_none_or(|day| day.start <= start) {
                let verdicts = VERDICTS.map(|verdict| sums.count(verdict));
                let (percent, target_percent) = (sums.percent(), sums.target_percent());
                line.day = Some(Today { start, end, verdicts, percent, target_percent });
            }
        });
    }

    /// Gives the place up, and the board back.
    pub fn end(self) -> Arc<Board> {
        Arc::clone(&self.board)
    }

    fn change(&mut self, place: &Place, change: impl FnOnce(&mut Line)) {
        if place.dimension != Dimension::Queue {
            return;
        }
        let text = |id: &Option<Arc<str>>| Box::<str>::from(id.as_deref().unwrap_or_default());
        let mut tasks = self.board.tasks();
        if let Some((number, lines)) = tasks.get_mut(&self.task)
            && *number == self.number
        {
            change(lines.entry((text(&place.channel), text(&place.id))).or_default());
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let mut tasks = self.board.tasks();
        if tasks.get(&self.task).is_some_and(|(number, _)| *number == self.number) {
            tasks.remove(&self.task);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::id;

    fn place(channel: &str, queue: &str) -> Place {
        Place { channel: id(Some(channel)), dimension: Dimension::Queue, id: id(Some(queue)) }
    }

    fn live(chats: i64, queued_at: i64) -> Gauges {
        let mut gauges = Gauges::default();
        gauges.counts.add(Gauge::Queued, chats);
        gauges.queued_at.add(Timestamp::from_millis(queued_at), 1);
        gauges
    }

    #[test]
    fn lines_are_shown_with_the_rest_summed_and_vanish_with_their_task() {
        let board = Arc::new(Board::new(1));
        let now = Timestamp::from_millis(5_000);
        let mut first = Board::lease(Arc::clone(&board), 0);
        let mut second = Board::lease(Arc::clone(&board), 1);
        first.live(&place("a\"", "q"), Some(&live(2, 1_500)));
        second.live(&place("b", ""), Some(&live(3, 2_000)));
        second.live(&place("c", "q"), Some(&live(4, 1_000)));
        let text = board.render(now);
        for line in [
            "# TYPE wrapup_live_chats gauge",
            r#"wrapup_live_chats{channel="a\"",queue="q",state="queued"} 2"#,
            r#"wrapup_live_chats{channel="other",queue="other",state="queued"} 7"#,
            r#"wrapup_live_oldest_queued_timestamp_seconds{channel="other",queue="other"} 1"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
        assert!(!text.contains("oldest_asked"), "nobody asks");
        let again = Board::lease(second.end(), 1);
        assert_eq!(board.lines().len(), 1);
        drop((first, again));
        assert_eq!(board.render(now), "");
    }

    #[test]
    fn a_day_is_shown_while_it_lasts() {
        let board = Arc::new(Board::new(9));
        let mut lease = Board::lease(Arc::clone(&board), 0);
        let at = Timestamp::from_millis;
        let mut sums = WindowSums::default();
        sums.counts.add(Counter::InSla, 3);
        sums.counts.add(Counter::NotInSla, 1);
        lease.day(&place("a", "q"), at(1_000), at(2_000), &sums);
        lease.day(&place("a", "q"), at(0), at(1_000), &WindowSums::default());
        let text = board.render(at(1_999));
        assert!(text.contains(r#"wrapup_day_service_level_percent{channel="a",queue="q"} 75"#), "{text}");
        assert!(text.contains(r#"wrapup_day_service_level_segments{channel="a",queue="q",verdict="notInSla"} 1"#));
        assert!(!text.contains("target_percent"), "there was no policy");
        assert!(!board.render(at(2_000)).contains("service_level"));
    }
}
