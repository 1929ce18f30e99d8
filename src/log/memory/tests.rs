//! The in-process log passes the suite, and each of its faults does what it says.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::log::conformance::{CASES, Subject};
use crate::log::{Batch, Committed, InputPartition, OffsetCommit, Outgoing, PollLimits, Rebalance};
use crate::time::Timestamp;

use super::*;

const FIRST: InputPartition = InputPartition { topic: 0, partition: 0 };
const NOW: PollLimits = PollLimits { max_records: 1_000, max_bytes: 1 << 20, wait: Duration::ZERO };

#[derive(Default)]
struct VirtualClock(AtomicU64);

impl VirtualClock {
    fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_millis() as u64, Ordering::SeqCst);
    }
}

impl Clock for VirtualClock {
    fn wall(&self) -> Timestamp {
        Timestamp::from_millis(1_772_442_000_000 + self.0.load(Ordering::SeqCst) as i64)
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }

    fn sleep(&self, time: Duration) {
        self.0.fetch_add(time.as_millis() as u64, Ordering::SeqCst);
    }
}

struct InProcess {
    clock: Arc<VirtualClock>,
    cluster: MemoryCluster,
    names: Cell<u32>,
}

impl Subject for InProcess {
    fn cluster(&self) -> Arc<dyn Cluster> {
        Arc::new(self.cluster.clone())
    }

    fn name(&self, base: &str) -> String {
        self.names.set(self.names.get() + 1);
        format!("{base}-{}", self.names.get())
    }

    fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn poll_wait(&self) -> Duration {
        Duration::ZERO
    }
}

#[test]
fn passes_the_conformance_suite() {
    for (name, case) in CASES {
        println!("{name}");
        let clock = Arc::new(VirtualClock::default());
        let cluster = MemoryCluster::new(clock.clone());
        case(&InProcess { clock, cluster, names: Cell::new(0) });
    }
}

/// A cluster with the topics `in` (of two partitions) and `out` (of one).
struct World {
    clock: Arc<VirtualClock>,
    cluster: MemoryCluster,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(VirtualClock::default());
        let cluster = MemoryCluster::new(clock.clone());
        let spec = |name: &str, partitions| TopicSpec {
            name: name.to_string(),
            partitions,
            replication: None,
            config: BTreeMap::new(),
        };
        cluster.create_topics(&[spec("in", 2), spec("out", 1)]).unwrap();
        World { clock, cluster }
    }

    fn join(&self, instance: &str) -> Box<dyn Session> {
        let membership =
            Membership { group: "g".to_string(), instance: instance.to_string(), topics: vec!["in".to_string()] };
        self.cluster.join(&membership).unwrap()
    }

    /// A lone member that has everything.
    fn owner(&self, instance: &str) -> Box<dyn Session> {
        let mut session = self.join(instance);
        let partitions = assigned(&mut *session);
        assert_eq!(partitions.len(), 2);
        session
    }

    fn feed(&self, partition: u32, value: &str) {
        self.cluster.feed().unwrap().send(record("in", partition, value), None).unwrap();
    }

    /// The committed records of `out`, read from the start.
    fn out(&self) -> Vec<String> {
        let mut batch = Batch::default();
        self.cluster.reader("out", 0, 0).unwrap().poll(&mut batch, NOW).unwrap();
        values(&batch)
    }

    fn out_end(&self) -> i64 {
        self.cluster.bounds("out", 0).unwrap().1
    }
}

fn record<'a>(topic: &'a str, partition: u32, value: &'a str) -> Outgoing<'a> {
    Outgoing { topic, partition: Some(partition), key: None, value: Some(value.as_bytes()), headers: &[] }
}

fn values(batch: &Batch) -> Vec<String> {
    batch.iter().map(|record| String::from_utf8(record.value().unwrap().to_vec()).unwrap()).collect()
}

fn event(session: &mut dyn Session) -> Option<Rebalance> {
    session.poll(&mut Batch::default(), NOW).unwrap()
}

/// Takes an assignment that is there, and starts at 0.
fn assigned(session: &mut dyn Session) -> Vec<InputPartition> {
    let Some(Rebalance::Assigned(partitions)) = event(session) else { panic!("nothing was assigned") };
    let starts: Vec<_> = partitions.iter().map(|partition| (*partition, 0)).collect();
    session.assign(&starts).unwrap();
    session.resume(&partitions).unwrap();
    partitions
}

fn offset(offset: i64) -> OffsetCommit {
    OffsetCommit { partition: FIRST, offset, metadata: format!("m{offset}") }
}

fn begin(session: &mut dyn Session, value: &str) {
    session.begin().unwrap();
    session.send(record("out", 0, value)).unwrap();
}

fn commit(session: &mut dyn Session, value: &str, at: i64) -> LogResult<()> {
    begin(session, value);
    session.commit(&[offset(at)])
}

fn committed(session: &mut dyn Session) -> LogResult<Option<i64>> {
    let found: Vec<Option<Committed>> = session.committed(&[FIRST])?;
    Ok(found[0].as_ref().map(|committed| committed.offset))
}

fn is_unknown<T>(result: &LogResult<T>) -> bool {
    matches!(result, Err(LogError::Unknown(_)))
}

fn is_unavailable<T>(result: &LogResult<T>) -> bool {
    matches!(result, Err(LogError::Unavailable(_)))
}

fn is_fenced<T>(result: &LogResult<T>) -> bool {
    matches!(result, Err(LogError::Fenced(_)))
}

fn is_abort<T>(result: &LogResult<T>) -> bool {
    matches!(result, Err(LogError::Abort(_)))
}

fn is_fatal<T>(result: &LogResult<T>) -> bool {
    matches!(result, Err(LogError::Fatal(_)))
}

#[test]
fn an_unknown_commit_may_have_happened() {
    let world = World::new();
    let mut session = world.owner("w");
    world.cluster.inject("w", Fault::CommitUnknown(Outcome::Committed));
    assert!(is_unknown(&commit(&mut *session, "a", 1)));
    assert!(is_fatal(&session.begin()) && is_fatal(&session.abort()), "only reinitialise can follow");
    assert_eq!((world.out(), committed(&mut *session)), (vec!["a".to_string()], Ok(Some(1))));
    session.reinitialise().unwrap();
    commit(&mut *session, "b", 2).unwrap();
    assert_eq!((world.out().len(), committed(&mut *session)), (2, Ok(Some(2))));
}

#[test]
fn an_unknown_commit_may_be_aborted_already() {
    let world = World::new();
    let mut session = world.owner("w");
    world.cluster.inject("w", Fault::CommitUnknown(Outcome::Aborted));
    assert!(is_unknown(&commit(&mut *session, "a", 1)));
    assert_eq!((world.out().len(), world.out_end(), committed(&mut *session)), (0, 2, Ok(None)));
    session.reinitialise().unwrap();
    commit(&mut *session, "b", 2).unwrap();
    assert_eq!(world.out(), ["b"]);
}

#[test]
fn a_lost_commit_leaves_the_transaction_open() {
    let world = World::new();
    let mut session = world.owner("w");
    for reinitialised in [true, false] {
        let end = world.out_end();
        world.cluster.inject("w", Fault::CommitUnknown(Outcome::Open));
        assert!(is_unknown(&commit(&mut *session, "a", 1)));
        assert_eq!(world.out_end(), end + 1, "no marker yet");
        assert!(is_unavailable(&committed(&mut *session)), "offsets are not stable");
        let other = InputPartition { topic: 0, partition: 1 };
        assert_eq!(session.committed(&[other]), Ok(vec![None]), "of this partition alone");
        if !reinitialised {
            world.clock.advance(Duration::from_secs(10));
            assert_eq!((world.out_end(), committed(&mut *session)), (end + 2, Ok(None)));
        }
        session.reinitialise().unwrap();
        assert_eq!((world.out().len(), world.out_end(), committed(&mut *session)), (0, end + 2, Ok(None)));
    }
    commit(&mut *session, "b", 2).unwrap();
    assert_eq!(world.out(), ["b"]);
}

#[test]
fn a_late_commit_arrives_unless_it_is_overtaken() {
    let world = World::new();
    let mut session = world.owner("w");
    let late = Fault::CommitUnknown(Outcome::Late(Duration::from_secs(2)));
    world.cluster.inject("w", late);
    assert!(is_unknown(&commit(&mut *session, "a", 1)));
    world.clock.advance(Duration::from_millis(1_999));
    assert!(world.out().is_empty() && is_unavailable(&committed(&mut *session)));
    world.clock.advance(Duration::from_millis(1));
    assert_eq!((world.out(), committed(&mut *session)), (vec!["a".to_string()], Ok(Some(1))));
    session.reinitialise().unwrap();

    world.cluster.inject("w", late);
    assert!(is_unknown(&commit(&mut *session, "b", 2)));
    session.reinitialise().unwrap();
    world.clock.advance(Duration::from_secs(2));
    assert_eq!((world.out().len(), committed(&mut *session)), (1, Ok(Some(1))));

    world.cluster.inject("w", Fault::CommitUnknown(Outcome::Late(Duration::from_secs(11))));
    assert!(is_unknown(&commit(&mut *session, "c", 3)));
    // Both are due now; the time-out was first.
    world.clock.advance(Duration::from_secs(12));
    assert_eq!((world.out().len(), committed(&mut *session)), (1, Ok(Some(1))));
}

#[test]
fn a_commit_can_stay_hidden() {
    let world = World::new();
    let mut session = world.owner("w");
    let hidden = Fault::CommitHidden(Duration::from_secs(15));
    world.cluster.inject("w", hidden);
    commit(&mut *session, "a", 1).unwrap();
    world.clock.advance(Duration::from_millis(14_999));
    assert!(world.out().is_empty() && is_unavailable(&committed(&mut *session)), "no time-out undoes a decision");
    world.clock.advance(Duration::from_millis(1));
    assert_eq!((world.out().len(), committed(&mut *session)), (1, Ok(Some(1))));

    // The next transaction and a new producer wait for it.
    world.cluster.inject("w", hidden);
    commit(&mut *session, "b", 2).unwrap();
    assert_eq!(world.out().len(), 1);
    begin(&mut *session, "c");
    assert_eq!((world.out().len(), committed(&mut *session)), (2, Ok(Some(2))));
    world.cluster.inject("w", hidden);
    world.cluster.inject("w", Fault::CommitUnknown(Outcome::Committed));
    assert!(is_unknown(&session.commit(&[offset(3)])));
    assert!(is_unavailable(&committed(&mut *session)));
    session.reinitialise().unwrap();
    assert_eq!((world.out().len(), committed(&mut *session)), (3, Ok(Some(3))));
}

#[test]
fn a_rejected_commit_commits_nothing() {
    let world = World::new();
    let mut session = world.owner("w");
    world.cluster.inject("w", Fault::CommitRejected);
    assert!(is_abort(&commit(&mut *session, "a", 1)));
    assert!(is_abort(&session.commit(&[])) && is_fatal(&session.begin()), "only abort can follow");
    session.abort().unwrap();
    assert_eq!((world.out().len(), committed(&mut *session)), (0, Ok(None)));
    commit(&mut *session, "b", 2).unwrap();
    assert_eq!(world.out(), ["b"]);
}

#[test]
fn an_abort_can_be_unknown_too() {
    let world = World::new();
    let mut session = world.owner("w");
    for aborted in [true, false] {
        let end = world.out_end();
        world.cluster.inject("w", Fault::AbortUnknown { aborted });
        begin(&mut *session, "a");
        assert!(is_unknown(&session.abort()));
        assert_eq!(world.out_end(), end + 1 + i64::from(aborted));
        session.reinitialise().unwrap();
        assert_eq!((world.out_end(), world.out().len()), (end + 2, 0));
    }
}

#[test]
fn a_send_can_be_refused_at_once_or_by_the_commit() {
    let world = World::new();
    let mut session = world.owner("w");
    let refused = |result: LogResult<()>| matches!(result, Err(LogError::Refused(_)));
    for at_commit in [false, true] {
        world.cluster.inject("w", Fault::SendRefused { over: 3, at_commit });
        begin(&mut *session, "abc");
        let sent = session.send(record("out", 0, "abcd"));
        assert_eq!(sent.is_ok(), at_commit);
        assert!(refused(session.commit(&[offset(1)])));
        session.abort().unwrap();
        assert_eq!((world.out().len(), committed(&mut *session)), (0, Ok(None)));
    }
    commit(&mut *session, "abcd", 2).unwrap();
    assert_eq!(world.out(), ["abcd"]);
}

#[test]
fn the_broker_can_be_switched_off() {
    let world = World::new();
    let mut session = world.owner("w");
    world.feed(0, "x");
    begin(&mut *session, "a");
    world.cluster.set_available(false);
    assert!(is_unavailable(&session.poll(&mut Batch::default(), NOW)));
    assert!(is_unavailable(&committed(&mut *session)));
    assert!(is_unavailable(&world.cluster.bounds("in", 0)) && is_unavailable(&world.cluster.cluster_id()));
    assert!(is_unknown(&session.commit(&[offset(1)])));
    assert!(is_unavailable(&session.reinitialise()));
    world.clock.advance(Duration::from_secs(3_600));
    session.pause(&[FIRST]).unwrap();
    session.resume(&[FIRST]).unwrap();

    world.cluster.set_available(true);
    session.reinitialise().unwrap();
    let mut batch = Batch::default();
    assert_eq!(session.poll(&mut batch, NOW), Ok(None), "nobody was expelled meanwhile");
    assert_eq!(values(&batch), ["x"]);
    commit(&mut *session, "b", 1).unwrap();
    assert_eq!(world.out(), ["b"]);
}

#[test]
fn an_instance_can_be_cut_off_while_the_others_go_on() {
    let world = World::new();
    let mut cut = world.owner("cut");
    begin(&mut *cut, "zombie");
    world.cluster.set_connected("cut", false);
    let mut other = world.join("other");
    assert_eq!(event(&mut *other), None);
    world.clock.advance(Duration::from_secs(19));
    assert_eq!((event(&mut *other), world.out_end()), (None, 2), "its transaction has timed out");
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(assigned(&mut *other).len(), 2);
    assert!(is_unavailable(&cut.poll(&mut Batch::default(), NOW)));

    world.cluster.set_connected("cut", true);
    assert!(is_fenced(&cut.commit(&[offset(9)])));
    assert!(is_fenced(&cut.abort()));
    assert_eq!(event(&mut *cut), Some(Rebalance::Lost));
    cut.release().unwrap();
    cut.reinitialise().unwrap();
    assert_eq!(event(&mut *cut), None);
    assert_eq!(event(&mut *other), Some(Rebalance::Revoked));
    other.release().unwrap();
    assert_eq!((assigned(&mut *cut).len(), assigned(&mut *other).len()), (1, 1));
    commit(&mut *cut, "back", 1).unwrap();
    assert_eq!(world.out(), ["back"]);
}

#[test]
fn what_is_released_during_an_outage_is_told_afterwards() {
    let world = World::new();
    let mut first = world.owner("first");
    let mut second = world.join("second");
    assert_eq!(event(&mut *first), Some(Rebalance::Revoked));
    world.cluster.set_connected("first", false);
    first.release().unwrap();
    assert_eq!(event(&mut *second), None);
    world.cluster.set_connected("first", true);
    assert_eq!(assigned(&mut *first).len(), 1);
    assert_eq!(assigned(&mut *second).len(), 1);
}

#[test]
fn an_expelled_member_loses_everything_and_comes_back() {
    let world = World::new();
    let mut session = world.owner("w");
    begin(&mut *session, "a");
    world.cluster.expire("w");
    assert!(is_abort(&session.commit(&[offset(1)])), "an unknown member may not commit offsets");
    session.abort().unwrap();
    assert_eq!(event(&mut *session), Some(Rebalance::Lost));
    assert_eq!(event(&mut *session), None, "told once, and nothing before the answer");
    session.release().unwrap();
    assigned(&mut *session);
    commit(&mut *session, "b", 1).unwrap();
    assert_eq!(world.out(), ["b"]);

    // While it waits it has nothing to lose.
    let mut other = world.join("other");
    assert_eq!(event(&mut *session), Some(Rebalance::Revoked));
    session.release().unwrap();
    world.cluster.expire("w");
    assert_eq!(assigned(&mut *other).len(), 2);
    assert_eq!(event(&mut *session), None);
    // Lost also where it was to give up already.
    assert_eq!(event(&mut *other), Some(Rebalance::Revoked));
    world.cluster.expire("other");
    assert_eq!(event(&mut *other), Some(Rebalance::Lost));
    other.release().unwrap();
    assert_eq!((assigned(&mut *other).len(), assigned(&mut *session).len()), (1, 1));
}

#[test]
fn a_silent_member_is_expelled() {
    let world = World::new();
    let mut silent = world.owner("silent");
    let mut other = world.join("other");
    for _ in 0..19 {
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(event(&mut *other), None);
    }
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(assigned(&mut *other).len(), 2);
    assert_eq!(event(&mut *silent), Some(Rebalance::Lost));
}

#[test]
fn a_timed_out_transaction_fences_its_producer() {
    let world = World::new();
    let mut session = world.owner("w");
    begin(&mut *session, "a");
    world.clock.advance(Duration::from_millis(9_999));
    session.send(record("out", 0, "a")).unwrap();
    world.clock.advance(Duration::from_millis(1));
    assert!(is_abort(&session.send(record("out", 0, "a"))), "a broker first asks for an abort");
    assert!(is_fenced(&session.abort()));
    session.reinitialise().unwrap();
    begin(&mut *session, "b");
    world.cluster.expire_transaction("w");
    assert!(is_fenced(&session.commit(&[])));
    session.reinitialise().unwrap();
    // Nothing sent is nothing to time out.
    session.begin().unwrap();
    world.clock.advance(Duration::from_secs(15));
    session.send(record("out", 0, "c")).unwrap();
    session.commit(&[]).unwrap();
    assert_eq!(world.out(), ["c"]);
}

#[test]
fn a_restarted_member_disturbs_nobody() {
    let world = World::new();
    let mut first = world.owner("first");
    let mut second = world.join("second");
    assert_eq!(event(&mut *first), Some(Rebalance::Revoked));
    first.release().unwrap();
    let before = (assigned(&mut *first), assigned(&mut *second));
    let mut again = world.join("second");
    assert_eq!((event(&mut *first), assigned(&mut *again)), (None, before.1));
    commit(&mut *first, "a", 1).unwrap();
    commit(&mut *again, "b", 2).unwrap();
    assert_eq!(world.out(), ["a", "b"]);
    assert!(is_fenced(&second.poll(&mut Batch::default(), NOW)));
    assert!(is_fenced(&second.begin()) && is_fenced(&second.reinitialise()) && is_fenced(&second.leave()));
    assert!(is_fenced(&second.committed(&[FIRST])));
}

#[test]
fn what_was_assigned_but_not_told_is_not_revoked() {
    let world = World::new();
    let mut first = world.join("first");
    let mut second = world.join("second");
    assert_eq!(assigned(&mut *first).len(), 1, "both were there before the first poll");
    let mut third = world.join("third");
    assert_eq!(event(&mut *second), None);
    assert_eq!(event(&mut *first), Some(Rebalance::Revoked));
    first.release().unwrap();
    assert_eq!(assigned(&mut *second).len() + assigned(&mut *first).len(), 2);
    assert_eq!(assigned(&mut *third).len(), 0, "more members than partitions");
}

#[test]
fn the_old_generation_is_valid_until_the_member_has_released() {
    let world = World::new();
    let mut first = world.owner("first");
    begin(&mut *first, "a");
    let _second = world.join("second");
    assert_eq!(event(&mut *first), Some(Rebalance::Revoked));
    assert_eq!(event(&mut *first), None, "told once");
    first.commit(&[offset(1)]).unwrap();
    first.release().unwrap();
    assert_eq!((world.out().len(), committed(&mut *first)), (1, Ok(Some(1))));
}

#[test]
fn a_session_that_was_never_assigned_is_not_validated() {
    let world = World::new();
    let _owner = world.owner("owner");
    let mut session = world.join("fresh");
    commit(&mut *session, "a", 7).unwrap();
    assert_eq!(committed(&mut *session), Ok(Some(7)));
}

#[test]
fn ends_grow_stale_between_refreshes() {
    let world = World::new();
    let mut session = world.owner("w");
    assert_eq!(session.end(FIRST), None);
    let end = |session: &mut dyn Session| {
        session.poll(&mut Batch::default(), NOW).unwrap();
        let end = session.end(FIRST).unwrap();
        (end.offset, end.learned.as_millis())
    };
    assert_eq!(end(&mut *session), (0, 0));
    world.feed(0, "x");
    world.clock.advance(Duration::from_millis(999));
    assert_eq!(end(&mut *session), (0, 0));
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(end(&mut *session), (1, 1_000));
    world.cluster.freeze_ends("w", true);
    world.feed(0, "x");
    world.clock.advance(Duration::from_secs(5));
    assert_eq!(end(&mut *session), (1, 1_000));
    world.cluster.heal("w");
    assert_eq!(end(&mut *session), (2, 6_000));
}

#[test]
fn the_end_is_the_last_stable_offset() {
    let world = World::new();
    let mut session = world.owner("a");
    let mut other = world.join("b");
    other.begin().unwrap();
    other.send(record("in", 0, "open")).unwrap();
    world.feed(0, "later");
    session.poll(&mut Batch::default(), NOW).unwrap();
    session.release().unwrap();
    assigned(&mut *session);
    session.poll(&mut Batch::default(), NOW).unwrap();
    assert_eq!(session.end(FIRST).unwrap().offset, 0);
    assert_eq!(world.cluster.bounds("in", 0), Ok((0, 2)));
}

#[test]
fn compaction_and_truncation_leave_gaps_that_are_read_over() {
    let world = World::new();
    let mut feed = world.cluster.feed().unwrap();
    for value in ["1", "2", "3"] {
        feed.send(Outgoing { key: Some(b"k"), ..record("out", 0, value) }, None).unwrap();
    }
    world.cluster.compact("out").unwrap();
    let mut batch = Batch::default();
    let mut reader = world.cluster.reader("out", 0, 0).unwrap();
    reader.poll(&mut batch, NOW).unwrap();
    assert_eq!((values(&batch), reader.position()), (vec!["3".to_string()], 3));

    let mut old = world.cluster.reader("out", 0, 0).unwrap();
    world.cluster.truncate("out", 0, 2).unwrap();
    assert_eq!(world.cluster.bounds("out", 0), Ok((2, 3)));
    assert_eq!(world.cluster.reader("out", 0, 0).unwrap().position(), 2);
    assert!(is_fatal(&old.poll(&mut batch, NOW)), "a record that is gone is not skipped silently");
    assert!(is_fatal(&world.cluster.reader("out", 0, 4).unwrap().poll(&mut batch, NOW)));
}

#[test]
fn a_topic_can_be_recreated_and_grow() {
    let world = World::new();
    let mut session = world.owner("w");
    world.feed(0, "x");
    session.poll(&mut Batch::default(), NOW).unwrap();
    commit(&mut *session, "a", 1).unwrap();
    world.cluster.grow("in", 3).unwrap();
    assert_eq!(world.cluster.partitions("in"), Ok(Some(3)));
    assert_eq!(event(&mut *session), Some(Rebalance::Revoked));
    session.release().unwrap();
    assert_eq!(assigned(&mut *session).len(), 3);
    session.poll(&mut Batch::default(), NOW).unwrap();

    world.cluster.recreate("in").unwrap();
    assert_eq!((world.cluster.bounds("in", 0), committed(&mut *session)), (Ok((0, 0)), Ok(None)));
    assert!(is_fatal(&session.poll(&mut Batch::default(), NOW)), "its position is beyond the end");
}

#[test]
fn the_contract_is_checked() {
    let world = World::new();
    let mut session = world.join("w");
    assert!(is_fatal(&session.assign(&[])) && is_fatal(&session.release()) && is_fatal(&session.seek(&[(FIRST, 0)])));
    assert!(is_fatal(&session.send(record("out", 0, "x"))) && is_fatal(&session.commit(&[])));
    assert!(is_fatal(&session.abort()));
    assert!(matches!(event(&mut *session), Some(Rebalance::Assigned(_))));
    assert!(is_fatal(&session.assign(&[(FIRST, 0)])), "all that was assigned must start");
    begin(&mut *session, "x");
    assert!(is_fatal(&session.begin()) && is_fatal(&session.leave()));
    session.commit(&[]).unwrap();
    session.leave().unwrap();
    assert!(is_fatal(&session.poll(&mut Batch::default(), NOW)));
}

#[test]
fn a_waiting_poll_wakes_up_for_records() {
    let cluster = MemoryCluster::new(Arc::new(SystemClock::new()));
    let spec = TopicSpec { name: "in".to_string(), partitions: 1, replication: None, config: BTreeMap::new() };
    cluster.create_topics(&[spec]).unwrap();
    let (wait, count) = (Duration::from_secs(60), 200);
    let writer = cluster.clone();
    let thread = std::thread::spawn(move || {
        let mut feed = writer.feed().unwrap();
        for at in 0..count {
            feed.send(record("in", 0, &at.to_string()), None).unwrap();
            std::thread::yield_now();
        }
    });
    let membership = Membership { group: "g".to_string(), instance: "w".to_string(), topics: vec!["in".to_string()] };
    let mut session = cluster.join(&membership).unwrap();
    assigned(&mut *session);
    let (mut batch, mut seen) = (Batch::default(), Vec::new());
    let waited = SystemClock::new();
    while seen.len() < count {
        session.poll(&mut batch, PollLimits { wait, ..NOW }).unwrap();
        seen.extend(values(&batch));
    }
    assert!(waited.monotonic() < wait, "no poll slept through");
    thread.join().unwrap();
    assert_eq!(seen, (0..count).map(|at| at.to_string()).collect::<Vec<_>>());
    session.poll(&mut batch, PollLimits { wait: Duration::from_millis(5), ..NOW }).unwrap();
    assert!(batch.is_empty());
}
