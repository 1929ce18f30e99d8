//! The program as a process.
#![allow(clippy::disallowed_methods, reason = "other processes live by the machine's clock")]
#![allow(dead_code, reason = "each test uses its own part of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::until;

/// A running program, its log lines as they come. It is killed when it is dropped.
pub struct Process {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

/// The program with its arguments, free of settings of our own environment.
pub fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wrapup"));
    without_settings(&mut command);
    command.args(arguments);
    command
}

/// `script` is run by a shell, which becomes the program by `exec "$@"`.
pub fn program_by_shell(script: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("bash");
    without_settings(&mut command);
    command.args(["-c", script, "bash", env!("CARGO_BIN_EXE_wrapup")]).args(arguments);
    command
}

fn without_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("WRAPUP_") {
            command.env_remove(name);
        }
    }
    command.env_remove("RUST_LOG");
}

impl Process {
    pub fn spawn(mut command: Command) -> Process {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let lines = Arc::new(Mutex::new(Vec::new()));
        let (stderr, kept) = (child.stderr.take().expect("piped"), Arc::clone(&lines));
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                kept.lock().expect("no panic while held").push(line);
            }
        });
        Process { child, lines }
    }

    pub fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Its log lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.lines.lock().expect("no panic while held").clone()
    }

    /// Its log events so far whose message begins so.
    pub fn said(&self, message: &str) -> Vec<Value> {
        let events = self.lines().into_iter().filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        events.filter(|event| event["message"].as_str().is_some_and(|said| said.starts_with(message))).collect()
    }

    /// Waits until it has said this so many times.
    pub fn await_said(&self, message: &str, times: usize) {
        until(&format!("{times} times {message:?}"), || (self.said(message).len() >= times).then_some(()));
    }

    /// Sends it a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let done = Command::new("kill").args([&format!("-{name}"), &self.id()]).status().expect("kill runs");
        assert!(done.success(), "kill -{name}");
    }

    /// Ends it without a farewell.
    pub fn kill(mut self) {
        self.child.kill().expect("it is killed");
        self.child.wait().expect("it has ended");
    }

    /// Asks it to stop, which it must do properly.
    pub fn stop(self) {
        self.signal("TERM");
        let (code, said) = self.ended();
        assert_eq!(code, Some(0), "{said}");
    }

    /// Waits for its end; gives the exit code and everything it said.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let status: ExitStatus = until("its end", || self.child.try_wait().expect("it can be asked"));
        // The last lines may still be on their way.
        let holders = || Arc::strong_count(&self.lines);
        until("its last words", || (holders() == 1).then_some(()));
        (status.code(), self.lines().join("\n"))
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it can be asked").is_none()
    }

    /// What it answers to a GET: status and body; `None` while it does not listen.
    pub fn get(&self, path: &str) -> Option<(u16, String)> {
        let address = self.said("serving").first()?["address"].as_str()?.to_owned();
        let mut stream = TcpStream::connect(address).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    /// Waits until `/readyz` says that it is ready, or that it is not, and gives its words.
    pub fn await_ready(&self, ready: bool) -> String {
        until(if ready { "ready" } else { "not ready" }, || {
            let (status, body) = self.get("/readyz")?;
            ((status == 200) == ready).then_some(body)
        })
    }

    /// The sum of a metric over its labels that hold `label`.
    pub fn metric(&self, name: &str, label: &str) -> f64 {
        let Some((200, text)) = self.get("/metrics") else { return 0.0 };
        let named = |line: &&str| {
            line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])) && line.contains(label)
        };
        text.lines().filter(named).filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let lines = self.lines();
            let last = &lines[lines.len().saturating_sub(60)..];
            eprintln!("--- the last lines of process {}\n{}", self.child.id(), last.join("\n"));
        }
    }
}
