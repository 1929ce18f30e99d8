//! The table in Snowflake.

use super::{Column, INPUT, Kind, LATEST, LOAD, TABLE, head, known_members, list, literal, quoted};
use crate::chat::metric::Unit;

/// Names are not quoted: Snowflake then takes them in any case.
pub(super) fn sql(columns: &[Column]) -> String {
    let head = head("Snowflake", "Lists, rows and objects are semi-structured `ARRAY` and `OBJECT`.");
    let declared = list(columns.iter().map(|column| {
        let key = if column.is_key() { " NOT NULL" } else { "" };
        let doc = literal(&column.doc.replace('\\', "\\\\"));
        format!("{} {}{key} COMMENT {doc}", column.name, column_type(column.kind))
    }));
    let names = list(columns.iter().map(|column| column.name.clone()));
    let known = known_members(columns);
    let values = list(columns.iter().map(|column| value(column, &known)));
    format!(
        "{head}
CREATE TABLE IF NOT EXISTS {TABLE} (
{declared}
)
COMMENT = 'Records of chats, one row per chat and revision';

-- Of equal revisions one: they are the same record, loaded more than once.
CREATE OR REPLACE VIEW {LATEST} AS
SELECT * FROM {TABLE}
QUALIFY ROW_NUMBER() OVER (PARTITION BY id ORDER BY revision DESC) = 1;

-- Takes records as they come, until they are loaded.
CREATE TABLE IF NOT EXISTS {INPUT} (record VARIANT NOT NULL);

-- Brings them into the table.
CREATE OR REPLACE PROCEDURE {LOAD}() RETURNS VARCHAR LANGUAGE SQL AS
$$
BEGIN
BEGIN TRANSACTION;
INSERT INTO {TABLE} (
{names}
)
SELECT
{values}
FROM {INPUT};
DELETE FROM {INPUT};
COMMIT;
RETURN 'loaded';
END;
$$;
"
    )
}

fn column_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Value(unit) => type_of(unit),
        Kind::Others => "OBJECT",
    }
}

const fn type_of(unit: Unit) -> &'static str {
    match unit {
        Unit::Text => "VARCHAR",
        Unit::Flag => "BOOLEAN",
        Unit::Count | Unit::WholeSeconds => "NUMBER(18,0)",
        Unit::Time => "TIMESTAMP_TZ(3)",
        Unit::Seconds => "NUMBER(18,3)",
        Unit::Number => "FLOAT",
        Unit::Texts | Unit::Rows(_) => "ARRAY",
        Unit::Object(_) => "OBJECT",
        Unit::Json => "VARIANT",
    }
}

/// The value of a column, from `record`. Names in it are quoted: they go by case.
fn value(column: &Column, known: &[&str]) -> String {
    let path: String = column.path.iter().map(|name| format!(":{}", quoted(name))).collect();
    match column.kind {
        Kind::Others => {
            let known: Vec<String> = known.iter().map(|name| literal(name)).collect();
            format!("OBJECT_DELETE(AS_OBJECT(record{path}), {})", known.join(", "))
        }
        Kind::Value(Unit::Json) => format!("STRIP_NULL_VALUE(record{path})"),
        // The null of JSON is no array, no object.
        Kind::Value(Unit::Texts | Unit::Rows(_)) => format!("AS_ARRAY(record{path})"),
        Kind::Value(Unit::Object(_)) => format!("AS_OBJECT(record{path})"),
        Kind::Value(unit) => format!("record{path}::{}", type_of(unit)),
    }
}
