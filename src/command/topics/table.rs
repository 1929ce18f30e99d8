//! The table of topics: what each needs (`engine.md`, Topics; `finalization.md`, Outputs).

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::generate::Topic;
use crate::log::TopicSpec;

/// The largest record, changelog row or dead letter.
pub const RECORD_BYTES_MAX: u64 = 16 << 20;
/// What a dead letter adds to the message that it was: reason, detail, origin.
const DEAD_LETTER_ROOM: u64 = 64 << 10;
const DAY_MS: u64 = 86_400_000;

/// The names of all topics of an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicNames {
    /// The life of chats.
    pub chat_events: String,
    /// Their messages.
    pub message_events: String,
    /// Their way through the queues.
    pub queue_events: String,
    /// Reference data.
    pub directory_events: String,
    /// The records.
    pub session_metadata: String,
    /// What could not be used.
    pub dead_letters: String,
    /// The state of the first stage: `<application id>-chat-changelog`.
    pub changelog: String,
    /// Metric snapshots.
    pub metric_snapshots: String,
    /// From the first stage to the second: `<application id>-channel-differences`.
    pub differences: String,
    /// The state of the second stage: `<application id>-channel-changelog`.
    pub channel_changelog: String,
}

impl TopicNames {
    /// The names in the configuration.
    pub fn of(config: &Config) -> TopicNames {
        let topics = &config.topics;
        TopicNames {
            chat_events: topics.chat_events.clone(),
            message_events: topics.message_events.clone(),
            queue_events: topics.queue_events.clone(),
            directory_events: topics.directory_events.clone(),
            session_metadata: topics.session_metadata.clone(),
            dead_letters: topics.dead_letters.clone(),
            changelog: format!("{}-chat-changelog", config.application_id),
            metric_snapshots: topics.metric_snapshots.clone(),
            differences: format!("{}-channel-differences", config.application_id),
            channel_changelog: format!("{}-channel-changelog", config.application_id),
        }
    }

    /// The three co-partitioned input topics.
    pub fn inputs(&self) -> [&str; 3] {
        [&self.chat_events, &self.message_events, &self.queue_events]
    }

    /// Those from which something may go to the dead letters.
    pub fn read(&self) -> impl Iterator<Item = &str> {
        self.inputs().into_iter().chain([self.directory_events.as_str()])
    }

    /// All of them, in the order of creation.
    pub fn all(&self) -> [&str; 10] {
        let [chats, messages, queues] = self.inputs();
        [
            chats,
            messages,
            queues,
            &self.directory_events,
            &self.session_metadata,
            &self.metric_snapshots,
            &self.dead_letters,
            &self.changelog,
            &self.differences,
            &self.channel_changelog,
        ]
    }

    /// The name of one of the three.
    pub fn of_topic(&self, topic: Topic) -> &str {
        match topic {
            Topic::Chat => &self.chat_events,
            Topic::Message => &self.message_events,
            Topic::Queue => &self.queue_events,
        }
    }

    /// The one of the three that `named` means, by its default name or by the one it has here.
    pub fn of_chat_topic(&self, named: &str) -> Option<&str> {
        let by_default = Topic::ALL.into_iter().find(|topic| topic.name() == named);
        by_default.map(|topic| self.of_topic(topic)).or_else(|| self.inputs().into_iter().find(|name| *name == named))
    }
}

/// What a message may have at most in the topic of dead letters, so that any input fits: `input_bytes` is the largest
/// `max.message.bytes` of the input topics and the directory.
pub fn dead_letter_bytes(input_bytes: Option<u64>) -> u64 {
    input_bytes.map_or(0, |bytes| bytes.saturating_add(DEAD_LETTER_ROOM)).max(RECORD_BYTES_MAX)
}

/// Every topic as it should be. `input_bytes` is the largest `max.message.bytes` of input topics that exist.
///
/// A setting that is not named is the broker's own. Without a known number of replicas `min.insync.replicas` stays so too.
pub fn specs(
    names: &TopicNames,
    partitions: u32,
    replication: Option<u16>,
    input_bytes: Option<u64>,
) -> Vec<TopicSpec> {
    let durable = replication.is_some_and(|replicas| replicas >= 3).then(|| ("min.insync.replicas", "2".to_owned()));
    let spec = |name: &str, partitions: u32, settings: &[(&str, String)]| TopicSpec {
        name: name.to_owned(),
        partitions,
        replication,
        config: settings.iter().chain(&durable).map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    };
    let text = |text: &str| text.to_owned();
    let most = RECORD_BYTES_MAX.to_string();
    let input = [("cleanup.policy", text("delete"))];
    // Every task reads all of it, so parts of it would gain nothing.
    let directory = [("cleanup.policy", text("compact"))];
    let records = [
        ("cleanup.policy", text("compact,delete")),
        ("max.message.bytes", most.clone()),
        ("message.timestamp.type", text("LogAppendTime")),
        ("min.compaction.lag.ms", (7 * DAY_MS).to_string()),
        ("retention.ms", (400 * DAY_MS).to_string()),
    ];
    let dead_letters =
        [("cleanup.policy", text("delete")), ("max.message.bytes", dead_letter_bytes(input_bytes).to_string())];
    let snapshots = [
        ("cleanup.policy", text("compact,delete")),
        ("max.message.bytes", most.clone()),
        ("retention.ms", (400 * DAY_MS).to_string()),
    ];
    // What is missing cannot be had again: only the second stage deletes what it has read.
    let differences = [
        ("cleanup.policy", text("delete")),
        ("max.message.bytes", most.clone()),
        ("retention.bytes", text("-1")),
        ("retention.ms", text("-1")),
    ];
    let changelog = [
        ("cleanup.policy", text("compact")),
        ("delete.retention.ms", (7 * DAY_MS).to_string()),
        ("max.message.bytes", most),
        ("min.cleanable.dirty.ratio", text("0.2")),
        ("segment.bytes", (128_u64 << 20).to_string()),
    ];
    vec![
        spec(&names.chat_events, partitions, &input),
        spec(&names.message_events, partitions, &input),
        spec(&names.queue_events, partitions, &input),
        spec(&names.directory_events, 1, &directory),
        spec(&names.session_metadata, partitions, &records),
        spec(&names.metric_snapshots, partitions, &snapshots),
        spec(&names.dead_letters, partitions, &dead_letters),
        spec(&names.changelog, partitions, &changelog),
        spec(&names.differences, partitions, &differences),
        spec(&names.channel_changelog, partitions, &changelog),
    ]
}

/// Settings of which more than needed is as good.
const AT_LEAST: [&str; 5] =
    ["max.message.bytes", "delete.retention.ms", "min.compaction.lag.ms", "min.insync.replicas", "retention.ms"];

/// What differs in a topic that exists, one sentence each: its partitions (of the directory any number will do) and
/// the settings of its row.
pub fn differences(spec: &TopicSpec, partitions: u32, config: &BTreeMap<String, String>) -> Vec<String> {
    let mut found = Vec::new();
    if spec.partitions > 1 && partitions != spec.partitions {
        found.push(format!("{} has {partitions} partitions, should have {}", spec.name, spec.partitions));
    }
    for (name, wanted) in &spec.config {
        let actual = config.get(name).map_or("", String::as_str);
        let at_least = AT_LEAST.contains(&name.as_str());
        if !is_enough(actual, wanted, at_least) {
            let (least, actual) =
                (if at_least { "at least " } else { "" }, if actual.is_empty() { "unknown" } else { actual });
            found.push(format!("{}: {name} is {actual}, should be {least}{wanted}", spec.name));
        }
    }
    found
}

fn is_enough(actual: &str, wanted: &str, at_least: bool) -> bool {
    if let (Ok(actual), Ok(wanted)) = (actual.parse::<f64>(), wanted.parse::<f64>()) {
        // -1 is without limit.
        return if at_least { actual >= wanted || actual < 0.0 } else { actual == wanted };
    }
    let set = |text: &str| text.split(',').map(|part| part.trim().to_owned()).collect::<BTreeSet<_>>();
    set(actual) == set(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(replication: Option<u16>) -> Vec<TopicSpec> {
        specs(&TopicNames::of(&Config::default()), 8, replication, Some(1_048_588))
    }

    #[test]
    fn names_every_topic_once_with_its_limits() {
        let table = table(None);
        let names: Vec<&str> = table.iter().map(|spec| spec.name.as_str()).collect();
        assert_eq!(names, TopicNames::of(&Config::default()).all());
        assert_eq!(names[7..], ["wrapup-chat-changelog", "wrapup-channel-differences", "wrapup-channel-changelog"]);
        let setting = |topic: usize, name: &str| table[topic].config.get(name).map(String::as_str);
        for topic in 4..10 {
            assert_eq!(setting(topic, "max.message.bytes"), Some("16777216"));
        }
        assert_eq!(setting(4, "retention.ms"), Some("34560000000"));
        assert_eq!(setting(7, "segment.bytes"), Some("134217728"));
        assert_eq!((setting(8, "retention.ms"), setting(8, "cleanup.policy")), (Some("-1"), Some("delete")));
        let partitions: Vec<u32> = table.iter().map(|spec| spec.partitions).collect();
        assert_eq!(partitions, [8, 8, 8, 1, 8, 8, 8, 8, 8, 8]);
    }

    #[test]
    fn a_dead_letter_has_room_for_the_largest_input() {
        assert_eq!(dead_letter_bytes(None), 16 << 20);
        assert_eq!(dead_letter_bytes(Some(20 << 20)), (20 << 20) + (64 << 10));
        assert_eq!(dead_letter_bytes(Some(16 << 20)), (16 << 20) + (64 << 10));
    }

    #[test]
    fn two_replicas_must_be_in_sync_where_there_are_three() {
        let insync = |replication| table(replication)[6].config.get("min.insync.replicas").cloned();
        assert_eq!([insync(None), insync(Some(2)), insync(Some(3))], [None, None, Some("2".to_owned())]);
    }

    #[test]
    fn tells_what_differs_and_nothing_else() {
        let spec = &table(None)[4];
        let mut config = spec.config.clone();
        config.insert("cleanup.policy".to_owned(), "delete, compact".to_owned());
        config.insert("retention.ms".to_owned(), "-1".to_owned());
        config.insert("max.message.bytes".to_owned(), "20000000".to_owned());
        config.insert("segment.bytes".to_owned(), "1".to_owned());
        assert_eq!(differences(spec, 8, &config), Vec::<String>::new());
        config.insert("max.message.bytes".to_owned(), "1048588".to_owned());
        config.insert("message.timestamp.type".to_owned(), "CreateTime".to_owned());
        config.remove("min.compaction.lag.ms");
        assert_eq!(
            differences(spec, 4, &config),
            [
                "session-metadata has 4 partitions, should have 8",
                "session-metadata: max.message.bytes is 1048588, should be at least 16777216",
                "session-metadata: message.timestamp.type is CreateTime, should be LogAppendTime",
                "session-metadata: min.compaction.lag.ms is unknown, should be at least 604800000",
            ]
        );
    }

    #[test]
    fn knows_the_three_by_either_name() {
        let names = TopicNames { chat_events: "x.chats".to_owned(), ..TopicNames::of(&Config::default()) };
        assert_eq!(names.of_chat_topic("chat-events"), Some("x.chats"));
        assert_eq!(names.of_chat_topic("x.chats"), Some("x.chats"));
        assert_eq!(names.of_chat_topic("queue-events"), Some("queue-events"));
        assert_eq!(names.of_chat_topic("directory-events"), None);
    }
}
