//! How far it is, on the standard error: a bar on a terminal, a line per act elsewhere.

use std::cell::Cell;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Terminal;
use crate::screen::thousands;

/// How often a bar is drawn anew at most.
const DRAW_EVERY: Duration = Duration::from_millis(100);
/// Where there is no terminal, a long act says how far it is this often.
const SAY_EVERY: Duration = Duration::from_secs(10);
/// Longest name of an act.
const NAME: usize = 13;

/// An act that is under way.
pub(crate) struct Progress {
    name: &'static str,
    total: usize,
    done: Cell<usize>,
    began: Instant,
    shown: Cell<Instant>,
    ended: bool,
    /// Characters in a line; `None`: no terminal.
    width: Option<usize>,
}

impl Progress {
    /// Begins an act of so many steps.
    pub(crate) fn begin(name: &'static str, total: usize) -> Self {
        let began = Instant::now();
        let error = io::stderr();
        let width = error.is_terminal().then(|| Terminal::of(&error).width);
        let progress = Self {
            name,
            total,
            done: Cell::new(0),
            began,
            shown: Cell::new(began),
            ended: false,
            width,
        };
        progress.draw();
        progress
    }

    /// So many more steps are done.
    pub(crate) fn step(&self, more: usize) {
        self.done.set(self.done.get() + more);
        let every = if self.width.is_some() { DRAW_EVERY } else { SAY_EVERY };
        let now = Instant::now();
        if now.saturating_duration_since(self.shown.get()) >= every {
            self.shown.set(now);
            self.draw();
        }
    }

    /// The act is over.
    pub(crate) fn end(mut self) {
        self.ended = true;
        let text = format!("{}  {}", self.counts(), took(self.began.elapsed()));
        match self.width {
            Some(width) => write(&format!("\r{:width$}\r{text}\n", "")),
            None => write(&format!("{text}\n")),
        }
    }

    fn counts(&self) -> String {
        let (done, total) = (self.done.get(), self.total);
        let counts = match done == total {
            true => thousands(total),
            false => format!("{} of {}", thousands(done), thousands(total)),
        };
        format!("  {:NAME$} {counts:>20}", self.name)
    }

    fn draw(&self) {
        let Some(width) = self.width else {
            if self.done.get() > 0 {
                write(&format!("{}\n", self.counts()));
            }
            return;
        };
        let counts = self.counts();
        let room = width.saturating_sub(counts.chars().count() + 5).min(40);
        let full = room * self.done.get() / self.total.max(1);
        let bar = format!("{}{}", "█".repeat(full), "░".repeat(room - full));
        write(&format!("\r{counts}  {bar}"));
    }
}

impl Drop for Progress {
    /// What is said next of an act that broke off begins on a line of its own.
    fn drop(&mut self) {
        if self.width.is_some() && !self.ended {
            write("\n");
        }
    }
}

/// A time to a tenth of a second.
fn took(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

fn write(text: &str) {
    let mut error = io::stderr().lock();
    let _nobody_looks = error.write_all(text.as_bytes()).and_then(|()| error.flush());
}
