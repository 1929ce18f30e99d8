//! The table in BigQuery.

use super::{Column, INPUT, Kind, LATEST, LOAD, TABLE, head, known_members, list};
use crate::chat::metric::Unit;

/// Views and procedures must name it.
const DATASET: &str = "wrapup";

pub(super) fn sql(columns: &[Column]) -> String {
    let head = head(
        "BigQuery",
        "Lists of texts are arrays, rows and objects `JSON`. Everything lies in the dataset `wrapup`.",
    );
    let declared = list(columns.iter().map(|column| {
        let key = if column.is_key() { " NOT NULL" } else { "" };
        format!(
            "{} {}{key} OPTIONS (description = {})",
            quoted(&column.name),
            column_type(column.kind),
            literal(&column.doc)
        )
    }));
    let names = list(columns.iter().map(|column| quoted(&column.name)));
    let known = known_members(columns);
    let values = list(columns.iter().map(|column| value(column, &known)));
    format!(
        "{head}
CREATE SCHEMA IF NOT EXISTS {DATASET};
CREATE TABLE IF NOT EXISTS {DATASET}.{TABLE} (
{declared}
)
PARTITION BY TIMESTAMP_TRUNC(`finalizedAt`, MONTH)
CLUSTER BY `channelId`, `id`
OPTIONS (description = 'Records of chats, one row per chat and revision');

-- Of equal revisions one: they are the same record, loaded more than once.
CREATE OR REPLACE VIEW {DATASET}.{LATEST} AS
SELECT * FROM {DATASET}.{TABLE}
WHERE TRUE
QUALIFY ROW_NUMBER() OVER (PARTITION BY `id` ORDER BY `revision` DESC) = 1;

-- Takes records as they come, one JSON text per row, until they are loaded.
CREATE TABLE IF NOT EXISTS {DATASET}.{INPUT} (record STRING NOT NULL);

-- Brings them into the table.
CREATE OR REPLACE PROCEDURE {DATASET}.{LOAD}()
BEGIN
BEGIN TRANSACTION;
INSERT INTO {DATASET}.{TABLE} (
{names}
)
SELECT
{values}
FROM {DATASET}.{INPUT};
DELETE FROM {DATASET}.{INPUT} WHERE TRUE;
COMMIT TRANSACTION;
END;
"
    )
}

fn column_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Value(unit) => type_of(unit),
        Kind::Others => "JSON",
    }
}

const fn type_of(unit: Unit) -> &'static str {
    match unit {
        Unit::Text => "STRING",
        Unit::Texts => "ARRAY<STRING>",
        Unit::Flag => "BOOL",
        Unit::Count | Unit::WholeSeconds => "INT64",
        Unit::Time => "TIMESTAMP",
        Unit::Seconds => "NUMERIC(18, 3)",
        Unit::Number => "FLOAT64",
        Unit::Json | Unit::Object(_) | Unit::Rows(_) => "JSON",
    }
}

/// The value of a column, from `record`.
fn value(column: &Column, known: &[&str]) -> String {
    let path = format!("'$.{}'", column.path.join("."));
    let json = format!("PARSE_JSON(NULLIF(JSON_QUERY(record, {path}), 'null'), wide_number_mode => 'round')");
    match column.kind {
        Kind::Others => {
            let known: Vec<String> = known.iter().map(|name| format!("'$.{name}'")).collect();
            format!("JSON_REMOVE({json}, {})", known.join(", "))
        }
        Kind::Value(Unit::Text) => format!("JSON_VALUE(record, {path})"),
        Kind::Value(Unit::Texts) => format!("JSON_VALUE_ARRAY(record, {path})"),
        Kind::Value(Unit::Json | Unit::Object(_) | Unit::Rows(_)) => json,
        Kind::Value(unit) => format!("CAST(JSON_VALUE(record, {path}) AS {})", type_of(unit)),
    }
}

fn quoted(name: &str) -> String {
    format!("`{name}`")
}

/// A text as BigQuery has it: quotes are escaped, not doubled.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}
