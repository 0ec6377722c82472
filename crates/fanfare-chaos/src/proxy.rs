//! A TCP proxy between a node and its database that misbehaves on demand.
//!
//! Promises: it runs on a thread and a runtime of its own; a change of its ways holds for open
//! connections too, within a few milliseconds; it closes with the value.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

/// What the proxy does with what it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// Passes everything on.
    Pass,
    /// Passes everything on, each way this much later.
    Delay(Duration),
    /// Swallows everything; connections stay open, and those that lost bytes are never whole again.
    Swallow,
    /// Passes requests on and swallows answers.
    SwallowAnswers,
    /// Passes everything on until a request has these bytes; its answer, and what follows it on
    /// that connection, is swallowed.
    LoseAnswerTo(&'static [u8]),
    /// Tells the database that nothing more will come, on every connection, and the node nothing.
    HalfClose,
    /// Closes every connection, new ones too.
    Cut,
}

/// A running proxy.
pub(crate) struct Proxy {
    addr: SocketAddr,
    way: watch::Sender<Way>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Starts in front of this port of loopback.
    pub(crate) fn start(port: u16) -> Self {
        let (way, ways) = watch::channel(Way::Pass);
        let (stop, stopped) = oneshot::channel();
        let (told, addr) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
                let addr = listener.local_addr().expect("an address");
                told.send(addr).expect("somebody waits for the address");
                tokio::select! {
                    () = accept(listener, port, ways) => {}
                    _ = stopped => {}
                }
            });
        });
        let addr = addr.recv().expect("the proxy starts");
        Self { addr, way, stop: Some(stop), thread: Some(thread) }
    }

    /// The port where it listens.
    pub(crate) const fn port(&self) -> u16 {
        self.addr.port()
    }

    /// Changes its ways.
    pub(crate) fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ended_already = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, port: u16, ways: watch::Receiver<Way>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                connections.spawn(connect(stream, port, ways.clone()));
            },
            Some(_ended) = connections.join_next() => {}
        }
    }
}

async fn connect(node: TcpStream, port: u16, mut ways: watch::Receiver<Way>) {
    let Ok(database) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else { return };
    for stream in [&node, &database] {
        let _nagle_stays_on = stream.set_nodelay(true);
    }
    let (node_reads, node_writes) = node.into_split();
    let (database_reads, database_writes) = database.into_split();
    let muted = &AtomicBool::new(false);
    let there =
        Pump { from: node_reads, to: database_writes, ways: ways.clone(), asks: true, muted };
    let back =
        Pump { from: database_reads, to: node_writes, ways: ways.clone(), asks: false, muted };
    tokio::select! {
        _ = async { tokio::join!(there.run(), back.run()) } => {}
        _ = ways.wait_for(|way| *way == Way::Cut) => {}
    }
}

/// One direction of a connection.
struct Pump<'c> {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    ways: watch::Receiver<Way>,
    /// From the node to the database.
    asks: bool,
    /// No more answers on this connection.
    muted: &'c AtomicBool,
}

impl Pump<'_> {
    /// Until one side closes. Once bytes were lost, all that follow are: the other side would take
    /// them for something else.
    async fn run(mut self) -> Option<()> {
        let mut buffer = vec![0; 64 * 1024];
        let mut whole = true;
        loop {
            let half_closes = async {
                match self.asks {
                    true => self.ways.wait_for(|way| *way == Way::HalfClose).await.is_ok(),
                    false => std::future::pending().await,
                }
            };
            let read = tokio::select! {
                read = self.from.read(&mut buffer) => read.ok().filter(|read| *read > 0),
                _ = half_closes => {
                    let _closed_already = self.to.shutdown().await;
                    return None;
                }
            };
            let Some(read) = read else {
                let _closed_already = self.to.shutdown().await;
                return None;
            };
            let way = *self.ways.borrow();
            match way {
                Way::Delay(time) => tokio::time::sleep(time).await,
                Way::Swallow => whole = false,
                Way::SwallowAnswers if !self.asks => whole = false,
                Way::LoseAnswerTo(text) if self.asks => {
                    let has = buffer[..read].windows(text.len()).any(|bytes| bytes == text);
                    self.muted.fetch_or(has, Ordering::Relaxed);
                }
                _ => {}
            }
            whole &= self.asks || !self.muted.load(Ordering::Relaxed);
            if whole {
                self.to.write_all(&buffer[..read]).await.ok()?;
            }
        }
    }
}
