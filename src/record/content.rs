//! The content of a record: everything but what tells its revisions apart.

use std::ops::Range;

use super::fingerprint::{Fingerprints, hash_of, is_null};
use super::revision::{REVISION_MEMBERS, Revision};
use crate::calendar::ChannelDocument;
use crate::chat::metric::{Facts, metrics, write_text};
use crate::chat::{Fold, Journal};
use crate::time::Timestamp;

/// The content of a record (`finalization.md`, Whose clock): the same for the same events, document and due time.
///
/// It is kept as JSON texts, in the order of the metric table.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The values of the table's metrics, one behind the other, then those of custom profile keys.
    text: String,
    /// The end of each metric's value in `text`.
    ends: Vec<u32>,
    /// Sorted by key.
    custom: Vec<CustomValue>,
    dropped_profile_values: u32,
}

#[derive(Clone, Debug, PartialEq)]
struct CustomValue {
    key: String,
    /// Its place in `text`.
    value: Range<u32>,
}

/// The custom keys of the profile stand behind the members it always has.
pub(super) const LAST_OF_PROFILE: &str = "profile/csatComment";

/// Makes the content of a chat's record, due at `due`: its AI assistant's silence counts if it ends by then.
pub fn project(chat_id: &str, journal: &Journal, fold: &Fold, document: &ChannelDocument, due: Timestamp) -> Content {
    let facts = Facts::new(chat_id, journal, fold, document, due);
    let mut text = String::with_capacity(2_048);
    let mut ends = Vec::with_capacity(metrics().count());
    for metric in metrics() {
        metric.value(&facts).write_json(&mut text);
        ends.push(text.len() as u32);
    }
    let profile = &facts.told.profile;
    let custom = profile.custom.iter().map(|(&key, value)| {
        let start = text.len() as u32;
        text.push_str(value);
        CustomValue { key: key.to_owned(), value: start..text.len() as u32 }
    });
    let custom = custom.collect();
    Content { text, ends, custom, dropped_profile_values: profile.dropped }
}

impl Content {
    /// The record of a revision with this content: JSON, without spaces.
    pub fn to_json(&self, revision: &Revision) -> Vec<u8> {
        let mut out = String::with_capacity(self.text.len() + 4_096);
        out.push('{');
        let mut path = Path::default();
        let mut members = REVISION_MEMBERS.iter().peekable();
        for (metric, value) in metrics().zip(self.values()) {
            path.go(metric.path, &mut out);
            out.push_str(value);
            while let Some(member) = members.next_if(|member| member.behind == metric.key) {
                path.go(member.key, &mut out);
                (member.value)(revision).write_json(&mut out);
            }
            if metric.path == LAST_OF_PROFILE {
                for custom in &self.custom {
                    out.push(',');
                    write_text(&custom.key, &mut out);
                    out.push(':');
                    out.push_str(self.custom_value(custom));
                }
            }
        }
        path.close(0, &mut out);
        out.push('}');
        out.into_bytes()
    }

    /// What to remember of this content to tell later what has changed.
    pub fn fingerprints(&self) -> Fingerprints {
        let fixed = metrics().zip(self.values()).filter(|(_, value)| !is_null(value));
        Fingerprints {
            fixed: fixed.map(|(metric, value)| (metric.code, hash_of(value))).collect(),
            profile: self
                .custom
                .iter()
                .map(|custom| (custom.key.clone(), hash_of(self.custom_value(custom))))
                .collect(),
        }
    }

    /// The names of the fields that differ from what was emitted before, in the order of the record (`finalization.md`,
    /// `changed`): `/tags`, inside an object its member `/chatProfile/waitingTime`; `~` and `/` in custom keys are
    /// written `~0` and `~1`.
    pub fn changed_since(&self, previous: &Fingerprints) -> Vec<String> {
        let mut changed: Vec<String> = Vec::new();
        for (metric, value) in metrics().zip(self.values()) {
            let now = (!is_null(value)).then(|| hash_of(value));
            if now != previous.of_metric(metric.code) {
                let field = metric.field();
                // Metrics of one field stand side by side.
                if changed.last().is_none_or(|last| last[1..] != *field) {
                    changed.push(format!("/{field}"));
                }
            }
            if metric.path == LAST_OF_PROFILE {
                let now = self.custom.iter().map(|custom| (&*custom.key, hash_of(self.custom_value(custom))));
                previous.changed_profile_keys(now, &mut changed);
            }
        }
        changed
    }

    /// How many values given for profile keys were of the wrong type (`metrics.md`, `profile.*`).
    pub fn dropped_profile_values(&self) -> u32 {
        self.dropped_profile_values
    }

    /// The same content with other values: both functions append what stands in the place of a JSON text, of the metric at
    /// a place of the table, of a custom key.
    pub(super) fn rewritten(
        &self,
        value: impl Fn(usize, &str, &mut String),
        custom: impl Fn(&str, &str, &mut String),
    ) -> Content {
        let mut text = String::with_capacity(self.text.len() + 256);
        let mut ends = Vec::with_capacity(self.ends.len());
        for (at, given) in self.values().enumerate() {
            value(at, given, &mut text);
            ends.push(text.len() as u32);
        }
        let customs = self.custom.iter().map(|given| {
            let start = text.len() as u32;
            custom(&given.key, self.custom_value(given), &mut text);
            CustomValue { key: given.key.clone(), value: start..text.len() as u32 }
        });
        let custom = customs.collect();
        Content { text, ends, custom, dropped_profile_values: self.dropped_profile_values }
    }

    /// The JSON texts of the table's metrics, in its order.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.text[start as usize..end as usize])
    }

    /// The custom keys of the profile, sorted, with their JSON texts.
    pub(super) fn custom(&self) -> impl Iterator<Item = (&str, &str)> {
        self.custom.iter().map(|custom| (&*custom.key, self.custom_value(custom)))
    }

    fn custom_value(&self, custom: &CustomValue) -> &str {
        &self.text[custom.value.start as usize..custom.value.end as usize]
    }
}

/// The way from one value of the record to the next.
#[derive(Default)]
struct Path {
    /// The open objects, outermost first, the record itself left out.
    open: Vec<&'static str>,
    /// Whether something stands before, in the object at hand.
    is_filled: bool,
}

impl Path {
    /// Closes and opens objects, up to the value at `path`, of which it writes the name.
    fn go(&mut self, path: &'static str, out: &mut String) {
        let (objects, name) = path.rsplit_once('/').map_or(("", path), |(objects, name)| (objects, name));
        let mut objects = objects.split('/').filter(|object| !object.is_empty()).peekable();
        let mut shared = 0;
        while objects.next_if(|object| self.open.get(shared) == Some(object)).is_some() {
            shared += 1;
        }
        self.close(shared, out);
        for object in objects {
            self.name(object, out);
            out.push('{');
            self.open.push(object);
            self.is_filled = false;
        }
        self.name(name, out);
        self.is_filled = true;
    }

    /// Closes objects until only `depth` are open.
    fn close(&mut self, depth: usize, out: &mut String) {
        while self.open.len() > depth {
            self.open.pop();
            out.push('}');
            self.is_filled = true;
        }
    }

    fn name(&self, name: &str, out: &mut String) {
        if self.is_filled {
            out.push(',');
        }
        // Names of the table need no escapes.
        out.push('"');
        out.push_str(name);
        out.push_str("\":");
    }
}
