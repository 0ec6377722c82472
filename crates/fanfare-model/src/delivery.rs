//! The states of a delivery and the classes of what can go wrong in an attempt.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $text)] $variant = $code,)*
        }

        impl $name {
            /// Every value, in order of its code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word used in JSON, logs and on screen.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The small number stores keep; never reused for another meaning.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The value with this code.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|value| value.as_str()).collect();
                    format!("expected one of {}", known.join(", "))
                })
            }
        }
    };
}
pub(crate) use text_enum;

text_enum! {
    /// Where a delivery stands: `pending` → `succeeded` | `failed` | `cancelled`.
    DeliveryStatus {
        /// Waiting for its next attempt, or in one.
        Pending = 0 "pending",
        /// A receiver answered 2xx.
        Succeeded = 1 "succeeded",
        /// Given up: the last attempt of the schedule failed, or the receiver said 410.
        Failed = 2 "failed",
        /// Ended by hand or because its webhook was disabled or deleted.
        Cancelled = 3 "cancelled",
    }
}

text_enum! {
    /// Why a delivery exists.
    DeliveryOrigin {
        /// The event matched the webhook when it was accepted.
        Fanout = 0 "fanout",
        /// Somebody asked for this one delivery, or for a filter of them, again.
        Resend = 1 "resend",
        /// A replay of events since a time.
        Replay = 2 "replay",
        /// A test of the webhook with an example event.
        Test = 3 "test",
    }
}

text_enum! {
    /// What kind of failure an attempt met. `refused` is our own egress guard.
    ErrorClass {
        /// The host name could not be resolved.
        Dns = 1 "dns",
        /// No connection: refused, unreachable, reset.
        Connect = 2 "connect",
        /// TLS could not be agreed or the certificate does not hold.
        Tls = 3 "tls",
        /// No complete answer in time.
        Timeout = 4 "timeout",
        /// The egress guard forbids the target.
        Refused = 5 "refused",
        /// The answer was not HTTP as it should be.
        Protocol = 6 "protocol",
        /// A 3xx answer: never followed.
        Http3xx = 7 "http_3xx",
        /// A 4xx answer.
        Http4xx = 8 "http_4xx",
        /// A 5xx answer, or a status outside 100–599.
        Http5xx = 9 "http_5xx",
        /// A 1xx answer where a final one was due.
        Http1xx = 10 "http_1xx",
    }
}

impl ErrorClass {
    /// What it means, for people.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Dns => "The host name could not be resolved.",
            Self::Connect => "No connection: refused, unreachable or reset.",
            Self::Tls => "No secure connection: check the certificate.",
            Self::Timeout => "No complete answer in time.",
            Self::Refused => "The address is one that we do not send to.",
            Self::Protocol => "The answer was not HTTP as it should be.",
            Self::Http3xx => "A redirect, which is never followed.",
            Self::Http4xx => "The receiver refused the request.",
            Self::Http5xx => "The receiver failed.",
            Self::Http1xx => "The receiver never gave a final answer.",
        }
    }
}
