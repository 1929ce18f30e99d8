//! `participants[]`: one row per joining (`session.md`, Chat resource).

use std::collections::{BTreeMap, BTreeSet};

use super::{Views, whole};
use crate::chat::metric::shape;
use crate::chat::metric::value::Value;
use crate::event::{Event, EventData, Participant};
use crate::time::{Span, Timestamp};

/// The joinings, in order, and the meets they joined.
#[derive(Debug, Default)]
pub(super) struct Participants<'a> {
    rows: Vec<Joining<'a>>,
    /// Each participant's last joining, until it ends.
    open: BTreeMap<&'a str, usize>,
    /// The meets that have started, in the order of their first starts; of those that have ended some are left out.
    meets: Vec<&'a str>,
    meets_started: BTreeSet<&'a str>,
    meets_ended: BTreeSet<&'a str>,
}

#[derive(Debug)]
struct Joining<'a> {
    joined: &'a Participant,
    joined_at: Timestamp,
    call_id: Option<&'a str>,
    left: Option<(Timestamp, &'a Participant)>,
}

shape! {
    PARTICIPANT "Participant" "`session.md`, Chat resource: `participants[]`";
    fn row(joining: &Joining<'f>, hold: Option<Span>);
    1 "id" Text: "participant id" => &*joining.joined.participant_id;
    2 "type" Text: "`agent`, `end_user`, `third_party` or `virtual_agent`" => joining.joined.kind.as_str();
    3 "status" Text: "told when it left, else when it joined" => joining.told(|told| told.status.as_deref());
    4 "call_id" Text: "the meet that was started last and not yet ended when it joined" => joining.call_id;
    5 "user_id" Text PII: "the user" => joining.told(|told| told.user_id.as_deref());
    6 "end_user_id" Text PII: "the end user" => joining.told(|told| told.end_user_id.as_deref());
    7 "connected_at" Time: "when it joined" => joining.joined_at;
    8 "ended_at" Time: "when it left" => joining.left.map(|(at, _)| at);
    9 "call_duration" WholeSeconds: "ended_at − connected_at" =>
        whole(joining.left.map(|(at, _)| at.since(joining.joined_at)));
    10 "hold_duration" WholeSeconds: "the hold of the handle segments whose connection names the participant" =>
        whole(hold);
    11 "fail_reason" Text: "told when it left, else when it joined" => joining.told(|told| told.fail_reason.as_deref());
}

impl<'a> Participants<'a> {
    pub fn tell(&mut self, event: &'a Event) {
        match &event.data {
            EventData::MeetStarted(started) => {
                let id: &str = &started.meet_id;
                if self.meets_started.insert(id) {
                    self.meets.push(id);
                }
            }
            EventData::MeetEnded(ended) => {
                self.meets_ended.insert(&ended.meet_id);
            }
            EventData::ParticipantJoined(joined) => {
                self.open.insert(&joined.participant_id, self.rows.len());
                let call_id = self.last_meet();
                self.rows.push(Joining { joined, joined_at: event.time, call_id, left: None });
            }
            EventData::ParticipantLeft(left) => {
                if let Some(at) = self.open.remove(&*left.participant_id) {
                    self.rows[at].left = Some((event.time, left));
                }
            }
            _ => {}
        }
    }

    /// The meet that was started last and has not ended.
    fn last_meet(&mut self) -> Option<&'a str> {
        while self.meets.pop_if(|id| self.meets_ended.contains(&**id)).is_some() {}
        self.meets.last().copied()
    }
}

impl<'a> Joining<'a> {
    /// What was told at the end, else at the beginning.
    fn told(&self, member: impl Fn(&'a Participant) -> Option<&'a str>) -> Option<&'a str> {
        self.left.and_then(|(_, left)| member(left)).or_else(|| member(self.joined))
    }
}

/// The rows of `participants`.
pub(super) fn rows<'a>(views: &Views<'a>) -> Value<'a> {
    let mut holds: BTreeMap<&str, Span> = BTreeMap::new();
    for segment in &views.segments.handles {
        if let Some(participant_id) = segment.connected.and_then(|connected| connected.participant_id.as_deref()) {
            *holds.entry(participant_id).or_default() += segment.hold;
        }
    }
    let hold = |joining: &Joining<'_>| holds.get(&*joining.joined.participant_id).copied();
    Value::Rows(views.participants.rows.iter().map(|joining| row(joining, hold(joining))).collect())
}
