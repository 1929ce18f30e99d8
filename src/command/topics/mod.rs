//! `wrapup topics`: creates the topics that are missing, and says what differs in those that exist.

mod table;

pub use table::{RECORD_BYTES_MAX, TopicNames, dead_letter_bytes, differences, specs};

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use super::output::print;
use super::{ConfigOptions, Done, ExitCode, Failure, connect};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::log::{Cluster, LogError, LogResult, TopicSpec};

/// What can be asked about the topics.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Create the topics that are missing; those that exist are left as they are
    Create(CreateArgs),
}

/// The options of `topics create`.
#[derive(Debug, clap::Args)]
pub struct CreateArgs {
    #[command(flatten)]
    config: ConfigOptions,
    /// Partitions of each topic, fixed for the life of the application id. Default: as many as the input topics have, else
    /// `topics.partitions`
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    partitions: Option<u32>,
    /// Replicas of each partition. Default: `topics.replication_factor`, else the broker's own
    #[arg(long, value_name = "R", value_parser = clap::value_parser!(u16).range(1..=100))]
    replication_factor: Option<u16>,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
}

/// Does what was asked.
pub fn run(command: &Command) -> Done {
    let Command::Create(args) = command;
    let config = args.config.load()?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let cluster = connect(&config, &clock)?;
    print(&create(&*cluster, args, &config)?)?;
    Ok(ExitCode::Ok)
}

/// Every topic must be there.
///
/// # Errors
/// Names those that are not, and the remedy.
pub fn require(cluster: &dyn Cluster, topics: &[&str]) -> Result<(), Failure> {
    missing(cluster, topics)?.map_or(Ok(()), Err)
}

/// Says which topics are not there, and the remedy.
fn missing(cluster: &dyn Cluster, topics: &[&str]) -> LogResult<Option<Failure>> {
    let mut missing = Vec::new();
    for topic in topics {
        if cluster.partitions(topic)?.is_none() {
            missing.push(*topic);
        }
    }
    let message = format!(
        "no such topic: {}: create what is missing with `wrapup topics create`, or correct the names in [topics]",
        missing.join(", ")
    );
    Ok((!missing.is_empty()).then(|| Failure::failed(message)))
}

/// Every topic must be there; what differs from the table is said in the log.
///
/// Gives what is to be said of those that are not there.
///
/// # Errors
/// The log could not be asked.
pub fn check(cluster: &dyn Cluster, config: &Config) -> LogResult<Option<Failure>> {
    let names = TopicNames::of(config);
    if let Some(missing) = missing(cluster, &names.all())? {
        return Ok(Some(missing));
    }
    let present = present(cluster, &names)?;
    let partitions = present.get(names.inputs()[0]).map_or(1, |topic| topic.partitions);
    let input_bytes = names.read().filter_map(|name| input_bytes(present.get(name)?)).max();
    for spec in specs(&names, partitions, None, input_bytes) {
        let Some(found) = present.get(&spec.name) else { continue };
        for difference in differences(&spec, found.partitions, &found.config) {
            tracing::warn!(topic = spec.name, "a topic is not as `wrapup topics create` would make it: {difference}");
        }
    }
    Ok(None)
}

/// A topic as it is in the cluster.
struct Present {
    partitions: u32,
    config: BTreeMap<String, String>,
}

fn create(cluster: &dyn Cluster, args: &CreateArgs, config: &Config) -> Result<String, Failure> {
    let names = TopicNames::of(config);
    let present = present(cluster, &names)?;
    let partitions = partitions(args, config, &names, &present)?;
    let replication = args.replication_factor.or(config.topics.replication_factor.and_then(|r| u16::try_from(r).ok()));
    let input_bytes = names.read().filter_map(|name| input_bytes(present.get(name)?)).max();
    let specs = specs(&names, partitions, replication, input_bytes);
    let missing: Vec<TopicSpec> = specs.iter().filter(|spec| !present.contains_key(&spec.name)).cloned().collect();
    if !args.dry_run && !missing.is_empty() {
        cluster.create_topics(&missing).map_err(|error| refused(error, replication))?;
    }
    Ok(report(&specs, &present, args.dry_run))
}

fn refused(error: LogError, replication: Option<u16>) -> Failure {
    let hint = match replication {
        Some(replicas) if replicas > 1 => " (are there as many brokers as replicas? see --replication-factor)",
        _ => "",
    };
    Failure::failed(format!("the topics cannot be created: {error}{hint}"))
}

fn present(cluster: &dyn Cluster, names: &TopicNames) -> LogResult<BTreeMap<String, Present>> {
    let mut present = BTreeMap::new();
    for name in names.all() {
        if let (Some(partitions), Some(config)) = (cluster.partitions(name)?, cluster.topic_config(name)?) {
            present.insert(name.to_owned(), Present { partitions, config });
        }
    }
    Ok(present)
}

fn input_bytes(present: &Present) -> Option<u64> {
    present.config.get("max.message.bytes")?.parse().ok()
}

/// How many partitions: what is asked for, else what the input topics already have, else the configuration's number.
fn partitions(
    args: &CreateArgs,
    config: &Config,
    names: &TopicNames,
    present: &BTreeMap<String, Present>,
) -> Result<u32, Failure> {
    let counts: Vec<(&str, u32)> =
        names.inputs().into_iter().filter_map(|name| Some((name, present.get(name)?.partitions))).collect();
    if counts.iter().any(|(_, count)| *count != counts[0].1) {
        let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{name} has {count}")).collect();
        return Err(Failure::failed(format!(
            "the input topics must have the same number of partitions, but {}: create them anew, alike",
            counts.join(", ")
        )));
    }
    match (args.partitions, counts.first()) {
        (Some(asked), Some((name, count))) if asked != *count => Err(Failure::failed(format!(
            "{name} exists with {count} partitions, so {asked} cannot be had: leave --partitions out, or delete the topics \
             and take a new application_id"
        ))),
        (Some(asked), _) => Ok(asked),
        (None, Some((_, count))) => Ok(*count),
        (None, None) => Ok(u32::try_from(config.topics.partitions).unwrap_or(1)),
    }
}

/// One line per topic, and one more for each difference.
fn report(specs: &[TopicSpec], present: &BTreeMap<String, Present>, dry_run: bool) -> String {
    let width = specs.iter().map(|spec| spec.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for spec in specs {
        let settings: Vec<String> = spec.config.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let found = present.get(&spec.name);
        let verb = match found {
            Some(_) => "exists",
            None if dry_run => "missing",
            None => "created",
        };
        let partitions = found.map_or(spec.partitions, |found| found.partitions);
        let line = format!("{verb:8} {:width$}  {partitions:>3} partitions  {}", spec.name, settings.join(" "));
        let _ = writeln!(text, "{}", line.trim_end());
        for difference in found.iter().flat_map(|found| differences(spec, found.partitions, &found.config)) {
            let _ = writeln!(text, "{:8} {difference}", "  but");
        }
    }
    text
}
