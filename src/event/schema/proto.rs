//! `events.proto`: one message per type, and what protobuf files have in common.

use std::fmt::Write;

use crate::event::data::{CHANNEL_ID_NUMBER, CLEAR_NUMBER, DescribedMember, Description, EventData, Presence, Type};
use crate::event::kind::Kind;

const HEADER: &str = r#"// The `data` of the events: with the content type `application/protobuf` in binary mode, the value of an
// input message is the message that is called like its type (`chat.workflow_started`: ChatWorkflowStarted).
// A member that is not set is absent. What is said of members holds as in JSON: both are checked by the
// same rules.
//
// Made from the event table by `make docs`; a test compares. Field numbers are append-only.
syntax = "proto3";

package wrapup.v1;

import "google/protobuf/struct.proto";
"#;

/// The text of `proto/wrapup/v1/events.proto`.
pub fn events_proto() -> String {
    let mut file = HEADER.to_owned();
    let mut parts: Vec<&'static Description> = Vec::new();
    for kind in Kind::ALL {
        let description = EventData::description(*kind);
        let mut message = message(&format!("{kind:?}"), &[format!("`data` of `{}`.", kind.as_str())], description);
        let channel = if *kind == Kind::ChatCreated { "The channel. Required." } else { "The channel." };
        message.field(&[channel], "optional string", "channelId", CHANNEL_ID_NUMBER);
        if description.members.iter().any(|member| member.presence == Presence::Patch) {
            let names = "The members to clear, by their names in JSON (`userName`); none of them may be set.";
            message.field(&[names], "repeated string", "clear", CLEAR_NUMBER);
        }
        file.push('\n');
        message.write(0, &mut file);
        collect(description, &mut parts);
    }
    for part in parts {
        file.push('\n');
        message(part.name, &["A part of several events.".to_owned()], part).write(0, &mut file);
    }
    file
}

/// The objects inside an object, each once, those that others hold behind them.
pub(super) fn collect(description: &'static Description, parts: &mut Vec<&'static Description>) {
    for member in description.members {
        if let Type::Object(part) = member.value
            && !parts.iter().any(|known| known.name == part.name)
        {
            parts.push(part);
            collect(part, parts);
        }
    }
}

fn message(name: &str, comment: &[String], description: &Description) -> Message {
    let mut message = Message::new(name, comment);
    for member in description.members {
        message.field(&[&told(member)], &type_of(member), member.key, member.number);
    }
    message
}

fn type_of(member: &DescribedMember) -> String {
    let name = match member.value {
        Type::Text | Type::Id | Type::NonEmpty | Type::Word(_) => "string",
        Type::Json | Type::Scalar => return "google.protobuf.Value".to_owned(),
        Type::Flag => "bool",
        Type::Whole { .. } => "int64",
        Type::Fraction { .. } | Type::Number => "double",
        Type::Keys => return "map<string, google.protobuf.Value>".to_owned(),
        Type::Object(description) => description.name,
    };
    match (member.presence, member.value) {
        (Presence::List | Presence::OptionalList, _) => format!("repeated {name}"),
        (_, Type::Object(_)) => name.to_owned(),
        _ => format!("optional {name}"),
    }
}

/// What there is to say of a member, in sentences.
fn told(member: &DescribedMember) -> String {
    let what = match member.value {
        Type::Word(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Type::Whole { min: i64::MIN, .. } => "A whole number".to_owned(),
        Type::Whole { min, max } => format!("{min} to {max}"),
        Type::Fraction { min, max } => format!("{min} to {max}, with a fraction"),
        Type::Number => "A number".to_owned(),
        Type::Text => "A text".to_owned(),
        Type::Id => "An id".to_owned(),
        Type::Json => "Any value".to_owned(),
        Type::Scalar => "A text or a number".to_owned(),
        Type::NonEmpty => "A text, of which only whether it is empty is kept".to_owned(),
        Type::Flag => "Whether it is so".to_owned(),
        Type::Keys => "The keys that are set; a null value removes its key".to_owned(),
        Type::Object(description) => return format!("See {}.{}", description.name, presence(member.presence)),
    };
    format!("{what}.{}", presence(member.presence))
}

fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Required => " Required.",
        Presence::Nullable => " Not set, it is taken away.",
        Presence::Patch => " Not set, it stays as it was.",
        Presence::List => " The whole list.",
        Presence::Optional | Presence::OptionalList => "",
    }
}

/// A protobuf message as text.
pub(crate) struct Message {
    name: String,
    comment: Vec<String>,
    body: Vec<Line>,
}

enum Line {
    Field { comment: Vec<String>, text: String },
    Inner(Message),
}

impl Message {
    /// A message without fields.
    pub(crate) fn new(name: &str, comment: &[String]) -> Message {
        Message { name: name.to_owned(), comment: comment.to_vec(), body: Vec::new() }
    }

    /// Appends a field with the JSON name `key`.
    pub(crate) fn field(&mut self, comment: &[&str], kind: &str, key: &str, number: u32) {
        let name = snake_case(key);
        let named = if lower_camel_case(&name) == key { String::new() } else { format!(" [json_name = \"{key}\"]") };
        let comment = comment.iter().map(|&line| line.to_owned()).collect();
        self.body.push(Line::Field { comment, text: format!("{kind} {name} = {number}{named};") });
    }

    /// Appends a message inside this one.
    pub(crate) fn inner(&mut self, message: Message) {
        self.body.push(Line::Inner(message));
    }

    /// Writes it at a depth of indentation.
    pub(crate) fn write(&self, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth);
        comment(&self.comment, &indent, out);
        if self.body.is_empty() {
            writeln!(out, "{indent}message {} {{}}", self.name).expect("a string takes all that is written");
            return;
        }
        writeln!(out, "{indent}message {} {{", self.name).expect("a string takes all that is written");
        for (at, line) in self.body.iter().enumerate() {
            match line {
                Line::Field { comment: told, text } => {
                    let indent = format!("{indent}  ");
                    comment(told, &indent, out);
                    writeln!(out, "{indent}{text}").expect("a string takes all that is written");
                }
                Line::Inner(message) => {
                    if at > 0 {
                        out.push('\n');
                    }
                    message.write(depth + 1, out);
                }
            }
        }
        writeln!(out, "{indent}}}").expect("a string takes all that is written");
    }
}

/// Comment lines, broken where they would be too long.
fn comment(lines: &[String], indent: &str, out: &mut String) {
    for line in lines {
        let mut width = 0;
        for word in line.split_whitespace() {
            if width == 0 || width + word.len() > 96 {
                write!(out, "{}{indent}//", if width == 0 { "" } else { "\n" }).expect("a string takes all");
                width = 0;
            }
            write!(out, " {word}").expect("a string takes all that is written");
            width += word.len() + 1;
        }
        out.push('\n');
    }
}

/// A JSON key as protobuf names its field: `userChatId` is `user_chat_id`.
pub(crate) fn snake_case(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 4);
    for c in key.chars() {
        if c.is_ascii_uppercase() && !name.is_empty() && !name.ends_with('_') {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// The JSON name that protobuf itself gives a field.
fn lower_camel_case(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    let mut is_first_of_word = false;
    for c in name.chars() {
        if c == '_' {
            is_first_of_word = true;
        } else {
            key.push(if is_first_of_word { c.to_ascii_uppercase() } else { c });
            is_first_of_word = false;
        }
    }
    key
}
