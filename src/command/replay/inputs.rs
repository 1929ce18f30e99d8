//! Everything a replay has read: channel documents, and each chat's journal. Pure.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::calendar::ChannelDocument;
use crate::chat::{Inserted, Journal};
use crate::event::{Decoded, Reason, Rejection, decode_line};
use crate::finalization::Arrivals;
use crate::time::Timestamp;

/// What became of the lines that are no dead letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::command) struct Counts {
    pub accepted: u64,
    pub duplicates: u64,
    pub ignored: u64,
}

/// A chat as it was read.
pub(in crate::command) struct Chat {
    pub journal: Journal,
    pub arrivals: Arrivals,
}

/// Everything read so far.
#[derive(Default)]
pub(in crate::command) struct Inputs {
    /// The newest usable document of each channel.
    pub channels: HashMap<Box<str>, ChannelDocument>,
    pub chats: HashMap<Box<str>, Chat>,
    counts: Counts,
    /// The events of all other chats are left out; none: all are wanted.
    only: Option<Box<str>>,
}

/// A member's name, borrowed where it has no escapes.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl Inputs {
    /// Nothing yet, and then only the events of this chat.
    pub fn of_chat(chat_id: &str) -> Inputs {
        Inputs { only: Some(chat_id.into()), ..Inputs::default() }
    }

    /// Takes a line of a directory file (`events.md`, directory-events).
    pub fn directory_line(&mut self, line: &[u8]) -> Result<(), Rejection> {
        let reject = |detail: &str| Rejection::new(Reason::InvalidDirectory, detail);
        let members: BTreeMap<Name<'_>, &RawValue> =
            serde_json::from_slice(line).map_err(|_| reject("the line is not a JSON object"))?;
        let member = |name: &'static str| members.get(&Name(Cow::Borrowed(name)));
        let key = member("key").and_then(|key| serde_json::from_str::<Name<'_>>(key.get()).ok());
        let Some(Name(key)) = key else { return Err(reject("the line has no `key`")) };
        let Some(value) = member("value") else { return Err(reject("the line has no `value`")) };
        // No record depends on the other kinds.
        let Some(channel) = key.strip_prefix("channel/") else { return Ok(()) };
        if value.get() == "null" {
            self.channels.remove(channel);
            return Ok(());
        }
        let document = ChannelDocument::parse(value.get().as_bytes())
            .map_err(|error| Rejection::new(Reason::InvalidDirectory, error.to_string()))?;
        self.channels.insert(channel.into(), document);
        Ok(())
    }

    /// Takes a line of an events file; `now` is the clock its time is measured against.
    pub fn event_line(&mut self, line: &[u8], now: Option<Timestamp>) -> Result<(), Rejection> {
        let (chat_id, event) = match decode_line(line, now) {
            Decoded::Event { chat_id, event } => (chat_id, event),
            Decoded::Ignored => {
                self.counts.ignored += 1;
                return Ok(());
            }
            Decoded::Rejected(rejection) => return Err(rejection),
        };
        if self.only.as_deref().is_some_and(|only| *only != *chat_id) {
            return Ok(());
        }
        let time = event.time;
        let Some(chat) = self.chats.get_mut(chat_id.as_ref()) else {
            let chat = Chat { journal: Journal::from_iter([event]), arrivals: Arrivals::of(time) };
            self.chats.insert(chat_id.into(), chat);
            self.counts.accepted += 1;
            return Ok(());
        };
        match chat.journal.insert(event) {
            Inserted::Appended | Inserted::Within => {
                chat.arrivals.add(time);
                self.counts.accepted += 1;
                Ok(())
            }
            Inserted::Duplicate => {
                self.counts.duplicates += 1;
                Ok(())
            }
            Inserted::Full => {
                let detail = format!("the chat has {} events already", Journal::CAPACITY);
                Err(Rejection::new(Reason::ChatTooLarge, detail))
            }
        }
    }

    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How many chats there are.
    pub fn chats(&self) -> u64 {
        self.chats.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(chat: &str, id: &str) -> String {
        format!(
            r#"{{"specversion":"1.0","id":"{id}","source":"s","type":"chat.alf_started","subject":"{chat}","time":"2026-03-02T09:00:00Z"}}"#
        )
    }

    #[test]
    fn a_bad_document_leaves_the_one_before_it_in_force() {
        let mut inputs = Inputs::default();
        let mut take = |line: &str| inputs.directory_line(line.as_bytes()).map_err(|rejection| rejection.reason);
        assert_eq!(take(r#"{"key":"channel/a","value":{"timezone":"Asia/Seoul"}}"#), Ok(()));
        assert_eq!(take(r#"{"value":{"timezone":"Mars/Olympus"},"key":"channel/a"}"#), Err(Reason::InvalidDirectory));
        assert_eq!(take(r#"{"key":"channel/a""#), Err(Reason::InvalidDirectory));
        assert_eq!(take(r#"{"key":7,"value":{}}"#), Err(Reason::InvalidDirectory));
        assert_eq!(take(r#"{"key":"channel/a"}"#), Err(Reason::InvalidDirectory));
        assert_eq!(take(r#"["channel/a"]"#), Err(Reason::InvalidDirectory));
        assert_eq!(take(r#"{"key":"manager/a","value":17}"#), Ok(()));
        assert_eq!(inputs.channels["a"].timezone().to_string(), "Asia/Seoul");
        let _ = inputs.directory_line(r#"{"key":"channel\/a","value": null}"#.as_bytes());
        assert!(inputs.channels.is_empty());
    }

    #[test]
    fn counts_duplicates_and_refuses_what_is_too_much() {
        let mut inputs = Inputs::default();
        for id in 0..Journal::CAPACITY {
            assert_eq!(inputs.event_line(line("c", &id.to_string()).as_bytes(), None), Ok(()));
        }
        assert_eq!(inputs.event_line(line("c", "5").as_bytes(), None), Ok(()));
        let full = inputs.event_line(line("c", "new").as_bytes(), None).expect_err("full");
        assert_eq!(full.reason, Reason::ChatTooLarge);
        assert_eq!(inputs.event_line(line("d", "new").as_bytes(), None), Ok(()));
        assert_eq!(inputs.event_line(line("d", "x").replace("chat.alf", "chat.x").as_bytes(), None), Ok(()));
        assert_eq!(inputs.counts(), Counts { accepted: 20_001, duplicates: 1, ignored: 1 });
        assert_eq!(inputs.chats(), 2);
    }
}
