//! The events of one chat as they are made up: a clock that goes forward, a few people, and what they do.

use serde_json::{Value, json};

use super::chance::Chance;
use super::directory::{Channel, Manager};
use super::text;
use crate::event::Kind;
use crate::time::{Span, Timestamp};

pub(super) const SECOND: i64 = 1_000;
pub(super) const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;

/// One event, but for its envelope.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub kind: Kind,
    pub time: Timestamp,
    /// Counts the chat's events; its id is made of it.
    pub number: u32,
    /// `data` as JSON.
    pub data: Box<str>,
}

/// A chat in the making.
pub(super) struct Script<'a> {
    pub chance: Chance,
    pub channel: &'a Channel,
    pub events: Vec<Draft>,
    pub now: Timestamp,
    chat: &'a str,
    user: String,
    manager: usize,
    things: u32,
}

impl<'a> Script<'a> {
    pub fn new(mut chance: Chance, channel: &'a Channel, chat: &'a str, start: Timestamp) -> Self {
        let user = format!("u{}", chance.below(50_000));
        let manager = chance.below(channel.managers.len() as u64) as usize;
        Script { chance, channel, events: Vec::with_capacity(32), now: start, chat, user, manager, things: 0 }
    }

    /// Lets some time pass, in milliseconds; short waits are more frequent than long ones.
    pub fn wait(&mut self, from: i64, to: i64) {
        let reach = self.chance.between(0, to - from);
        self.now = self.now.saturating_add(Span::from_millis(from + self.chance.between(0, reach)));
    }

    pub fn add(&mut self, kind: Kind, data: Value) {
        let number = self.events.len() as u32 + 1;
        self.events.push(Draft { kind, time: self.now, number, data: data.to_string().into() });
    }

    /// An id for a message, meet, transfer or participant, new in this chat.
    pub fn thing(&mut self, letter: char) -> String {
        self.things += 1;
        format!("{}-{letter}{}", self.chat, self.things)
    }

    pub fn manager(&self) -> &'a Manager {
        &self.channel.managers[self.manager]
    }

    pub fn manager_id(&self) -> &'a str {
        &self.manager().id
    }

    /// Another manager takes over.
    pub fn next_manager(&mut self) {
        let others = self.channel.managers.len() as u64 - 1;
        self.manager = (self.manager + 1 + self.chance.below(others) as usize) % self.channel.managers.len();
    }

    pub fn agent(&self) -> Value {
        let manager = self.manager();
        let name = format!("{} {}", manager.first_name, manager.last_name);
        json!({"id": manager.id, "name": name, "agentNumber": manager.number})
    }

    pub fn created(&mut self, medium: Value, direction: &str) {
        let mut data = json!({
            "channelId": self.channel.id, "userId": self.user, "userName": format!("Customer {}", &self.user[1..]),
            "direction": direction, "medium": medium, "lang": self.channel.lang,
        });
        if direction == "INBOUND" && self.chance.happens(0.6) {
            data["page"] = json!(format!("https://shop.example/items/{}", self.chance.below(900)));
        }
        if self.chance.happens(0.1) {
            data["source"] = json!({"marketing": {"type": "campaign", "id": format!("mk{}", self.chance.below(40))}});
        }
        self.add(Kind::ChatCreated, data);
    }

    pub fn opened(&mut self, by: &str) {
        let data = if by == "manager" { json!({"by": by, "managerId": self.manager_id()}) } else { json!({"by": by}) };
        self.add(Kind::ChatOpened, data);
    }

    pub fn missed(&mut self, reason: &str) {
        self.add(Kind::ChatMissed, json!({"reason": reason}));
    }

    fn message(&mut self, person: Value, text: &str, more: Option<&str>) {
        let mut data = json!({"messageId": self.thing('m'), "person": person});
        if self.chance.happens(0.04) {
            data["files"] = json!(self.chance.between(1, 3));
        } else {
            data["text"] = json!(text);
        }
        if let Some(flag) = more {
            data[flag] = json!(true);
        }
        self.add(Kind::MessageSent, data);
    }

    pub fn user_says(&mut self, texts: &[&str]) {
        let text = *self.chance.pick(texts);
        self.message(json!({"type": "user", "id": self.user}), text, None);
    }

    pub fn user_answers_workflow(&mut self) {
        let text = format!("{}", self.chance.between(1, 4));
        self.message(json!({"type": "user", "id": self.user}), &text, Some("answersWorkflow"));
    }

    pub fn manager_says(&mut self) {
        let text = *self.chance.pick(&text::ANSWERS);
        self.message(json!({"type": "manager", "id": self.manager_id()}), text, None);
    }

    pub fn note(&mut self) {
        let text = *self.chance.pick(&text::NOTES);
        self.message(json!({"type": "manager", "id": self.manager_id()}), text, Some("private"));
    }

    pub fn bot_says(&mut self) {
        let text = *self.chance.pick(&text::BOT_LINES);
        self.message(json!({"type": "bot", "id": "bot1"}), text, None);
    }

    pub fn menu(&mut self) -> Value {
        let team = self.chance.below(3);
        let name = ["Orders", "Billing", "Returns"][team as usize];
        json!({"id": format!("mp{team}"), "name": name, "materializedPath": format!("Support/{name}")})
    }

    pub fn assigned(&mut self) {
        let team = self.chance.pick(&self.channel.teams).clone();
        let manager = self.manager();
        let agent = json!({"name": format!("{} {}", manager.first_name, manager.last_name),
            "firstName": manager.first_name, "lastName": manager.last_name, "agentNumber": manager.number});
        self.add(Kind::ChatAssigned, json!({"managerId": manager.id, "teamId": team, "agent": agent}));
    }

    pub fn connected(&mut self) {
        self.add(Kind::AgentConnected, json!({"managerId": self.manager_id()}));
    }

    pub fn disconnected(&mut self) {
        self.add(Kind::AgentDisconnected, json!({"managerId": self.manager_id()}));
    }
}
