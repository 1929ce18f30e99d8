//! The files are those of the table, and every warehouse can have the columns' names.

use std::collections::BTreeSet;

use super::*;
use crate::record::output::columns::flat;

#[test]
fn the_files_are_those_of_the_metric_table() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, text) in warehouse_pages() {
        let written = std::fs::read_to_string(root.join(path)).unwrap_or_default();
        assert!(written == text, "{path} is not what the metric table says: run `make docs`");
    }
}

#[test]
fn every_metric_has_a_column() {
    let columns = columns();
    for metric in metrics() {
        let path: Vec<&str> = metric.path.split('/').collect();
        assert_eq!(columns.iter().filter(|column| column.path == path).count(), 1, "{}", metric.path);
    }
    assert_eq!(columns.len(), metrics().count() + REVISION_MEMBERS.len() + 1);
}

#[test]
fn columns_are_those_of_the_flat_record() {
    let ours: Vec<String> = columns().into_iter().map(|column| column.name).collect();
    let theirs: Vec<String> = flat().fields.iter().map(|field| field.name.clone()).collect();
    assert_eq!(ours, theirs);
}

#[test]
fn names_differ_in_any_case_and_are_short_enough() {
    // BigQuery and Snowflake know no case; PostgreSQL cuts names at 63 bytes.
    let names: BTreeSet<String> = columns().iter().map(|column| column.name.to_lowercase()).collect();
    assert_eq!(names.len(), columns().len());
    for name in names {
        assert!(name.len() <= 63, "{name}");
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{name}");
    }
}

#[test]
fn a_path_inside_an_object_is_a_column_of_its_own() {
    let pages = warehouse_pages();
    let page = |name: &str| &pages.iter().find(|(path, _)| path.ends_with(name)).expect("a page").1;
    for (engine, column, value) in [
        ("bigquery.sql", "`source_workflow_id` STRING OPTIONS", "JSON_VALUE(record, '$.source.workflow.id')"),
        ("clickhouse.sql", "`source_workflow_id` Nullable(String) COMMENT", "`source`.`workflow`.`id` AS"),
        ("duckdb.sql", "\"source_workflow_id\" VARCHAR,", "\"source\".\"workflow\".\"id\" AS"),
        ("postgresql.sql", "\"source_workflow_id\" text,", "record #>> '{source,workflow,id}'"),
        ("snowflake.sql", "source_workflow_id VARCHAR COMMENT", "record:\"source\":\"workflow\":\"id\"::VARCHAR"),
    ] {
        assert!(page(engine).contains(column) && page(engine).contains(value), "{engine}");
    }
}

#[test]
fn quotes_in_a_text_stay_inside_of_it() {
    assert_eq!(literal("the chat's"), "'the chat''s'");
    let pages = warehouse_pages();
    assert!(pages[0].1.contains("the customer\\'s name"));
    assert!(pages[1].1.contains("the customer''s name"));
}
