//! Transactions as their readers see them.

use crate::log::{LogError, Outgoing};

use super::member::{FIRST, offset};
use super::{Subject, World, plain};

pub(super) fn open_ones_are_invisible_and_hold_back(subject: &dyn Subject) {
    let world = World::new(subject);
    let topic = world.topic("open", 1);
    let (mut early, mut late) = (world.producer("early"), world.producer("late"));
    let mut tail = world.tail(&topic, 0);
    world.feed(&topic, 0, &["plain 1"]);
    early.session.begin().expect("a transaction begins");
    early.send(&topic, 0, &["early"]);
    world.until_end(&topic, 0, 2);
    late.commit(&topic, 0, &["late"]);
    world.feed(&topic, 0, &["plain 2"]);
    world.until_end(&topic, 0, 5);
    tail.expect(1, &["plain 1"]);
    tail.expect_quiet();

    early.session.commit(&[]).expect("a transaction commits");
    world.until_end(&topic, 0, 6);
    tail.expect(6, &["plain 1", "early", "late", "plain 2"]);
    let offsets: Vec<i64> = tail.seen.iter().map(|record| record.offset).collect();
    assert_eq!(offsets, [0, 1, 2, 4], "markers take offsets");
}

pub(super) fn aborted_ones_are_skipped(subject: &dyn Subject) {
    let world = World::new(subject);
    let topic = world.topic("aborted", 1);
    let mut producer = world.producer("aborting");
    let mut tail = world.tail(&topic, 0);
    producer.abort(&topic, 0, &["lost 1", "lost 2"], 2);
    producer.commit(&topic, 0, &["kept"]);
    producer.abort(&topic, 0, &["lost 3"], 6);
    world.feed(&topic, 0, &["plain"]);
    world.until_end(&topic, 0, 8);
    tail.expect(8, &["kept", "plain"]);
    world.tail(&topic, 0).expect(8, &["kept", "plain"]);
    // Also with nothing in it.
    producer.session.begin().expect("a transaction begins");
    producer.session.abort().expect("an empty transaction aborts");
    producer.session.begin().expect("a transaction begins");
    producer.session.commit(&[]).expect("an empty transaction commits");
    world.until_end(&topic, 0, 8);
}

pub(super) fn one_is_atomic_over_topics_and_offsets(subject: &dyn Subject) {
    let world = World::new(subject);
    let topics = ["changelog", "records", "letters"].map(|base| world.topic(base, 2));
    let mut producer = world.producer("atomic");
    for (at, kept) in [(1, true), (2, false), (3, true)] {
        let value = format!("value {at}");
        producer.session.begin().expect("a transaction begins");
        for topic in &topics {
            producer.send(topic, 1, &[&value]);
        }
        if kept {
            producer.session.commit(&[offset(at, &value)]).expect("a transaction commits");
        } else {
            topics.iter().for_each(|topic| world.until_end(topic, 1, 3));
            producer.session.abort().expect("a transaction aborts");
        }
        let committed = producer.committed(&[FIRST])[0].clone().expect("an offset is committed");
        let last = if kept { at } else { at - 1 };
        assert_eq!((committed.offset, committed.metadata), (last, format!("value {last}")));
    }
    for topic in &topics {
        world.until_end(topic, 1, 6);
        world.tail(topic, 1).expect(6, &["value 1", "value 3"]);
        assert_eq!(world.cluster.bounds(topic, 0), Ok((0, 0)), "a partition without records has no marker");
    }
}

pub(super) fn a_large_one_comes_whole_and_in_order(subject: &dyn Subject) {
    let world = World::new(subject);
    let topic = world.topic("large", 1);
    let mut producer = world.producer("large");
    let values: Vec<String> = (0..3_000).map(|at| format!("{at} {}", "x".repeat(500))).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    producer.commit(&topic, 0, &values);
    world.until_end(&topic, 0, 3_001);
    world.tail(&topic, 0).expect(3_001, &values);
}

pub(super) fn a_refused_record_spoils_only_its_own(subject: &dyn Subject) {
    let world = World::new(subject);
    let topic = world.topic_with("small", 1, &[("max.message.bytes", "10000")]);
    let mut producer = world.producer("refused");
    // Hardly to be compressed.
    let noise: Vec<u8> = (0..25_000_u32).flat_map(|at| crate::log::murmur2(&at.to_le_bytes()).to_le_bytes()).collect();
    let too_large = Outgoing { value: Some(&noise), ..plain(&topic, 0, "") };
    producer.session.begin().expect("a transaction begins");
    producer.send(&topic, 0, &["before"]);
    let refused = producer.session.send(too_large).and_then(|()| producer.session.commit(&[offset(1, "refused")]));
    assert!(matches!(refused, Err(LogError::Refused(_))), "{refused:?}");
    producer.session.abort().expect("a transaction aborts");
    assert_eq!(producer.committed(&[FIRST]), [None]);

    producer.commit(&topic, 0, &["after"]);
    let mut tail = world.tail(&topic, 0);
    world.until("what is committed afterwards is read", || {
        tail.poll();
        !tail.seen.is_empty()
    });
    assert_eq!(tail.values(), ["after"]);

    let mut feed = world.cluster.feed().expect("a feed is made");
    let refused = feed.send(too_large, None).and_then(|()| feed.flush());
    assert!(matches!(refused, Err(LogError::Refused(_))), "{refused:?}");
}

pub(super) fn reinitialising_ends_an_open_one(subject: &dyn Subject) {
    let world = World::new(subject);
    let topic = world.topic("reinitialised", 1);
    let mut producer = world.producer("reinitialised");
    let mut tail = world.tail(&topic, 0);
    producer.commit(&topic, 0, &["a"]);
    producer.session.begin().expect("a transaction begins");
    producer.send(&topic, 0, &["lost"]);
    world.until_end(&topic, 0, 3);
    producer.session.reinitialise().expect("the producer is made anew");
    world.until_end(&topic, 0, 4);
    tail.expect(4, &["a"]);
    producer.commit(&topic, 0, &["b"]);
    // Nothing was open: nothing changes.
    producer.session.reinitialise().expect("the producer is made anew");
    world.until_end(&topic, 0, 6);
    tail.expect(6, &["a", "b"]);
    producer.commit(&topic, 0, &["c"]);
    world.until_end(&topic, 0, 8);
    tail.expect(8, &["a", "b", "c"]);
}

/// Takes as long as the transaction's time-out, and the coordinator's rounds.
pub(super) fn one_past_its_time_out_is_aborted(subject: &dyn Subject) {
    let world = World::new(subject);
    let topic = world.topic("stalled", 1);
    let mut producer = world.producer("stalled");
    producer.session.begin().expect("a transaction begins");
    producer.send(&topic, 0, &["lost"]);
    world.until_end(&topic, 0, 1);
    world.feed(&topic, 0, &["plain"]);
    world.tail(&topic, 0).expect(3, &["plain"]);
    let committed = producer.session.commit(&[]);
    assert!(matches!(committed, Err(LogError::Fenced(_) | LogError::Abort(_))), "{committed:?}");
    world.tail(&topic, 0).expect(3, &["plain"]);

    // Whatever the abort says, a new producer of the same name goes on.
    let _ = producer.session.abort();
    producer.session.reinitialise().expect("the producer is made anew");
    producer.commit(&topic, 0, &["after"]);
    world.until_end(&topic, 0, 5);
    world.tail(&topic, 0).expect(5, &["plain", "after"]);
}
