//! The tables that records are loaded into: SQL for each warehouse, written from the metric table.
//!
//! Every file makes a table of revisions, a view of the latest revision of each chat, and what brings records as they
//! come from the topic (`finalization.md`, The record) into the table. A column's name is its path with `_` for `/`: the
//! names of the flat record.

mod bigquery;
mod clickhouse;
mod duckdb;
mod postgresql;
mod snowflake;

#[cfg(test)]
mod tests;

use super::content::LAST_OF_PROFILE;
use super::output::columns::CUSTOM;
use super::revision::REVISION_MEMBERS;
use crate::chat::metric::Unit;
use crate::record::table::metrics;

/// The table of revisions.
const TABLE: &str = "session_metadata_revisions";
/// The view of each chat's latest revision.
const LATEST: &str = "session_metadata_latest";
/// What takes records as they come.
const INPUT: &str = "session_metadata_input";
/// What brings them into the table.
const LOAD: &str = "session_metadata_load";

/// The generated files of `deploy/warehouse/`: path in the repository, and text.
pub fn warehouse_pages() -> [(&'static str, String); 5] {
    let columns = columns();
    [
        ("deploy/warehouse/bigquery.sql", bigquery::sql(&columns)),
        ("deploy/warehouse/clickhouse.sql", clickhouse::sql(&columns)),
        ("deploy/warehouse/duckdb.sql", duckdb::sql(&columns)),
        ("deploy/warehouse/postgresql.sql", postgresql::sql(&columns)),
        ("deploy/warehouse/snowflake.sql", snowflake::sql(&columns)),
    ]
}

/// A column of the table.
struct Column {
    name: String,
    /// The names on the way to its value in the record.
    path: Vec<&'static str>,
    kind: Kind,
    doc: String,
}

/// What a column holds.
#[derive(Clone, Copy)]
enum Kind {
    /// A value of the record.
    Value(Unit),
    /// An object of the members at its path that no other column holds.
    Others,
}

impl Column {
    fn new(path: &'static str, unit: Unit, is_pii: bool, doc: &str) -> Column {
        let shape = match unit {
            Unit::Object(shape) | Unit::Rows(shape) => format!(" ({})", shape.name),
            _ => String::new(),
        };
        let pii = if is_pii || holds_pii(unit) { "; personal data" } else { "" };
        let doc = format!("{doc}{shape}{pii}");
        Column { name: path.replace('/', "_"), path: path.split('/').collect(), kind: Kind::Value(unit), doc }
    }

    /// Chat id and revision tell rows apart; everything else may be null.
    fn is_key(&self) -> bool {
        matches!(&*self.name, "id" | "revision")
    }
}

fn holds_pii(unit: Unit) -> bool {
    unit.shape().is_some_and(|shape| shape.members.iter().any(|member| member.is_pii || holds_pii(member.unit)))
}

/// The columns, in the order of the record.
fn columns() -> Vec<Column> {
    let mut columns = Vec::new();
    for metric in metrics() {
        columns.push(Column::new(metric.path, metric.unit, metric.is_pii, metric.doc));
        for member in REVISION_MEMBERS.iter().filter(|member| member.behind == metric.key) {
            columns.push(Column::new(member.key, member.unit, false, member.doc));
        }
        if metric.path == LAST_OF_PROFILE {
            columns.push(Column {
                name: format!("{}_{CUSTOM}", open_object()),
                path: vec![open_object()],
                kind: Kind::Others,
                doc: "the deployment's own keys; personal data".to_owned(),
            });
        }
    }
    columns
}

/// The object that has members the table does not know: the custom keys of the profile.
fn open_object() -> &'static str {
    LAST_OF_PROFILE.split('/').next().expect("a text has a first part")
}

/// The members of the open object that have columns of their own.
fn known_members(columns: &[Column]) -> Vec<&'static str> {
    let inside = columns.iter().filter(|column| column.path.len() > 1 && column.path[0] == open_object());
    inside.map(|column| column.path[1]).collect()
}

/// A member of the record as it comes.
enum Node {
    Value(Unit),
    Object(Vec<(&'static str, Node)>),
    /// The open object.
    Open,
}

/// The record as it comes, in order.
fn tree(columns: &[Column]) -> Vec<(&'static str, Node)> {
    let mut members = Vec::new();
    for column in columns {
        insert(&mut members, &column.path, column.kind);
    }
    members
}

fn insert(members: &mut Vec<(&'static str, Node)>, path: &[&'static str], kind: Kind) {
    let known = members.iter_mut().find(|(name, _)| *name == path[0]);
    match (known, kind) {
        (Some((_, Node::Object(inner))), _) => insert(inner, &path[1..], kind),
        (Some(_), _) => {}
        (None, _) if path[0] == open_object() => members.push((path[0], Node::Open)),
        (None, Kind::Value(unit)) if path.len() == 1 => members.push((path[0], Node::Value(unit))),
        (None, _) => {
            let mut inner = Vec::new();
            insert(&mut inner, &path[1..], kind);
            members.push((path[0], Node::Object(inner)));
        }
    }
}

/// Where a file comes from, and what is in it; lines without the marks of a comment.
fn head(engine: &str, types: &str) -> String {
    let text = format!(
        "Records in {engine}: written from the metric table by `make docs`; a test compares.\n\
         \n\
         {TABLE}: one row per chat and revision, as they come from the topic.\n\
         {LATEST}: the highest revision of each chat, one row, however often it was loaded.\n\
         README.md beside this file says how to load.\n\
         \n\
         Columns are named as in the flat record: the path in docs/METRICS.md with `_` for each dot.\n\
         Times are instants in UTC, to the millisecond. Durations are decimal seconds with three places, so that sums are\n\
         exact.\n\
         {types}\n"
    );
    text.lines().map(|line| format!("-- {line}").trim_end().to_owned() + "\n").collect()
}

/// A text as SQL has it where a backslash is nothing special.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name as standard SQL quotes it.
fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// Lines of a list, indented, each but the last with a comma.
fn list(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join(",\n")
}
