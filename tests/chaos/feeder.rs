//! The load: invented chats without end, late, out of order and twice, some events unusable; sent by a thread of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use wrapup::generate::{Options, Traffic};
use wrapup::log::{Cluster, Feed, Outgoing};

use crate::broker::Deployment;
use crate::broker::traffic::{ago, lines};
use crate::support::{Dice, INPUTS, Line};

/// Chats that overlap in time; then come the next.
const CHATS: u64 = 200;
/// So many events wait to be sent; each time any of them is.
const SHUFFLED: usize = 300;

/// What was sent.
#[derive(Default)]
pub struct Sent {
    /// What is expected to be folded, some of it twice.
    pub lines: Vec<Line>,
    pub events: usize,
    /// Of the events, those that the traffic itself brings twice.
    pub duplicates: usize,
    /// Sent once more, long after the first time.
    pub again: usize,
    /// Key and value of those that cannot be used.
    pub bad: Vec<(String, String)>,
}

/// The thread.
pub struct Feeder {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Sent>,
}

impl Feeder {
    /// Starts to send about `rate` events a second.
    pub fn start(deployment: &Deployment, seed: u64, rate: u32) -> Feeder {
        let stop = Arc::new(AtomicBool::new(false));
        let work = Work {
            topics: INPUTS.map(|topic| deployment.topic(topic)),
            feed: deployment.cluster.feed().expect("a feed"),
            dice: Dice::new(!seed),
            sent: Sent::default(),
            rate: f64::from(rate),
        };
        let stopped = Arc::clone(&stop);
        Feeder { stop, thread: std::thread::spawn(move || work.run(seed, &stopped)) }
    }

    /// Ends it once everything it has said to be sent is acknowledged.
    pub fn stop(self) -> Sent {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().expect("the feeder sends what it is to send")
    }
}

struct Work {
    topics: [String; 3],
    feed: Box<dyn Feed>,
    dice: Dice,
    sent: Sent,
    rate: f64,
}

impl Work {
    fn run(mut self, seed: u64, stop: &AtomicBool) -> Sent {
        let (began, mut waiting) = (Instant::now(), Vec::new());
        let batches = (0..).map(|batch| {
            let options = Options { start: ago(96), out_of_order: 0.2, duplicates: 0.05, ..Options::default() };
            Traffic::new(seed * 100_000 + batch, CHATS, options)
        });
        for line in batches.flat_map(lines) {
            if stop.load(Ordering::SeqCst) {
                break;
            }
            waiting.push(line);
            if waiting.len() < SHUFFLED {
                continue;
            }
            let line = waiting.swap_remove(self.dice.below(SHUFFLED));
            self.event(line);
            let due = Duration::from_secs_f64(self.sent.events as f64 / self.rate);
            std::thread::sleep(due.saturating_sub(began.elapsed()));
        }
        waiting.into_iter().for_each(|line| self.event(line));
        self.feed.flush().expect("acknowledged");
        let ids: std::collections::BTreeSet<&str> = self.sent.lines.iter().map(|line| line.json.as_str()).collect();
        self.sent.duplicates = self.sent.lines.len() - ids.len();
        self.sent
    }

    fn event(&mut self, line: Line) {
        self.send(line.topic, &line.chat, &line.json);
        self.sent.lines.push(line);
        self.sent.events += 1;
        if self.dice.below(25) == 0 {
            let before = self.sent.lines[self.dice.below(self.sent.lines.len())].clone();
            self.send(before.topic, &before.chat, &before.json);
            self.sent.again += 1;
        }
        if self.dice.below(150) == 0 {
            let number = self.sent.bad.len();
            let (key, value) = (format!("bad-{number}"), format!("{{\"number\": {number}"));
            self.send(number % 3, &key, &value);
            self.sent.bad.push((key, value));
        }
    }

    fn send(&mut self, topic: usize, key: &str, value: &str) {
        let (key, value) = (Some(key.as_bytes()), Some(value.as_bytes()));
        let record = Outgoing { topic: &self.topics[topic], partition: None, key, value, headers: &[] };
        self.feed.send(record, None).expect("sent");
    }
}
