//! Makes up events and sends them to the input topics, here and there one for a chat that was over long ago.

use std::sync::Arc;

use serde_json::{Value, json};
use wrapup::clock::Clock;
use wrapup::command::Progress;
use wrapup::generate::Topic;
use wrapup::log::{Cluster, Feed, Outgoing};
use wrapup::time::Timestamp;

use super::seed::chat_id;
use super::{Failure, Place, Shape};

/// The headers of an event in structured mode.
const STRUCTURED: &[(&str, Option<&[u8]>)] = &[("content-type", Some(b"application/cloudevents+json"))];

/// Where to, and what.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    shape: Shape,
    /// So many chats were seeded
    #[arg(long, default_value_t = 0)]
    retained: u64,
    /// One event in so many is for one of them
    #[arg(long, default_value_t = 50)]
    touch_every: u64,
}

/// The input topics, as traffic names them.
pub struct Inputs {
    names: [String; 3],
    feed: Box<dyn Feed>,
}

impl Inputs {
    /// Sends the traffic's documents, and then what it is given.
    pub fn open(place: &Place, shape: &Shape, clock: &Arc<dyn Clock>) -> Result<Inputs, Failure> {
        let mut feed = place.cluster(clock)?.feed()?;
        let directory = place.topic("directory-events");
        for entry in shape.traffic().directory() {
            let (key, value) = (Some(entry.key.as_bytes()), Some(entry.json.as_bytes()));
            feed.send(Outgoing { topic: &directory, partition: None, key, value, headers: &[] }, None)?;
        }
        feed.flush()?;
        Ok(Inputs { names: place.inputs(), feed })
    }

    /// Sends an event.
    pub fn send(&mut self, topic: Topic, key: &str, json: &str) -> Result<(), Failure> {
        let topic = match topic {
            Topic::Chat => &self.names[0],
            Topic::Message => &self.names[1],
            Topic::Queue => &self.names[2],
        };
        let (key, value) = (Some(key.as_bytes()), Some(json.as_bytes()));
        Ok(self.feed.send(Outgoing { topic, partition: None, key, value, headers: STRUCTURED }, None)?)
    }

    /// Waits until the broker has everything.
    pub fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.feed.flush()?)
    }
}

/// Sends all events.
pub fn run(args: &Args, clock: &Arc<dyn Clock>) -> Result<Value, Failure> {
    let mut inputs = Inputs::open(&args.place, &args.shape, clock)?;
    let mut progress = Progress::new(clock, ("sent", "events"));
    let (mut events, mut bytes, mut touched) = (0_u64, 0_u64, 0_u64);
    let start = clock.monotonic();
    for event in args.shape.traffic() {
        inputs.send(event.topic, &event.key, &event.json)?;
        (events, bytes) = (events + 1, bytes + event.json.len() as u64);
        if args.retained > 0 && events.is_multiple_of(args.touch_every) {
            touched += 1;
            let (key, json) = touch(args.retained, touched, event.time);
            inputs.send(Topic::Chat, &key, &json)?;
        }
        progress.step();
    }
    inputs.flush()?;
    let seconds = (clock.monotonic() - start).as_secs_f64();
    Ok(json!({ "events": events + touched, "touched": touched, "bytes": bytes, "load_seconds": seconds }))
}

/// A tag is put on a chat that was over long ago, another one each time.
fn touch(retained: u64, number: u64, time: Timestamp) -> (String, String) {
    // An odd constant: spread over all chats, without a sequence that a store could follow.
    let key = chat_id(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % retained);
    let json = format!(
        r#"{{"specversion":"1.0","id":"{key}-tag-{number}","source":"/chat-server/0","type":"chat.tagged","subject":"{key}","time":"{time}","datacontenttype":"application/json","data":{{"add":["late-{number}"]}}}}"#
    );
    (key, json)
}
