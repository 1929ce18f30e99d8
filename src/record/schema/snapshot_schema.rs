//! `snapshot.schema.json`: the records of metric snapshots.

use crate::event::schema::{Tree, object, text, texts};
use crate::snapshot::{Counter, Dimension, Distribution, Gauge, WindowSize};

const TITLE: &str = "A metric snapshot";
const TOLD: &str = "A window, or what is so now, of an id in a dimension of a channel; a new revision when it changes. Every \
                    key is always present. Durations are seconds. Made from the tables by `make docs`.";

/// The text of `docs/schema/snapshot.schema.json`: JSON Schema, draft 7.
pub fn snapshot_json_schema() -> String {
    object([
        ("$schema", text("http://json-schema.org/draft-07/schema#")),
        ("title", text(TITLE)),
        ("description", text(TOLD)),
        ("oneOf", Tree::List(vec![window(), live()])),
    ])
    .pretty()
}

fn window() -> Tree {
    let mut members = place();
    members.push(("windowSize".to_owned(), one_of(WindowSize::ALL.iter().map(|size| size.as_str()))));
    members.push(("windowStart".to_owned(), time("its first millisecond")));
    members.push(("windowEnd".to_owned(), time("the first millisecond behind it")));
    members.extend(revision());
    members.push(("final".to_owned(), of("boolean", "whether the events in time are all in")));
    members.extend(counts());
    let distributions = Distribution::ALL.iter().map(|of| (of.key().to_owned(), sketch())).collect();
    members.push(("distributions".to_owned(), whole(distributions)));
    whole(members)
}

fn live() -> Tree {
    let mut members = place();
    members.push(("windowSize".to_owned(), one_of(["live"])));
    members.push(("windowStart".to_owned(), of("null", "a gauge has no window")));
    members.push(("windowEnd".to_owned(), of("null", "a gauge has no window")));
    members.extend(revision());
    let mut gauges = Vec::new();
    for gauge in Gauge::ALL {
        gauges.push((gauge.path().to_owned(), of("integer", "live chats")));
        match gauge {
            Gauge::WaitingReply => gauges.push(("oldestAskedAt".to_owned(), null_or(time("the earliest question")))),
            Gauge::InQueue => gauges.push(("oldestQueuedAt".to_owned(), null_or(time("since when the first waits")))),
            Gauge::Handling => gauges.push(("agentsHandling".to_owned(), of("integer", "different agents"))),
            _ => {}
        }
    }
    members.push(("live".to_owned(), whole(gauges)));
    whole(members)
}

fn place() -> Vec<(String, Tree)> {
    vec![
        ("channelId".to_owned(), null_or(of("string", "the channel"))),
        ("dimension".to_owned(), one_of(Dimension::ALL.iter().map(|dimension| dimension.path()))),
        ("id".to_owned(), null_or(of("string", "the id in the dimension; null where none is known"))),
    ]
}

fn revision() -> Vec<(String, Tree)> {
    vec![
        ("schemaVersion".to_owned(), of("integer", "the version of the definitions")),
        ("revision".to_owned(), of("integer", "1, 2, 3 … per key")),
    ]
}

/// The groups of counts, each with the keys of its counters; those of the service level have more.
fn counts() -> Vec<(String, Tree)> {
    let mut groups: Vec<(String, Vec<(String, Tree)>)> = Vec::new();
    for counter in Counter::ALL {
        let (group, key) = counter.path().split_once('.').expect("a group, then the key");
        if groups.last().is_none_or(|(last, _)| last != group) {
            groups.push((group.to_owned(), Vec::new()));
        }
        let (_, members) = groups.last_mut().expect("just pushed");
        members.push((key.to_owned(), of("integer", "how often")));
    }
    // The verdicts of the service level are the last counters.
    let (_, verdicts) = groups.last_mut().expect("there are counters");
    for (key, told) in [
        ("percent", "100 × inSla / (inSla + notInSla)"),
        ("targetSecs", "the one that all judged segments have in common"),
        ("targetPercent", "the one that all judged segments have in common"),
    ] {
        verdicts.push((key.to_owned(), null_or(of("number", told))));
    }
    verdicts.push(("met".to_owned(), null_or(of("boolean", "whether the percentage wanted is reached"))));
    groups.into_iter().map(|(group, members)| (group, whole(members))).collect()
}

fn sketch() -> Tree {
    let mut members =
        vec![("count".to_owned(), of("integer", "exact")), ("sum".to_owned(), of("number", "seconds, exact"))];
    for key in ["min", "p50", "p90", "p95", "p99", "max"] {
        members.push((key.to_owned(), null_or(of("number", "seconds, within 1 %"))));
    }
    whole(members)
}

/// An object of exactly these members.
fn whole(members: Vec<(String, Tree)>) -> Tree {
    let required = texts(members.iter().map(|(key, _)| key.as_str()));
    object([("type", text("object")), ("properties", Tree::Object(members))]).with("required", required)
}

fn of(kind: &str, told: &str) -> Tree {
    object([("type", text(kind)), ("description", text(told))])
}

fn time(told: &str) -> Tree {
    of("string", told).with("format", text("date-time"))
}

fn null_or(schema: Tree) -> Tree {
    let Tree::Object(mut members) = schema else { return schema };
    if let Some((_, kind)) = members.iter_mut().find(|(key, _)| key == "type")
        && let Tree::Text(plain) = kind
    {
        let plain = plain.clone();
        *kind = texts([plain.as_str(), "null"]);
    }
    Tree::Object(members)
}

fn one_of<'a>(values: impl IntoIterator<Item = &'a str>) -> Tree {
    object([("enum", texts(values))])
}
