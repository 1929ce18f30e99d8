//! What holds for any chats, in any order, in any split.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::calendar::ChannelDocument;
use crate::chat::script::{OFFICE, any_events};
use crate::chat::{Fold, Journal};
use crate::event::Event;
use crate::snapshot::*;

/// A chat with policies, on a zone whose days are not UTC's.
fn documents() -> [ChannelDocument; 3] {
    let berlin = r#"{"timezone":"Europe/Berlin","serviceLevel":[
        {"effectiveFrom":"2026-01-01","targetSecs":60,"targetPercent":50,"abandonThresholdSecs":60},
        {"effectiveFrom":"2026-03-03","targetSecs":120}]}"#;
    let parse = |text: &str| ChannelDocument::parse(text.as_bytes()).expect("a document");
    [ChannelDocument::absent(), parse(OFFICE), parse(berlin)]
}

fn of(events: &[Event], document: &ChannelDocument, is_expired: bool) -> Contributions {
    let journal: Journal = events.iter().cloned().collect();
    Contributions::of(&journal, &Fold::of(&journal), document, is_expired)
}

fn nothing() -> Snapshots {
    Snapshots::new(WindowSize::Minutes5)
}

/// Chats, each with its channel's document (one for all of a channel would do: days of several zones are no less
/// exact) and whether it has expired.
fn any_chats() -> impl Strategy<Value = Vec<(Vec<Event>, bool)>> {
    vec((any_events(25), any::<bool>()), 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn order_and_duplicates_do_not_matter(events in any_events(25)) {
        let document = &documents()[2];
        let expected = of(&events, document, false);
        let mut other: Vec<Event> = events.iter().rev().cloned().collect();
        other.extend(events.iter().take(5).cloned());
        prop_assert_eq!(of(&other, document, false), expected);
    }

    #[test]
    fn identities_hold(chats in any_chats(), which in 0..3usize) {
        let document = &documents()[which];
        let (mut snapshots, mut expired) = (nothing(), ExpiredInQueue::default());
        for (events, is_expired) in &chats {
            let chat = of(events, document, *is_expired);
            snapshots.add(&chat);
            expired.add(&chat);
        }
        prop_assert_eq!(of_set(&snapshots, &expired), []);
    }

    /// The events come one by one; after each the difference is sent, in batches of any size.
    #[test]
    fn differences_in_any_split_equal_the_batch(chats in any_chats(), batch in 1..9usize, which in 0..3usize) {
        let documents = documents();
        let document = &documents[which];
        let (mut sent, mut expected) = (nothing(), nothing());
        let mut pending = Difference::new(WindowSize::Minutes5);
        let mut count = 0;
        for (events, is_expired) in &chats {
            let mut before = Contributions::default();
            for len in 1..=events.len() {
                let after = of(&events[..len], document, false);
                pending.change(&before, &after);
                before = after;
                count += 1;
                if count % batch == 0 {
                    for (_, message) in encode_difference(&pending, 3, 500) {
                        match decode_difference(&message, WindowSize::Minutes5) {
                            Ok(Told::Difference { difference, .. }) => sent.apply(&difference),
                            other => panic!("{other:?}"),
                        }
                    }
                    pending = Difference::new(WindowSize::Minutes5);
                }
            }
            // It expires, or the document changes.
            let after = of(events, if *is_expired { document } else { &documents[0] }, *is_expired);
            pending.change(&before, &after);
            expected.add(&after);
        }
        sent.apply(&pending);
        prop_assert_eq!(&sent, &expected);
        let mut rows = std::collections::BTreeMap::new();
        for (key, sums) in &expected.windows {
            rows.insert(key, WindowRow::new(sums.clone()));
        }
        for (key, row) in &mut rows {
            row.publish(key, 1, false);
            prop_assert_eq!(&decode_window_row(&encode_window_row(row)), &Ok(row.clone()));
        }
        for gauges in expected.live.values() {
            let row = LiveRow { gauges: gauges.clone(), published: None, is_unpublished: true, waiting: -3 };
            prop_assert_eq!(&decode_live_row(&encode_live_row(&row)), &Ok(row.clone()));
        }
    }

    #[test]
    fn what_is_retracted_leaves_what_was_before(chats in any_chats(), events in any_events(25)) {
        let document = &documents()[2];
        let mut snapshots = nothing();
        chats.iter().for_each(|(events, is_expired)| snapshots.add(&of(events, document, *is_expired)));
        let before = snapshots.clone();
        let chat = of(&events, document, false);
        snapshots.add(&chat);
        snapshots.retract(&chat);
        prop_assert_eq!(&snapshots, &before);
        for (events, is_expired) in &chats {
            snapshots.retract(&of(events, document, *is_expired));
        }
        prop_assert!(snapshots.is_empty());
    }

    /// Any figure can be added up again from the rows of the records, messages aside.
    #[test]
    fn the_rows_of_the_record_add_up_to_the_snapshots(chats in any_chats()) {
        let document = &documents()[2];
        let (mut snapshots, mut rows) = (nothing(), nothing());
        for (events, _) in &chats {
            let mut chat = of(events, document, true);
            snapshots.add(&chat);
            let mut json = String::new();
            chat.clone().into_moments().write_json(&mut json);
            let read: Vec<serde_json::Value> = serde_json::from_str(&json).expect("JSON");
            let mut counts = 0;
            for moment in &mut chat.moments {
                moment.adds.counts.retain(|(counter, _)| !counter.is_of_messages());
                counts += moment.adds.counts.len() + moment.adds.values.len();
            }
            let members = read.iter().map(|row| row["adds"].as_object().map_or(0, serde_json::Map::len));
            prop_assert_eq!(members.sum::<usize>(), counts);
            rows.add(&chat);
        }
        for (key, sums) in &snapshots.windows {
            for &counter in Counter::ALL.iter().filter(|counter| !counter.is_of_messages()) {
                let added = rows.windows.get(key).map_or(0, |sums| sums.count(counter));
                prop_assert_eq!(sums.count(counter), added);
            }
        }
    }

    #[test]
    fn no_bytes_make_a_decoder_panic(bytes in vec(any::<u8>(), 0..200)) {
        let _ = (decode_window_row(&bytes), decode_live_row(&bytes), decode_difference(&bytes, WindowSize::Minutes5));
        let ours = [&[FORMAT], &bytes[..]].concat();
        let _ = (decode_window_row(&ours), decode_live_row(&ours), decode_difference(&ours, WindowSize::Minutes5));
    }
}
