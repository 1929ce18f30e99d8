//! The subcommands of the command line, one file each, and what they share.
//!
//! A new one is a file with `Args` and `run`, and a variant of [`Command`].

mod check_config;
mod cluster;
mod demo;
mod docs;
mod exit;
mod explain;
mod generate;
mod hours;
mod lines;
mod load;
mod options;
mod output;
mod process;
mod replay;
mod run;
pub mod topics;

pub use cluster::connect;
pub use exit::{Done, ExitCode, Failure};
pub use options::{ConfigOptions, share, span, time};
pub use output::{Pacer, Progress, thousands};

use clap::{Parser, Subcommand};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "wrapup", version, about, after_help = exit::TABLE, propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What can be asked of the program.
#[derive(Debug, Subcommand)]
enum Command {
    /// Process events from Kafka until told to stop
    Run(run::Args),
    /// Play four hours of a contact center in half a minute, without or with a broker
    Demo(demo::Args),
    /// Compute the records of events in files, without a broker
    Replay(replay::Args),
    /// Print the operating time of a channel
    Hours(hours::Args),
    /// Tell what happened in a chat, and what a number of its record is made of
    Explain(explain::Args),
    /// Create the topics, or look at them
    #[command(subcommand)]
    Topics(topics::Command),
    /// Check the configuration and print what is in effect
    CheckConfig(check_config::Args),
    /// Produce events from files to the topics
    Load(load::Args),
    /// Make up realistic traffic, to files or to the topics
    Generate(generate::Args),
    /// Write or compare the generated part of the documentation
    #[command(hide = true)]
    Docs(docs::Args),
}

impl Cli {
    /// Does what was asked.
    ///
    /// # Errors
    /// What went wrong, in words for people, with the exit code.
    pub fn run(self) -> Done {
        match self.command {
            Command::Run(args) => run::run(&args),
            Command::Demo(args) => demo::run(&args),
            Command::Replay(args) => replay::run(&args),
            Command::Hours(args) => hours::run(&args),
            Command::Explain(args) => explain::run(&args),
            Command::Topics(command) => topics::run(&command),
            Command::CheckConfig(args) => check_config::run(&args),
            Command::Load(args) => load::run(&args),
            Command::Generate(args) => generate::run(&args),
            Command::Docs(args) => docs::run(&args),
        }
    }
}
