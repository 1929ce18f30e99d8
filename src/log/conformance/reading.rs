//! What readers and members read, and where they say they are.

use crate::log::{InputPartition, Outgoing, PollLimits, partition_of};
use crate::time::Timestamp;

use super::member::{FIRST, keyed};
use super::{QUIET_POLLS, STEP, Seen, Subject, World};

pub(super) fn records_come_in_order_with_all_their_parts(subject: &dyn Subject) {
    let world = World::new(subject);
    let topic = world.topic("parts", 1);
    let base = Outgoing { topic: &topic, partition: Some(0), key: None, value: Some(b"v0"), headers: &[] };
    let headers: &[(&str, Option<&[u8]>)] = &[("b", Some(b"1")), ("a", Some(b"2")), ("b", None)];
    let records = [
        base,
        Outgoing { key: Some(b"k1"), value: Some("v1 é".as_bytes()), ..base },
        Outgoing { key: Some(b"k2"), value: None, ..base },
        Outgoing { key: Some(b"k3"), value: Some(b"v3"), headers, ..base },
        Outgoing { key: Some(b"k1"), value: Some(b"v4"), ..base },
    ];
    let time = |at: usize| Timestamp::from_millis(1_772_442_000_000 + 7 * at as i64);
    let mut feed = world.cluster.feed().expect("a feed is made");
    for (at, record) in records.iter().enumerate() {
        feed.send(*record, Some(time(at))).expect("a record is taken");
    }
    feed.flush().expect("records are written");

    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("all parts are text");
    let expected = |(at, record): (usize, &Outgoing<'_>)| Seen {
        partition: 0,
        topic: 0,
        offset: at as i64,
        timestamp: Some(time(at)),
        key: record.key.map(text),
        value: record.value.map(text),
        headers: record.headers.iter().map(|(name, value)| (name.to_string(), value.map(text))).collect(),
    };
    let expected: Vec<Seen> = records.iter().enumerate().map(expected).collect();
    let mut tail = world.tail(&topic, 0);
    world.until("the reader has read all", || {
        tail.poll();
        tail.seen.len() >= expected.len()
    });
    assert_eq!(tail.seen, expected);
    let mut member = world.member(&world.name("group"), &world.name("instance"), &[&topic]);
    world.until("the member has read all", || {
        member.run();
        member.seen.len() >= expected.len()
    });
    assert_eq!(member.seen, expected);
    assert_eq!(member.positions[&FIRST], 5);
}

pub(super) fn keys_are_placed_by_murmur2(subject: &dyn Subject) {
    let world = World::new(subject);
    let (fed, sent) = (world.topic("fed", 5), world.topic("sent", 5));
    let keys: Vec<String> = (0..40).map(|at| format!("chat-{at}")).collect();
    let mut feed = world.cluster.feed().expect("a feed is made");
    let mut producer = world.producer("placing");
    producer.session.begin().expect("a transaction begins");
    for key in &keys {
        feed.send(keyed(&fed, key, Some("x")), None).expect("a record is taken");
        producer.session.send(keyed(&sent, key, Some("x"))).expect("a record is taken");
    }
    feed.flush().expect("records are written");
    producer.session.commit(&[]).expect("a transaction commits");
    for topic in [&fed, &sent] {
        for partition in 0..5 {
            let expected: Vec<&str> =
                keys.iter().map(String::as_str).filter(|key| partition_of(key.as_bytes(), 5) == partition).collect();
            let mut tail = world.tail(topic, partition);
            world.until("the partition is read", || {
                tail.poll();
                tail.seen.len() >= expected.len()
            });
            let found: Vec<&str> = tail.seen.iter().filter_map(|record| record.key.as_deref()).collect();
            assert_eq!(found, expected, "{topic} {partition}");
        }
    }
}

pub(super) fn a_reader_starts_where_it_is_told(subject: &dyn Subject) {
    let world = World::new(subject);
    let topic = world.topic("started", 2);
    world.feed(&topic, 1, &["a", "b", "c"]);
    let mut tail = world.tail(&topic, 1);
    tail.reader = world.cluster.reader(&topic, 1, 2).expect("a reader is made");
    assert_eq!(tail.position(), 2);
    tail.expect(3, &["c"]);
    assert_eq!((tail.seen[0].offset, tail.seen[0].topic, tail.seen[0].partition), (2, 0, 1));
    tail.reader = world.cluster.reader(&topic, 1, 3).expect("a reader is made at the end");
    world.feed(&topic, 1, &["d"]);
    tail.expect(4, &["c", "d"]);
}

/// Restoring ends when the position is at the end that `bounds` gave.
pub(super) fn a_reader_reaches_the_end_over_markers(subject: &dyn Subject) {
    let world = World::new(subject);
    let topic = world.topic("restored", 1);
    let mut producer = world.producer("restoring");
    producer.commit(&topic, 0, &["a", "b"]);
    world.until_end(&topic, 0, 3);
    world.tail(&topic, 0).expect(3, &["a", "b"]);
    producer.abort(&topic, 0, &["lost", "lost"], 5);
    world.until_end(&topic, 0, 6);
    world.tail(&topic, 0).expect(6, &["a", "b"]);
    let mut late = world.tail(&topic, 0);
    late.reader = world.cluster.reader(&topic, 0, 3).expect("a reader is made");
    late.expect(6, &[]);
}

/// The watermark of an idle partition needs the position to come to the end.
pub(super) fn a_session_reaches_its_end_over_markers(subject: &dyn Subject) {
    let world = World::new(subject);
    let topic = world.topic("ended", 2);
    let mut producer = world.producer("ending");
    let mut member = world.member(&world.name("group"), &world.name("instance"), &[&topic]);
    member.settle();
    let mut reach = |offset: i64, values: &[&str]| {
        world.until("the position comes to the end", || {
            member.run();
            let end = member.session.end(FIRST).map(|end| end.offset);
            end == Some(offset) && member.positions.get(&FIRST) == end.as_ref()
        });
        let seen: Vec<&str> = member.seen.iter().filter_map(|record| record.value.as_deref()).collect();
        assert_eq!(seen, values);
        let empty = InputPartition { topic: 0, partition: 1 };
        assert_eq!(member.session.end(empty).map(|end| end.offset), Some(0), "an empty partition has an end too");
    };
    producer.commit(&topic, 0, &["a"]);
    reach(2, &["a"]);
    producer.abort(&topic, 0, &["lost"], 3);
    world.until_end(&topic, 0, 4);
    reach(4, &["a"]);
    producer.commit(&topic, 0, &["b"]);
    reach(6, &["a", "b"]);
}

pub(super) fn pause_resume_and_seek(subject: &dyn Subject) {
    let world = World::new(subject);
    let topic = world.topic("paused", 2);
    let second = InputPartition { topic: 0, partition: 1 };
    world.feed(&topic, 0, &["a0", "a1", "a2"]);
    world.feed(&topic, 1, &["b0", "b1"]);
    let mut member = world.member(&world.name("group"), &world.name("instance"), &[&topic]);
    member.settle();
    world.until("everything is read", || {
        member.run();
        member.seen.len() == 5
    });

    member.session.pause(&[FIRST]).expect("a partition is paused");
    world.feed(&topic, 0, &["a3"]);
    world.feed(&topic, 1, &["b2"]);
    let read = |member: &mut super::Member<'_>, expected: &[&str]| {
        member.seen.clear();
        world.until("what is resumed is read", || {
            member.run();
            member.seen.len() >= expected.len()
        });
        for _ in 0..QUIET_POLLS {
            member.run();
            world.subject.advance(STEP);
        }
        let mut seen: Vec<&str> = member.seen.iter().filter_map(|record| record.value.as_deref()).collect();
        // Stable: each partition's own order stays.
        seen.sort_by_key(|value| value.as_bytes()[0]);
        assert_eq!(seen, expected);
    };
    read(&mut member, &["b2"]);
    member.session.seek(&[(FIRST, 1)]).expect("a paused partition is moved");
    read(&mut member, &[]);
    member.session.resume(&[FIRST]).expect("a partition is resumed");
    read(&mut member, &["a1", "a2", "a3"]);
    member.session.seek(&[(FIRST, 2), (second, 1)]).expect("partitions are moved");
    read(&mut member, &["a2", "a3", "b1", "b2"]);
    assert_eq!((member.positions[&FIRST], member.positions[&second]), (4, 3));
}

pub(super) fn a_poll_keeps_to_its_limits(subject: &dyn Subject) {
    let world = World::new(subject);
    let topic = world.topic("limited", 2);
    let values: Vec<String> = (0..50).map(|at| format!("{at:010}")).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    world.feed(&topic, 0, &values);
    world.feed(&topic, 1, &values);
    let mut member = world.member(&world.name("group"), &world.name("instance"), &[&topic]);
    member.settle();
    for limits in [
        PollLimits { max_records: 7, ..world.limits() },
        // A poll stops once it has so many bytes: after the third of ten bytes each.
        PollLimits { max_bytes: 25, ..world.limits() },
    ] {
        member.session.seek(&[(FIRST, 0), (InputPartition { topic: 0, partition: 1 }, 0)]).expect("back to the start");
        member.seen.clear();
        world.until("everything is read", || {
            let before = member.seen.len();
            assert_eq!(member.poll(limits).expect("a member polls"), None);
            let most = if limits.max_records == 7 { 7 } else { 3 };
            assert!(member.seen.len() - before <= most, "a poll gave {} records", member.seen.len() - before);
            member.seen.len() >= 100
        });
        for partition in 0..2 {
            let of = member.seen.iter().filter(|record| record.partition == partition);
            let seen: Vec<&str> = of.filter_map(|record| record.value.as_deref()).collect();
            assert_eq!(seen, values);
        }
    }
}
