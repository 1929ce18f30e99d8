//! The table in PostgreSQL.

use super::{Column, INPUT, Kind, LATEST, LOAD, TABLE, head, known_members, list, literal, quoted};
use crate::chat::metric::Unit;

pub(super) fn sql(columns: &[Column]) -> String {
    let head = head("PostgreSQL", "Lists and rows are `jsonb`.");
    let declared = list(columns.iter().map(|column| {
        let key = if column.is_key() { " NOT NULL" } else { "" };
        format!("{} {}{key}", quoted(&column.name), column_type(column.kind))
    }));
    let comments: String = columns
        .iter()
        .map(|column| format!("COMMENT ON COLUMN {TABLE}.{} IS {};\n", quoted(&column.name), literal(&column.doc)))
        .collect();
    let names = list(columns.iter().map(|column| quoted(&column.name)));
    let known = known_members(columns);
    let values = list(columns.iter().map(|column| value(column, &known)));
    format!(
        "{head}
CREATE TABLE IF NOT EXISTS {TABLE} (
{declared},
  PRIMARY KEY (\"id\", \"revision\")
);

COMMENT ON TABLE {TABLE} IS 'Records of chats, one row per chat and revision';
{comments}
CREATE OR REPLACE VIEW {LATEST} AS
SELECT DISTINCT ON (\"id\") * FROM {TABLE}
ORDER BY \"id\", \"revision\" DESC;

-- Takes records as they come, one JSON object per row, until they are loaded.
CREATE UNLOGGED TABLE IF NOT EXISTS {INPUT} (record jsonb NOT NULL);

-- Brings them into the table. A revision that is there already is left out.
CREATE OR REPLACE PROCEDURE {LOAD}() LANGUAGE sql AS $$
INSERT INTO {TABLE} (
{names}
)
SELECT
{values}
FROM {INPUT}
ON CONFLICT DO NOTHING;
DELETE FROM {INPUT};
$$;
"
    )
}

fn column_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Value(unit) => type_of(unit),
        Kind::Others => "jsonb",
    }
}

const fn type_of(unit: Unit) -> &'static str {
    match unit {
        Unit::Text => "text",
        Unit::Flag => "boolean",
        Unit::Count | Unit::WholeSeconds => "bigint",
        Unit::Time => "timestamptz(3)",
        Unit::Seconds => "numeric(18,3)",
        Unit::Number => "double precision",
        Unit::Texts | Unit::Json | Unit::Object(_) | Unit::Rows(_) => "jsonb",
    }
}

/// The value of a column, from `record`.
fn value(column: &Column, known: &[&str]) -> String {
    let path = literal(&format!("{{{}}}", column.path.join(",")));
    match column.kind {
        Kind::Others => format!("(record #> {path}) - {}::text[]", literal(&format!("{{{}}}", known.join(",")))),
        Kind::Value(Unit::Text) => format!("record #>> {path}"),
        // The null of JSON is a value there.
        Kind::Value(Unit::Texts | Unit::Json | Unit::Object(_) | Unit::Rows(_)) => {
            format!("nullif(record #> {path}, 'null')")
        }
        Kind::Value(unit) => format!("(record #>> {path})::{}", type_of(unit)),
    }
}
