//! Telemetry end to end: handles to exposition, and the endpoints on a free port.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use super::allocator::Allocator;
use super::names::{Kind, TABLE};
use super::prometheus::recorder;
use super::*;
use crate::clock::SystemClock;
use crate::config::generated::assert_current;
use crate::snapshot::{Counter, Dimension, Gauges, Place, Target, WindowSums, id};
use crate::time::{Span, Timestamp};

const TOPICS: &[&str] = &["chat-events", "queue-events"];
const VOCABULARY: Vocabulary<'_> = Vocabulary {
    topics: TOPICS,
    types: &["chat.created", "chat.opened", "queue.entered"],
    reasons: &["session_end", "expired"],
    dead_letter_reasons: &["no_key", "unparsable"],
};

/// The exposition after `work` with handles of a recorder of its own.
fn exposed(work: impl FnOnce(&Telemetry)) -> String {
    let recorder = recorder().expect("the table's buckets are allowed");
    metrics::with_local_recorder(&recorder, || {
        names::describe();
        Allocator::new().look();
        work(&Telemetry::new(VOCABULARY));
    });
    recorder.handle().render()
}

fn assert_line(text: &str, line: &str) {
    assert!(text.lines().any(|present| present == line), "no line {line:?} in\n{text}");
}

#[test]
fn names_follow_the_conventions_and_are_unique() {
    for (position, metric) in TABLE.iter().enumerate() {
        assert!(metric.name.starts_with("wrapup_"), "{}", metric.name);
        assert_eq!(metric.name.ends_with("_total"), matches!(metric.kind, Kind::Counter), "{}", metric.name);
        assert!(metric.doc.ends_with('.'), "{}", metric.name);
        assert!(TABLE[..position].iter().all(|earlier| earlier.name != metric.name), "{}", metric.name);
    }
}

/// A board on which everything is shown that can be.
fn full_board() -> String {
    let board = Arc::new(Board::new(9));
    let mut lease = Board::lease(Arc::clone(&board), 0);
    let place = Place { channel: id(Some("c")), dimension: Dimension::Queue, id: id(Some("q")) };
    let (mut gauges, mut sums) = (Gauges::default(), WindowSums::default());
    let at = Timestamp::from_millis;
    gauges.asked_at.add(at(1), 1);
    gauges.queued_at.add(at(2), 1);
    sums.counts.add(Counter::InSla, 1);
    sums.target_percents.add(Some(Target::of(80.0)), 1);
    lease.live(&place, Some(&gauges));
    lease.day(&place, at(0), at(9), &sums);
    board.render(at(5))
}

#[test]
fn every_metric_of_the_table_has_a_handle_and_every_handle_a_row() {
    let text = exposed(|telemetry| {
        let _task = telemetry.task("chat", 0, TOPICS);
        for histogram in [&telemetry.commit_duration, &telemetry.restore_duration, &telemetry.store_write_duration] {
            histogram.record(0.004);
        }
    });
    let text = text + &full_board();
    for metric in TABLE {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram(_) => "histogram",
        };
        assert_line(&text, &format!("# TYPE {} {kind}", metric.name));
        assert!(text.contains(&format!("# HELP {} {}", metric.name, metric.doc)), "{}", metric.name);
    }
    assert_eq!(text.lines().filter(|line| line.starts_with("# TYPE ")).count(), TABLE.len());
}

#[test]
fn handles_count_under_their_labels() {
    let text = exposed(|telemetry| {
        telemetry.events.add(1, 2, 5);
        telemetry.duplicates.add(0, 2);
        telemetry.dead_letters.add(1, 1);
        telemetry.finalizations.add(0, 4);
        telemetry.committed(CommitOutcome::Fenced);
        telemetry.rebalanced(RebalanceKind::Lost);
        telemetry.commit_duration.record(0.03);
    });
    assert_line(&text, "wrapup_events_total{topic=\"queue-events\",type=\"queue.entered\"} 5");
    assert_line(&text, "wrapup_events_total{topic=\"chat-events\",type=\"chat.created\"} 0");
    assert_line(&text, "wrapup_duplicates_total{topic=\"chat-events\"} 2");
    assert_line(&text, "wrapup_dead_letters_total{reason=\"unparsable\"} 1");
    assert_line(&text, "wrapup_finalizations_total{reason=\"session_end\"} 4");
    assert_line(&text, "wrapup_commits_total{outcome=\"fenced\"} 1");
    assert_line(&text, "wrapup_rebalances_total{kind=\"lost\"} 1");
    assert_line(&text, "wrapup_commit_duration_seconds_bucket{le=\"0.025\"} 0");
    assert_line(&text, "wrapup_commit_duration_seconds_bucket{le=\"0.05\"} 1");
    assert_line(&text, &format!("wrapup_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_released_task_leaves_no_last_value_behind() {
    let text = exposed(|telemetry| {
        let mut kept = telemetry.task("chat", 0, TOPICS);
        let mut released = telemetry.task("chat", 1, TOPICS);
        for task in [&mut kept, &mut released] {
            task.enter(TaskPhase::Running);
            task.watermark_lag.set(7.5);
            task.consumer_lag[1].set(9.0);
        }
        released.enter(TaskPhase::Paused);
        drop(released);
        std::mem::forget(kept);
    });
    assert_line(&text, "wrapup_watermark_lag_seconds{stage=\"chat\",partition=\"0\"} 7.5");
    assert_line(&text, "wrapup_watermark_lag_seconds{stage=\"chat\",partition=\"1\"} 0");
    assert_line(&text, "wrapup_consumer_lag_records{topic=\"queue-events\",partition=\"0\"} 9");
    assert_line(&text, "wrapup_consumer_lag_records{topic=\"queue-events\",partition=\"1\"} 0");
    assert_line(&text, "wrapup_tasks{state=\"running\"} 1");
    assert_line(&text, "wrapup_tasks{state=\"paused\"} 0");
    assert_line(&text, "wrapup_tasks{state=\"restoring\"} 0");
}

#[test]
fn generated_docs_of_the_telemetry_are_current() {
    assert_current("docs/TELEMETRY.md", &markdown());
}

/// Blocks: the server answers on the runtime's own thread.
fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("connected");
    write!(stream, "GET {path} HTTP/1.1\r\nhost: wrapup\r\nconnection: close\r\n\r\n").expect("sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("answered");
    text
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime")
}

#[test]
fn endpoints_answer_on_a_free_port_until_the_shutdown() {
    let recorder = recorder().expect("buckets");
    metrics::with_local_recorder(&recorder, || Telemetry::new(VOCABULARY).duplicates.add(0, 3));
    let exposition = recorder.handle();
    let health = Arc::new(Health::new(1, Duration::from_secs(60), Box::new(SystemClock::new())));
    runtime().block_on(async {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        let server = http::serve("127.0.0.1:0", Arc::clone(&health), exposition, Arc::new(Board::new(9)), shutdown)
            .await
            .expect("bound");

        let live = ask(server.address, "/livez");
        assert!(live.starts_with("HTTP/1.1 200 ") && live.ends_with("\r\n\r\nalive\n"), "{live}");
        let unready = ask(server.address, "/readyz");
        assert!(unready.starts_with("HTTP/1.1 503 "), "{unready}");
        assert!(unready.ends_with("\r\n\r\nworker 0 has no assignment\n"), "{unready}");
        health.joined(0, true);
        health.task(("chat", 0), TaskHealth::Running);
        health.lag(("chat", 0), Span::from_secs(5));
        let ready = ask(server.address, "/readyz");
        assert!(ready.starts_with("HTTP/1.1 200 ") && ready.ends_with("\r\n\r\nready\n"), "{ready}");

        let exposed = ask(server.address, "/metrics");
        assert!(exposed.contains("content-type: text/plain; version=0.0.4"), "{exposed}");
        assert!(exposed.contains("wrapup_duplicates_total{topic=\"chat-events\"} 3"), "{exposed}");
        assert!(ask(server.address, "/nothing").starts_with("HTTP/1.1 404 "));

        stop.send(()).expect("the server waits for it");
        server.ended.await.expect("ended in order");
        assert!(TcpStream::connect(server.address).is_err(), "nobody listens any more");
    });
}

#[test]
fn an_occupied_port_is_one_line_that_names_the_setting() {
    let occupied = std::net::TcpListener::bind("127.0.0.1:0").expect("bound");
    let listen = occupied.local_addr().expect("an address").to_string();
    let exposition = recorder().expect("buckets").handle();
    let health = Arc::new(Health::new(1, Duration::from_secs(60), Box::new(SystemClock::new())));
    let served =
        runtime().block_on(http::serve(&listen, health, exposition, Arc::new(Board::new(9)), std::future::pending()));
    let error = served.expect_err("occupied").to_string();
    assert!(error.starts_with(&format!("cannot listen on {listen}: Address already in use")), "{error}");
    assert!(error.ends_with("; set http.listen to a free address") && error.lines().count() == 1, "{error}");
}
