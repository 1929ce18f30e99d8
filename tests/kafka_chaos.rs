//! Chaos: three processes on a real broker under load, of which one after the other is killed, frozen, stopped or loses its
//! disk, and the broker too. What they wrote is compared with what follows from the events alone.
//!
//! `make chaos KILLS=50` makes more of it than `make test` does, `SEED` another plan; `tests/chaos/plan.rs` says what it is.
#![cfg(feature = "runtime")]
#![allow(clippy::disallowed_methods, reason = "other processes live by the machine's clock")]

mod broker;
#[path = "chaos/feeder.rs"]
mod feeder;
#[path = "chaos/plan.rs"]
mod plan;
mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use broker::replayed::{assert_as_replayed, assert_snapshots_as_the_oracle};
use broker::traffic::{send_directory, short_chats, traffic};
use broker::{Broker, Deployment, Process, Tail, until};
use feeder::{Feeder, Sent};
use plan::{Plan, SESSION, Trouble};

const NAMES: [&str; 3] = ["a", "b", "c"];
const PARTITIONS: u32 = 6;
const SETTINGS: [&str; 6] = [
    "workers = 2",
    "kafka.session_timeout = \"2s\"",
    "kafka.transaction_timeout = \"3s\"",
    "finalization.update_window = \"2s\"",
    // Short enough to be wrong, were one of the troubles taken for a stall.
    "input.stall_timeout = \"20s\"",
    "http.ready_max_lag = \"20s\"",
];
/// So many records more, and the trouble has not stopped the work.
const ENOUGH: usize = 20;

fn asked(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn nothing_is_lost_or_doubled_while_processes_and_broker_are_killed_and_frozen() {
    let (kills, seed) = (asked("CHAOS_KILLS", 3), asked("CHAOS_SEED", 1));
    let mut stage = Stage::set(seed, asked("CHAOS_RATE", 150) as u32);
    let began = Instant::now();
    for (number, trouble) in Plan::of(seed, kills).enumerate() {
        eprintln!("{:>4} s  {:>3} of {kills}: {trouble}", began.elapsed().as_secs(), number + 1);
        stage.make(trouble);
    }
    let troubled = began.elapsed();
    let end = stage.end();
    let report = report(seed, kills, troubled, began.elapsed(), &end);
    eprintln!("{report}");
    if let Some(path) = std::env::var_os("CHAOS_REPORT") {
        std::fs::write(path, report).expect("the report is written");
    }
}

/// Everything there is while it goes on.
struct Stage {
    broker: Broker,
    deployment: Deployment,
    processes: Vec<Option<Process>>,
    tail: Tail,
    feeder: Option<Feeder>,
    made: BTreeMap<&'static str, u32>,
    /// From each trouble's beginning until enough records had come.
    waits: Vec<Duration>,
}

/// What is left when it is over.
struct End {
    sent: Sent,
    made: BTreeMap<&'static str, u32>,
    waits: Vec<Duration>,
    chats: usize,
    records: usize,
    ended: usize,
}

impl Stage {
    fn set(seed: u64, rate: u32) -> Stage {
        let broker = Broker::start("chaos");
        let mut deployment = Deployment::new(&broker, "chaos", PARTITIONS, &SETTINGS);
        send_directory(&mut deployment, &traffic(0, 1, false).1);
        let tail = deployment.tail("session-metadata");
        let feeder = Some(Feeder::start(&deployment, seed, rate));
        let processes = NAMES.iter().map(|name| Some(deployment.run(name))).collect();
        let (made, waits) = (BTreeMap::new(), Vec::new());
        let mut stage = Stage { broker, deployment, processes, tail, feeder, made, waits };
        stage.await_records("the first records");
        stage
    }

    fn await_records(&mut self, what: &str) {
        let before = self.tail.records.len();
        until(what, || {
            self.tail.read();
            (self.tail.records.len() >= before + ENOUGH).then_some(())
        });
    }

    fn make(&mut self, trouble: Trouble) {
        self.check();
        self.tail.read();
        let began = Instant::now();
        *self.made.entry(trouble.name()).or_default() += 1;
        match trouble {
            Trouble::Kill { victim, lose_state, away, .. } => {
                self.take(victim).kill();
                if lose_state {
                    std::fs::remove_dir_all(self.deployment.state_dir(NAMES[victim])).expect("its disk is lost");
                }
                std::thread::sleep(away);
                self.start(victim);
            }
            Trouble::Stop { victim, away, .. } => {
                self.take(victim).stop();
                std::thread::sleep(away);
                self.start(victim);
            }
            Trouble::Freeze { victim, asleep, .. } => {
                self.process(victim).signal("STOP");
                std::thread::sleep(asleep);
                self.process(victim).signal("CONT");
            }
            Trouble::Broker { away, .. } => {
                self.broker.kill();
                std::thread::sleep(away);
                self.broker.restart();
            }
        }
        if trouble.is_followed_at_once() {
            return;
        }
        self.await_records(&format!("records after {trouble}"));
        self.waits.push(began.elapsed());
    }

    fn process(&mut self, number: usize) -> &mut Process {
        self.processes[number].as_mut().expect("it runs")
    }

    fn take(&mut self, number: usize) -> Process {
        self.processes[number].take().expect("it runs")
    }

    fn start(&mut self, number: usize) {
        self.processes[number] = Some(self.deployment.run(NAMES[number]));
    }

    /// None has ended by itself, or taken a trouble for a stall.
    fn check(&mut self) {
        for (process, name) in self.processes.iter_mut().zip(NAMES) {
            let process = process.as_mut().expect("it runs");
            assert!(process.is_running(), "{name} has ended by itself: {}", process.lines().join("\n"));
            let stalls = process.said("an input partition stands still");
            assert!(stalls.is_empty(), "{name}: {stalls:?}");
        }
    }

    /// Peace, and the verdict.
    fn end(mut self) -> End {
        let mut sent = self.feeder.take().expect("it is started").stop();
        self.deployment.lines = std::mem::take(&mut sent.lines);
        eprintln!("{} events are sent; waiting until everything is worked off", self.deployment.lines.len());
        self.deployment.await_records(&mut self.tail);
        let mut letters = self.deployment.tail("dead-letters");
        until("all dead letters", || {
            letters.read();
            (letters.records.len() >= sent.bad.len()).then_some(())
        });
        for process in self.processes.iter().flatten() {
            process.await_ready(true);
        }
        self.deployment.await_snapshots();
        self.check();
        self.processes.drain(..).flatten().for_each(Process::stop);
        let records = self.deployment.assert_records();
        assert_as_replayed(&self.deployment, &records);
        self.deployment.assert_snapshots();
        assert_snapshots_as_the_oracle(&self.deployment);
        letters.read_to_end(&self.deployment.cluster, &self.deployment.topic("dead-letters"));
        assert_dead_letters(&letters, &sent);
        End {
            made: self.made,
            waits: self.waits,
            chats: records.len(),
            records: records.values().map(Vec::len).sum(),
            ended: self.deployment.expected().len(),
            sent,
        }
    }
}

/// Each event that cannot be used is there once, and nothing else.
fn assert_dead_letters(letters: &Tail, sent: &Sent) {
    let mut found: Vec<(String, Vec<u8>)> =
        letters.records.iter().map(|letter| (letter.key_text(), letter.value.clone().unwrap_or_default())).collect();
    let mut wanted: Vec<(String, Vec<u8>)> =
        sent.bad.iter().map(|(key, value)| (key.clone(), value.clone().into_bytes())).collect();
    found.sort();
    wanted.sort();
    assert_eq!(found, wanted);
    assert!(letters.records.iter().all(|letter| letter.header("reason") == "unparsable"));
}

fn report(seed: u64, kills: u64, troubled: Duration, whole: Duration, end: &End) -> String {
    let mut waits = end.waits.clone();
    waits.sort_unstable();
    let secs = |wait: Option<&Duration>| wait.map_or(0.0, Duration::as_secs_f64);
    let mut text = format!(
        "`make chaos KILLS={kills} SEED={seed}`: three processes with two workers each, {PARTITIONS} partitions, one \
         broker (session time-out {} s). Lost records: 0. Doubled records: 0. Gaps in revisions: 0. Every highest \
         revision is what `wrapup replay` makes of the same events, every last metric snapshot what the oracle makes of \
         them.\n\n| what | figure |\n| --- | --- |\n",
        SESSION.as_secs()
    );
    let mut row = |what: &str, figure: String| writeln!(text, "| {what} | {figure} |").expect("a text takes it");
    for (trouble, times) in &end.made {
        row(trouble, times.to_string());
    }
    row("minutes of trouble", format!("{:.1}", troubled.as_secs_f64() / 60.0));
    row("minutes in all, verdict included", format!("{:.1}", whole.as_secs_f64() / 60.0));
    row("events sent", (end.sent.events + end.sent.again).to_string());
    row("of them a second time", (end.sent.again + end.sent.duplicates).to_string());
    row("chats with records; of them ended", format!("{}; {}", end.chats, end.ended));
    row("records (revisions) committed", end.records.to_string());
    row("unusable events sent; dead letters found", format!("{0}; {0}", end.sent.bad.len()));
    row(
        &format!("seconds from a trouble's beginning until {ENOUGH} more records: median; longest"),
        format!("{:.1}; {:.1}", secs(waits.get(waits.len() / 2)), secs(waits.last())),
    );
    text
}

/// As long as `make chaos` asks for: a minute.
#[test]
fn a_broker_that_is_frozen_or_gone_for_long_is_waited_for() {
    let away = Duration::from_secs(asked("CHAOS_AWAY_SECS", 5));
    let broker = Broker::start("minute");
    let mut deployment = Deployment::new(&broker, "minute", PARTITIONS, &SETTINGS);
    let mut tail = deployment.tail("session-metadata");
    let mut process = deployment.run("a");
    process.await_ready(true);
    for (round, frozen) in [(0, true), (1, false)] {
        deployment.send(&short_chats(&format!("round-{round}"), 1_000));
        if frozen {
            broker.pause()
        } else {
            broker.kill()
        }
        std::thread::sleep(away);
        assert_eq!(process.get("/livez").expect("an answer").0, 200);
        if away > Duration::from_secs(30) {
            assert_eq!(process.get("/readyz").expect("an answer").0, 503);
        }
        if frozen {
            broker.resume()
        } else {
            broker.restart()
        }
        deployment.await_records(&mut tail);
        process.await_ready(true);
    }
    assert!(process.is_running());
    assert!(process.said("an input partition stands still").is_empty());
    process.stop();
    deployment.assert_records();
}

/// Found by the plan of seed 1: a broker that was killed a moment after a process had begun to start ended the process, which
/// had heard from it once and did not wait for it any more.
#[test]
fn a_broker_that_dies_while_a_process_starts_is_waited_for() {
    let broker = Broker::start("starts");
    let mut deployment = Deployment::new(&broker, "starts", PARTITIONS, &SETTINGS);
    let mut tail = deployment.tail("session-metadata");
    for round in 0..asked("CHAOS_STARTS", 1) {
        deployment.send(&short_chats(&format!("round-{round}"), 20));
        let process = deployment.run("a");
        process.await_said("starting", 1);
        std::thread::sleep(Duration::from_millis(40 + 60 * round));
        broker.kill();
        std::thread::sleep(Duration::from_secs(6));
        broker.restart();
        deployment.await_records(&mut tail);
        process.await_ready(true);
        process.stop();
    }
    deployment.assert_records();
}
