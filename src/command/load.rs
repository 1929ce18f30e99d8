//! `wrapup load`: events and directory documents from files to the topics.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::cluster::connect;
use super::lines::Lines;
use super::output::{rate, say};
use super::topics::{TopicNames, require};
use super::{ConfigOptions, Done, ExitCode, Failure, Pacer, Progress, thousands};
use crate::clock::{Clock, SystemClock};
use crate::generate::Topic;
use crate::log::{Feed, Outgoing};

/// The headers of an event in structured mode.
pub(super) const STRUCTURED: &[(&str, Option<&[u8]>)] = &[("content-type", Some(b"application/cloudevents+json"))];

/// So many lines that were left out are named one by one.
const NAMED_MAX: u64 = 20;

/// The options of `load`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigOptions,
    /// A file of events, one CloudEvent per line; may be repeated
    #[arg(long, value_name = "FILE", required_unless_present = "directory")]
    events: Vec<PathBuf>,
    /// A file of directory documents, one `{"key", "value"}` per line; sent first; may be repeated
    #[arg(long, value_name = "FILE")]
    directory: Vec<PathBuf>,
    /// At most so many events a second; without it as fast as possible
    #[arg(long, value_name = "R", value_parser = rate)]
    rate: Option<f64>,
}

/// Sends the files.
pub fn run(args: &Args) -> Done {
    let config = args.config.load()?;
    let (directory, events) = (Lines::open_all(&args.directory)?, Lines::open_all(&args.events)?);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let names = TopicNames::of(&config);
    let cluster = connect(&config, &clock)?;
    let mut wanted = vec![names.directory_events.as_str()];
    if !events.is_empty() {
        wanted.extend([names.chat_events.as_str(), &names.message_events, &names.queue_events]);
    }
    require(&*cluster, if directory.is_empty() { &wanted[1..] } else { &wanted })?;
    let mut sender = Sender { names: &names, feed: cluster.feed()?, left_out: 0 };
    let mut documents = 0;
    for mut lines in directory {
        documents += sender.each(&mut lines, document, || {})?;
    }
    let (mut pacer, mut progress) = (Pacer::new(&clock, args.rate), Progress::new(&clock, ("sent", "events")));
    for mut lines in events {
        sender.each(&mut lines, event, || {
            progress.step();
            if pacer.wait() {
                progress.look();
            }
        })?;
    }
    sender.feed.flush()?;
    say(&format!("sent {} events and {} directory documents", thousands(progress.steps()), thousands(documents)));
    if sender.left_out == 0 {
        return Ok(ExitCode::Ok);
    }
    say(&format!(
        "{} lines were left out: nobody could tell which chat they belong to. They are still in their files",
        thousands(sender.left_out)
    ));
    Ok(ExitCode::DeadLettered)
}

/// Where a line goes, and as what.
struct Addressed<'a> {
    topic: &'a str,
    key: Cow<'a, str>,
    value: Option<Cow<'a, [u8]>>,
    is_event: bool,
}

struct Sender<'a> {
    names: &'a TopicNames,
    feed: Box<dyn Feed>,
    left_out: u64,
}

impl Sender<'_> {
    /// Sends the lines of a file; gives how many.
    fn each(
        &mut self,
        lines: &mut Lines,
        address: impl for<'l> Fn(&'l TopicNames, &'l [u8]) -> Result<Addressed<'l>, &'static str>,
        mut sent: impl FnMut(),
    ) -> Result<u64, Failure> {
        let (path, mut count) = (lines.path().to_owned(), 0);
        while let Some((number, line)) = lines.next_line()? {
            let addressed = match address(self.names, line) {
                Ok(addressed) => addressed,
                Err(why) => {
                    self.left_out += 1;
                    if self.left_out <= NAMED_MAX {
                        say(&format!("{}:{number}: left out: {why}", path.display()));
                    }
                    continue;
                }
            };
            let record = Outgoing {
                topic: addressed.topic,
                partition: None,
                key: Some(addressed.key.as_bytes()),
                value: addressed.value.as_deref(),
                headers: if addressed.is_event { STRUCTURED } else { &[] },
            };
            self.feed.send(record, None).map_err(|error| {
                Failure::failed(format!("{}:{number} or a line shortly before it: {error}", path.display()))
            })?;
            count += 1;
            sent();
        }
        Ok(count)
    }
}

/// The members of a line, in order, their values untouched.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some((key, value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    members.push((key.0, value));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A member's name, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Members<'a> {
    fn read(line: &'a [u8]) -> Result<Self, &'static str> {
        serde_json::from_slice(line).map_err(|_| "it is not a JSON object")
    }

    /// The value of a member; of several with one name the last counts.
    fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().rev().find(|(member, _)| member == name).map(|(_, value)| *value)
    }

    fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        let value = self.get(name)?;
        serde_json::from_str::<Name<'a>>(value.get()).ok().map(|text| text.0)
    }

    /// Text, or a whole number as its decimal text (`events.md`, Envelope).
    fn id(&self, name: &str) -> Option<Cow<'a, str>> {
        let raw = self.get(name)?.get();
        let digits = raw.strip_prefix('-').unwrap_or(raw);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Cow::Borrowed(raw));
        }
        self.text(name)
    }

    /// The line as it was, without this member.
    fn without(&self, name: &str, line: &'a [u8]) -> Cow<'a, [u8]> {
        if self.get(name).is_none() {
            return Cow::Borrowed(line);
        }
        let mut out = Vec::with_capacity(line.len());
        for (member, value) in self.0.iter().filter(|(member, _)| member != name) {
            out.push(if out.is_empty() { b'{' } else { b',' });
            serde_json::to_writer(&mut out, member).expect("a text can be written to memory");
            out.push(b':');
            out.extend_from_slice(value.get().as_bytes());
        }
        out.push(b'}');
        Cow::Owned(out)
    }
}

/// An event: its chat is the key, its topic what `_topic` says, else what its type says.
fn event<'l>(names: &'l TopicNames, line: &'l [u8]) -> Result<Addressed<'l>, &'static str> {
    let members = Members::read(line)?;
    let key = members.id("subject").filter(|subject| !subject.is_empty()).ok_or("it has no subject")?;
    let topic = match members.get("_topic") {
        None => names.of_topic(Topic::of_type(&members.text("type").unwrap_or_default())),
        Some(_) => members
            .text("_topic")
            .and_then(|named| names.of_chat_topic(&named))
            .ok_or("its `_topic` is none of the three topics of chats")?,
    };
    Ok(Addressed { topic, key, value: Some(members.without("_topic", line)), is_event: true })
}

/// A directory document; `null` deletes.
fn document<'l>(names: &'l TopicNames, line: &'l [u8]) -> Result<Addressed<'l>, &'static str> {
    let members = Members::read(line)?;
    let key = members.text("key").filter(|key| !key.is_empty()).ok_or("it has no key")?;
    let value = members.get("value").ok_or("it has no value")?.get();
    let value = (value != "null").then_some(Cow::Borrowed(value.as_bytes()));
    Ok(Addressed { topic: &names.directory_events, key, value, is_event: false })
}
