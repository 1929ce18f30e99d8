//! What the seed decides before anything happens: the settings, the traffic, and what kinds of trouble there are. Few kinds
//! at a time find more than all of them always: some hide others.

use std::time::Duration;

use serde_json::{Value, json};
use wrapup::engine::{Bounds, Settings};
use wrapup::finalization::Windows;
use wrapup::generate::{Options as TrafficOptions, Traffic};
use wrapup::log::memory::Options as LogOptions;
use wrapup::log::partition_of;
use wrapup::time::{Span, Timestamp};

use crate::support::{Dice, INPUTS, Line, golden, settings};

/// Everything a world is told before it begins.
pub struct Plan {
    pub seed: u64,
    pub partitions: u32,
    pub settings: Settings,
    pub log: LogOptions,
    /// The wall clock at the beginning.
    pub wall: Timestamp,
    /// At most so long is one tick.
    pub stride: Duration,
    /// There are at least so many.
    pub ticks: usize,
    /// So many records come at most of a topic in a tick.
    pub pace: usize,
    /// In the order in which it arrives.
    pub input: Vec<Arrival>,
    pub directory: Vec<(String, Option<String>)>,
    /// Instances at the beginning.
    pub instances: usize,
    pub kinds: Vec<Trouble>,
    /// One tick in so many has trouble.
    pub trouble_every: usize,
    /// One call in so many is lost on its way; 0: none.
    pub hiccup_every: usize,
    /// One fetch in so many has not come yet; 0: none.
    pub late_every: usize,
    /// Whether fetches are small.
    pub small_fetches: bool,
}

/// A record on its way into the log.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// When it comes; without, whenever the world likes.
    pub at: Option<Timestamp>,
    pub topic: usize,
    pub partition: Option<u32>,
    pub key: Option<String>,
    pub value: String,
    /// Why it must go to the dead letters; `None`: it counts.
    pub refused: Option<&'static str>,
}

/// What can happen to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A process dies at some call.
    DieInside,
    /// A process stands still at some call.
    FreezeInside,
    /// A process dies between two steps, with or without its disk.
    Die,
    /// Another instance starts.
    Join,
    /// An instance ends as it is told to, for good or not.
    End,
    /// The coordinator's answer to a commit or an abort.
    Outcome,
    /// The broker is away.
    Broker,
    /// One member is cut off.
    Disconnect,
    /// A disk is full.
    FullDisk,
    /// A disk fails now and then.
    BadDisk,
    /// The wall clock jumps.
    Jump,
    /// A channel's document changes.
    Document,
    /// The changelog is compacted.
    Compact,
    /// The coordinator expels a member, or ends its transaction.
    Expel,
    /// What a session knows of ends grows old.
    OldEnds,
    /// Stores nobody holds are looked for.
    Housekeeping,
    /// Nothing happens for a while.
    Quiet,
    /// Nobody takes a step for hours.
    Leap,
}

impl Trouble {
    pub const ALL: [Trouble; 18] = [
        Trouble::DieInside,
        Trouble::FreezeInside,
        Trouble::Die,
        Trouble::Join,
        Trouble::End,
        Trouble::Outcome,
        Trouble::Broker,
        Trouble::Disconnect,
        Trouble::FullDisk,
        Trouble::BadDisk,
        Trouble::Jump,
        Trouble::Document,
        Trouble::Compact,
        Trouble::Expel,
        Trouble::OldEnds,
        Trouble::Housekeeping,
        Trouble::Quiet,
        Trouble::Leap,
    ];
}

/// One of several.
pub fn pick<T: Copy>(dice: &mut Dice, of: &[T]) -> T {
    of[dice.below(of.len())]
}

const MINUTE: i64 = 60;

impl Plan {
    pub fn of(seed: u64) -> Plan {
        let mut dice = Dice::new(seed);
        // The first numbers of near seeds are alike.
        for _ in 0..20 {
            dice.below(2);
        }
        let dice = &mut dice;
        let partitions = 1 + dice.below(4) as u32;
        let is_live = dice.below(2) == 0;
        let mut settings = draw_settings(dice);
        let (input, directory, wall) = traffic(dice, seed, is_live, partitions, &mut settings);
        let mut kinds: Vec<Trouble> = Trouble::ALL.into_iter().filter(|_| dice.below(5) < 2).collect();
        if dice.below(2) == 0 {
            // What is hardest to get right, more often than anything else.
            let hard = pick(dice, &[Trouble::FreezeInside, Trouble::DieInside]);
            kinds.extend([hard; 4]);
        }
        if kinds.is_empty() {
            kinds.push(pick(dice, &Trouble::ALL));
        }
        Plan {
            seed,
            partitions,
            settings,
            log: LogOptions {
                session_timeout: Duration::from_secs(pick(dice, &[5, 5, 20])),
                transaction_timeout: Duration::from_secs(pick(dice, &[3, 10, 30, 60])),
                ..LogOptions::default()
            },
            wall,
            stride: Duration::from_millis(pick(dice, &[1_000, 4_000, 4_000])),
            ticks: pick(dice, &[300, 600, 1_200]),
            pace: pick(dice, &[2, 3, 30]),
            input,
            directory,
            instances: 1 + dice.below(3),
            kinds,
            trouble_every: pick(dice, &[5, 12, 30]),
            hiccup_every: pick(dice, &[0, 0, 200, 2_000]),
            late_every: pick(dice, &[0, 2, 5]),
            small_fetches: dice.below(2) == 0,
        }
    }
}

/// Small bounds, so that transactions split.
fn draw_settings(dice: &mut Dice) -> Settings {
    let defaults = Windows::default();
    Settings {
        windows: Windows {
            update_window: Span::from_secs(pick(dice, &[10, 10, 30, MINUTE, 5 * MINUTE, 15 * MINUTE])),
            idle_expiry: Span::from_hours(pick(dice, &[25, 30, 48])),
            ..defaults
        },
        commit_interval: Duration::from_millis(pick(dice, &[0, 100, 1_000, 5_000])),
        backlog_interval: Duration::from_millis(pick(dice, &[0, 1_000])),
        bounds: Bounds {
            records: pick(dice, &[1, 3, 10, 50, 10_000]),
            bytes: pick(dice, &[600, 4_000, 16 << 20]),
            timers: pick(dice, &[1, 2, 5, 1_000]),
            restated: pick(dice, &[1, 2, 100]),
            dirty: pick(dice, &[1, 2_000, 32 << 20]),
        },
        overlay_bytes: pick(dice, &[0, 4_000, 8 << 20]),
        restating_rate: pick(dice, &[1, 20, 200]),
        read_ahead: Span::from_secs(pick(dice, &[MINUTE, 5 * MINUTE, 60 * MINUTE])),
        changelog_delete_retention: Span::from_secs(pick(dice, &[10 * MINUTE, 7 * 24 * 60 * MINUTE])),
        ..settings("wrapup")
    }
}

type Drawn = (Vec<Arrival>, Vec<(String, Option<String>)>, Timestamp);

/// Chats as they happen (live), as they have happened, but faster, or long over and in any order.
fn traffic(dice: &mut Dice, seed: u64, is_live: bool, partitions: u32, settings: &mut Settings) -> Drawn {
    let options = TrafficOptions {
        spread: Span::from_secs(MINUTE * pick(dice, &[1, 5, 15])),
        channels: 1 + dice.below(4),
        out_of_order: 0.05,
        duplicates: pick(dice, &[0.0, 0.1, 0.3]),
        shuffle: !is_live && dice.below(2) == 0,
        ..TrafficOptions::default()
    };
    let start = options.start;
    let faster = pick(dice, &[1, 10, 60]);
    let first = if faster == 1 { start } else { start.saturating_add(Span::from_hours(24)) };
    let arrives = |at: Timestamp| first.saturating_add(Span::from_millis(at.since(start).millis() / faster));
    let traffic = Traffic::new(seed, pick(dice, &[4, 8, 16]), options);
    let mut directory: Vec<(String, Option<String>)> =
        traffic.directory().into_iter().map(|entry| (entry.key, Some(entry.json))).collect();
    directory.retain(|(key, _)| key.starts_with("channel/") || dice.below(10) == 0);
    let mut input: Vec<Arrival> = Vec::new();
    for event in traffic {
        // Some are very late: they come after the record.
        let late = if dice.below(20) == 0 { Span::from_secs(dice.below(1_800) as i64) } else { Span::ZERO };
        input.push(Arrival {
            at: is_live.then(|| arrives(event.arrival.saturating_add(late))),
            topic: event.topic as usize,
            partition: None,
            key: Some(event.key),
            value: event.json,
            refused: None,
        });
    }
    if !is_live {
        // A backlog that comes piece by piece must not drop a chat before all of it is here.
        settings.windows.correction_window = Span::from_hours(400 * 24);
    }
    if !is_live && dice.below(4) == 0 {
        let (mut lines, documents) = golden();
        // Folders are read in no certain order.
        lines.sort_by(|a, b| (&a.chat, &a.json).cmp(&(&b.chat, &b.json)));
        let mut documents = documents;
        documents.sort();
        directory.extend(documents);
        for line in lines {
            let at = dice.below(input.len() + 1);
            input.insert(at, arrival(&line, None));
        }
    }
    for _ in 0..dice.below(6) {
        let at = dice.below(input.len());
        if input[at].refused.is_none() {
            let refused = refused(dice, &input[at], partitions);
            input.insert(at, refused);
        }
    }
    input.sort_by_key(|arrival| arrival.at);
    let wall = if is_live { first } else { Timestamp::parse("2026-12-01T00:00:00Z").expect("a time") };
    (input, directory, wall)
}

/// An event that counts.
pub fn arrival(line: &Line, at: Option<Timestamp>) -> Arrival {
    Arrival {
        at,
        topic: line.topic,
        partition: None,
        key: Some(line.chat.clone()),
        value: line.json.clone(),
        refused: None,
    }
}

/// Something that can only go to the dead letters.
fn refused(dice: &mut Dice, like: &Arrival, partitions: u32) -> Arrival {
    let key = like.key.clone().unwrap_or_default();
    let home = partition_of(key.as_bytes(), partitions);
    let mut arrival = Arrival { topic: dice.below(INPUTS.len()), ..like.clone() };
    match dice.below(if partitions > 1 { 4 } else { 3 }) {
        0 => (arrival.value, arrival.refused) = ("{".to_owned(), Some("unparsable")),
        1 => {
            arrival.partition = Some(dice.below(partitions as usize) as u32);
            (arrival.key, arrival.refused) = (None, Some("no_key"));
        }
        2 => {
            let wrong = Line::of(&key, "wrong", "chat.closed", "2026-03-02T09:00:00Z", json!({"by": "nobody"}));
            (arrival.value, arrival.refused) = (wrong.json, Some("invalid_data"));
        }
        _ => (arrival.partition, arrival.refused) = (Some((home + 1) % partitions), Some("misrouted")),
    }
    arrival
}

/// A channel's next document: other hours, none, one that cannot be used, the same in other words.
pub fn next_document(dice: &mut Dice, now: &str) -> Option<String> {
    let mut document: Value = serde_json::from_str(now).unwrap_or_else(|_| json!({}));
    let hour = |dice: &mut Dice, from: usize| format!("{:02}:{:02}", from + dice.below(6), 5 * dice.below(12));
    match dice.below(8) {
        0 => return None,
        1 => return Some(r#"{"timezone":"Nowhere/City"}"#.to_owned()),
        2 => document["name"] = json!(format!("name {}", dice.below(1_000))),
        3 => document["timezone"] = json!(pick(dice, &["UTC", "Asia/Seoul", "America/New_York"])),
        _ => {
            let shift = json!([[hour(dice, 6), hour(dice, 14)]]);
            let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
            let weekly: serde_json::Map<String, Value> =
                days.iter().map(|day| ((*day).to_owned(), shift.clone())).collect();
            document["operatingHours"] = json!([{"effectiveFrom": "2026-01-01", "weekly": weekly}]);
        }
    }
    Some(document.to_string())
}
