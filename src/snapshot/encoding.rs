//! Differences and rows as bytes: one byte, the format version, and a message of `proto/wrapup/snapshot/v1/snapshot.proto`.

use prost::Message;
use thiserror::Error;

use super::difference::{Change, Difference, Slice};
use super::multiset::Multiset;
use super::place::{Id, Place, id};
use super::row::{LiveRow, Published, WindowRow};
use super::sketch::{Bucket, Sketch};
use super::sums::{Gauges, Target, WindowSums};
use super::table::{Counter, Dimension, Distribution, Gauge};
use super::window::{Day, WindowSize};
use crate::time::Timestamp;

/// The format this version writes, and the newest it reads.
pub const FORMAT: u8 = 1;

/// Bytes that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EncodingError {
    /// Written by a newer version of the program.
    #[error("the snapshot data has format {0}, this version reads up to {FORMAT}: run the newer version")]
    Newer(u8),
    /// Not what this program writes.
    #[error("damaged snapshot data: {0}")]
    Damaged(String),
}

/// The generated messages.
mod wire {
    #![allow(clippy::pedantic, missing_docs, reason = "generated from snapshot.proto")]
    include!(concat!(env!("OUT_DIR"), "/wrapup.snapshot.v1.rs"));
}

type Decoded<T> = Result<T, EncodingError>;

/// Writes a difference that a task of the first stage sends: messages of about `bytes_max` at most, each with its channel.
/// They may be applied in any order.
pub fn encode_difference(difference: &Difference, task: u32, bytes_max: usize) -> Vec<(Id, Vec<u8>)> {
    let smallest = difference.smallest().code();
    let mut done = Vec::new();
    for (channel, changes) in difference.channels() {
        let empty = wire::Difference { channel_id: told(channel), task, smallest, ..wire::Difference::default() };
        let mut messages = Messages { bytes_max, done: Vec::new(), open: empty.clone(), len: 0, empty };
        for ((dimension, id), change) in changes {
            messages.begin(*dimension, id);
            for (slice, sums) in &change.windows {
                let window = window_to_wire(slice, sums);
                let bytes = window.encoded_len();
                messages.room_for(bytes).windows.push(window);
            }
            if !change.live.is_empty() {
                let gauges = gauges_to_wire(&change.live);
                let bytes = gauges.encoded_len();
                messages.room_for(bytes).live = Some(gauges);
            }
        }
        done.extend(messages.finish().into_iter().map(|message| (channel.clone(), message)));
    }
    done
}

/// The messages of a channel's difference, being written.
struct Messages {
    bytes_max: usize,
    done: Vec<wire::Difference>,
    /// The one at hand, and about how long it is.
    open: wire::Difference,
    len: usize,
    empty: wire::Difference,
}

impl Messages {
    /// Goes on with another id.
    fn begin(&mut self, dimension: Dimension, id: &Id) {
        let (dimension, id) = (dimension.code(), told(id));
        self.len += id.len();
        self.open.changes.push(wire::Change { dimension, id, windows: Vec::new(), live: None });
    }

    /// Where to write a change of that id that takes `bytes`.
    fn room_for(&mut self, bytes: usize) -> &mut wire::Change {
        let change = self.open.changes.last().expect("an id has begun");
        let is_first = self.open.changes.len() == 1 && change.windows.is_empty() && change.live.is_none();
        if self.len + bytes > self.bytes_max && !is_first {
            let (dimension, id) = (change.dimension, change.id.clone());
            let next = wire::Change { dimension, id, windows: Vec::new(), live: None };
            if change.windows.is_empty() && change.live.is_none() {
                self.open.changes.pop();
            }
            self.len = next.id.len();
            self.done.push(std::mem::replace(&mut self.open, self.empty.clone()));
            self.open.changes.push(next);
        }
        // A few bytes of tags and lengths come with every change.
        self.len += bytes + 8;
        self.open.changes.last_mut().expect("an id has begun")
    }

    fn finish(mut self) -> Vec<Vec<u8>> {
        self.done.iter_mut().for_each(|message| message.more = true);
        self.done.push(self.open);
        self.done.iter().map(encode).collect()
    }
}

fn window_to_wire(slice: &Slice, sums: &WindowSums) -> wire::WindowChange {
    let Slice { day, at } = slice;
    let sums_but_ends = wire::WindowSums { ends: Vec::new(), end_times: Vec::new(), ..sums_to_wire(sums) };
    wire::WindowChange {
        sums: Some(sums_but_ends),
        at: at.millis(),
        day_start: day.start.millis(),
        day_end: day.end.millis(),
        moments: sums.ends.total(),
    }
}

fn window_from_wire(window: wire::WindowChange, smallest: WindowSize) -> Decoded<(Slice, WindowSums)> {
    let time = Timestamp::from_millis;
    let (day, at) = (Day { start: time(window.day_start), end: time(window.day_end) }, time(window.at));
    if !day.holds(at) || !day.is_one() || Slice::of(day, at, smallest).at != at {
        return Err(damaged("a time that is not the first of its windows"));
    }
    let mut sums = sums_from_wire(window.sums.unwrap_or_default())?;
    if !sums.ends.is_empty() {
        return Err(damaged("ends in a change"));
    }
    sums.ends.add(day.end, window.moments);
    if sums.is_empty() {
        return Err(damaged("a change of nothing"));
    }
    Ok((Slice { day, at }, sums))
}

/// How far a task of the first stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its number.
    pub task: u32,
    /// How many of them there are.
    pub tasks: u32,
    /// Its watermark.
    pub watermark: Timestamp,
}

/// Writes how far a task of the first stage is.
pub fn encode_source(source: Source) -> Vec<u8> {
    let Source { task, tasks, watermark } = source;
    let source = wire::Source { task, tasks, watermark: watermark.millis() };
    encode(&wire::Difference { source: Some(source), ..wire::Difference::default() })
}

/// What a message from the first stage is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// How far a task is.
    Source(Source),
    /// What changes on a channel.
    Difference {
        /// The task that tells it.
        task: u32,
        /// The channel.
        channel: Id,
        /// Whether more of the same commit follows.
        more: bool,
        /// What changes.
        difference: Difference,
    },
}

/// Reads what a task of the first stage tells, with smallest windows of this size.
///
/// # Errors
/// [`EncodingError`] when it is of a newer format or damaged, or has smallest windows of another size.
pub fn decode_difference(bytes: &[u8], smallest: WindowSize) -> Decoded<Told> {
    let told: wire::Difference = decode(bytes)?;
    if let Some(wire::Source { task, tasks, watermark }) = told.source {
        return Ok(Told::Source(Source { task, tasks, watermark: Timestamp::from_millis(watermark) }));
    }
    if told.smallest != smallest.code() {
        return Err(damaged("smallest windows of another size than snapshots.window"));
    }
    let mut difference = Difference::new(smallest);
    let channel = id(Some(&told.channel_id));
    for wired in told.changes {
        let dimension = Dimension::from_code(wired.dimension).ok_or_else(|| damaged("a dimension"))?;
        let mut change = Change::default();
        for window in wired.windows {
            let (slice, sums) = window_from_wire(window, smallest)?;
            if change.windows.insert(slice, sums).is_some() {
                return Err(damaged("a window that is there twice"));
            }
        }
        change.live = gauges_from_wire(wired.live.unwrap_or_default())?;
        let place = Place { channel: channel.clone(), dimension, id: id(Some(&wired.id)) };
        let is_empty = change.windows.is_empty() && change.live.is_empty();
        if is_empty || !difference.insert(place, change) {
            return Err(damaged("an id that is there twice, or that nothing changes for"));
        }
    }
    Ok(Told::Difference { task: told.task, channel, more: told.more, difference })
}

/// Writes the row of a window.
pub fn encode_window_row(row: &WindowRow) -> Vec<u8> {
    encode(&wire::WindowRow {
        sums: Some(sums_to_wire(&row.sums)),
        end: row.end.millis(),
        published: row.published.map(published_to_wire),
        deadline: row.deadline.millis(),
        unpublished: row.is_unpublished,
    })
}

/// Reads the row of a window.
///
/// # Errors
/// [`EncodingError`] when it is of a newer format or damaged.
pub fn decode_window_row(bytes: &[u8]) -> Decoded<WindowRow> {
    let row: wire::WindowRow = decode(bytes)?;
    Ok(WindowRow {
        sums: sums_from_wire(row.sums.unwrap_or_default())?,
        end: Timestamp::from_millis(row.end),
        published: row.published.map(published_from_wire),
        deadline: Timestamp::from_millis(row.deadline),
        is_unpublished: row.unpublished,
    })
}

/// Writes the row of a live record.
pub fn encode_live_row(row: &LiveRow) -> Vec<u8> {
    encode(&wire::LiveRow {
        gauges: Some(gauges_to_wire(&row.gauges)),
        published: row.published.map(published_to_wire),
        unpublished: row.is_unpublished,
        waiting: row.waiting,
    })
}

/// Reads the row of a live record.
///
/// # Errors
/// [`EncodingError`] when it is of a newer format or damaged.
pub fn decode_live_row(bytes: &[u8]) -> Decoded<LiveRow> {
    let row: wire::LiveRow = decode(bytes)?;
    let gauges = gauges_from_wire(row.gauges.unwrap_or_default())?;
    let published = row.published.map(published_from_wire);
    Ok(LiveRow { gauges, published, is_unpublished: row.unpublished, waiting: row.waiting })
}

fn encode(message: &impl Message) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + message.encoded_len());
    bytes.push(FORMAT);
    // A Vec grows, so encoding cannot run out of room.
    message.encode_raw(&mut bytes);
    bytes
}

fn decode<M: Message + Default>(bytes: &[u8]) -> Decoded<M> {
    match bytes.split_first() {
        Some((&FORMAT, body)) => M::decode(body).map_err(|error| EncodingError::Damaged(error.to_string())),
        Some((&format, _)) if format > FORMAT => Err(EncodingError::Newer(format)),
        _ => Err(damaged("no format version")),
    }
}

fn damaged(what: &str) -> EncodingError {
    EncodingError::Damaged(what.to_owned())
}

fn told(id: &Id) -> String {
    id.as_deref().unwrap_or_default().to_owned()
}

/// The things of a multiset, and how often each is there.
fn split<K: Ord, W>(set: &Multiset<K>, to_wire: impl Fn(&K) -> W) -> (Vec<W>, Vec<i64>) {
    set.iter().map(|(thing, times)| (to_wire(thing), times)).unzip()
}

fn joined<K: Ord, W>(things: Vec<W>, times: Vec<i64>, from_wire: impl Fn(W) -> Decoded<K>) -> Decoded<Multiset<K>> {
    if things.len() != times.len() {
        return Err(damaged("lists of different lengths"));
    }
    let mut set = Multiset::default();
    for (thing, times) in things.into_iter().zip(times) {
        let thing = from_wire(thing)?;
        if times == 0 || set.times(&thing) != 0 {
            return Err(damaged("a thing that is there twice, or not at all"));
        }
        set.add(thing, times);
    }
    Ok(set)
}

#[expect(clippy::unnecessary_wraps, reason = "one of several readings of which others can fail")]
fn time(millis: i64) -> Decoded<Timestamp> {
    Ok(Timestamp::from_millis(millis))
}

fn targets_to_wire(targets: &Multiset<Option<Target>>) -> Vec<wire::Target> {
    targets.iter().map(|(target, times)| wire::Target { target: target.map(Target::number), times }).collect()
}

fn targets_from_wire(targets: Vec<wire::Target>) -> Decoded<Multiset<Option<Target>>> {
    let (things, times) = targets.into_iter().map(|target| (target.target, target.times)).unzip();
    joined(things, times, |target: Option<f64>| Ok(target.map(Target::of)))
}

fn sums_to_wire(sums: &WindowSums) -> wire::WindowSums {
    let (counters, counts) = split(&sums.counts, |counter| counter.code());
    let (ends, end_times) = split(&sums.ends, |end| end.millis());
    let distributions = sums.distributions.iter().map(|(distribution, sketch)| {
        let (buckets, values) = split(&sketch.buckets, |bucket| bucket.code());
        wire::Distribution { distribution: distribution.code(), sum: sketch.sum, buckets, values }
    });
    wire::WindowSums {
        counters,
        counts,
        distributions: distributions.collect(),
        target_secs: targets_to_wire(&sums.target_secs),
        target_percents: targets_to_wire(&sums.target_percents),
        ends,
        end_times,
    }
}

fn sums_from_wire(sums: wire::WindowSums) -> Decoded<WindowSums> {
    let mut read = WindowSums {
        counts: joined(sums.counters, sums.counts, |code| {
            Counter::from_code(code).ok_or_else(|| damaged("an unknown count"))
        })?,
        target_secs: targets_from_wire(sums.target_secs)?,
        target_percents: targets_from_wire(sums.target_percents)?,
        ends: joined(sums.ends, sums.end_times, time)?,
        ..WindowSums::default()
    };
    for wired in sums.distributions {
        let distribution = Distribution::from_code(wired.distribution);
        let distribution = distribution.ok_or_else(|| damaged("an unknown distribution"))?;
        let bucket = |code| Bucket::from_code(code).ok_or_else(|| damaged("a bucket that no duration has"));
        let sketch = Sketch { sum: wired.sum, buckets: joined(wired.buckets, wired.values, bucket)? };
        if sketch.is_empty() || read.distributions.insert(distribution, sketch).is_some() {
            return Err(damaged("a distribution that is there twice, or not at all"));
        }
    }
    Ok(read)
}

fn gauges_to_wire(from: &Gauges) -> wire::Gauges {
    let (gauges, counts) = split(&from.counts, |gauge| gauge.code());
    let (asked_at, asked_times) = split(&from.asked_at, |at| at.millis());
    let (queued_at, queued_times) = split(&from.queued_at, |at| at.millis());
    let (agents, agent_times) = split(&from.agents, told);
    let expired_in_queue = from.expired_in_queue;
    wire::Gauges {
        gauges,
        counts,
        asked_at,
        asked_times,
        queued_at,
        queued_times,
        agents,
        agent_times,
        expired_in_queue,
    }
}

fn gauges_from_wire(from: wire::Gauges) -> Decoded<Gauges> {
    let gauge = |code| Gauge::from_code(code).ok_or_else(|| damaged("an unknown gauge"));
    Ok(Gauges {
        counts: joined(from.gauges, from.counts, gauge)?,
        asked_at: joined(from.asked_at, from.asked_times, time)?,
        queued_at: joined(from.queued_at, from.queued_times, time)?,
        agents: joined(from.agents, from.agent_times, |agent: String| Ok(id(Some(&agent))))?,
        expired_in_queue: from.expired_in_queue,
    })
}

fn published_to_wire(published: Published) -> wire::Published {
    let Published { revision, is_final, content } = published;
    wire::Published { revision, r#final: is_final, content }
}

fn published_from_wire(published: wire::Published) -> Published {
    Published { revision: published.revision, is_final: published.r#final, content: published.content }
}
