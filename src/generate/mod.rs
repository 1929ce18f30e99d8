//! Invented contact-center traffic: for the demo, for trying wrapup out, for tests of size.
//!
//! Pure: the same seed and [`Options`] give the same bytes. A chat has about 26 events of about 285 bytes.
//!
//! ```text
//!  directory: a dozen channels ─┐
//!  seed, number ─→ scenario ────┴→ drafts of one chat ─→ merged by arrival ─→ Generated
//! ```

mod chance;
mod directory;
mod scenario;
mod script;
mod text;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use serde_json::Value;

use crate::calendar::ChannelDocument;
use crate::event::Kind;
use crate::time::{Span, Timestamp};
use chance::Chance;
use directory::Channel;
use script::{Draft, Script};

/// The input topic that an event belongs to (`events.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// `chat-events`
    Chat,
    /// `message-events`
    Message,
    /// `queue-events`
    Queue,
}

impl Topic {
    /// Every topic of chats.
    pub const ALL: [Topic; 3] = [Topic::Chat, Topic::Message, Topic::Queue];

    /// The topic that carries events of this `type`.
    pub fn of_type(kind: &str) -> Topic {
        if kind.starts_with("message.") {
            Topic::Message
        } else if kind.starts_with("queue.") {
            Topic::Queue
        } else {
            Topic::Chat
        }
    }

    /// Its default name.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Chat => "chat-events",
            Topic::Message => "message-events",
            Topic::Queue => "queue-events",
        }
    }
}

/// What the traffic is to be like.
#[derive(Clone, Debug)]
pub struct Options {
    /// When the first chat starts.
    pub start: Timestamp,
    /// Over how long the chats' starts are spread, evenly but for chance.
    pub spread: Span,
    /// How many channels, at most [`Options::CHANNELS_MAX`].
    pub channels: usize,
    /// The share of chats that the first channel has beside its part of the rest.
    pub hot: f64,
    /// The share of events that arrive up to five minutes late; all others arrive within a second.
    pub out_of_order: f64,
    /// The share of events that arrive twice.
    pub duplicates: f64,
    /// Whether events arrive in no order at all. All of them are then held in memory at once.
    pub shuffle: bool,
}

impl Options {
    /// How many different channels there are.
    pub const CHANNELS_MAX: usize = directory::CHANNELS;
}

impl Default for Options {
    fn default() -> Self {
        Options {
            start: Timestamp::from_millis(1_772_438_400_000),
            spread: Span::from_hours(1),
            channels: Options::CHANNELS_MAX,
            hot: 0.0,
            out_of_order: 0.01,
            duplicates: 0.0,
            shuffle: false,
        }
    }
}

/// One event as it arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Where it belongs.
    pub topic: Topic,
    /// The chat's id.
    pub key: String,
    /// When it happened.
    pub time: Timestamp,
    /// When it arrives; never goes back. Without meaning when shuffled.
    pub arrival: Timestamp,
    /// The event, a CloudEvent in structured mode.
    pub json: String,
}

/// A document of the directory.
#[derive(Clone, Debug, PartialEq)]
pub struct DirectoryEntry {
    /// `<kind>/<id>`
    pub key: String,
    /// The document as JSON.
    pub json: String,
}

/// The traffic, in order of arrival.
pub struct Traffic {
    seed: u64,
    chats: u64,
    options: Options,
    channels: Vec<Channel>,
    calendars: Vec<ChannelDocument>,
    /// The number of the next chat to be made up.
    next: u64,
    waiting: BinaryHeap<Reverse<Waiting>>,
}

/// An event that has been made up, but has not arrived. Ordered by arrival; chat and draft make the order complete.
struct Waiting {
    arrival: i64,
    chat: u64,
    copy: bool,
    draft: Draft,
}

impl Waiting {
    fn order(&self) -> (i64, u64, u32, bool) {
        (self.arrival, self.chat, self.draft.number, self.copy)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}
impl Eq for Waiting {}
impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl Traffic {
    /// The traffic of `chats` chats. Chats of different seeds have different ids.
    pub fn new(seed: u64, chats: u64, options: Options) -> Traffic {
        let channels = directory::channels(options.channels);
        let calendar = |channel: &Channel| {
            let json = channel.document.to_string();
            ChannelDocument::parse(json.as_bytes()).expect("the invented documents can be used")
        };
        let calendars = channels.iter().map(calendar).collect();
        Traffic { seed, chats, options, channels, calendars, next: 0, waiting: BinaryHeap::new() }
    }

    /// The documents that belong to the traffic: channels, managers, teams.
    pub fn directory(&self) -> Vec<DirectoryEntry> {
        let documents = directory::documents(&self.channels).into_iter();
        documents.map(|(key, value): (String, Value)| DirectoryEntry { key, json: value.to_string() }).collect()
    }

    /// When a chat starts: each has its own slice of the spread.
    fn start(&self, number: u64) -> Timestamp {
        let slice =
            |number: u64| i128::from(self.options.spread.millis()) * i128::from(number) / i128::from(self.chats);
        let (from, to) = (slice(number) as i64, slice(number + 1) as i64);
        let within = Chance::of(!self.seed, number).below((to - from).max(1) as u64) as i64;
        self.options.start.saturating_add(Span::from_millis(from + within))
    }

    /// Makes up the next chat.
    fn make(&mut self) {
        let number = self.next;
        self.next += 1;
        let mut chance = Chance::of(self.seed, number);
        let start = self.start(number);
        let (at, open) = self.channel(&mut chance, start);
        let chat = chat_id(self.seed, number);
        let mut script = Script::new(chance, &self.channels[at], &chat, start);
        scenario::play(&mut script, open);
        let (mut chance, drafts) = (script.chance, script.events);
        for draft in drafts {
            let arrival = self.arrival(&mut chance, draft.time);
            if chance.happens(self.options.duplicates) {
                let again = arrival.saturating_add(Span::from_millis(chance.between(0, script::MINUTE)));
                let arrival = if self.options.shuffle { chance.next() as i64 } else { again.millis() };
                self.waiting.push(Reverse(Waiting { arrival, chat: number, copy: true, draft: draft.clone() }));
            }
            self.waiting.push(Reverse(Waiting { arrival: arrival.millis(), chat: number, copy: false, draft }));
        }
    }

    /// A channel, and whether it is open: most customers come when somebody is there.
    fn channel(&self, chance: &mut Chance, start: Timestamp) -> (usize, bool) {
        // Nothing is drawn without one: the same seed makes the same traffic as ever.
        if self.options.hot > 0.0 && chance.happens(self.options.hot) {
            return (0, self.calendars[0].is_open(start));
        }
        for _ in 0..4 {
            let at = chance.below(self.channels.len() as u64) as usize;
            if self.calendars[at].is_open(start) {
                return (at, true);
            }
            if chance.happens(0.1) {
                return (at, false);
            }
        }
        let at = chance.below(self.channels.len() as u64) as usize;
        (at, self.calendars[at].is_open(start))
    }

    fn arrival(&self, chance: &mut Chance, time: Timestamp) -> Timestamp {
        if self.options.shuffle {
            return Timestamp::from_millis(chance.next() as i64);
        }
        let late = if chance.happens(self.options.out_of_order) { 5 * script::MINUTE } else { 0 };
        let jitter = chance.between(0, 400) + chance.between(0, late);
        time.saturating_add(Span::from_millis(jitter))
    }

    fn written(&self, waiting: Waiting) -> Generated {
        let Waiting { arrival, chat, draft, .. } = waiting;
        let Draft { kind, time, number, data } = draft;
        let (key, topic) = (chat_id(self.seed, chat), Topic::of_type(kind.as_str()));
        let (json, arrival) = (envelope(&key, chat, kind, time, number, &data), Timestamp::from_millis(arrival));
        Generated { topic, key, time, arrival, json }
    }
}

impl Iterator for Traffic {
    type Item = Generated;

    fn next(&mut self) -> Option<Generated> {
        // An event may arrive once no chat can bring an earlier one: none arrives before its chat starts.
        while self.next < self.chats
            && (self.options.shuffle
                || self.waiting.peek().is_none_or(|Reverse(first)| first.arrival >= self.start(self.next).millis()))
        {
            self.make();
        }
        let Reverse(first) = self.waiting.pop()?;
        Some(self.written(first))
    }
}

fn chat_id(seed: u64, number: u64) -> String {
    format!("{seed}-{number:06}")
}

fn envelope(chat: &str, number: u64, kind: Kind, time: Timestamp, event: u32, data: &str) -> String {
    let server = match Topic::of_type(kind.as_str()) {
        Topic::Chat => "chat-server",
        Topic::Message => "message-gateway",
        Topic::Queue => "queue-router",
    };
    let (shard, kind) = (number % 4, kind.as_str());
    format!(
        r#"{{"specversion":"1.0","id":"{chat}-{event}","source":"/{server}/{shard}","type":"{kind}","subject":"{chat}","time":"{time}","datacontenttype":"application/json","data":{data}}}"#
    )
}

#[cfg(test)]
mod tests;
