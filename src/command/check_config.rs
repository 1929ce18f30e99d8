//! `wrapup check-config`: is the configuration right, and what is in effect.

use super::output::print;
use super::{ConfigOptions, Done, ExitCode};

/// The options of `check-config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    config: ConfigOptions,
}

/// Prints the effective settings, secrets hidden.
pub fn run(args: &Args) -> Done {
    let config = args.config.load()?;
    print(&config.to_string())?;
    Ok(ExitCode::Ok)
}
