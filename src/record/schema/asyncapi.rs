//! `asyncapi.json`: the topics with what they carry, as an AsyncAPI document.

use crate::event::schema::{Tree, object, text};
use crate::event::{Kind, Reason};

const TOLD: &str = "Reads the events of a contact center and writes one finalized record per chat, corrected later when \
                    something changes it. Topic names are the defaults. Made from the tables by `make docs`.";

/// A topic: its default name, whether the program reads or writes it, its message, what it carries.
struct Topic {
    name: &'static str,
    action: &'static str,
    message: &'static str,
    told: &'static str,
}

const TOPICS: &[Topic] = &[
    Topic { name: "chat-events", action: "receive", message: "event", told: "The life of chats. Key: the chat's id." },
    Topic { name: "message-events", action: "receive", message: "event", told: "Their messages. Key: the chat's id." },
    Topic {
        name: "queue-events",
        action: "receive",
        message: "event",
        told: "Their way through the queues. Key: the chat's id.",
    },
    Topic {
        name: "directory-events",
        action: "receive",
        message: "directoryDocument",
        told: "Reference data, compacted. Key: kind and id, such as channel/c1.",
    },
    Topic {
        name: "session-metadata",
        action: "send",
        message: "record",
        told: "The records, compacted. Key: the chat's id. The encoding is a setting.",
    },
    Topic {
        name: "metric-snapshots",
        action: "send",
        message: "snapshot",
        told: "Metric snapshots, compacted. Key: channelId/dimension/id/windowSize/windowStart, or …/live.",
    },
    Topic {
        name: "dead-letters",
        action: "send",
        message: "deadLetter",
        told: "What could not be used, byte for byte as it came, with its key.",
    },
];

/// The text of `docs/schema/asyncapi.json`: AsyncAPI 3.0.
pub fn asyncapi() -> String {
    let version = env!("CARGO_PKG_VERSION");
    let info = object([("title", text("wrapup")), ("version", text(version)), ("description", text(TOLD))]);
    let license = object([("name", text("Apache-2.0"))]);
    object([
        ("asyncapi", text("3.0.0")),
        ("info", info.with("license", license)),
        ("defaultContentType", text("application/json")),
        ("channels", Tree::Object(TOPICS.iter().map(channel).collect())),
        ("operations", Tree::Object(TOPICS.iter().map(operation).collect())),
        ("components", object([("messages", messages())])),
    ])
    .pretty()
}

fn channel(topic: &Topic) -> (String, Tree) {
    let message = object([("$ref", text(format!("#/components/messages/{}", topic.message)))]);
    let channel = object([
        ("address", text(topic.name)),
        ("description", text(topic.told)),
        ("messages", object([(topic.message, message)])),
        ("bindings", object([("kafka", object([("topic", text(topic.name))]))])),
    ]);
    (topic.name.to_owned(), channel)
}

fn operation(topic: &Topic) -> (String, Tree) {
    let operation = object([
        ("action", text(topic.action)),
        ("channel", object([("$ref", text(format!("#/channels/{}", topic.name)))])),
    ]);
    (format!("{}-{}", topic.action, topic.name), operation)
}

fn messages() -> Tree {
    object([
        ("event", event()),
        (
            "directoryDocument",
            object([
                ("summary", text("A document of the directory; a message without a value deletes it")),
                ("contentType", text("application/json")),
                ("payload", object([("type", text("object"))])),
            ]),
        ),
        (
            "record",
            object([
                ("summary", text("The finalized record of a chat")),
                ("contentType", text("application/json")),
                ("payload", object([("$ref", text("./record.schema.json"))])),
                ("bindings", kafka_key()),
            ]),
        ),
        (
            "snapshot",
            object([
                ("summary", text("What is happening in a window, or now, per channel, team, manager, queue or medium")),
                ("contentType", text("application/json")),
                ("payload", object([("$ref", text("./snapshot.schema.json"))])),
            ]),
        ),
        (
            "deadLetter",
            object([
                ("summary", text("What could not be used; the headers that it came with stand beside these")),
                ("headers", dead_letter_headers()),
            ]),
        ),
    ])
}

fn event() -> Tree {
    let types = Kind::NAMES.join(", ");
    object([
        ("summary", text("An event of a chat: a CloudEvent")),
        (
            "description",
            text(format!(
                "In structured mode as below; in binary mode its attributes are headers (ce_id, ce_source, …) and the \
                 value is data, as JSON or, with the content type application/protobuf, as the message of \
                 events.proto that is called like its type. Each topic takes every type: {types}."
            )),
        ),
        ("contentType", text("application/cloudevents+json")),
        ("payload", object([("$ref", text("./events.schema.json"))])),
        ("bindings", kafka_key()),
    ])
}

fn kafka_key() -> Tree {
    let key = object([("type", text("string")), ("description", text("the chat's id"))]);
    object([("kafka", object([("key", key)]))])
}

fn dead_letter_headers() -> Tree {
    let string = |told: &str| object([("type", text("string")), ("description", text(told))]);
    let reasons = Tree::List(Reason::NAMES.iter().map(|name| text(*name)).collect());
    let properties = object([
        ("reason", string("why, the first reason that applies").with("enum", reasons)),
        ("detail", string("what exactly is wrong; never a value of the event")),
        ("topic", string("where it came from")),
        ("partition", string("its partition there")),
        ("offset", string("its offset there")),
        ("timestamp", string("its timestamp there, in milliseconds since the epoch")),
    ]);
    object([("type", text("object")), ("properties", properties)])
}
