//! `docs/TELEMETRY.md`, made from the table.

use std::fmt::Write;

use super::health::HANGS_AFTER;
use super::names::{Kind, TABLE};

/// `docs/TELEMETRY.md`.
pub fn markdown() -> String {
    let mut text = format!(
        "# Telemetry

<!-- Made from the table in src/telemetry/names.rs by `make docs`; a test compares. -->

What wrapup reports about itself, on `http.listen`:

- `/livez`: 200 as long as the worker threads go round; 503 when one has not for {} s. Does not depend on the broker.
- `/readyz`: 200 when every worker has its assignment, every task is restored and at most `http.ready_max_lag` behind, no
  task is paused by an alarm, no input partition stands still and the clock has not jumped; else 503 with one line per reason.
- `/metrics`: the following, for Prometheus. No label carries a chat, an agent or a user. The gauges of a partition that
  has gone to another process are 0.

| name | kind | unit | labels | what it says |
| --- | --- | --- | --- | --- |
",
        HANGS_AFTER.as_secs()
    );
    for metric in TABLE {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram(_) => "histogram",
        };
        let labels = metric.labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "| `{}` | {kind} | {} | {labels} | {} |", metric.name, metric.unit.as_str(), metric.doc);
    }
    text
}
