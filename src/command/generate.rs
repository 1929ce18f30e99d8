//! `wrapup generate`: made-up traffic, to files or to the topics.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::cluster::connect;
use super::output::{Output, rate, say};
use super::topics::{TopicNames, require};
use super::{ConfigOptions, Done, ExitCode, Failure, Pacer, Progress, share, span, thousands, time};
use crate::clock::{Clock, SystemClock};
use crate::generate::{Generated, Options, Traffic};
use crate::log::Outgoing;
use crate::time::{Span, Timestamp};

/// The options of `generate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The same seed makes the same chats; another one makes chats with other ids
    #[arg(long, value_name = "N")]
    seed: u64,
    /// How many chats, of about 26 events each
    #[arg(long, value_name = "M")]
    chats: u64,
    /// At most so many events a second; without it as fast as possible
    #[arg(long, value_name = "R", value_parser = rate)]
    rate: Option<f64>,
    /// When the first chat starts. Default: 2026-03-02T08:00:00Z into files; into topics, so long ago that nothing lies
    /// in the future
    #[arg(long, value_name = "TIME", value_parser = time)]
    start: Option<Timestamp>,
    /// Over how long the chats' starts are spread
    #[arg(long, value_name = "TIME", value_parser = span, default_value = "1h")]
    spread: Span,
    /// How many channels
    #[arg(long, value_name = "N", default_value_t = Options::CHANNELS_MAX as u64,
        value_parser = clap::value_parser!(u64).range(1..=Options::CHANNELS_MAX as u64))]
    channels: u64,
    /// Let the events arrive in no order at all (all are held in memory)
    #[arg(long)]
    shuffle: bool,
    /// The share of events that arrive up to five minutes late
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0.01")]
    out_of_order: f64,
    /// The share of events that arrive twice
    #[arg(long, value_name = "SHARE", value_parser = share, default_value = "0")]
    duplicates: f64,
    /// Write events.jsonl and directory.jsonl into this folder
    #[arg(long, value_name = "DIR", conflicts_with_all = ["config", "set"])]
    out_dir: Option<PathBuf>,
    #[command(flatten)]
    config: ConfigOptions,
}

/// A chat is over within so long of its start.
const LONGEST_CHAT: Span = Span::from_hours(24);

impl Args {
    fn traffic(&self, start: Timestamp) -> Traffic {
        let options = Options {
            start: self.start.unwrap_or(start),
            spread: self.spread,
            channels: self.channels as usize,
            hot: 0.0,
            out_of_order: self.out_of_order,
            duplicates: self.duplicates,
            shuffle: self.shuffle,
        };
        Traffic::new(self.seed, self.chats, options)
    }
}

/// Makes up the traffic and hands it on.
pub fn run(args: &Args) -> Done {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    match &args.out_dir {
        Some(folder) => to_files(args, folder, &clock),
        None if args.config.config.is_none() && args.config.set.is_empty() => {
            Err(Failure::usage("say where to: --out-dir DIR for files, or --config FILE for the topics"))
        }
        None => to_topics(args, &clock),
    }
}

fn to_files(args: &Args, folder: &Path, clock: &Arc<dyn Clock>) -> Done {
    std::fs::create_dir_all(folder).map_err(|error| Failure::writing(&folder.display().to_string(), &error))?;
    let traffic = args.traffic(Options::default().start);
    let documents = folder.join("directory.jsonl");
    let mut directory = Output::create(Some(&documents))?;
    for entry in traffic.directory() {
        directory.line(&[br#"{"key":""#, entry.key.as_bytes(), br#"","value":"#, entry.json.as_bytes(), b"}"])?;
    }
    directory.finish()?;
    let path = folder.join("events.jsonl");
    let mut events = Output::create(Some(&path))?;
    paced(traffic, args.rate, clock, "wrote", |event| {
        // The events are JSON objects that begin with a member.
        let rest = &event.json.as_bytes()[1..];
        events.line(&[br#"{"_topic":""#, event.topic.name().as_bytes(), br#"","#, rest])
    })?;
    events.finish()?;
    say(&format!("they are in {} and {}", path.display(), documents.display()));
    Ok(ExitCode::Ok)
}

fn to_topics(args: &Args, clock: &Arc<dyn Clock>) -> Done {
    let config = args.config.load()?;
    let names = TopicNames::of(&config);
    let cluster = connect(&config, clock)?;
    require(&*cluster, &[&names.chat_events, &names.message_events, &names.queue_events, &names.directory_events])?;
    let past = clock.wall().saturating_sub(LONGEST_CHAT).saturating_sub(args.spread);
    let traffic = args.traffic(past);
    let mut feed = cluster.feed()?;
    for entry in traffic.directory() {
        let (key, value) = (Some(entry.key.as_bytes()), Some(entry.json.as_bytes()));
        feed.send(Outgoing { topic: &names.directory_events, partition: None, key, value, headers: &[] }, None)?;
    }
    paced(traffic, args.rate, clock, "sent", |event| {
        let (key, value) = (Some(event.key.as_bytes()), Some(event.json.as_bytes()));
        let topic = names.of_topic(event.topic);
        Ok(feed.send(Outgoing { topic, partition: None, key, value, headers: super::load::STRUCTURED }, None)?)
    })?;
    feed.flush()?;
    Ok(ExitCode::Ok)
}

/// Gives each event to `take`, at the rate asked for, and says how far it is.
fn paced(
    traffic: Traffic,
    rate: Option<f64>,
    clock: &Arc<dyn Clock>,
    done: &'static str,
    mut take: impl FnMut(&Generated) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (mut pacer, mut progress) = (Pacer::new(clock, rate), Progress::new(clock, (done, "events")));
    for event in traffic {
        if pacer.wait() {
            progress.look();
        }
        take(&event)?;
        progress.step();
    }
    say(&format!("{done} {} events", thousands(progress.steps())));
    Ok(())
}
