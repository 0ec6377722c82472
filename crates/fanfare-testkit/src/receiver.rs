//! A scripted HTTP/1.1 receiver on loopback that misbehaves on demand and remembers everything
//! that it was sent.
//!
//! Promises: it runs on a thread and a runtime of its own, so that tests of any kind (blocking,
//! async, with paused time) can use it, and a test that blocks does not stop it. A request is in
//! [`Receiver::requests`] before a byte of its answer is sent. Dropping it closes the port and
//! every connection at once. It never panics on what it reads.
//!
//! Left out: TLS, request bodies of unknown length other than chunked ones, and checks of what
//! it was sent (those belong into tests).

mod answer;
mod conversation;
mod received;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinSet;

pub use answer::Answer;
pub use received::Received;

/// How long [`Receiver::wait_for`] waits before it panics.
const PATIENCE: Duration = Duration::from_secs(30);

/// What may wait in the kernel to be read by the other side. Answers without end would otherwise
/// fill megabytes per connection before they notice that nobody reads them.
const SEND_BUFFER: u32 = 32 * 1024;
/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1_024;

/// A running receiver.
pub struct Receiver {
    addr: SocketAddr,
    shared: Arc<Shared>,
    runtime: Handle,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// What connections have in common.
struct Shared {
    script: Mutex<Script>,
    log: watch::Sender<Log>,
}

struct Script {
    next: VecDeque<Answer>,
    standing: Arc<dyn Fn(&Received) -> Answer + Send + Sync>,
}

#[derive(Default)]
struct Log {
    requests: Vec<Received>,
    connections: u64,
    open: usize,
    in_flight: usize,
    peak_in_flight: usize,
}

impl Receiver {
    /// Starts on a free port; every request is answered `200`.
    pub fn start() -> Self {
        Self::start_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    /// Starts on a free port with this answer to every request.
    pub fn answering(answer: Answer) -> Self {
        let receiver = Self::start();
        receiver.always(answer);
        receiver
    }

    /// Starts on this address, for a receiver that comes back where it was.
    ///
    /// # Panics
    /// When the address is taken.
    pub fn start_at(addr: SocketAddr) -> Self {
        let socket = bind(addr).expect("the address is free");
        let addr = socket.local_addr().expect("a bound socket has an address");
        let standing = Arc::new(|_: &Received| Answer::OK);
        let script = Mutex::new(Script { next: VecDeque::new(), standing });
        let shared = Arc::new(Shared { script, log: watch::Sender::new(Log::default()) });
        let (stop, stopped) = oneshot::channel();
        let (started, runtime) = mpsc::channel();
        let serving = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("receiver".to_owned());
        let thread = thread.spawn(move || run(socket, serving, &started, stopped));
        let thread = thread.expect("a thread can be started");
        let runtime = runtime.recv().expect("the receiver's runtime starts");
        Self { addr, shared, runtime, stop: Some(stop), thread: Some(thread) }
    }

    /// Where it listens: 127.0.0.1 and its port.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL of a path, which begins with `/`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// From now on answers every request like this, after what is left of
    /// [`then`](Self::then).
    pub fn always(&self, answer: Answer) {
        self.by(move |_| answer.clone());
    }

    /// From now on asks this function, after what is left of [`then`](Self::then).
    pub fn by(&self, answer: impl Fn(&Received) -> Answer + Send + Sync + 'static) {
        self.shared.script.lock().standing = Arc::new(answer);
    }

    /// Answers the next requests like this, one each, in order of arrival.
    pub fn then(&self, answers: impl IntoIterator<Item = Answer>) {
        self.shared.script.lock().next.extend(answers);
    }

    /// Every request so far, in order of arrival.
    pub fn requests(&self) -> Vec<Received> {
        self.shared.log.borrow().requests.clone()
    }

    /// How many requests arrived.
    pub fn count(&self) -> usize {
        self.shared.log.borrow().requests.len()
    }

    /// Forgets the requests so far; the other figures stay.
    pub fn forget(&self) {
        self.shared.log.send_modify(|log| log.requests.clear());
    }

    /// Connections that were ever opened to it.
    pub fn connections(&self) -> u64 {
        self.shared.log.borrow().connections
    }

    /// Connections that are open now.
    pub fn open_connections(&self) -> usize {
        self.shared.log.borrow().open
    }

    /// Requests that are being answered now.
    pub fn in_flight(&self) -> usize {
        self.shared.log.borrow().in_flight
    }

    /// The most requests that were being answered at one time.
    pub fn peak_in_flight(&self) -> usize {
        self.shared.log.borrow().peak_in_flight
    }

    /// Waits until so many requests arrived and returns them all.
    ///
    /// # Panics
    /// When that takes longer than 30 seconds.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let waiting = self.runtime.spawn(until(Arc::clone(&self.shared), count));
        waiting.await.expect("a running receiver can be waited for").unwrap_or_else(|arrived| {
            panic!("{arrived} of {count} requests arrived within {PATIENCE:?}")
        })
    }

    /// [`wait_for`](Self::wait_for) for tests without a runtime.
    ///
    /// # Panics
    /// When that takes longer than 30 seconds, and when called from async code.
    pub fn wait_for_blocking(&self, count: usize) -> Vec<Received> {
        let waiting = self.runtime.block_on(until(Arc::clone(&self.shared), count));
        waiting.unwrap_or_else(|arrived| {
            panic!("{arrived} of {count} requests arrived within {PATIENCE:?}")
        })
    }

    /// Closes the port and every connection, as a receiver that crashed.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ended_already = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

fn bind(addr: SocketAddr) -> std::io::Result<TcpSocket> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(addr)?;
    Ok(socket)
}

fn run(
    socket: TcpSocket,
    shared: Arc<Shared>,
    started: &mpsc::Sender<Handle>,
    stopped: oneshot::Receiver<()>,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    runtime.block_on(async {
        let listener = socket.listen(BACKLOG).expect("a bound socket can listen");
        let _nobody_waits = started.send(Handle::current());
        tokio::select! {
            () = accept(listener, shared) => {}
            _ = stopped => {}
        }
    });
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut conversations = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => if let Ok((stream, _)) = accepted {
                conversations.spawn(conversation::hold(stream, Arc::clone(&shared)));
            },
            Some(_ended) = conversations.join_next() => {}
        }
    }
}

/// The requests, once there are so many; otherwise how many there were.
async fn until(shared: Arc<Shared>, count: usize) -> Result<Vec<Received>, usize> {
    let mut log = shared.log.subscribe();
    let enough = log.wait_for(|log| log.requests.len() >= count);
    match tokio::time::timeout(PATIENCE, enough).await {
        Ok(Ok(log)) => Ok(log.requests.clone()),
        Ok(Err(_)) | Err(_) => Err(shared.log.borrow().requests.len()),
    }
}

impl Shared {
    fn answer_to(&self, request: &Received) -> Answer {
        let standing = {
            let mut script = self.script.lock();
            if let Some(answer) = script.next.pop_front() {
                return answer;
            }
            Arc::clone(&script.standing)
        };
        standing(request)
    }
}
