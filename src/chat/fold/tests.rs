//! The state machine, what finalization asks of a fold, and that the order of arrival leaves no trace.

use proptest::prelude::*;

use super::*;
use crate::chat::Inserted;
use crate::chat::script::{any_events, at, chat, event, events};
use crate::event::Kind;
use crate::time::Span;

#[track_caller]
fn states(script: &str, expected: &[State]) {
    let mut fold = Fold::default();
    let states: Vec<State> = events(script)
        .iter()
        .map(|event| {
            assert_eq!(fold.append(event), Folded::Applied);
            fold.state()
        })
        .collect();
    assert_eq!(states, expected, "{script}");
}

#[test]
fn every_opening_opens() {
    use State::{Closed, Initial, Missed, Opened, Snoozed};
    states("09:00 created; 09:00 opened; 09:01 closed; 09:02 opened", &[Initial, Opened, Closed, Opened]);
    states("09:00 missed; 09:01 opened; 09:02 snoozed; 09:03 opened", &[Missed, Opened, Snoozed, Opened]);
}

#[test]
fn a_snooze_outside_an_episode_sets_no_state() {
    use State::{Closed, Initial, Queued};
    states("09:00 snoozed; 09:01 queue; 09:02 snoozed", &[Initial, Queued, Queued]);
    states("09:00 closed; 09:01 snoozed", &[Closed, Closed]);
    chat("09:00 closed; 09:01 snoozed").has("snoozedAt 09:01; totalSnoozedTime 0.0");
}

#[test]
fn leaving_the_queue_leads_back_outside_an_episode() {
    use State::{Closed, Initial, Missed, Queued};
    states("09:00 queue; 09:01 left", &[Queued, Initial]);
    states("09:00 missed; 09:01 queue; 09:02 queue q2; 09:03 left", &[Missed, Queued, Queued, Missed]);
    states("09:00 closed; 09:01 queue; 09:02 left", &[Closed, Queued, Closed]);
}

#[test]
fn leaving_the_queue_leads_to_opened_inside_an_episode() {
    use State::{Opened, Queued, Snoozed};
    states("09:00 opened; 09:01 queue; 09:02 left", &[Opened, Queued, Opened]);
    states("09:00 opened; 09:01 snoozed; 09:02 queue; 09:03 left", &[Opened, Snoozed, Queued, Opened]);
    states("09:00 queue; 09:01 opened; 09:02 left", &[Queued, Opened, Opened]);
}

#[test]
fn only_the_end_of_the_open_segment_leads_back() {
    use State::{Opened, Queued, Snoozed};
    states("09:00 opened; 09:01 queue q1; 09:02 left q2; 09:03 left q1", &[Opened, Queued, Queued, Opened]);
    states("09:00 opened; 09:01 queue; 09:02 snoozed; 09:03 left", &[Opened, Queued, Snoozed, Snoozed]);
    // The entry of the same millisecond has ended the segment that is left; also when both are of one queue.
    for next in ["q1", "q2"] {
        let script = format!("09:00 opened; 09:01 queue q1; 09:02 queue {next}; 09:02 left q1; 09:03 left {next}");
        states(&script, &[Opened, Queued, Queued, Queued, Opened]);
    }
    // One millisecond later it is the new segment that is left.
    let script = "09:00 opened; 09:01 queue q1; 09:02 queue q1; 09:02:00.001 left q1";
    states(script, &[Opened, Queued, Queued, Opened]);
    // Through three queues in a millisecond: both segments that ended in it have their ends.
    let script = "09:00 queue q1; 09:01 queue q2; 09:01 queue q3; 09:01 left q1; 09:01 left q2; 09:01 left q3";
    states(script, &[Queued, Queued, Queued, Queued, Queued, State::Initial]);
}

#[test]
fn an_assignment_leads_out_of_the_queue_inside_an_episode() {
    use State::{Initial, Opened, Queued};
    states("09:00 opened; 09:01 queue; 09:02 assigned; 09:03 left", &[Opened, Queued, Opened, Opened]);
    states("09:00 queue; 09:02 assigned; 09:03 left", &[Queued, Queued, Initial]);
    chat("09:00 opened; 09:01 queue; 09:02 assigned; 09:03 left").has("firstQueueOutAt 09:03");
}

#[test]
fn repeated_ends_change_nothing_but_updated_at() {
    let fold = chat("09:00 opened; 09:01 closed; 09:02 closed").fold;
    assert_eq!((fold.ended_at(), fold.updated_at()), (Some(at("09:01")), Some(at("09:02"))));
    chat("09:00 missed; 09:01 missed userLeft").has("missedAt 09:00; missedReason noOperator; updatedAt 09:01");
    // A close that is not effective drops no question.
    chat("09:00 closed; 09:01 ask; 09:02 closed; 09:03 opened; 09:04 answer").has("replyCount 1; totalReplyTime 60.0");
}

#[test]
fn one_end_may_follow_another() {
    let chat = chat("09:00 opened; 09:01 missed; 09:02 closed; 09:03 missed userLeft; 09:04 ask");
    chat.has("state missed; endedAt 09:03; firstMissedAt 09:01; missedAt 09:03; missedReason userLeft");
    chat.has("firstClosedAt 09:02; closedAt 09:02; reopenCount 0; firstMemberHandlingTime null");
}

#[test]
fn tells_when_the_state_ended_and_when_it_was_last_not_ended() {
    let fold = chat("09:00 opened; 09:01 closed; 09:05 ask").fold;
    assert_eq!((fold.ended_at(), fold.last_unended_at()), (Some(at("09:01")), Some(at("09:00"))));
    let fold = chat("09:00 opened; 09:01 closed; 09:05 queue").fold;
    assert_eq!((fold.ended_at(), fold.last_unended_at()), (None, Some(at("09:05"))));
    // Back to closed: that is when the state was last changed to it.
    let fold = chat("09:00 opened; 09:01 closed; 09:05 queue; 09:06 left").fold;
    assert_eq!((fold.ended_at(), fold.last_unended_at()), (Some(at("09:06")), Some(at("09:05"))));
    let fold = chat("09:00 created; 09:01 closed").fold;
    assert_eq!((fold.ended_at(), fold.last_unended_at()), (Some(at("09:01")), None));
}

#[test]
fn tells_when_silence_will_fire() {
    let silence_end = |script| chat(script).fold.silence_end();
    assert_eq!(silence_end("09:00 ask; 09:01 opened"), None);
    assert_eq!(silence_end("09:00 ask; 09:01 alf"), Some(at("+1 09:00")));
    assert_eq!(silence_end("09:00 ask; 09:01 alf; 09:02 closed"), Some(at("+1 09:00")));
    assert_eq!(silence_end("09:00 ask; 09:01 alf; 09:02 alf-ended"), None);
    assert_eq!(silence_end("09:00 ask; 09:01 alf; 09:02 opened alf"), None);
    assert_eq!(silence_end("09:00 ask; 09:01 alf; 09:02 opened"), Some(at("+1 09:00")));
    assert_eq!(silence_end("09:00 ask; 09:01 alf; +2 09:00 alf-ended"), Some(at("+1 09:00")));
}

#[test]
fn knows_the_channel_from_its_creation_or_the_first_event_that_names_it() {
    let channel = |script| chat(script).fold.channel_id().map(str::to_owned);
    assert_eq!(channel("09:00 opened"), None);
    let named =
        r#"09:00 opened; 09:01 chat.opened {"by":"user","channelId":"x"}; 09:02 chat.updated {"channelId":"y"}"#;
    assert_eq!(channel(named).as_deref(), Some("x"));
    assert_eq!(
        channel(&format!("{named}; 09:03 created; 09:04 chat.created {{\"channelId\":\"z\"}}")).as_deref(),
        Some("c1")
    );
}

#[test]
fn refuses_what_changes_the_meaning_of_earlier_events() {
    let mut fold = chat("09:00 opened; 09:01 ask; 09:02 engaged").fold;
    let before = fold.clone();
    assert_eq!(fold.append(&event("09:03 outbound", "x")), Folded::Stale);
    assert_eq!(fold.append(&event("09:03 call-in", "x")), Folded::Stale);
    assert_eq!(fold, before);
    assert_eq!(fold.append(&event("09:03 call", "x")), Folded::Applied);
    assert_eq!(fold.append(&event("09:04 call-in", "y")), Folded::Applied, "the first start told the meet's direction");
    let mut fold = chat("09:00 created; 09:01 engaged").fold;
    assert_eq!(fold.append(&event("09:03 outbound", "x")), Folded::Applied, "a second creation tells nothing");
}

/// Takes events as they arrive, as the engine does.
fn fold_arriving(events: &[Event]) -> (Journal, Fold) {
    let (mut journal, mut fold) = (Journal::new(), Fold::default());
    for event in events {
        match journal.insert(event.clone()) {
            Inserted::Appended if fold.append(event) == Folded::Applied => {}
            Inserted::Appended | Inserted::Within => fold = Fold::of(&journal),
            Inserted::Duplicate | Inserted::Full => {}
        }
    }
    (journal, fold)
}

/// What the assistant started on, `managedAt` by it, and the end by silence: `metrics.md` word for word.
fn alf_to_the_letter(journal: &Journal) -> Option<(Option<Timestamp>, Option<Timestamp>)> {
    let events: Vec<&Event> = journal.iter().collect();
    let started = events.iter().position(|event| event.kind == Kind::ChatAlfStarted)?;
    let started_at = events[started].time;
    let opened = events.iter().position(|event| event.kind == Kind::ChatOpened).unwrap_or(usize::MAX);
    let question = |(at, event): (usize, &&Event)| match &event.data {
        EventData::MessageSent(message) if !message.private && message.person.kind == PersonType::User => {
            Some((at, event.time, message.answers_workflow))
        }
        _ => None,
    };
    let questions: Vec<(usize, Timestamp, bool)> = events.iter().enumerate().filter_map(question).collect();
    let until_start = questions.iter().rfind(|(_, time, answers_workflow)| *time <= started_at && !answers_workflow);
    let after_it = questions.iter().find(|(at, time, _)| *time > started_at && *at < opened);
    let on = until_start.or(after_it);
    let candidates: Vec<Timestamp> = match on {
        Some((on, ..)) => questions.iter().filter(|(at, ..)| at >= on).map(|&(_, time, _)| time).collect(),
        None => {
            let later = questions.iter().filter(|&&(at, ..)| at > started).map(|&(_, time, _)| time);
            std::iter::once(started_at).chain(later).collect()
        }
    };
    let day = Span::from_hours(24);
    let silence = candidates.iter().enumerate().find(|&(at, &time)| {
        let is_followed = candidates[at + 1..].iter().any(|next| next.since(time) <= day);
        !is_followed && time.saturating_add(day) > started_at
    });
    let managed_at = (started < opened).then(|| on.map_or(started_at, |&(_, time, _)| time));
    Some((managed_at, silence.map(|(_, time)| time.saturating_add(day))))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn folding_one_by_one_gives_what_folding_at_once_gives(mut events in any_events(40)) {
        events.sort_by(|a, b| a.key().cmp(&b.key()));
        let mut fold = Fold::default();
        for (at, event) in events.iter().enumerate() {
            if fold.append(event) == Folded::Stale {
                fold = Fold::of(&events[..=at].iter().cloned().collect());
            }
            prop_assert_eq!(&fold, &Fold::of(&events[..=at].iter().cloned().collect()));
        }
    }

    #[test]
    fn the_assistant_is_followed_to_the_letter(events in any_events(40)) {
        let journal: Journal = events.into_iter().collect();
        let fold = Fold::of(&journal);
        let expected = alf_to_the_letter(&journal);
        prop_assert_eq!(fold.alf.started_at().map(|_| (fold.alf.managed_at(), fold.alf.silence_end())), expected);
    }

    #[test]
    fn order_and_repeats_leave_no_trace(
        (one, other) in any_events(30).prop_flat_map(|events| {
            let twice: Vec<Event> = events.iter().chain(&events).cloned().collect();
            (Just(events), Just(twice).prop_shuffle())
        })
    ) {
        let ((one_journal, one_fold), (other_journal, other_fold)) = (fold_arriving(&one), fold_arriving(&other));
        prop_assert!(one_journal.iter().eq(other_journal.iter()));
        prop_assert_eq!(one_fold, other_fold);
    }
}
