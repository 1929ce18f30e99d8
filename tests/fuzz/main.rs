//! Fuzzing: whatever bytes come from outside, nothing panics, no input costs more than its length allows, what is
//! accepted is stored and read back as it was, folds, is explained, and gives one record in any order.
//!
//! The tests run a few hundred thousand inputs, always the same. `make fuzz` runs millions and goes on where the last run
//! ended: `FUZZ_INPUTS` is their number, `FUZZ_TARGET` chooses one target, `FUZZ_FOLDER` keeps what was found.

mod allocator;
mod bytes;
mod chat;
#[cfg(feature = "config")]
mod config;
mod dice;
mod document;
mod event;
mod json;
mod made;
mod run;
mod seeds;
mod state;
mod wire;

use std::path::PathBuf;

use run::{Run, Target};

#[global_allocator]
static ALLOCATOR: allocator::Counting = allocator::Counting;

/// Every target, with its share of a long run in percent.
fn targets() -> Vec<(Box<dyn Target>, u64)> {
    vec![
        (Box::new(event::Events), 58),
        (Box::new(state::State::new()), 30),
        (Box::new(document::Documents), 7),
        #[cfg(feature = "config")]
        (Box::new(config::Settings::new()), 3),
        (Box::new(chat::Chats::new()), 2),
    ]
}

fn short(name: &str, inputs: u64) {
    let targets = targets();
    let (target, _) = targets.iter().find(|(target, _)| target.name() == name).expect("a target of this name");
    let mut run = Run::new(target.as_ref(), None);
    let seeds = run.figures.inputs;
    run.go(inputs);
    let taken = run.figures.accepted as f64 / run.figures.inputs as f64;
    assert!(
        (0.02..0.98).contains(&taken),
        "{name}: {taken:.2} of the inputs are taken: mutation is too weak or too strong"
    );
    assert!(run.figures.kept as u64 > seeds / 4, "{name}: nothing new is found");
}

#[test]
fn events() {
    short("event", 120_000);
}

#[test]
fn state_rows() {
    short("state", 120_000);
}

#[test]
fn channel_documents() {
    short("document", 10_000);
}

#[cfg(feature = "config")]
#[test]
fn settings() {
    short("config", 10_000);
}

#[test]
fn chats() {
    short("chat", 3_000);
}

/// Only when `FUZZ_INPUTS` asks for it.
#[test]
fn the_long_run() {
    let Some(inputs) = std::env::var("FUZZ_INPUTS").ok().map(|text| text.replace('_', "")) else { return };
    let inputs: u64 = inputs.parse().expect("FUZZ_INPUTS is a number");
    let chosen = std::env::var("FUZZ_TARGET").ok().filter(|name| !name.is_empty());
    let folder = std::env::var_os("FUZZ_FOLDER").map(PathBuf::from);
    let targets = targets();
    if let Some(name) = &chosen {
        let names: Vec<&str> = targets.iter().map(|(target, _)| target.name()).collect();
        assert!(names.contains(&name.as_str()), "FUZZ_TARGET is one of {names:?}");
    }
    let mut runs = Vec::new();
    for (target, share) in &targets {
        let share = match &chosen {
            Some(name) if name == target.name() => inputs,
            Some(_) => continue,
            None => inputs * share / 100,
        };
        let mut run = Run::new(target.as_ref(), folder.as_deref());
        run.go(share);
        eprintln!("fuzz {}: {:?}", target.name(), run.figures);
        runs.push((target.as_ref(), run.figures));
    }
    let report = run::report(&runs);
    println!("{report}");
    if let Some(folder) = folder {
        std::fs::write(folder.join("report.md"), report).expect("the report can be written");
    }
}
