//! What becomes of personal data on its way out (`session.md`, Personal data).

use std::collections::BTreeMap;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::columns::CUSTOM;
use super::wire::{elements, members};
use crate::chat::metric::{Unit, metrics, write_text};
use crate::event::json;
use crate::record::content::Content;

/// What is done with a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pii {
    /// It goes out as it is.
    #[default]
    Keep,
    /// In the place of every text stands its HMAC-SHA-256, 64 hexadecimal digits: the same for the same text and key, so
    /// that joins still work. What is no text is dropped.
    Hash,
    /// Null, or an empty array, stands in its place.
    Drop,
}

/// The key of the hashes, ready for use. Printing it hides it.
#[derive(Clone)]
pub(super) struct Key(Hmac<Sha256>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Key {
    pub(super) fn new(key: &[u8]) -> Key {
        Key(Hmac::new_from_slice(key).expect("HMAC takes keys of any length"))
    }

    /// The hash of a text, in hexadecimal digits.
    fn hash(&self, text: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(text.as_bytes());
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// What is done with each value of the record.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    /// By metric, in the order of the table.
    metrics: Vec<Plan>,
    /// Of custom keys that are not named.
    custom: Pii,
    /// Of those that are.
    named: BTreeMap<String, Pii>,
    /// Only there if something is hashed.
    key: Option<Key>,
}

/// What is done with a value, or with each member of an object.
#[derive(Clone, Debug, PartialEq)]
enum Plan {
    All(Pii),
    Members(Vec<Plan>),
}

/// The prefix of the names of custom keys.
fn custom_path() -> String {
    format!("profile.{CUSTOM}")
}

/// The fields of which a policy may be chosen, by the names that `docs/METRICS.md` gives them, members of objects and
/// rows with their own (`meets.from`); beside them `profile.custom` and `profile.custom.<key>`. All values but objects
/// and rows as a whole, and the chat's id.
pub fn policy_fields() -> Vec<String> {
    let mut fields = Vec::new();
    for metric in metrics().filter(|metric| metric.path != "id") {
        leaves(&metric.path.replace('/', "."), metric.unit, &mut fields);
    }
    fields.push(custom_path());
    fields
}

fn leaves(path: &str, unit: Unit, fields: &mut Vec<String>) {
    match unit.shape() {
        None => fields.push(path.to_owned()),
        Some(shape) => {
            for member in shape.members {
                leaves(&format!("{path}.{}", member.key), member.unit, fields);
            }
        }
    }
}

/// Whether a policy may be chosen for the field of this name.
pub(super) fn is_policy_field(name: &str) -> bool {
    let is_custom_key = name.strip_prefix(&custom_path()).is_some_and(|rest| rest.len() > 1 && rest.starts_with('.'));
    is_custom_key || policy_fields().iter().any(|field| field == name)
}

impl Policy {
    /// The policy of a default for the PII class and others by field; none if nothing is to be done at all.
    pub(super) fn new(default: Pii, fields: &BTreeMap<String, Pii>, key: Option<Key>) -> Option<Policy> {
        let chosen = |path: &str| fields.get(path).copied();
        let plans = metrics().map(|metric| {
            let path = metric.path.replace('/', ".");
            plan(&path, metric.unit, metric.is_pii, default, &chosen)
        });
        let named = |(path, pii): (&String, &Pii)| {
            let key = path.strip_prefix(&custom_path())?.strip_prefix('.')?;
            Some((key.to_owned(), *pii))
        };
        let policy = Policy {
            metrics: plans.collect(),
            // What a deployment keeps of its customers is nobody else's to judge: personal, unless it says otherwise.
            custom: chosen(&custom_path()).unwrap_or(default),
            named: fields.iter().filter_map(named).collect(),
            key,
        };
        let does_nothing = policy.metrics.iter().all(|plan| *plan == Plan::All(Pii::Keep))
            && policy.custom == Pii::Keep
            && policy.named.values().all(|pii| *pii == Pii::Keep);
        (!does_nothing).then_some(policy)
    }

    /// Whether something is hashed.
    pub(super) fn hashes(&self) -> bool {
        self.metrics.iter().any(Plan::hashes)
            || self.custom == Pii::Hash
            || self.named.values().any(|pii| *pii == Pii::Hash)
    }

    /// The content as it may go out.
    pub(super) fn apply(&self, content: &Content) -> Content {
        let units: Vec<Unit> = metrics().map(|metric| metric.unit).collect();
        content.rewritten(
            |at, value, out| self.write(&self.metrics[at], units[at], value, out),
            |key, value, out| match self.named.get(key).copied().unwrap_or(self.custom) {
                Pii::Keep => out.push_str(value),
                Pii::Hash => self.write_hashed(value, out),
                Pii::Drop => out.push_str("null"),
            },
        )
    }

    fn write(&self, plan: &Plan, unit: Unit, value: &str, out: &mut String) {
        match (plan, unit) {
            _ if value == "null" => out.push_str(value),
            (Plan::All(Pii::Keep), _) => out.push_str(value),
            (Plan::Members(plans), Unit::Object(_)) => self.write_object(plans, unit, value, out),
            (Plan::Members(plans), Unit::Rows(_)) => {
                write_list(elements(value), out, |row, out| self.write_object(plans, unit, row, out));
            }
            (Plan::All(Pii::Hash), Unit::Text | Unit::Texts | Unit::Json) => self.write_hashed(value, out),
            (_, Unit::Texts | Unit::Rows(_)) => out.push_str("[]"),
            _ => out.push_str("null"),
        }
    }

    fn write_object(&self, plans: &[Plan], unit: Unit, value: &str, out: &mut String) {
        let shape = unit.shape().expect("only objects have plans for members");
        out.push('{');
        let members = shape.members.iter().zip(members(shape, value)).zip(plans);
        for (at, ((member, value), plan)) in members.enumerate() {
            if at > 0 {
                out.push(',');
            }
            write_text(member.key, out);
            out.push(':');
            self.write(plan, member.unit, value, out);
        }
        out.push('}');
    }

    /// Any JSON with every text, number, true and false in it hashed by itself; names of members stay.
    fn write_hashed(&self, value: &str, out: &mut String) {
        match value.as_bytes().first() {
            Some(b'n') => out.push_str("null"),
            Some(b'[') => write_list(elements(value), out, |element, out| self.write_hashed(element, out)),
            Some(b'{') => {
                let mut is_filled = false;
                out.push('{');
                let read = json::members(value, |key, value| {
                    if is_filled {
                        out.push(',');
                    }
                    is_filled = true;
                    write_text(key, out);
                    out.push(':');
                    self.write_hashed(value, out);
                    Ok::<(), std::convert::Infallible>(())
                });
                assert!(read.is_ok(), "a record holds JSON");
                out.push('}');
            }
            _ => {
                let text = json::text(value);
                let key = self.key.as_ref().expect("a policy that hashes has a key");
                write_text(&key.hash(text.as_deref().unwrap_or(value)), out);
            }
        }
    }
}

impl Plan {
    fn hashes(&self) -> bool {
        match self {
            Plan::All(pii) => *pii == Pii::Hash,
            Plan::Members(plans) => plans.iter().any(Plan::hashes),
        }
    }
}

/// The plan of a value. Texts inside an object that is personal data are personal data.
fn plan(path: &str, unit: Unit, is_pii: bool, default: Pii, chosen: &impl Fn(&str) -> Option<Pii>) -> Plan {
    let Some(shape) = unit.shape() else {
        return Plan::All(chosen(path).unwrap_or(if is_pii { default } else { Pii::Keep }));
    };
    let plans: Vec<Plan> = shape
        .members
        .iter()
        .map(|member| {
            let is_text = matches!(member.unit, Unit::Text | Unit::Texts | Unit::Json) || member.unit.shape().is_some();
            let is_pii = member.is_pii || (is_pii && is_text);
            plan(&format!("{path}.{}", member.key), member.unit, is_pii, default, chosen)
        })
        .collect();
    let keeps_all = plans.iter().all(|plan| *plan == Plan::All(Pii::Keep));
    if keeps_all { Plan::All(Pii::Keep) } else { Plan::Members(plans) }
}

fn write_list<'a>(elements: impl Iterator<Item = &'a str>, out: &mut String, write: impl Fn(&str, &mut String)) {
    out.push('[');
    for (at, element) in elements.enumerate() {
        if at > 0 {
            out.push(',');
        }
        write(element, out);
    }
    out.push(']');
}
