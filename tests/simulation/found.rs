//! What the simulation has found: each a seed that failed, and where it can be said in few steps, the steps.
//!
//! A seed means what it means as long as the plan draws the same numbers in the same order.

use std::time::Duration;

use serde_json::json;

use crate::run::holds;
use crate::support::{Line, World, assert_gapless, content, expected};

const HOUR: Duration = Duration::from_secs(3_600);

fn assert_as_expected(world: &World, lines: &[Line]) {
    let records = world.records();
    assert_gapless(&records);
    let expected = expected(lines, &world.directory);
    assert_eq!(records.len(), expected.len());
    for (chat, revisions) in &records {
        assert_eq!(content(revisions.last().expect("one at least")), expected[chat], "{chat}");
    }
}

fn short_chat(chat: &str) -> [Line; 2] {
    let at = |minute: u32| format!("2026-03-02T09:{minute:02}:00Z");
    [
        Line::of(chat, "1", "chat.created", &at(0), json!({"channelId": "c1"})),
        Line::of(chat, "2", "chat.closed", &at(9), json!({"by": "user"})),
    ]
}

/// A restore that ended (by a crash, a rebalance, or because the end it had learned lay within it) in the middle of a
/// transaction had written its meta row, which comes first, but not the rows behind it. The next restore found the meta row
/// of the committed offsets, took the store for whole and read nothing: chats without events, wrong numbers, or a stop.
#[test]
fn a_restore_that_was_broken_off_within_a_transaction_is_taken_up_again() {
    for steps in 1..=4 {
        let mut world = World::new("2026-03-02T09:10:30Z", 1);
        world.start("a", 1);
        world.settle();
        // More rows in one transaction than a step of a restore reads.
        let lines: Vec<Line> = (0..3_000).flat_map(|n| short_chat(&format!("chat-{n}"))).collect();
        lines.iter().for_each(|line| world.send(line));
        world.settle();
        world.kill("a", true);
        world.start("a", 1);
        for _ in 0..steps {
            world.step();
        }
        world.kill("a", false);
        world.start("a", 1);
        world.pass(HOUR, Duration::from_secs(600));
        assert_as_expected(&world, &lines);
    }
}

#[test]
fn seed_114_broke_a_restore_off_and_a_journal_chunk_was_missing() {
    holds(114);
}

#[test]
fn seed_58_broke_a_restore_off_and_a_record_had_wrong_numbers() {
    holds(58);
}

/// A document that was deleted, and then an unusable one: whoever read both at once kept the deleted one in force, whoever
/// read one after the other had none.
#[test]
fn an_unusable_document_after_a_deletion_does_not_bring_the_deleted_one_back() {
    let mut world = World::new("2026-03-02T09:10:30Z", 1);
    let office =
        r#"{"timezone":"UTC","operatingHours":[{"effectiveFrom":"2026-01-01","weekly":{"mon":[["09:05","18:00"]]}}]}"#;
    world.document("channel/c1", Some(office));
    world.start("a", 1);
    let lines = short_chat("x");
    lines.iter().for_each(|line| world.send(line));
    world.settle();
    world.document("channel/c1", None);
    world.document("channel/c1", Some(r#"{"timezone":"Nowhere/City"}"#));
    world.pass(HOUR, Duration::from_secs(60));
    assert_as_expected(&world, &lines);
    assert_eq!(world.read("dead-letters").len(), 1);
}

#[test]
fn seed_184_deleted_a_document_and_an_unusable_one_brought_it_back() {
    holds(184);
}
