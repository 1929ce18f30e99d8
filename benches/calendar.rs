//! How many overlaps with operating hours one core computes in a second: `make bench-micro`.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

use wrapup::calendar::ChannelDocument;
use wrapup::time::{Span, Timestamp};

/// Different spans, so many that the processor cannot learn them.
const SPANS: usize = 1 << 16;
const HOUR: u64 = 3_600_000;

const CHANNELS: [(&str, &str); 3] = [
    (
        "office, with breaks",
        r#"{"timezone":"Asia/Seoul","operatingHours":[{"effectiveFrom":"2026-01-01",
            "weekly":{"mon":[["09:00","18:00"]],"tue":[["09:00","18:00"]],"wed":[["09:00","18:00"]],
                "thu":[["09:00","18:00"]],"fri":[["09:00","18:00"]]},
            "breaks":{"mon":[["12:00","13:00"]],"tue":[["12:00","13:00"]],"wed":[["12:00","13:00"]],
                "thu":[["12:00","13:00"]],"fri":[["12:00","13:00"]]},
            "holidays":["2026-05-05"],"special":{"2026-12-24":[["09:00","13:00"]]}}]}"#,
    ),
    (
        "nights, with clock changes and a switch",
        r#"{"timezone":"Europe/Paris","operatingHours":[{"effectiveFrom":"2026-01-01",
            "weekly":{"mon":[["18:00","02:00"]],"wed":[["18:00","02:00"]],"fri":[["18:00","02:00"]],"sat":[["22:00","06:00"]]}}],
          "switches":[{"at":"2026-06-01T10:00:00Z","open":true}]}"#,
    ),
    ("always open", "{}"),
];

/// Spans of the year 2026: most a few hours, some of weeks.
fn spans() -> Vec<(Timestamp, Timestamp)> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = |limit: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit) as i64
    };
    let start = Timestamp::from_millis(1_767_225_600_000);
    let span = |_| {
        let from = start.saturating_add(Span::from_millis(below(330 * 24 * HOUR)));
        let reach = if below(8) == 0 { 30 * 24 * HOUR } else { 12 * HOUR };
        (from, from.saturating_add(Span::from_millis(below(reach))))
    };
    (0..SPANS).map(span).collect()
}

criterion_group!(calendar, overlaps);
criterion_main!(calendar);

fn overlaps(bench: &mut Criterion) {
    let spans = spans();
    for (name, json) in CHANNELS {
        let document = ChannelDocument::parse(json.as_bytes()).expect("a document");
        let mut group = bench.benchmark_group(format!("calendar overlap: {name}"));
        group.throughput(Throughput::Elements(spans.len() as u64));
        // The warm-up compiles the year.
        group.bench_function("overlap", |timed| {
            timed.iter(|| {
                let each =
                    |&(from, to): &(Timestamp, Timestamp)| document.operating_time(black_box(from), black_box(to));
                spans.iter().map(each).fold(Span::ZERO, |sum, overlap| sum + overlap)
            });
        });
        group.finish();
    }
}
