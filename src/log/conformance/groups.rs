//! Membership, rebalances, committed offsets, and who is fenced by what.

use crate::log::{Committed, InputPartition, LogError, Rebalance};

use super::member::{FIRST, Member, offset};
use super::{QUIET_POLLS, STEP, Subject, World, expect_fenced};

pub(super) fn offsets_come_back_with_their_metadata(subject: &dyn Subject) {
    let world = World::new(subject);
    let topics = [world.topic("a", 2), world.topic("b", 2)];
    let topics = [topics[0].as_str(), topics[1].as_str()];
    let (group, instance) = (world.name("group"), world.name("instance"));
    let mut member = world.member(&group, &instance, &topics);
    member.settle();
    let of = |topic, partition| InputPartition { topic, partition };
    assert_eq!(member.committed(&[of(0, 0), of(1, 1)]), [None, None]);

    let mut commit = offset(42, "7:2026-03-02T09:00:00.000Z");
    commit.partition = of(1, 0);
    let commits = [offset(3, ""), commit, offset(5, "newer in the same commit")];
    member.session.begin().expect("a transaction begins");
    member.session.commit(&commits[..2]).expect("offsets alone are committed");
    let committed = |offset, metadata: &str| Some(Committed { offset, metadata: metadata.to_string() });
    let expected = [committed(42, "7:2026-03-02T09:00:00.000Z"), None, committed(3, "")];
    assert_eq!(member.committed(&[of(1, 0), of(0, 1), of(0, 0)]), expected, "in the order asked");
    member.session.begin().expect("a transaction begins");
    member.session.commit(&commits[2..]).expect("offsets are moved");
    drop(member);

    let mut again = world.member(&group, &instance, &topics);
    let expected = [committed(5, "newer in the same commit"), None, committed(42, "7:2026-03-02T09:00:00.000Z")];
    assert_eq!(again.committed(&[of(0, 0), of(0, 1), of(1, 0)]), expected, "before anything is assigned");
    let mut other = world.member(&world.name("group"), &world.name("instance"), &topics);
    assert_eq!(other.committed(&[of(0, 0)]), [None], "offsets are the group's own");
}

pub(super) fn offsets_are_stable_after_reinitialising(subject: &dyn Subject) {
    let world = World::new(subject);
    let topic = world.topic("output", 1);
    let mut producer = world.producer("stable");
    for at in 1..=5 {
        producer.session.begin().expect("a transaction begins");
        producer.send(&topic, 0, &["kept"]);
        producer.session.commit(&[offset(at, "kept")]).expect("a transaction commits");
        producer.session.begin().expect("a transaction begins");
        producer.send(&topic, 0, &["lost"]);
        producer.session.reinitialise().expect("the producer is made anew");
        let committed = producer.committed(&[FIRST])[0].clone().expect("an offset is committed");
        assert_eq!((committed.offset, committed.metadata.as_str()), (at, "kept"));
    }
}

pub(super) fn one_member_gets_everything_paused(subject: &dyn Subject) {
    let world = World::new(subject);
    let topics = [world.topic("a", 3), world.topic("b", 3)];
    world.feed(&topics[0], 1, &["x"]);
    let mut member = world.member(&world.name("group"), &world.name("instance"), &[&topics[0], &topics[1]]);
    let mut assigned = Vec::new();
    world.until("everything is assigned", || match member.poll(world.limits()).expect("a member polls") {
        Some(Rebalance::Assigned(partitions)) => {
            assigned = partitions;
            true
        }
        Some(other) => panic!("there was nothing to lose by {other:?}"),
        None => false,
    });
    assigned.sort_unstable();
    let all = (0..2).flat_map(|topic| (0..3).map(move |partition| InputPartition { topic, partition }));
    assert_eq!(assigned, all.collect::<Vec<_>>());

    let starts: Vec<(InputPartition, i64)> = assigned.iter().map(|partition| (*partition, 0)).collect();
    member.session.assign(&starts).expect("an assignment is answered");
    for _ in 0..QUIET_POLLS {
        assert_eq!(member.poll(world.limits()), Ok(None));
        world.subject.advance(STEP);
    }
    assert!(member.seen.is_empty(), "nothing is resumed");
    member.session.resume(&assigned).expect("everything is resumed");
    world.until("the record comes", || {
        assert_eq!(member.poll(world.limits()), Ok(None));
        !member.seen.is_empty()
    });
}

pub(super) fn two_members_share_whole_partition_numbers(subject: &dyn Subject) {
    let world = World::new(subject);
    let topics = ["a", "b", "c"].map(|base| world.topic(base, 5));
    let (first, second) = pair(&world, &topics);
    let (first, second) = (first.numbers(3), second.numbers(3));
    for numbers in [&first, &second] {
        assert!(!numbers[0].is_empty());
        assert_eq!((&numbers[1], &numbers[2]), (&numbers[0], &numbers[0]), "a partition number has one owner");
    }
    let mut all = [first[0].as_slice(), second[0].as_slice()].concat();
    all.sort_unstable();
    assert_eq!(all, [0, 1, 2, 3, 4]);
}

pub(super) fn who_leaves_hands_over(subject: &dyn Subject) {
    let world = World::new(subject);
    let topics = ["a", "b", "c"].map(|base| world.topic(base, 4));
    let (mut first, mut second) = pair(&world, &topics);
    second.session.leave().expect("a member leaves");
    drop(second);
    world.until("who stays has everything", || {
        first.run();
        first.assigned.as_ref().is_some_and(|partitions| partitions.len() == 12)
    });
    assert_eq!(first.numbers(3), vec![vec![0, 1, 2, 3]; 3]);
}

/// The membership is static: a restart within the session time-out moves nothing.
pub(super) fn who_comes_back_gets_its_old_share(subject: &dyn Subject) {
    let world = World::new(subject);
    let topics = ["a", "b", "c"].map(|base| world.topic(base, 4));
    let group = world.name("group");
    let names = [world.name("first"), world.name("second")];
    let (mut first, second) = pair_of(&world, &group, &names, &topics);
    let before = (first.numbers(3), second.numbers(3));
    drop(second);
    let mut second = world.member(&group, &names[1], &topics.each_ref().map(String::as_str));
    world.until("both have partitions", || {
        first.run();
        second.run();
        first.assigned.is_some() && second.assigned.is_some()
    });
    assert_eq!((first.numbers(3), second.numbers(3)), before);
}

pub(super) fn a_newer_session_of_a_name_fences_the_older(subject: &dyn Subject) {
    let world = World::new(subject);
    let (input, output) = (world.topic("input", 1), world.topic("output", 1));
    let (group, instance) = (world.name("group"), world.name("instance"));
    let mut older = world.member(&group, &instance, &[&input]);
    older.settle();
    older.session.begin().expect("a transaction begins");
    older.send(&output, 0, &["before"]);
    world.until_end(&output, 0, 1);

    let mut newer = world.member(&group, &instance, &[&input]);
    // Joining has ended the older one's transaction.
    world.until_end(&output, 0, 2);
    let sent = older.session.send(super::plain(&output, 0, "after"));
    assert!(matches!(sent, Ok(()) | Err(LogError::Fenced(_) | LogError::Abort(_))), "{sent:?}");
    let committed = older.session.commit(&[offset(9, "zombie")]);
    expect_fenced(&mut *older.session, committed);

    newer.settle();
    assert_eq!(newer.committed(&[FIRST]), [None], "a zombie leaves no offsets");
    newer.commit(&output, 0, &["newer"]);
    world.until_end(&output, 0, 4);
    world.tail(&output, 0).expect(4, &["newer"]);
    let limits = world.limits();
    world.until("the older member is told too", || matches!(older.poll(limits), Err(LogError::Fenced(_))));
    newer.commit(&output, 0, &["again"]);
}

pub(super) fn offsets_of_an_old_generation_are_refused(subject: &dyn Subject) {
    let world = World::new(subject);
    let output = world.topic("output", 1);
    let inputs = [world.topic("input", 2)];
    let (mut zombie, mut owner) = zombie_and_owner(&world, &inputs);
    zombie.session.begin().expect("a zombie may begin");
    zombie.send(&output, 0, &["zombie"]);
    let all = [FIRST, InputPartition { topic: 0, partition: 1 }];
    let commits = all.map(|partition| crate::log::OffsetCommit { partition, ..offset(9, "zombie") });
    let committed = zombie.session.commit(&commits);
    assert!(matches!(committed, Err(LogError::Abort(_))), "{committed:?}");
    zombie.session.abort().expect("a zombie's transaction aborts");
    world.until_end(&output, 0, 2);
    world.tail(&output, 0).expect(2, &[]);
    assert_eq!(owner.committed(&all), [None, None]);

    // It is nobody's fault: the next generation commits.
    let mine = owner.assigned.clone().expect("the owner has partitions")[0];
    owner.session.begin().expect("a transaction begins");
    let commit = crate::log::OffsetCommit { partition: mine, ..offset(1, "owner") };
    owner.session.commit(&[commit]).expect("the new generation commits");
    assert!(owner.committed(&[mine])[0].is_some());
}

/// A gap of Kafka's that must be known: only the offsets of a transaction are checked against the generation. This is why
/// the engine sends offsets with every commit, even when it has only fired timers.
pub(super) fn without_offsets_an_old_generation_can_commit(subject: &dyn Subject) {
    let world = World::new(subject);
    let output = world.topic("output", 1);
    let inputs = [world.topic("input", 2)];
    let (mut zombie, _owner) = zombie_and_owner(&world, &inputs);
    zombie.commit(&output, 0, &["zombie"]);
    world.until_end(&output, 0, 2);
    world.tail(&output, 0).expect(2, &["zombie"]);
}

/// Two members of a new group, both with partitions.
fn pair<'w>(world: &'w World<'w>, topics: &[String]) -> (Member<'w>, Member<'w>) {
    pair_of(world, &world.name("group"), &[world.name("first"), world.name("second")], topics)
}

fn pair_of<'w>(world: &'w World<'w>, group: &str, names: &[String; 2], topics: &[String]) -> (Member<'w>, Member<'w>) {
    let names_of: Vec<&str> = topics.iter().map(String::as_str).collect();
    let mut first = world.member(group, &names[0], &names_of);
    first.settle();
    let mut second = world.member(group, &names[1], &names_of);
    world.until("both have partitions", || {
        first.run();
        second.run();
        first.assigned.is_some() && second.assigned.as_ref().is_some_and(|partitions| !partitions.is_empty())
    });
    (first, second)
}

/// A member that had everything and does not know yet that the generation is over, and the one that does.
fn zombie_and_owner<'w>(world: &'w World<'w>, topics: &[String]) -> (Member<'w>, Member<'w>) {
    let names: Vec<&str> = topics.iter().map(String::as_str).collect();
    let group = world.name("group");
    let mut zombie = world.member(&group, &world.name("zombie"), &names);
    zombie.settle();
    let mut owner = world.member(&group, &world.name("owner"), &names);
    world.until("the first is asked to give up", || {
        zombie.step();
        owner.run();
        zombie.revoked
    });
    // It gives up, so that the group goes on, but then hears nothing.
    zombie.release();
    world.until("the next generation starts", || {
        owner.run();
        owner.assigned.is_some()
    });
    (zombie, owner)
}
