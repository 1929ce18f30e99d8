//! How the program ends: one table of exit codes, and failures that carry one.

use std::fmt;
use std::io;

use crate::config::ConfigErrors;
use crate::log::LogError;

macro_rules! codes {
    ($($code:ident $number:literal $doc:literal;)*) => {
        /// The exit codes. Their numbers are part of the interface.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum ExitCode {
            $(#[doc = $doc] $code = $number,)*
        }

        /// The exit codes as the help shows them.
        pub(super) const TABLE: &str =
            concat!("Exit codes:\n", $("  ", $number, "  ", $doc, "\n",)* "\nEvery setting: docs/CONFIG.md");
    };
}
codes! {
    Ok 0 "done; also when whoever reads the output closes it early";
    Failure 1 "a failure while running";
    Usage 2 "a wrong command line or configuration";
    DeadLettered 3 "done, but something was dead-lettered or left out (replay, load, hours)";
    InstanceTaken 4 "another process runs under this instance name";
    StateContradicts 5 "state, offsets and changelog contradict each other";
}

impl ExitCode {
    /// The number the operating system gets.
    pub const fn number(self) -> u8 {
        self as u8
    }
}

/// What a subcommand comes to.
pub type Done = Result<ExitCode, Failure>;

/// Why a subcommand could not do its work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// How the process ends.
    pub code: ExitCode,
    /// What is wrong and what to do about it, one line each; empty when there is nothing to say.
    pub message: String,
}

impl Failure {
    /// A failure while running.
    pub fn failed(message: impl Into<String>) -> Failure {
        Failure { code: ExitCode::Failure, message: message.into() }
    }

    /// A wrong command line or configuration.
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure { code: ExitCode::Usage, message: message.into() }
    }

    /// What is written cannot be: `what` names it.
    pub fn writing(what: &str, error: &io::Error) -> Failure {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure { code: ExitCode::Ok, message: String::new() };
        }
        Failure::failed(format!("{what} cannot be written: {error}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<ConfigErrors> for Failure {
    fn from(errors: ConfigErrors) -> Failure {
        Failure::usage(errors.to_string())
    }
}

impl From<LogError> for Failure {
    fn from(error: LogError) -> Failure {
        Failure::failed(error.to_string())
    }
}
