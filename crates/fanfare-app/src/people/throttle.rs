//! Attempts to give a password, counted before it is looked at.
//!
//! What is counted is named by a hash, so that the table holds no addresses. IPv6 networks of 64 bits
//! count as one address. An attempt that succeeds is taken back.

use std::net::IpAddr;
use std::time::Duration;

use fanfare_model::{Timestamp, limits};
use fanfare_store::Attempts;

use super::People;
use crate::launch::Stop;
use crate::{AppError, ErrorCode};

/// What an attempt is counted for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    email: [u8; 32],
    ip: Option<[u8; 32]>,
}

impl Counted {
    pub(super) fn new(email: &str, ip: Option<IpAddr>) -> Self {
        let ip = ip.map(|ip| match ip.to_canonical() {
            IpAddr::V4(ip) => format!("ip {ip}"),
            IpAddr::V6(ip) => format!("ip {:x?}", &ip.segments()[..4]),
        });
        Self { email: key(&format!("email {email}")), ip: ip.as_deref().map(key) }
    }
}

fn key(text: &str) -> [u8; 32] {
    let mut key = [0; 32];
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    key.copy_from_slice(digest.as_ref());
    key
}

impl People<'_> {
    /// Counts an attempt, or refuses it: [`ErrorCode::RateLimited`] with the time to wait.
    pub(super) fn count_attempt(&mut self, counted: Counted) -> Result<(), Stop> {
        let mut counters = vec![(counted.email, limits::SIGN_INS_PER_EMAIL)];
        counters.extend(counted.ip.map(|ip| (ip, limits::SIGN_INS_PER_IP)));
        let mut next = Vec::with_capacity(counters.len());
        for (key, most) in counters {
            let known = self.tx.attempts(&key)?.filter(|known| lasts(known, self.now).is_some());
            let known = known.unwrap_or(Attempts { since: self.now, count: 0 });
            if known.count >= most {
                let wait = lasts(&known, self.now).unwrap_or_default();
                return Err(too_many(wait).into());
            }
            next.push((key, Attempts { count: known.count + 1, ..known }));
        }
        for (key, attempts) in next {
            self.tx.put_attempts(&key, Some(attempts))?;
        }
        Ok(())
    }

    /// The attempt was right after all: the e-mail address begins anew, and the address of the
    /// network does not pay for it.
    pub(super) fn forgive_attempt(&mut self, counted: Counted) -> Result<(), Stop> {
        self.tx.put_attempts(&counted.email, None)?;
        if let Some(key) = counted.ip
            && let Some(known) = self.tx.attempts(&key)?
        {
            let count = known.count.saturating_sub(1);
            self.tx.put_attempts(&key, Some(Attempts { count, ..known }))?;
        }
        Ok(())
    }
}

/// How long these attempts still count.
fn lasts(attempts: &Attempts, now: Timestamp) -> Option<Duration> {
    let left = (attempts.since + limits::SIGN_IN_WINDOW).since(now);
    (!left.is_zero()).then_some(left)
}

fn too_many(wait: Duration) -> AppError {
    let message = "too many attempts to sign in; wait as long as Retry-After says";
    AppError::new(ErrorCode::RateLimited, message).with_retry_after(wait)
}
