//! What every implementation of the log must do, as cases that run against any of them.
//!
//! A case is a function over a [`Subject`] and panics where the log is wrong. No case sleeps for a fixed time: it polls
//! for what it expects, until a generous deadline. That something does *not* come is asked of several polls, after the
//! broker has shown that it has the records concerned ([`Cluster::bounds`]).

mod clusters;
mod groups;
mod member;
mod reading;
mod transactions;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::time::Timestamp;

use super::{Batch, Cluster, LogError, LogResult, Outgoing, PollLimits, Reader, RecordView, Session, TopicSpec};
use member::Member;

/// How often a condition is looked at.
const STEP: Duration = Duration::from_millis(20);
/// When a condition is given up, counted in [`Subject::advance`] alone.
const PATIENCE: Duration = Duration::from_secs(60);
/// Polls that must stay empty before nothing is believed to come.
const QUIET_POLLS: usize = 5;

/// An implementation under test.
pub trait Subject {
    /// The cluster; the same one during a case.
    fn cluster(&self) -> Arc<dyn Cluster>;

    /// A name that nothing in this cluster has had: for topics, groups and instances.
    fn name(&self, base: &str) -> String;

    /// Lets time pass: moves a virtual clock, or sleeps.
    fn advance(&self, by: Duration);

    /// How long one poll may wait for records.
    fn poll_wait(&self) -> Duration;
}

/// One named case.
pub type Case = (&'static str, fn(&dyn Subject));

/// All cases.
pub const CASES: &[Case] = &[
    ("clusters::topics_are_created_once_and_described", clusters::topics_are_created_once_and_described),
    ("clusters::a_cluster_has_a_lasting_id", clusters::a_cluster_has_a_lasting_id),
    ("clusters::a_missing_topic_is_none_and_fatal_to_use", clusters::a_missing_topic_is_none_and_fatal_to_use),
    ("clusters::joining_for_a_missing_topic_is_fatal", clusters::joining_for_a_missing_topic_is_fatal),
    ("reading::records_come_in_order_with_all_their_parts", reading::records_come_in_order_with_all_their_parts),
    ("reading::keys_are_placed_by_murmur2", reading::keys_are_placed_by_murmur2),
    ("reading::a_reader_starts_where_it_is_told", reading::a_reader_starts_where_it_is_told),
    ("reading::a_reader_reaches_the_end_over_markers", reading::a_reader_reaches_the_end_over_markers),
    ("reading::a_session_reaches_its_end_over_markers", reading::a_session_reaches_its_end_over_markers),
    ("reading::pause_resume_and_seek", reading::pause_resume_and_seek),
    ("reading::a_poll_keeps_to_its_limits", reading::a_poll_keeps_to_its_limits),
    ("transactions::open_ones_are_invisible_and_hold_back", transactions::open_ones_are_invisible_and_hold_back),
    ("transactions::aborted_ones_are_skipped", transactions::aborted_ones_are_skipped),
    ("transactions::one_is_atomic_over_topics_and_offsets", transactions::one_is_atomic_over_topics_and_offsets),
    ("transactions::a_large_one_comes_whole_and_in_order", transactions::a_large_one_comes_whole_and_in_order),
    ("transactions::a_refused_record_spoils_only_its_own", transactions::a_refused_record_spoils_only_its_own),
    ("transactions::reinitialising_ends_an_open_one", transactions::reinitialising_ends_an_open_one),
    ("transactions::one_past_its_time_out_is_aborted", transactions::one_past_its_time_out_is_aborted),
    ("groups::offsets_come_back_with_their_metadata", groups::offsets_come_back_with_their_metadata),
    ("groups::offsets_are_stable_after_reinitialising", groups::offsets_are_stable_after_reinitialising),
    ("groups::one_member_gets_everything_paused", groups::one_member_gets_everything_paused),
    ("groups::two_members_share_whole_partition_numbers", groups::two_members_share_whole_partition_numbers),
    ("groups::who_leaves_hands_over", groups::who_leaves_hands_over),
    ("groups::who_comes_back_gets_its_old_share", groups::who_comes_back_gets_its_old_share),
    ("groups::a_newer_session_of_a_name_fences_the_older", groups::a_newer_session_of_a_name_fences_the_older),
    ("groups::offsets_of_an_old_generation_are_refused", groups::offsets_of_an_old_generation_are_refused),
    ("groups::without_offsets_an_old_generation_can_commit", groups::without_offsets_an_old_generation_can_commit),
];

/// A record as it was read, on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    partition: u32,
    topic: usize,
    offset: i64,
    timestamp: Option<Timestamp>,
    key: Option<String>,
    value: Option<String>,
    headers: Vec<(String, Option<String>)>,
}

impl From<RecordView<'_>> for Seen {
    fn from(record: RecordView<'_>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Seen {
            partition: record.partition().partition,
            topic: record.topic(),
            offset: record.offset(),
            timestamp: record.timestamp(),
            key: record.key().map(text),
            value: record.value().map(text),
            headers: record.headers().map(|(name, value)| (name.to_string(), value.map(text))).collect(),
        }
    }
}

/// A subject and what every case needs of it.
struct World<'s> {
    subject: &'s dyn Subject,
    cluster: Arc<dyn Cluster>,
}

impl<'s> World<'s> {
    fn new(subject: &'s dyn Subject) -> Self {
        World { subject, cluster: subject.cluster() }
    }

    fn name(&self, base: &str) -> String {
        self.subject.name(base)
    }

    /// A new topic, of which the cluster already knows.
    fn topic(&self, base: &str, partitions: u32) -> String {
        self.topic_with(base, partitions, &[])
    }

    fn topic_with(&self, base: &str, partitions: u32, config: &[(&str, &str)]) -> String {
        let name = self.name(base);
        let config: BTreeMap<String, String> =
            config.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let spec = TopicSpec { name: name.clone(), partitions, replication: None, config };
        self.cluster.create_topics(&[spec]).expect("a topic is created");
        self.until("the topic is known", || {
            let known = self.cluster.partitions(&name) == Ok(Some(partitions));
            known && (0..partitions).all(|partition| self.cluster.bounds(&name, partition) == Ok((0, 0)))
        });
        name
    }

    /// Polls for a condition.
    fn until(&self, what: &str, mut done: impl FnMut() -> bool) {
        let mut waited = Duration::ZERO;
        while !done() {
            assert!(waited < PATIENCE, "in vain: {what}");
            self.subject.advance(STEP);
            waited += STEP;
        }
    }

    /// The result of something that may be unavailable for a while.
    fn patiently<T>(&self, what: &str, mut ask: impl FnMut() -> LogResult<T>) -> LogResult<T> {
        let mut result = None;
        self.until(what, || {
            let answer = ask();
            let answered = !matches!(answer, Err(LogError::Unavailable(_)));
            result = Some(answer);
            answered
        });
        result.expect("it was asked at least once")
    }

    /// Waits until the broker has all records before `end` of a partition, open transactions included.
    fn until_end(&self, topic: &str, partition: u32, end: i64) {
        let mut bounds = (0, 0);
        self.until("the broker has the records", || {
            bounds = self.cluster.bounds(topic, partition).expect("bounds are known");
            bounds.1 >= end
        });
        assert_eq!(bounds, (0, end), "{topic} {partition}");
    }

    fn limits(&self) -> PollLimits {
        PollLimits { max_records: 1_000, max_bytes: 1 << 20, wait: self.subject.poll_wait() }
    }

    fn member(&self, group: &str, instance: &str, topics: &[&str]) -> Member<'_> {
        Member::join(self, group, instance, topics)
    }

    /// A member with a group, a name and a topic of its own, that has its partitions.
    fn producer(&self, base: &str) -> Member<'_> {
        let input = self.topic(&format!("{base}-input"), 1);
        let mut member = self.member(&self.name(&format!("{base}-group")), &self.name(base), &[&input]);
        member.settle();
        member
    }

    fn tail(&self, topic: &str, partition: u32) -> Tail<'_> {
        let reader = self.cluster.reader(topic, partition, 0).expect("a reader is made");
        Tail { world: self, reader, seen: Vec::new() }
    }

    /// Sends plain records to one partition.
    fn feed(&self, topic: &str, partition: u32, values: &[&str]) {
        let mut feed = self.cluster.feed().expect("a feed is made");
        for value in values {
            feed.send(plain(topic, partition, value), None).expect("a plain record is taken");
        }
        feed.flush().expect("plain records are written");
    }
}

/// A reader of a whole partition.
struct Tail<'w> {
    world: &'w World<'w>,
    reader: Box<dyn Reader>,
    seen: Vec<Seen>,
}

impl Tail<'_> {
    fn poll(&mut self) {
        let mut batch = Batch::default();
        self.reader.poll(&mut batch, self.world.limits()).expect("a reader reads");
        self.seen.extend(batch.iter().map(Seen::from));
    }

    fn values(&self) -> Vec<&str> {
        self.seen.iter().map(|record| record.value.as_deref().unwrap_or("null")).collect()
    }

    /// Reads until the position is there, whatever lies before it, and checks which values came.
    fn expect(&mut self, end: i64, values: &[&str]) {
        let world = self.world;
        world.until("the reader reaches the end", || {
            self.poll();
            self.position() >= end
        });
        assert_eq!((self.position(), self.values()), (end, values.to_vec()));
    }

    /// Checks that nothing more comes.
    fn expect_quiet(&mut self) {
        let before = self.seen.len();
        for _ in 0..QUIET_POLLS {
            self.poll();
            assert_eq!(self.seen.len(), before, "came too early: {:?}", self.seen.last());
            self.world.subject.advance(STEP);
        }
    }

    fn position(&self) -> i64 {
        self.reader.position()
    }
}

/// A record of a value alone.
fn plain<'a>(topic: &'a str, partition: u32, value: &'a str) -> Outgoing<'a> {
    Outgoing { topic, partition: Some(partition), key: None, value: Some(value.as_bytes()), headers: &[] }
}

/// Checks that this session can commit nothing because a newer one has its name. A broker may first say no more than
/// that the transaction must be aborted; then the abort must tell.
fn expect_fenced(session: &mut dyn Session, committed: LogResult<()>) {
    match committed {
        Err(LogError::Fenced(_)) => {}
        Err(LogError::Abort(_)) => {
            let aborted = session.abort();
            assert!(matches!(aborted, Err(LogError::Fenced(_))), "the abort of a zombie gave {aborted:?}");
        }
        other => panic!("the commit of a zombie gave {other:?}"),
    }
}
