//! A real broker and real processes for the end-to-end tests: started, signalled, watched, and ended with the test.
#![allow(clippy::disallowed_methods, reason = "other processes live by the machine's clock")]
#![allow(dead_code, reason = "each test uses its own part of it")]

mod deployment;
mod process;
pub mod replayed;
mod tail;
pub mod traffic;

pub use deployment::Deployment;
pub use process::Process;
pub use tail::Tail;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use wrapup::clock::SystemClock;
use wrapup::log::kafka::{KafkaCluster, KafkaSettings};

/// How long anything may take before it counts as failed: only a bound for what hangs.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a condition is looked at.
const LOOK: Duration = Duration::from_millis(25);

/// Waits for a condition; `what` names it should it not come true.
pub fn until<T>(what: &str, mut check: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = check() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::sleep(LOOK);
    }
}

/// A broker with a folder of its own. It dies with this process, whatever happens to it.
pub struct Broker {
    folder: PathBuf,
    pub address: String,
}

impl Broker {
    /// The one that most tests share.
    pub fn shared() -> &'static Broker {
        static SHARED: OnceLock<Broker> = OnceLock::new();
        SHARED.get_or_init(|| {
            sweep();
            Broker::start("shared")
        })
    }

    /// Starts one for tests that harm it.
    pub fn start(name: &str) -> Broker {
        let folder = folders().join(format!("{}-{name}", std::process::id()));
        let address = start(&folder);
        Broker { folder, address }
    }

    /// Ends it as a power cut would.
    pub fn kill(&self) {
        self.control(&["stop", "--kill"]);
    }

    /// Starts it again, on what it kept and on the same port.
    pub fn restart(&self) {
        assert_eq!(start(&self.folder), self.address);
    }

    /// It hangs: connections stay open, nothing is answered.
    pub fn pause(&self) {
        self.control(&["pause"]);
    }

    /// It goes on.
    pub fn resume(&self) {
        self.control(&["resume"]);
    }

    /// Ends it and deletes everything it kept.
    pub fn wipe(&self) {
        self.control(&["wipe"]);
    }

    /// Changes the configuration of a topic, as `name=value`.
    pub fn configure(&self, topic: &str, config: &str) {
        let arguments = ["--alter", "--entity-type", "topics", "--entity-name", topic, "--add-config", config];
        let (done, said) = self.tool("kafka.admin.ConfigCommand", &arguments);
        assert!(done, "{said}");
    }

    /// Runs Kafka's tool for topics.
    pub fn topics(&self, arguments: &[&str]) {
        let (done, said) = self.tool("org.apache.kafka.tools.TopicCommand", arguments);
        assert!(done, "{said}");
    }

    /// A client of it.
    pub fn cluster(&self) -> KafkaCluster {
        let settings = KafkaSettings::new(&self.address);
        KafkaCluster::new(settings, Arc::new(SystemClock::new())).expect("a client")
    }

    /// Runs one of Kafka's own tools against it. Gives whether it succeeded, and what it said.
    pub fn tool(&self, class: &str, arguments: &[&str]) -> (bool, String) {
        let mut command = script();
        command.args(["tool", class, "--bootstrap-server", &self.address]).args(arguments);
        let output = command.output().expect("the script runs");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    fn control(&self, arguments: &[&str]) {
        control(&self.folder, arguments);
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.wipe();
    }
}

fn script() -> Command {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/local/kafka");
    Command::new(std::env::var_os("KAFKA_LOCAL").unwrap_or_else(|| own.into()))
}

fn start(folder: &Path) -> String {
    let owner = std::process::id().to_string();
    control(folder, &["start", "--until-exit", &owner])
}

fn control(folder: &Path, arguments: &[&str]) -> String {
    let output = script().args(arguments).arg("--dir").arg(folder).output().expect("the script runs");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
}

/// Where the folders of all brokers of these tests lie.
fn folders() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("brokers")
}

/// Deletes what runs before this one left: nobody is there to do it when the process ends.
fn sweep() {
    for entry in std::fs::read_dir(folders()).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.split('-').next().unwrap_or_default();
        if !Path::new("/proc").join(owner).exists() {
            control(&entry.path(), &["wipe"]);
        }
    }
}
