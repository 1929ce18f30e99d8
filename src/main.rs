//! The command line: parses it, runs the subcommand, reports a failure, gives the exit code.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use wrapup::command::Cli;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let code = Cli::parse().run().unwrap_or_else(|failure| {
        // Nothing is left to be done where even stderr is closed.
        let mut stderr = std::io::stderr().lock();
        for line in failure.message.lines() {
            let _ = writeln!(stderr, "wrapup: {line}");
        }
        failure.code
    });
    ExitCode::from(code.number())
}
