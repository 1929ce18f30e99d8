//! What tests send to a deployment: invented traffic, short chats, and when it has happened.
#![allow(dead_code, reason = "each test uses its own part of it")]

use serde_json::json;
use wrapup::clock::{Clock, SystemClock};
use wrapup::generate::{Options, Traffic};
use wrapup::time::{Span, Timestamp};

use super::Deployment;
use crate::support::Line;

/// So long ago.
pub fn ago(hours: i64) -> Timestamp {
    SystemClock::new().wall().saturating_sub(Span::from_hours(hours))
}

/// Invented events as they are sent.
pub fn lines(traffic: Traffic) -> impl Iterator<Item = Line> {
    traffic.map(|event| Line { topic: event.topic as usize, chat: event.key, json: event.json })
}

/// Invented chats of some days ago: all their deadlines have passed, but for the expiry of those that never end.
pub fn traffic(seed: u64, chats: u64, shuffle: bool) -> (Vec<Line>, Traffic) {
    let options = Options { start: ago(96), shuffle, ..Options::default() };
    (lines(Traffic::new(seed, chats, options.clone())).collect(), Traffic::new(seed, chats, options))
}

pub fn send_directory(deployment: &mut Deployment, traffic: &Traffic) {
    for entry in traffic.directory() {
        deployment.document(&entry.key, Some(&entry.json));
    }
}

/// A chat of three events that has ended, `hours` ago.
pub fn short_chat(chat: &str, hours: i64) -> Vec<Line> {
    let start = ago(hours);
    let at = |secs: i64| start.saturating_add(Span::from_secs(secs)).to_string();
    let said = json!({"messageId": "m", "person": {"type": "user", "id": "u"}, "text": "?"});
    vec![
        Line::of(chat, "1", "chat.created", &at(0), json!({"channelId": "c1"})),
        Line::of(chat, "2", "message.sent", &at(5), said),
        Line::of(chat, "3", "chat.closed", &at(60), json!({"by": "manager"})),
    ]
}

pub fn short_chats(name: &str, count: usize) -> Vec<Line> {
    (0..count).flat_map(|number| short_chat(&format!("{name}-{number}"), 5)).collect()
}
