//! Logs, on the standard error.

use std::io;

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat, Terminal};

/// Starts logging as configured. A second call in one process changes nothing.
pub(crate) fn start(config: &Config) {
    // The configuration was checked when it was loaded.
    let filter = EnvFilter::try_new(&config.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let colour = Terminal::of(&io::stderr()).colour;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    let _already_started = match config.log_format {
        LogFormat::Text => logs.with_ansi(colour).try_init(),
        LogFormat::Json => logs.json().flatten_event(true).try_init(),
    };
}
