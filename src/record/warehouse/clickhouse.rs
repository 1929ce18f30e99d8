//! The table in ClickHouse.

use super::{Column, INPUT, Kind, LATEST, LOAD, Node, TABLE, head, known_members, list, literal, open_object, tree};
use crate::chat::metric::Unit;

pub(super) fn sql(columns: &[Column]) -> String {
    let head = head(
        "ClickHouse",
        "Lists and rows are arrays and named tuples; an object that is null holds nulls and empty lists. Custom keys are\nJSON text; of free JSON a text is itself, everything else its JSON text.",
    );
    let declared = list(columns.iter().map(|column| {
        format!("{} {} COMMENT {}", quoted(&column.name), column_type(column), literal(&escaped(&column.doc)))
    }));
    let read = list(tree(columns).iter().map(|(name, node)| {
        let is_key = columns.iter().any(|column| column.is_key() && column.path == [*name]);
        format!("{} {}", quoted(name), input_type(node, is_key))
    }));
    let known = known_members(columns);
    let values = list(columns.iter().map(|column| format!("{} AS {}", value(column, &known), quoted(&column.name))));
    format!(
        "{head}
-- Equal revisions are the same record, loaded more than once: merges keep one of them.
CREATE TABLE IF NOT EXISTS {TABLE} (
{declared}
)
ENGINE = ReplacingMergeTree
ORDER BY (`id`, `revision`)
COMMENT 'Records of chats, one row per chat and revision';

CREATE OR REPLACE VIEW {LATEST} AS
SELECT * FROM {TABLE}
WHERE (`id`, `revision`) IN (SELECT `id`, max(`revision`) FROM {TABLE} GROUP BY `id`)
LIMIT 1 BY `id`;

-- Takes records as they come, and keeps nothing: what is inserted goes to the table. Both are made anew every time, as they
-- hold no data. To read the topic itself, give it the engine Kafka.
DROP VIEW IF EXISTS {LOAD};
DROP TABLE IF EXISTS {INPUT};

CREATE TABLE {INPUT} (
{read}
)
ENGINE = Null;

CREATE MATERIALIZED VIEW {LOAD} TO {TABLE} AS
SELECT
{values}
FROM {INPUT};
"
    )
}

fn column_type(column: &Column) -> String {
    match column.kind {
        Kind::Value(unit) => type_of(unit, column.is_key()),
        Kind::Others => "String".to_owned(),
    }
}

fn type_of(unit: Unit, is_key: bool) -> String {
    let name = match unit {
        // Of free JSON a text is itself, everything else its JSON text.
        Unit::Text | Unit::Json => "String",
        Unit::Texts => return "Array(String)".to_owned(),
        Unit::Flag => "Bool",
        Unit::Count | Unit::WholeSeconds => "Int64",
        Unit::Time => "DateTime64(3, 'UTC')",
        Unit::Seconds => "Decimal(18, 3)",
        Unit::Number => "Float64",
        Unit::Object(shape) => {
            return tuple(shape.members.iter().map(|member| (member.key, type_of(member.unit, false))));
        }
        Unit::Rows(shape) => return format!("Array({})", type_of(Unit::Object(shape), false)),
    };
    if is_key { name.to_owned() } else { format!("Nullable({name})") }
}

fn tuple(members: impl Iterator<Item = (&'static str, String)>) -> String {
    let members: Vec<String> = members.map(|(name, of)| format!("{} {of}", quoted(name))).collect();
    format!("Tuple({})", members.join(", "))
}

fn input_type(node: &Node, is_key: bool) -> String {
    match node {
        Node::Value(unit) => type_of(*unit, is_key),
        Node::Object(members) => tuple(members.iter().map(|(name, node)| (*name, input_type(node, false)))),
        // An object as its text.
        Node::Open => "String".to_owned(),
    }
}

/// The value of a column, from the record as it was read.
fn value(column: &Column, known: &[&str]) -> String {
    let object = quoted(open_object());
    match column.kind {
        Kind::Others => {
            let known: Vec<String> = known.iter().map(|name| literal(name)).collect();
            format!(
                "concat('{{', arrayStringConcat(arrayMap(member -> concat(toJSONString(member.1), ':', member.2), \
                 arrayFilter(member -> member.1 NOT IN ({}), JSONExtractKeysAndValuesRaw({object}))), ','), '}}')",
                known.join(", ")
            )
        }
        Kind::Value(unit) if column.path.len() > 1 && column.path[0] == open_object() => {
            let path: Vec<String> = column.path[1..].iter().map(|name| literal(name)).collect();
            format!("JSONExtract({object}, {}, {})", path.join(", "), literal(&escaped(&type_of(unit, false))))
        }
        Kind::Value(_) => column.path.iter().map(|name| quoted(name)).collect::<Vec<_>>().join("."),
    }
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// In a literal a backslash begins an escape.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
}
