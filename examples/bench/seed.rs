//! The state writer: chats that were over long ago, as the engine would have left them, written into an application's
//! changelog together with the offsets and meta rows that belong to them. The first start restores its stores from it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use wrapup::calendar::ChannelDocument;
use wrapup::chat::{Fold, Journal};
use wrapup::clock::Clock;
use wrapup::codec::{
    Header, HeaderRow, JournalWriter, META_KEY, Meta, OffsetMetadata, chunk_key, document_key, encode_document,
    encode_fingerprints, encode_header, encode_meta, fingerprints_key, header_key,
};
use wrapup::command::thousands;
use wrapup::event::{Decoded, decode_line};
use wrapup::finalization::{Arrivals, Firing, Life, Windows, fire};
use wrapup::generate::{Options, Traffic};
use wrapup::log::{
    Batch, Cluster, InputPartition, Membership, OffsetCommit, Outgoing, PollLimits, Rebalance, Session, partition_of,
};
use wrapup::snapshot::WindowSize;
use wrapup::time::{Span, Timestamp};

use super::{Failure, Place};

/// Chats of one transaction.
const CHATS_PER_COMMIT: u64 = 10_000;
/// A small chat has at most so many events.
const EVENTS_MAX: usize = 8;
/// How long chats are kept: `benches/bench.py` configures the same.
const KEPT: Span = Span::from_hours(3_650 * 24);

/// For which application, and how many.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    place: Place,
    /// The application
    #[arg(long)]
    application_id: String,
    /// How many chats
    #[arg(long)]
    count: u64,
}

/// The id of a chat by its number.
pub fn chat_id(number: u64) -> String {
    format!("kept-{number:08}")
}

/// A chat of the invented traffic, to be written again and again under other ids.
struct Template {
    id: String,
    lines: Vec<String>,
    channel: String,
    raw: String,
    document: ChannelDocument,
    /// After its record, before any event of a measurement.
    watermark: Timestamp,
}

/// A row of the changelog.
type Row = (Vec<u8>, Vec<u8>);

/// Writes the state.
pub fn run(args: &Args, clock: &Arc<dyn Clock>) -> Result<Value, Failure> {
    let cluster = args.place.cluster(clock)?;
    let topics = args.place.inputs().to_vec();
    let partitions = cluster.partitions(&topics[0])?.ok_or("the input topics are missing")?;
    let template = Template::find()?;
    let instance = format!("{}-seed-0", args.application_id);
    let mut session = cluster.join(&Membership { group: args.application_id.clone(), instance, topics })?;
    let assigned = join(session.as_mut())?;
    let mut writer = Writer {
        changelog: format!("{}-chat-changelog", args.application_id),
        cluster_id: cluster.cluster_id()?,
        clock: clock.as_ref(),
        assigned,
        tasks: vec![Task::default(); partitions as usize],
        sequence: 0,
        bytes: 0,
    };
    let start = clock.monotonic();
    let mut written = 0;
    while written < args.count {
        let next = (written + CHATS_PER_COMMIT).min(args.count);
        writer.commit(session.as_mut(), &template, written..next)?;
        written = next;
        if written.is_multiple_of(100_000) {
            eprintln!("seeded {} chats", thousands(written));
        }
    }
    session.leave()?;
    let seconds = (clock.monotonic() - start).as_secs_f64();
    Ok(json!({ "chats": written, "bytes": writer.bytes, "seconds": seconds, "events_per_chat": template.lines.len() }))
}

/// Waits for the assignment and takes it.
fn join(session: &mut dyn Session) -> Result<Vec<InputPartition>, Failure> {
    let limits = PollLimits { max_records: 1, max_bytes: 1, wait: Duration::from_millis(100) };
    let mut batch = Batch::default();
    for _ in 0..600 {
        if let Some(Rebalance::Assigned(assigned)) = session.poll(&mut batch, limits)? {
            let starts: Vec<(InputPartition, i64)> = assigned.iter().map(|partition| (*partition, 0)).collect();
            session.assign(&starts)?;
            return Ok(assigned);
        }
    }
    Err("the group has assigned nothing".into())
}

impl Template {
    /// The first small chat that ends with a record.
    fn find() -> Result<Template, Failure> {
        let options = Options::default();
        let start = options.start;
        let traffic = Traffic::new(
            7,
            1_000,
            Options { start: start.saturating_sub(Span::from_hours(72)), out_of_order: 0.0, ..options },
        );
        let documents: BTreeMap<String, String> =
            traffic.directory().into_iter().map(|entry| (entry.key, entry.json)).collect();
        let mut chats: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for event in traffic {
            chats.entry(event.key).or_default().push(event.json);
        }
        for (id, lines) in chats.into_iter().filter(|(_, lines)| (5..=EVENTS_MAX).contains(&lines.len())) {
            let (_, fold) = folded(lines.iter().map(String::as_str))?;
            let (Some(_), Some(channel)) = (fold.ended_at(), fold.channel_id().map(str::to_owned)) else { continue };
            let raw = documents.get(&format!("channel/{channel}")).ok_or("a channel without a document")?.clone();
            let document = ChannelDocument::parse(raw.as_bytes())?;
            let watermark = start.saturating_sub(Span::from_hours(1));
            return Ok(Template { id, lines, channel, raw, document, watermark });
        }
        Err("the traffic has no small chat".into())
    }

    /// All rows of the chat under another id.
    fn rows(&self, id: &str, windows: &Windows) -> Result<Vec<Row>, Failure> {
        let lines: Vec<String> = self.lines.iter().map(|line| line.replace(&self.id, id)).collect();
        let (journal, fold) = folded(lines.iter().map(String::as_str))?;
        let mut writer = JournalWriter::default();
        journal.arrived().iter().for_each(|event| writer.append(event));
        let mut arrivals = Arrivals::of(journal.arrived()[0].time);
        journal.arrived().iter().for_each(|event| arrivals.add(event.time));
        let (mut life, mut prints) = (Life::default(), None);
        life.settle(&fold, arrivals, Timestamp::MIN, windows);
        let firing = Firing {
            chat_id: id,
            journal: &journal,
            fold: &fold,
            document: &self.document,
            watermark: self.watermark,
            windows,
        };
        if fire(&firing, &mut life, &mut prints, &mut drop).is_some() {
            return Err("a chat that is to be kept was dropped".into());
        }
        let header = Header {
            chunks: writer.chunks(),
            events: u32::try_from(journal.len())?,
            deadline: life.deadline(&fold),
            channel_id: fold.channel_id().map(Into::into),
            life,
            // It has been told, though it has no rows of it: what is sent to the chat later changes none of them.
            contributed: Some(self.document.hash()),
        };
        let mut rows = vec![(header_key(id), encode_header(&HeaderRow::Chat(Box::new(header))))];
        writer.changed(&mut |chunk, bytes| rows.push((chunk_key(id, chunk), bytes.to_vec())));
        rows.push((fingerprints_key(id), encode_fingerprints(&prints.ok_or("a chat without a record")?)));
        Ok(rows)
    }
}

fn folded<'a>(lines: impl Iterator<Item = &'a str>) -> Result<(Journal, Fold), Failure> {
    let mut journal = Journal::new();
    for line in lines {
        let Decoded::Event { event, .. } = decode_line(line.as_bytes(), None) else {
            return Err("an invented event is not accepted".into());
        };
        let _ = journal.insert(event);
    }
    let fold = Fold::of(&journal);
    Ok((journal, fold))
}

/// What a task has so far.
#[derive(Clone, Default)]
struct Task {
    chats: u64,
    channels: BTreeSet<String>,
}

struct Writer<'a> {
    changelog: String,
    cluster_id: String,
    clock: &'a dyn Clock,
    assigned: Vec<InputPartition>,
    tasks: Vec<Task>,
    sequence: u64,
    bytes: u64,
}

impl Writer<'_> {
    /// One transaction, as the engine makes it: rows, the meta row of every task, the offsets with the same sequence.
    fn commit(
        &mut self,
        session: &mut dyn Session,
        template: &Template,
        numbers: std::ops::Range<u64>,
    ) -> Result<(), Failure> {
        // So that the group goes on believing in this member.
        let limits = PollLimits { max_records: 1, max_bytes: 1, wait: Duration::ZERO };
        if let Some(change) = session.poll(&mut Batch::default(), limits)? {
            return Err(format!("the group has changed: {change:?}").into());
        }
        let windows = Windows { idle_expiry: KEPT, correction_window: KEPT, ..Windows::default() };
        self.sequence += 1;
        let count = u32::try_from(self.tasks.len())?;
        session.begin()?;
        for number in numbers {
            let id = chat_id(number);
            let partition = partition_of(id.as_bytes(), count);
            for (key, value) in template.rows(&id, &windows)? {
                self.send(session, partition, &key, &value)?;
            }
            let task = &mut self.tasks[partition as usize];
            task.chats += 1;
            if task.channels.insert(template.channel.clone()) {
                let document = encode_document(Some(template.raw.as_bytes()));
                self.send(session, partition, &document_key(&template.channel), &document)?;
            }
        }
        let metadata = OffsetMetadata { sequence: self.sequence, watermark: template.watermark }.to_string();
        for partition in 0..count {
            let meta = self.meta(partition, template.watermark);
            self.send(session, partition, META_KEY, &encode_meta(&meta))?;
        }
        let commit =
            |partition: &InputPartition| OffsetCommit { partition: *partition, offset: 0, metadata: metadata.clone() };
        let offsets: Vec<OffsetCommit> = self.assigned.iter().map(commit).collect();
        Ok(session.commit(&offsets)?)
    }

    fn meta(&self, partition: u32, watermark: Timestamp) -> Meta {
        Meta {
            sequence: self.sequence,
            input_offsets: vec![0; 3],
            watermark,
            partitions: self.tasks.len() as u32,
            smallest_window: WindowSize::Minutes1.code(),
            cluster_id: self.cluster_id.clone(),
            committed_at: self.clock.wall(),
            timer_cursor: watermark,
            chats: self.tasks[partition as usize].chats,
            stubs: 0,
            directory_positions: Vec::new(),
            restating: Vec::new(),
            sources: BTreeMap::new(),
            source_count: 0,
        }
    }

    fn send(&mut self, session: &mut dyn Session, partition: u32, key: &[u8], value: &[u8]) -> Result<(), Failure> {
        self.bytes += (key.len() + value.len()) as u64;
        let (key, value) = (Some(key), Some(value));
        Ok(session.send(Outgoing { topic: &self.changelog, partition: Some(partition), key, value, headers: &[] })?)
    }
}
