//! `fanfare-bench zoo`: receivers that misbehave, each in its own way, for as long as standard
//! input is open.
//!
//! Prints a line of JSON with the URL of each by its name, and at the end one with how many
//! requests each got. Each has a thread of its own. What they cost the machine is in the table.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::Result;
use fanfare_testkit::{Answer, Receiver};

/// How many kinds there are.
pub(crate) const KINDS: usize = 9;
/// A receiver remembers what it was sent; nobody here wants to know.
const FORGET_EVERY: Duration = Duration::from_millis(500);

/// Each kind and what it does.
fn kinds() -> [(&'static str, Answer); KINDS] {
    [
        ("hang", Answer::Hang),
        ("drip", Answer::DripHead(Duration::from_millis(100))),
        ("reset", Answer::Reset),
        ("redirect", Answer::redirect(307, "/elsewhere")),
        ("gone", Answer::status(410)),
        ("too many", Answer::too_many(1)),
        ("huge", Answer::Huge { bytes: 1 << 30 }),
        ("gzip bomb", Answer::GzipBomb { bytes: 10_000_000 }),
        ("1xx flood", Answer::Informational { count: None }),
    ]
}

/// Serves until the end of standard input.
///
/// # Errors
/// When a line cannot be written.
pub(crate) fn run() -> Result<()> {
    let zoo = kinds().map(|(name, answer)| {
        let (receiver, asked) = (Receiver::start(), Arc::new(AtomicU64::new(0)));
        let count = Arc::clone(&asked);
        receiver.by(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            answer.clone()
        });
        (name, receiver, asked)
    });
    let urls: BTreeMap<_, _> =
        zoo.iter().map(|(name, receiver, _)| (*name, receiver.url("/"))).collect();
    println!("{}", serde_json::to_string(&urls)?);
    let ended = end_of_input();
    while ended.recv_timeout(FORGET_EVERY) == Err(RecvTimeoutError::Timeout) {
        zoo.iter().for_each(|(_, receiver, _)| receiver.forget());
    }
    let asked: BTreeMap<_, _> =
        zoo.iter().map(|(name, _, asked)| (*name, asked.load(Ordering::Relaxed))).collect();
    println!("{}", serde_json::to_string(&asked)?);
    Ok(())
}

/// Disconnects at the end of standard input.
fn end_of_input() -> mpsc::Receiver<()> {
    let (open, ended) = mpsc::channel();
    std::thread::spawn(move || {
        let _dropped_at_the_end = open;
        let mut ignored = [0_u8; 64];
        let mut input = std::io::stdin();
        while input.read(&mut ignored).is_ok_and(|read| read > 0) {}
    });
    ended
}
