//! The walk along a chat's events: at each of them, what is counted or measured, and under which ids (`snapshots.md`,
//! Where something counts, Counts, Distributions).

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::contribution::Moment;
use super::place::{Id, id};
use super::sums::{Adds, Policy, Target};
use super::table::{Counter, Distribution};
use super::window::Day;
use crate::calendar::ChannelDocument;
use crate::chat::metric::{Facts, Metric, Value, metrics, score};
use crate::chat::segment::{QueueSegment, Segments, Verdict};
use crate::chat::{Fold, State};
use crate::event::{ChatCsatSubmitted, ChatTransferred, Event, EventData, MessageSent, PersonType, TransferStatus};
use crate::time::Timestamp;

/// The columns of the record that are measured, by their distributions.
static COLUMNS: LazyLock<Vec<(Distribution, &'static Metric)>> = LazyLock::new(|| {
    let column = |&distribution: &Distribution| {
        let metric = metrics().find(|metric| metric.path == distribution.key())?;
        Some((distribution, metric))
    };
    Distribution::ALL.iter().filter_map(column).collect()
});

/// What is followed from event to event.
pub(super) struct Walk<'a> {
    facts: &'a Facts<'a>,
    document: &'a ChannelDocument,
    /// The queue segments that end behind the events walked.
    to_end: std::slice::Iter<'a, QueueSegment<'a>>,
    /// The event at hand, from 0.
    position: u32,
    /// The ids that hold right after it.
    team: Id,
    assignee: Id,
    queue: Id,
    /// The manager assigned last, also if unassigned since.
    last_assigned: Id,
    before: Before,
    transfers: BTreeSet<Box<str>>,
    /// The last effective close: its event and the ids under which it counts.
    last_close: Option<(u32, Id, Id)>,
    /// What the event at hand adds, by manager and queue.
    parts: Vec<(Id, Id, Adds)>,
    day: Option<Day>,
    moments: Vec<Moment>,
}

/// What had come to pass before the event at hand.
#[derive(Clone, Copy, Default)]
struct Before {
    state: State,
    is_created: bool,
    is_assigned: bool,
    is_queue_left: bool,
    is_answered: bool,
    episodes: usize,
    turns: usize,
    reassignments: u32,
}

impl<'a> Walk<'a> {
    /// At the beginning of the chat's events.
    pub fn new(facts: &'a Facts<'a>, segments: &'a Segments<'a>, document: &'a ChannelDocument) -> Walk<'a> {
        Walk {
            facts,
            document,
            to_end: segments.queues.iter(),
            position: 0,
            team: None,
            assignee: None,
            queue: None,
            last_assigned: None,
            before: Before::default(),
            transfers: BTreeSet::new(),
            last_close: None,
            parts: Vec::new(),
            day: None,
            moments: Vec::new(),
        }
    }

    /// Takes the next event; `fold` is what the chat has come to with it.
    pub fn take(&mut self, event: &Event, fold: &Fold) {
        self.move_on(event, fold);
        self.count(event, fold);
        self.end_queue_segment();
        self.before.state = fold.state();
        self.before.episodes = fold.episodes().len();
        self.before.turns = fold.turns().len();
        self.before.reassignments = fold.reassignment_count();
        self.before.is_answered = fold.first_answered_at().is_some();
        self.keep(event.time);
        self.position += 1;
    }

    /// The moments, and the team and the queue at the end.
    pub fn finish(mut self) -> (Vec<Moment>, Id, Id) {
        if let Some((event, manager, queue)) = self.last_close.take() {
            let first = self.moments.partition_point(|moment| moment.event < event);
            let closed =
                self.moments[first..].iter_mut().find(|moment| (&moment.manager, &moment.queue) == (&manager, &queue));
            let adds = &mut closed.expect("a close counts").adds;
            measure(self.facts, Distribution::TimeToClose, adds);
            sort(adds);
        }
        (self.moments, self.team, self.queue)
    }

    /// The ids that hold right after the event.
    fn move_on(&mut self, event: &Event, fold: &Fold) {
        match &event.data {
            EventData::QueueEntered(entered) => set(&mut self.queue, Some(&entered.queue_id)),
            EventData::ChatTeamAssigned(assigned) => set(&mut self.team, assigned.team_id.as_deref()),
            EventData::ChatAssigned(assigned) => {
                if let Some(team_id) = &assigned.team_id {
                    set(&mut self.team, Some(team_id));
                }
                set(&mut self.last_assigned, Some(&assigned.manager_id));
            }
            _ => {}
        }
        set(&mut self.assignee, fold.assignee_id());
    }

    fn count(&mut self, event: &Event, fold: &Fold) {
        let before = self.before;
        match &event.data {
            EventData::ChatCreated(_) if !before.is_created => {
                self.before.is_created = true;
                self.add(Counter::Created);
            }
            EventData::QueueEntered(_) => self.add(Counter::QueueQueued),
            EventData::ChatOpened(_) if fold.episodes().len() > before.episodes => {
                self.add(Counter::Opened);
                if before.episodes > 0 {
                    self.add(Counter::Reopened);
                }
            }
            EventData::ChatAssigned(_) => {
                if fold.reassignment_count() > before.reassignments {
                    self.add(Counter::Reassigned);
                }
                if !before.is_assigned {
                    self.before.is_assigned = true;
                    self.measure(Distribution::TimeToFirstAssignment);
                }
            }
            EventData::MeetEngaged(engaged) => {
                let manager = self.named(engaged.manager_id.as_deref());
                self.answer(fold, manager);
            }
            EventData::MessageSent(message) if !message.private => self.send(fold, message),
            EventData::ChatTransferred(transferred) => self.transfer(transferred),
            EventData::ChatCsatSubmitted(csat) => self.submit(csat),
            EventData::ChatMissed(missed) if before.state != State::Missed => {
                self.add(Counter::Missed);
                self.add(Counter::of_miss(missed.reason));
            }
            EventData::ChatClosed(_) if before.state != State::Closed => self.close(),
            _ => {}
        }
    }

    fn send(&mut self, fold: &Fold, message: &MessageSent) {
        let person = &message.person;
        let is_manager = person.kind == PersonType::Manager;
        let manager = if is_manager { self.named(person.id.as_deref()) } else { self.assignee.clone() };
        let queue = self.queue.clone();
        self.part(manager.clone(), queue).counts.push((Counter::of_message(person.kind), 1));
        self.answer(fold, manager);
    }

    /// An event by which `manager` may have answered.
    fn answer(&mut self, fold: &Fold, manager: Id) {
        let (facts, document) = (self.facts, self.document);
        let is_first = fold.first_answered_at().is_some() && !self.before.is_answered;
        let turn = fold.turns().get(self.before.turns).copied();
        if !is_first && turn.is_none() {
            return;
        }
        let queue = self.queue.clone();
        let adds = self.part(manager, queue);
        if let Some(turn) = turn {
            let in_operation = document.operating_time(turn.asked_at, turn.answered_at);
            adds.counts.push((Counter::Replies, 1));
            adds.values.push((Distribution::ReplyTime, turn.answered_at.since(turn.asked_at)));
            adds.values.push((Distribution::ReplyTimeInOperation, in_operation));
        }
        if is_first {
            measure(facts, Distribution::TimeToFirstAnswer, adds);
            measure(facts, Distribution::TimeFromFirstActiveToFirstAnswer, adds);
        }
    }

    fn transfer(&mut self, transferred: &ChatTransferred) {
        if transferred.status == TransferStatus::Transferred && self.transfers.insert(transferred.transfer_id.clone()) {
            let manager = self.named(transferred.from_agent.as_ref().map(|agent| &*agent.id));
            let queue = self.queue.clone();
            self.part(manager, queue).counts.push((Counter::Transferred, 1));
        }
    }

    fn submit(&mut self, csat: &ChatCsatSubmitted) {
        let score = score(csat.scale, csat.choice) as i64;
        let (manager, queue) = (self.last_assigned.clone(), self.queue.clone());
        let counts = &mut self.part(manager, queue).counts;
        counts.extend([(Counter::CsatCount, 1), (Counter::CsatSum, score), (Counter::of_score(score), 1)]);
    }

    fn close(&mut self) {
        self.add(Counter::Closed);
        if self.last_close.is_none() {
            self.measure(Distribution::MemberHandlingTime);
        }
        self.last_close = Some((self.position, self.assignee.clone(), self.queue.clone()));
    }

    /// Counts the queue segment that the event ends, if it ends one.
    fn end_queue_segment(&mut self) {
        let Some(segment) = self.to_end.as_slice().first() else {
            return;
        };
        let (Some(ended), Some(outcome)) = (segment.ended, segment.outcome) else {
            return;
        };
        if ended.position != self.position as usize {
            return;
        }
        self.to_end.next();
        let (facts, verdict) = (self.facts, segment.verdict());
        let is_first = !std::mem::replace(&mut self.before.is_queue_left, true);
        let manager = self.named(segment.manager_id);
        let adds = self.part(manager, id(Some(segment.queue_id)));
        let is_excluded = verdict == Some(Verdict::Excluded);
        let verdict_count = match verdict {
            Some(Verdict::InSla) => Counter::InSla,
            Some(Verdict::NotInSla) => Counter::NotInSla,
            Some(Verdict::Excluded) => Counter::Excluded,
            None => Counter::NoPolicy,
        };
        let counted = [Counter::QueueLeft, Counter::of_outcome(outcome, is_excluded), verdict_count];
        adds.counts.extend(counted.map(|counter| (counter, 1)));
        if matches!(verdict, Some(Verdict::InSla | Verdict::NotInSla)) {
            let policy = segment.policy.unwrap_or_default();
            let (secs, percent) = (policy.target_secs.map(Target::of), policy.target_percent.map(Target::of));
            adds.policy = Some(Policy { secs, percent });
        }
        if is_first {
            measure(facts, Distribution::FirstQueueTime, adds);
        }
    }

    /// The manager an event names; if it lacks one, the assignee.
    fn named(&self, manager_id: Option<&str>) -> Id {
        manager_id.map_or_else(|| self.assignee.clone(), |named| id(Some(named)))
    }

    /// Counts once under the assignee and the queue entered last.
    fn add(&mut self, counter: Counter) {
        let (manager, queue) = (self.assignee.clone(), self.queue.clone());
        self.part(manager, queue).counts.push((counter, 1));
    }

    /// Measures a column under the assignee and the queue entered last.
    fn measure(&mut self, plain: Distribution) {
        let (facts, manager, queue) = (self.facts, self.assignee.clone(), self.queue.clone());
        measure(facts, plain, self.part(manager, queue));
    }

    fn part(&mut self, manager: Id, queue: Id) -> &mut Adds {
        let found =
            self.parts.iter().position(|(its_manager, its_queue, _)| (its_manager, its_queue) == (&manager, &queue));
        let at = found.unwrap_or_else(|| {
            self.parts.push((manager, queue, Adds::default()));
            self.parts.len() - 1
        });
        &mut self.parts[at].2
    }

    /// Makes moments of what the event adds.
    fn keep(&mut self, at: Timestamp) {
        self.parts.retain(|(.., adds)| *adds != Adds::default());
        if self.parts.is_empty() {
            return;
        }
        let day = self.day.filter(|day| day.holds(at)).unwrap_or_else(|| Day::of(self.document, at));
        self.day = Some(day);
        self.parts
            .sort_unstable_by(|(manager, queue, _), (other, its_queue, _)| (manager, queue).cmp(&(other, its_queue)));
        for (manager, queue, mut adds) in self.parts.drain(..) {
            sort(&mut adds);
            self.moments.push(Moment { at, event: self.position, day, team: self.team.clone(), manager, queue, adds });
        }
    }
}

/// Adds the value of a column and that of its twin, unless they are null.
fn measure(facts: &Facts<'_>, plain: Distribution, adds: &mut Adds) {
    for distribution in [Some(plain), plain.twin()].into_iter().flatten() {
        let column = COLUMNS.iter().find(|(known, _)| *known == distribution);
        let (_, metric) = column.expect("every distribution but replyTime is a column");
        if let Value::Seconds(value) = metric.value(facts) {
            adds.values.push((distribution, value));
        }
    }
}

/// In the order of the snapshot's keys.
fn sort(adds: &mut Adds) {
    adds.counts.sort_unstable_by_key(|(counter, _)| *counter);
    adds.values.sort_unstable_by_key(|(distribution, _)| *distribution);
}

/// Changes an id, unless it is the same.
fn set(held: &mut Id, told: Option<&str>) {
    let told = told.filter(|told| !told.is_empty());
    if held.as_deref() != told {
        *held = id(told);
    }
}
