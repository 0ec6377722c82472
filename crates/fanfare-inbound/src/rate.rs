//! How many requests an address may make, looked at before anything is computed for it.
//!
//! GCRA, as for the API, in a table of fixed size: addresses share a meter when their hashes meet,
//! so that no number of addresses costs memory. Of IPv6, the network of 64 bits counts as one
//! address. Behind a proxy all requests come from the proxy's address: the default leaves room for
//! that.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// Meters in the table.
const METERS: usize = 8_192;

/// How much an address may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InboundRate {
    /// Requests per second in the long run; at least 1.
    pub per_second: u32,
    /// Requests at once after a pause; at least 1.
    pub burst: u32,
}

impl Default for InboundRate {
    /// Twilio tells of every text message several times, and sends nothing again.
    fn default() -> Self {
        Self { per_second: 1_000, burst: 5_000 }
    }
}

pub(crate) struct Limiter {
    /// Nanoseconds between two requests at the long-run rate.
    interval: u64,
    /// How far ahead of its rate an address may be, in nanoseconds.
    tolerance: u64,
    origin: Instant,
    hash: RandomState,
    /// The theoretical arrival time of the next request, in nanoseconds after `origin`.
    meters: Mutex<Vec<u64>>,
}

impl Limiter {
    pub(crate) fn new(rate: InboundRate) -> Self {
        let interval = 1_000_000_000 / u64::from(rate.per_second.max(1));
        Self {
            interval,
            tolerance: interval * u64::from(rate.burst.max(1)),
            origin: Instant::now(),
            hash: RandomState::new(),
            meters: Mutex::new(vec![0; METERS]),
        }
    }

    /// Counts one request, unless it is beyond the rate: then how long to wait.
    pub(crate) fn check(&self, address: IpAddr) -> Result<(), Duration> {
        let network = match address.to_canonical() {
            IpAddr::V4(address) => u128::from(address.to_bits()),
            IpAddr::V6(address) => address.to_bits() >> 64 | 1 << 127,
        };
        let place = self.hash.hash_one(network) as usize % METERS;
        let now = u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let mut meters = self.meters.lock();
        let next = meters[place].max(now).saturating_add(self.interval);
        let ahead = next - now;
        if ahead > self.tolerance {
            return Err(Duration::from_nanos(ahead - self.tolerance));
        }
        meters[place] = next;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_address_beyond_its_rate_waits_and_others_do_not() {
        let limiter = Limiter::new(InboundRate { per_second: 10, burst: 3 });
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        assert!((0..3).all(|_| limiter.check(one).is_ok()));
        let wait = limiter.check(one).unwrap_err();
        assert_eq!(wait, Duration::from_millis(100));
        assert!(limiter.check(other).is_ok());
        tokio::time::advance(wait).await;
        assert!(limiter.check(one).is_ok());
        assert!(limiter.check(one).is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_network_of_ipv6_is_one_address() {
        let limiter = Limiter::new(InboundRate { per_second: 1, burst: 1 });
        assert!(limiter.check("2001:db8::1".parse().unwrap()).is_ok());
        assert!(limiter.check("2001:db8::2".parse().unwrap()).is_err());
        assert!(limiter.check("2001:db8:0:1::2".parse().unwrap()).is_ok());
        assert!(limiter.check("192.0.2.9".parse().unwrap()).is_ok());
        assert!(limiter.check("::ffff:192.0.2.9".parse().unwrap()).is_err());
    }
}
