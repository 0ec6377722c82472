//! Who is connected: the caps in total and per address, and how to tell everybody to go.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::ServerLimits;

/// Connections, counted for `/metrics`.
#[derive(Debug, Default)]
pub struct ConnectionFigures {
    open: AtomicU64,
    accepted: AtomicU64,
    turned_away: AtomicU64,
}

impl ConnectionFigures {
    /// Open now.
    pub fn open(&self) -> u64 {
        self.open.load(Ordering::Relaxed)
    }

    /// Accepted since the start.
    pub fn accepted(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// Turned away because of a cap since the start.
    pub fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }
}

/// Which cap was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// The cap on all connections together.
    Total,
    /// The cap on connections from one address.
    PerIp,
}

/// The list of open connections.
#[derive(Clone)]
pub(super) struct Connections(Arc<Shared>);

struct Shared {
    limits: ServerLimits,
    figures: Arc<ConnectionFigures>,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    next: u64,
    count: usize,
    by_ip: HashMap<IpAddr, usize>,
    drains: HashMap<u64, oneshot::Sender<()>>,
}

/// The right to be connected; given back when dropped.
pub(super) struct Seat {
    shared: Arc<Shared>,
    number: u64,
    ip: IpAddr,
}

impl Connections {
    pub(super) fn new(limits: ServerLimits, figures: Arc<ConnectionFigures>) -> Self {
        Self(Arc::new(Shared { limits, figures, open: Mutex::default() }))
    }

    /// A seat, and the signal to drain, for a connection from this address.
    pub(super) fn admit(&self, ip: IpAddr) -> Result<(Seat, oneshot::Receiver<()>), Refused> {
        let ip = ip.to_canonical();
        let mut open = self.0.open.lock();
        let refused = if open.count >= self.0.limits.connections {
            Some(Refused::Total)
        } else if open.by_ip.get(&ip).is_some_and(|n| *n >= self.0.limits.connections_per_ip) {
            Some(Refused::PerIp)
        } else {
            None
        };
        if let Some(refused) = refused {
            self.0.figures.turned_away.fetch_add(1, Ordering::Relaxed);
            return Err(refused);
        }
        let (signal, drain) = oneshot::channel();
        let number = open.next;
        open.next += 1;
        open.count += 1;
        open.drains.insert(number, signal);
        *open.by_ip.entry(ip).or_default() += 1;
        self.0.figures.accepted.fetch_add(1, Ordering::Relaxed);
        self.0.figures.open.store(open.count as u64, Ordering::Relaxed);
        Ok((Seat { shared: Arc::clone(&self.0), number, ip }, drain))
    }

    /// Tells every open connection to finish what it does and go. Dropping the senders is the
    /// signal; the seats stay taken until the connections end.
    pub(super) fn drain(&self) {
        self.0.open.lock().drains.clear();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.shared.open.lock();
        open.drains.remove(&self.number);
        if let Some(count) = open.by_ip.get_mut(&self.ip) {
            *count -= 1;
            if *count == 0 {
                open.by_ip.remove(&self.ip);
            }
        }
        open.count -= 1;
        self.shared.figures.open.store(open.count as u64, Ordering::Relaxed);
    }
}
