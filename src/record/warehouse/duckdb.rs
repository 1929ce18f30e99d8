//! The table in DuckDB.

use super::{Column, Kind, LATEST, LOAD, Node, TABLE, head, known_members, list, literal, open_object, quoted, tree};
use crate::chat::metric::Unit;

pub(super) fn sql(columns: &[Column]) -> String {
    let head = head("DuckDB", "Lists and rows are native lists and structs.");
    let declared = list(columns.iter().map(|column| {
        let key = if column.is_key() { " NOT NULL" } else { "" };
        format!("{} {}{key}", quoted(&column.name), column_type(column.kind))
    }));
    let comments: String = columns
        .iter()
        .map(|column| format!("COMMENT ON COLUMN {TABLE}.{} IS {};\n", quoted(&column.name), literal(&column.doc)))
        .collect();
    let read =
        list(tree(columns).iter().map(|(name, node)| format!("  {}: {}", quoted(name), literal(&input_type(node)))));
    let known = known_members(columns);
    let values = list(columns.iter().map(|column| format!("{} AS {}", value(column, &known), quoted(&column.name))));
    format!(
        "{head}
CREATE TABLE IF NOT EXISTS {TABLE} (
{declared}
);

COMMENT ON TABLE {TABLE} IS 'Records of chats, one row per chat and revision';
{comments}
-- Of equal revisions one: they are the same record, loaded more than once.
CREATE OR REPLACE VIEW {LATEST} AS
SELECT * FROM {TABLE}
QUALIFY row_number() OVER (PARTITION BY \"id\" ORDER BY \"revision\" DESC) = 1;

-- The records of files, one JSON object per line: a name, a pattern, or a list of them.
CREATE OR REPLACE MACRO {LOAD}(files) AS TABLE
SELECT
{values}
FROM read_json(files, format = 'newline_delimited', columns = {{
{read}
}});
"
    )
}

fn column_type(kind: Kind) -> String {
    match kind {
        Kind::Value(unit) => type_of(unit),
        Kind::Others => "JSON".to_owned(),
    }
}

fn type_of(unit: Unit) -> String {
    let name = match unit {
        Unit::Text => "VARCHAR",
        Unit::Texts => "VARCHAR[]",
        Unit::Flag => "BOOLEAN",
        Unit::Count | Unit::WholeSeconds => "BIGINT",
        Unit::Time => "TIMESTAMPTZ",
        Unit::Seconds => "DECIMAL(18,3)",
        Unit::Number => "DOUBLE",
        Unit::Json => "JSON",
        Unit::Object(shape) => {
            return structure(shape.members.iter().map(|member| (member.key, type_of(member.unit))));
        }
        Unit::Rows(shape) => return type_of(Unit::Object(shape)) + "[]",
    };
    name.to_owned()
}

fn structure(members: impl Iterator<Item = (&'static str, String)>) -> String {
    let members: Vec<String> = members.map(|(name, of)| format!("{} {of}", quoted(name))).collect();
    format!("STRUCT({})", members.join(", "))
}

fn input_type(node: &Node) -> String {
    match node {
        Node::Value(unit) => type_of(*unit),
        Node::Object(members) => structure(members.iter().map(|(name, node)| (*name, input_type(node)))),
        Node::Open => "JSON".to_owned(),
    }
}

/// The value of a column, from the record as it was read.
fn value(column: &Column, known: &[&str]) -> String {
    let object = quoted(open_object());
    match column.kind {
        Kind::Others => {
            let known: Vec<String> = known.iter().map(|name| format!("\"{name}\":null")).collect();
            format!("json_merge_patch({object}, '{{{}}}')", known.join(","))
        }
        Kind::Value(unit) if column.path.len() > 1 && column.path[0] == open_object() => {
            let path = literal(&format!("$.{}", column.path[1..].join(".")));
            if unit == Unit::Text {
                format!("{object} ->> {path}")
            } else {
                format!("CAST({object} -> {path} AS {})", type_of(unit))
            }
        }
        Kind::Value(_) => column.path.iter().map(|name| quoted(name)).collect::<Vec<_>>().join("."),
    }
}
