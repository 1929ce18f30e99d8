//! For tests: the public messages as other programs have them, generated from the files in `proto/`, and their JSON.

/// The generated messages and, in `google::protobuf`, those they use.
#[allow(clippy::pedantic, clippy::all, missing_docs, dead_code, reason = "generated")]
pub(crate) mod messages {
    include!(concat!(env!("OUT_DIR"), "/public/mod.rs"));
}

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value as Json, json};

use crate::time::Timestamp as Time;
use messages::google::protobuf::{ListValue, Struct, Timestamp, Value, value::Kind};

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = Time::from_millis(self.seconds * 1_000 + i64::from(self.nanos) / 1_000_000);
        time.to_string().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let time = Time::parse(&text).ok_or_else(|| serde::de::Error::custom("no time"))?;
        let (seconds, millis) = (time.millis().div_euclid(1_000), time.millis().rem_euclid(1_000));
        Ok(Timestamp { seconds, nanos: millis as i32 * 1_000_000 })
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json_of(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).map(value_of)
    }
}

fn json_of(value: &Value) -> Json {
    match value.kind.as_ref().expect("a value has a kind") {
        Kind::NullValue(_) => Json::Null,
        Kind::NumberValue(number) => json!(number),
        Kind::StringValue(text) => json!(text),
        Kind::BoolValue(flag) => json!(flag),
        Kind::StructValue(object) => {
            Json::Object(object.fields.iter().map(|(key, value)| (key.clone(), json_of(value))).collect())
        }
        Kind::ListValue(list) => Json::Array(list.values.iter().map(json_of).collect()),
    }
}

/// The value that stands for a JSON value.
pub(crate) fn value_of(json: Json) -> Value {
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(flag) => Kind::BoolValue(flag),
        Json::Number(number) => Kind::NumberValue(number.as_f64().expect("a double")),
        Json::String(text) => Kind::StringValue(text),
        Json::Array(list) => Kind::ListValue(ListValue { values: list.into_iter().map(value_of).collect() }),
        Json::Object(object) => {
            let fields = object.into_iter().map(|(key, value)| (key, value_of(value))).collect();
            Kind::StructValue(Struct { fields })
        }
    };
    Value { kind: Some(kind) }
}
