//! What must come out, computed from what went in alone, and whether it did.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;
use wrapup::log::{Batch, Cluster, PollLimits};

use crate::support::{INPUTS, Line, assert_snapshots, content, expected, expected_sums, records_of};
use crate::world::World;

/// Where a record came from, and why it was refused: topic, partition, offset, reason.
type Refusal = (String, u32, i64, String);

impl World {
    /// Compares everything that a read-committed consumer sees with what must be there.
    pub fn judge(&self) -> Result<(), String> {
        let letters = self.dead_letters()?;
        self.judge_letters(&letters)?;
        let records = records_of(&self.cluster, &self.plan.settings.topics.session_metadata);
        judge_revisions(&records)?;
        let refused: BTreeSet<(&str, u32, i64)> =
            letters.iter().map(|(topic, partition, offset, _)| (topic.as_str(), *partition, *offset)).collect();
        let sent = self.sent.borrow();
        let counts = sent.iter().filter(|sent| {
            let topic = INPUTS[sent.arrival.topic];
            !refused.contains(&(topic, sent.partition, sent.offset))
        });
        let lines: Vec<Line> = counts
            .map(|sent| Line {
                topic: sent.arrival.topic,
                chat: sent.arrival.key.clone().unwrap_or_default(),
                json: sent.arrival.value.clone(),
            })
            .collect();
        let expected = expected(&lines, &self.documents.borrow());
        let (have, want): (BTreeSet<&String>, BTreeSet<&String>) =
            (records.keys().collect(), expected.keys().collect());
        if have != want {
            let missing: Vec<_> = want.difference(&have).collect();
            let surplus: Vec<_> = have.difference(&want).collect();
            return Err(format!("chats without a record: {missing:?}; records of nothing: {surplus:?}"));
        }
        for (chat, revisions) in &records {
            let last = content(revisions.last().ok_or("no revision")?);
            if last != expected[chat] {
                return Err(format!(
                    "the record of {chat} is not what it must be: {}",
                    difference(&last, &expected[chat])
                ));
            }
        }
        if self.violations() > 0 {
            return Err(format!("{} times metric snapshots did not add up", self.violations()));
        }
        let sums = expected_sums(&lines, &self.documents.borrow(), true);
        assert_snapshots(&self.cluster, &self.plan.settings.topics.metric_snapshots, &sums);
        Ok(())
    }

    fn judge_letters(&self, letters: &[Refusal]) -> Result<(), String> {
        let mut want: Vec<Refusal> = Vec::new();
        for sent in self.sent.borrow().iter() {
            let topic = INPUTS[sent.arrival.topic].to_owned();
            want.extend(sent.arrival.refused.map(|reason| (topic, sent.partition, sent.offset, reason.to_owned())));
        }
        let directory = &self.plan.settings.topics.directory;
        for (offset, (_, value)) in self.documents.borrow().iter().enumerate() {
            if value.as_deref().is_some_and(|value| value.contains("Nowhere/City")) {
                want.push((directory.clone(), 0, offset as i64, "invalid_directory".to_owned()));
            }
        }
        want.sort();
        let mut have = letters.to_vec();
        have.sort();
        if have == want {
            return Ok(());
        }
        Err(format!("the dead letters are {have:?}, and must be {want:?}"))
    }

    /// Every dead letter, by what its headers say.
    fn dead_letters(&self) -> Result<Vec<Refusal>, String> {
        let topic = &self.plan.settings.topics.dead_letters;
        let mut letters = Vec::new();
        let mut batch = Batch::default();
        let limits = PollLimits { max_records: 10_000, max_bytes: 64 << 20, wait: Duration::ZERO };
        let (first, end) = self.cluster.bounds(topic, 0).map_err(|error| error.to_string())?;
        let mut reader = self.cluster.reader(topic, 0, first).map_err(|error| error.to_string())?;
        while reader.position() < end {
            reader.poll(&mut batch, limits).map_err(|error| error.to_string())?;
            for record in batch.iter() {
                let header = |name: &str| {
                    let value = record.headers().find(|(of, _)| *of == name).and_then(|(_, value)| value);
                    let text = value.map(|value| String::from_utf8_lossy(value).into_owned());
                    text.ok_or_else(|| format!("a dead letter without {name}"))
                };
                let number = |name: &str| header(name)?.parse::<i64>().map_err(|error| error.to_string());
                letters.push((header("topic")?, number("partition")? as u32, number("offset")?, header("reason")?));
            }
        }
        Ok(letters)
    }
}

/// Revisions are 1, 2, 3 …, each supersedes the one before and differs from it.
fn judge_revisions(records: &BTreeMap<String, Vec<Value>>) -> Result<(), String> {
    for (chat, revisions) in records {
        for (at, record) in revisions.iter().enumerate() {
            let supersedes = if at == 0 { Value::Null } else { Value::from(at) };
            if record["revision"] != at + 1 || record["supersedes"] != supersedes {
                let numbers: Vec<String> = revisions
                    .iter()
                    .map(|r| format!("{} ({}, {})", r["revision"], r["reason"], r["finalizedAt"]))
                    .collect();
                return Err(format!("the revisions of {chat} are {}", numbers.join(", ")));
            }
            if at > 0 && content(record) == content(&revisions[at - 1]) {
                return Err(format!("revision {} of {chat} changes nothing", at + 1));
            }
        }
    }
    Ok(())
}

/// The keys in which two records differ, with both values.
fn difference(have: &Value, want: &Value) -> String {
    let (Some(have), Some(want)) = (have.as_object(), want.as_object()) else { return "no object".to_owned() };
    let keys: BTreeSet<&String> = have.keys().chain(want.keys()).collect();
    let differs = |key: &&String| have.get(*key) != want.get(*key);
    let tell = |key: &String| {
        let of = |side: &serde_json::Map<String, Value>| side.get(key).map_or("–".to_owned(), Value::to_string);
        format!("{key} is {} and must be {}", of(have), of(want))
    };
    keys.into_iter().filter(differs).map(tell).collect::<Vec<_>>().join("; ")
}
