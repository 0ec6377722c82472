//! How the process ends.

use std::process::ExitCode;

use crate::config::ConfigError;

/// The exit status; `--help` lists the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// The configuration is not valid.
    Config = 64,
    /// A second signal ended it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed, for people.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The status to end with.
    pub(crate) exit: Exit,
    /// What happened, and why.
    pub(crate) error: anyhow::Error,
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self { exit: Exit::Failed, error }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self { exit: Exit::Config, error: error.into() }
    }
}
