//! What `benches/bench.py` needs beside the program itself: loads topics, measures the ceilings, seeds kept chats, sends
//! live traffic and watches the records come. Every subcommand prints one JSON object.

mod ceilings;
mod live;
mod load;
mod process;
mod seed;
mod topics;

use std::sync::Arc;

use clap::{Parser, Subcommand};
use wrapup::clock::{Clock, SystemClock};
use wrapup::generate::{Options, Traffic};
use wrapup::log::kafka::{KafkaCluster, KafkaSettings};
use wrapup::time::Span;

/// The program's: the ceilings are measured under the same conditions.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Any failure ends a measurement.
pub type Failure = Box<dyn std::error::Error>;

#[derive(Debug, Parser)]
#[command(name = "bench")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make up events and send them to the input topics
    Load(load::Args),
    /// Read the input topics to their ends, and do little with what is read
    Ceiling(ceilings::Args),
    /// Write the state of chats that were over long ago into an application's changelog
    Seed(seed::Args),
    /// Send events as they happen, and measure how late the records are
    Live(live::Args),
    /// Delete topics
    Drop(topics::DropArgs),
}

/// The broker and the input topics.
#[derive(Clone, Debug, clap::Args)]
pub struct Place {
    /// The broker
    #[arg(long)]
    brokers: String,
    /// What the names of the three input topics and the directory's begin with
    #[arg(long)]
    prefix: String,
}

impl Place {
    fn topic(&self, name: &str) -> String {
        format!("{}-{name}", self.prefix)
    }

    fn inputs(&self) -> [String; 3] {
        ["chat-events", "message-events", "queue-events"].map(|name| self.topic(name))
    }

    fn cluster(&self, clock: &Arc<dyn Clock>) -> Result<KafkaCluster, Failure> {
        Ok(KafkaCluster::new(KafkaSettings::new(&self.brokers), Arc::clone(clock))?)
    }
}

/// What the traffic is to be like.
#[derive(Clone, Debug, clap::Args)]
pub struct Shape {
    /// The same seed makes the same chats
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many chats, of about 26 events each
    #[arg(long)]
    chats: u64,
    /// Over how many minutes their starts are spread
    #[arg(long)]
    spread_minutes: i64,
    /// The share of events that arrive up to five minutes late
    #[arg(long, default_value_t = 0.0)]
    out_of_order: f64,
    /// The share of chats that one channel has beside its part of the rest
    #[arg(long, default_value_t = 0.0)]
    hot: f64,
}

impl Shape {
    fn traffic(&self) -> Traffic {
        let options = Options {
            spread: Span::from_secs(self.spread_minutes * 60),
            out_of_order: self.out_of_order,
            hot: self.hot,
            ..Options::default()
        };
        Traffic::new(self.seed, self.chats, options)
    }
}

fn main() -> Result<(), Failure> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let result = match Cli::parse().command {
        Command::Load(args) => load::run(&args, &clock)?,
        Command::Ceiling(args) => ceilings::run(&args, &clock)?,
        Command::Seed(args) => seed::run(&args, &clock)?,
        Command::Live(args) => live::run(&args, &clock)?,
        Command::Drop(args) => topics::drop_topics(&args)?,
    };
    println!("{result}");
    Ok(())
}
