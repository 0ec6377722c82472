//! What the other end of an output can show.

use std::io::IsTerminal;
use std::os::fd::AsFd;

/// Width of lines when nobody says how wide the terminal is.
const WIDTH: usize = 100;

/// What an output can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Terminal {
    /// Whether it is a terminal that wants colours: `NO_COLOR` (<https://no-color.org>) and
    /// `TERM=dumb` say no.
    pub(crate) colour: bool,
    /// Characters in a line.
    pub(crate) width: usize,
}

impl Terminal {
    /// Asks about an output of this process.
    #[expect(clippy::disallowed_methods, reason = "terminals tell about themselves there")]
    pub(crate) fn of(output: &(impl IsTerminal + AsFd)) -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let terminal = output.is_terminal();
        let colour =
            terminal && set("NO_COLOR").is_none() && set("TERM").as_deref() != Some("dumb");
        let size = terminal.then(|| terminal_size::terminal_size_of(output)).flatten();
        let measured = size.map(|(width, _)| usize::from(width.0));
        let said = || set("COLUMNS").and_then(|text| text.parse().ok());
        Self { colour, width: measured.or_else(said).unwrap_or(WIDTH) }
    }
}
