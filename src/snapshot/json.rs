//! Snapshots as JSON (`snapshots.md`, The record): every key always present, in one order, without spaces.

use std::fmt::{Display, Write};

use super::multiset::Multiset;
use super::place::{Id, Place};
use super::sketch::Sketch;
use super::sums::{Gauges, Target, WindowSums, in_common};
use super::table::{Counter, Distribution, Gauge};
use super::window::Window;
use crate::chat::metric::{Value, write_text};
use crate::time::Span;

/// What tells one publication of a snapshot from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The version of the definitions.
    pub schema_version: u32,
    /// 1, 2, 3 … per key.
    pub revision: u32,
    /// Whether the events in time are all in; live records do not show it.
    pub is_final: bool,
}

/// The record of a window. Without a publication: its content, all that does not tell publications apart.
pub fn window_json(place: &Place, window: Window, sums: &WindowSums, publication: Option<Publication>) -> String {
    let mut out = Object::new();
    out.place(place);
    out.text("windowSize", window.size.as_str());
    out.value("windowStart", window.start.into());
    out.value("windowEnd", window.end.into());
    if let Some(publication) = publication {
        out.whole("schemaVersion", i64::from(publication.schema_version));
        out.whole("revision", i64::from(publication.revision));
        out.value("final", publication.is_final.into());
    }
    counts(sums, &mut out);
    out.open("distributions");
    for &distribution in Distribution::ALL {
        out.open(distribution.key());
        sketch(sums.distribution(distribution), &mut out);
        out.close();
    }
    out.close();
    out.finish()
}

/// The live record of a place. Without a publication: its content.
pub fn live_json(place: &Place, gauges: &Gauges, publication: Option<Publication>) -> String {
    let mut out = Object::new();
    out.place(place);
    out.text("windowSize", "live");
    out.value("windowStart", Value::Null);
    out.value("windowEnd", Value::Null);
    if let Some(publication) = publication {
        out.whole("schemaVersion", i64::from(publication.schema_version));
        out.whole("revision", i64::from(publication.revision));
    }
    out.open("live");
    for &gauge in Gauge::ALL {
        out.whole(gauge.path(), gauges.count(gauge));
        match gauge {
            Gauge::WaitingReply => out.value("oldestAskedAt", gauges.oldest_asked_at().into()),
            Gauge::InQueue => out.value("oldestQueuedAt", gauges.oldest_queued_at().into()),
            Gauge::Handling => out.whole("agentsHandling", gauges.agents_handling()),
            _ => {}
        }
    }
    out.close();
    out.finish()
}

/// The objects of counts, each holding the counters whose paths begin with its name.
fn counts(sums: &WindowSums, out: &mut Object) {
    let mut open = "";
    for &counter in Counter::ALL {
        let (object, key) = counter.path().split_once('.').expect("an object, then the key");
        if object != open {
            if !open.is_empty() {
                out.close();
            }
            out.open(object);
            open = object;
        }
        out.whole(key, sums.count(counter));
    }
    // The verdicts of the service level are the last counters; what follows from them stands behind.
    let target = |targets: &Multiset<Option<Target>>| in_common(targets).into();
    out.value("percent", sums.percent().into());
    out.value("targetSecs", target(&sums.target_secs));
    out.value("targetPercent", target(&sums.target_percents));
    out.value("met", sums.met().into());
    out.close();
}

fn sketch(sketch: Option<&Sketch>, out: &mut Object) {
    let count = sketch.map_or(0, Sketch::count);
    out.whole("count", count);
    out.value("sum", Span::from_millis(sketch.map_or(0, |sketch| sketch.sum)).into());
    let rank = |rank| sketch.and_then(|sketch| sketch.bucket_of_rank(rank));
    let percentile = |percent| sketch.and_then(|sketch| sketch.percentile(percent));
    let shown = [
        ("min", rank(1)),
        ("p50", percentile(50)),
        ("p90", percentile(90)),
        ("p95", percentile(95)),
        ("p99", percentile(99)),
        ("max", rank(count)),
    ];
    for (key, bucket) in shown {
        out.value(key, bucket.map(super::sketch::Bucket::shown).into());
    }
}

/// An object being written, with those inside it.
struct Object {
    out: String,
    /// Whether something stands before, in the object at hand.
    is_filled: bool,
}

impl Object {
    fn new() -> Object {
        Object { out: "{".to_owned(), is_filled: false }
    }

    fn place(&mut self, place: &Place) {
        self.id("channelId", &place.channel);
        self.text("dimension", place.dimension.path());
        self.id("id", &place.id);
    }

    fn id(&mut self, key: &str, id: &Id) {
        self.value(key, id.as_deref().into());
    }

    fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        write_text(text, &mut self.out);
    }

    fn whole(&mut self, key: &str, number: i64) {
        self.write(key, number);
    }

    fn value(&mut self, key: &str, value: Value<'_>) {
        self.key(key);
        value.write_json(&mut self.out);
    }

    fn write(&mut self, key: &str, value: impl Display) {
        self.key(key);
        write!(self.out, "{value}").expect("a string takes all that is written");
    }

    fn open(&mut self, key: &str) {
        self.key(key);
        self.out.push('{');
        self.is_filled = false;
    }

    fn close(&mut self) {
        self.out.push('}');
        self.is_filled = true;
    }

    fn finish(mut self) -> String {
        self.close();
        self.out
    }

    /// Names need no escapes.
    fn key(&mut self, key: &str) {
        if self.is_filled {
            self.out.push(',');
        }
        self.is_filled = true;
        self.out.push('"');
        self.out.push_str(key);
        self.out.push_str("\":");
    }
}
