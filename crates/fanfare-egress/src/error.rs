//! What can go wrong on the way to a receiver: one coarse text for customers, details for
//! operators.

use std::error::Error as StdError;
use std::fmt;
use std::io;

/// Why there is no response. What a customer learns is no finer than this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorClass {
    /// The host name could not be resolved.
    Dns,
    /// No connection: refused, unreachable, reset while connecting.
    Connect,
    /// TLS could not be agreed or the certificate does not hold.
    Tls,
    /// No connection or no complete response head in time.
    Timeout,
    /// The guard forbids the target.
    Refused,
    /// What came back is not HTTP as it should be.
    Protocol,
    /// The connection ended before the response head was complete.
    Closed,
}

impl ErrorClass {
    /// The text for the customer. `Dns` and `Refused` share one: a name that we refuse to connect
    /// to must look like one that does not exist, or names could be used to explore our network.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Dns | Self::Refused => {
                "the host does not resolve to an address that webhooks can be sent to"
            }
            Self::Connect => "no connection could be made to the receiver",
            Self::Tls => {
                "no secure connection could be made to the receiver: check its TLS certificate"
            }
            Self::Timeout => "the receiver did not answer in time",
            Self::Protocol => "the receiver's answer is not valid HTTP/1.1",
            Self::Closed => "the receiver closed the connection before it answered",
        }
    }
}

/// Why there is no response. `Display` is the coarse text for customers.
#[derive(Debug, thiserror::Error)]
#[error("{}", .class.message())]
pub struct EgressError {
    class: ErrorClass,
    detail: String,
    sent: bool,
    stale: bool,
}

impl EgressError {
    pub(crate) fn new(class: ErrorClass, detail: impl fmt::Display) -> Self {
        Self { class, detail: detail.to_string(), sent: false, stale: false }
    }

    /// An error of hyper's, by what it says of the peer.
    pub(crate) fn from_hyper(error: &hyper::Error) -> Self {
        let class = if is_tls(error) {
            ErrorClass::Tls
        } else if error.is_parse() || error.is_user() {
            ErrorClass::Protocol
        } else {
            ErrorClass::Closed
        };
        Self::new(class, Chain(error))
    }

    pub(crate) fn with_sent(self, sent: bool) -> Self {
        Self { sent, ..self }
    }

    pub(crate) fn with_stale(self, stale: bool) -> Self {
        Self { stale, ..self }
    }

    /// The class to record.
    pub const fn class(&self) -> ErrorClass {
        self.class
    }

    /// What exactly happened: addresses, system errors. For operators' logs, never for customers.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Whether any byte of the request may have reached the receiver.
    pub const fn sent(&self) -> bool {
        self.sent
    }

    /// Whether a connection that had served before was closed by the peer before any byte of this
    /// response: the usual end of an idle connection, which says nothing about the receiver. To
    /// be sent again on a fresh connection, at once and uncounted.
    pub const fn is_stale_reuse(&self) -> bool {
        self.stale
    }
}

/// An error with its causes, `: ` between them.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn StdError + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// Whether TLS is at the root: with TLS 1.3 a refusal may come after the handshake.
fn is_tls(error: &hyper::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if inner.is_some_and(<dyn StdError + Send + Sync>::is::<rustls::Error>) {
            return true;
        }
        cause = error.source();
    }
    false
}
