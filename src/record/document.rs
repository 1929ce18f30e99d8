//! `docs/METRICS.md`, written from the metric table.

use std::fmt::Write;

use super::content::LAST_OF_PROFILE;
use super::revision::REVISION_MEMBERS;
use crate::chat::metric::{SECTIONS, Unit, shapes};

const INTRODUCTION: &str = "\
# The record, column by column

Written from the metric table in `src/chat/metric/` by `make docs`; a test compares. The exact definitions are those of the
specification, in the sections named.

Times are UTC instants (`2026-03-02T09:00:00.000Z`). `seconds` are durations: a number with a fraction, exact to the
millisecond; averages are truncated to it. Every key is always present, `null` where its fact is not known or does not apply:
a duration with an end missing, or one that would be negative, an average over nothing. Counts and sums over nothing are 0.
`whole seconds` are durations too, those of the platform views: summed in milliseconds, truncated once.
PII: personal data, which a deployment may keep, hash or drop.
";

const CUSTOM_KEYS: &str = "
Behind these members of `profile` stand the deployment's own keys, sorted, each typed by the channel's `profileSchema`: Boolean,
String, Number (with a fraction), Date (`MM-DD` or `YYYY-MM-DD`), Datetime (whole milliseconds since the epoch), List (of
strings). A value of the wrong type is dropped and counted, a key the schema lacks is kept as it is, null removes a key.
";

const HEADER: &str = "\n| key | type | PII | what it is |\n| --- | --- | --- | --- |\n";

/// The text of `docs/METRICS.md`.
pub fn metrics_markdown() -> String {
    let mut out = String::from(INTRODUCTION);
    for section in SECTIONS {
        heading(section.title, section.defined_in, &mut out);
        for metric in section.rows {
            let path = metric.path.replace('/', ".");
            let key = if path == metric.key { String::new() } else { format!(" (the dictionary's `{}`)", metric.key) };
            row(&path, &type_of(metric.unit), metric.is_pii, &format!("{}{key}", metric.doc), &mut out);
            for member in REVISION_MEMBERS.iter().filter(|member| member.behind == metric.key) {
                row(member.key, member.unit.as_str(), false, member.doc, &mut out);
            }
            if metric.path == LAST_OF_PROFILE {
                out.push_str(CUSTOM_KEYS);
            }
        }
    }
    for shape in shapes() {
        heading(shape.name, shape.defined_in, &mut out);
        for member in shape.members {
            let unit = type_of(member.unit);
            row(member.key, &unit, member.is_pii, member.doc, &mut out);
        }
    }
    out
}

fn type_of(unit: Unit) -> String {
    match unit {
        Unit::Object(shape) => shape.name.to_owned(),
        Unit::Rows(shape) => format!("[{}]", shape.name),
        _ => unit.as_str().to_owned(),
    }
}

fn heading(title: &str, defined_in: &str, out: &mut String) {
    write!(out, "\n## {title}\n\n{defined_in}.\n{HEADER}").expect("a string takes all that is written");
}

fn row(key: &str, unit: &str, is_pii: bool, doc: &str, out: &mut String) {
    let pii = if is_pii { "PII" } else { "" };
    writeln!(out, "| `{key}` | {unit} | {pii} | {doc} |").expect("a string takes all that is written");
}
