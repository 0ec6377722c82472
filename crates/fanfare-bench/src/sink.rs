//! `fanfare-bench sink`: a receiver that answers 200 at once and remembers what came when.
//!
//! One thread. Prints one line of JSON with its addresses, then serves: deliveries to `/h/0` …
//! `/h/9` on one port, questions on another. `GET /stats` answers with the counts so far,
//! `GET /finish` also writes the records and ends the process. It ends, too, when its standard
//! input is closed, so that it does not outlive the one who started it.
//!
//! A sample of the requests is verified as a customer would, so that what is counted are real
//! deliveries. A request to the path that hangs is read and never answered.

mod book;
mod connection;
mod control;
mod sample;

use std::io::Read as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use book::Book;
pub(crate) use book::{Counts, Receipt};
use sample::Sample;

/// How many webhooks a sink tells apart.
pub(crate) const WEBHOOKS: usize = 10;

/// What a sink is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Where deliveries are received
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where `/stats` and `/finish` are answered
    #[arg(long, default_value = "127.0.0.1:0")]
    control: SocketAddr,
    /// Receive requests to this path and never answer them
    #[arg(long)]
    hang: Option<String>,
    /// The secret of the webhooks; without it nothing is verified
    #[arg(long)]
    secret: Option<String>,
    /// Verify one of so many requests
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    verify_every: u32,
    /// Where the records go: a line `received-at webhook event` for each
    #[arg(long)]
    out: PathBuf,
}

/// What the tasks of a sink share.
struct Sink {
    book: Mutex<Book>,
    sample: Option<Sample>,
    hang: Option<String>,
    out: PathBuf,
    finished: Notify,
}

impl Sink {
    /// The records. Nothing is half written when a task ends badly, so a poisoned lock is used.
    fn book(&self) -> std::sync::MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Serves until it is told to finish.
///
/// # Errors
/// When an address cannot be bound or the secret is none.
pub(crate) fn run(options: &Options) -> Result<()> {
    std::thread::spawn(end_with_parent);
    let sample = options.secret.as_deref().map(|text| Sample::new(text, options.verify_every));
    let sink = Arc::new(Sink {
        book: Mutex::new(Book::new()),
        sample: sample.transpose()?,
        hang: options.hang.clone(),
        out: options.out.clone(),
        finished: Notify::new(),
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(serve(options, &sink))
}

async fn serve(options: &Options, sink: &Arc<Sink>) -> Result<()> {
    let listener = TcpListener::bind(options.listen).await.context("binding --listen")?;
    let control = TcpListener::bind(options.control).await.context("binding --control")?;
    println!(
        "{}",
        serde_json::json!({ "listen": listener.local_addr()?, "control": control.local_addr()? })
    );
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.context("accepting a delivery")?;
                tasks.spawn(connection::serve(stream, Arc::clone(sink)));
            }
            accepted = control.accept() => {
                let (stream, _) = accepted.context("accepting a question")?;
                tasks.spawn(control::serve(stream, Arc::clone(sink)));
            }
            // A connection that broke is the sender's matter; it is only cleared away here.
            Some(_ended) = tasks.join_next() => {}
            () = sink.finished.notified() => return Ok(()),
        }
    }
}

/// Waits for the end of standard input and ends the process.
fn end_with_parent() {
    let mut ignored = [0u8; 64];
    let mut input = std::io::stdin();
    while input.read(&mut ignored).is_ok_and(|read| read > 0) {}
    std::process::exit(0);
}
