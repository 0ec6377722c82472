//! The standard output and the standard error, for people and pipes.
//!
//! A reader that went away (`fanfare config show | head`) is no failure.

use std::io::{self, ErrorKind, Write as _};

use crate::exit::{Exit, Failure};

/// Prints a text that is the command's result.
pub(crate) fn print(text: &str) -> Result<Exit, Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            let error = anyhow::Error::new(error).context("the standard output cannot be written");
            Err(error.into())
        }
        Ok(()) | Err(_) => Ok(Exit::Done),
    }
}

/// Tells people something beside the result, on the standard error.
pub(crate) fn say(text: &str) {
    // There is nobody left to tell when even this fails.
    let _unheard = writeln!(io::stderr().lock(), "{text}");
}

/// Says why a command failed.
pub(crate) fn complain(failure: &Failure) {
    // There is nobody left to tell when even this fails.
    let _unheard = writeln!(io::stderr().lock(), "fanfare: {:#}", failure.error);
}

/// Rows under each other, each column as wide as its widest cell, two spaces between; the last
/// one as it is.
pub(crate) fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or_default());
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(widths) {
            line += &format!("{cell:width$}  ");
        }
        text += line.trim_end();
        text.push('\n');
    }
    text
}
