//! Verify the webhooks of Fanfare.
//!
//! [`verify`] gives the event of a delivery, or an [`Error`] with a [`Reason`] that names the
//! likely mistake. [`test_headers`] makes the headers of a delivery for your tests.
//!
//! ```
//! use fanfare_webhooks::{test_headers, verify, Data, Options};
//!
//! let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
//! let body = br#"{"id":"wh_evt_1","type":"order.fulfilled","timestamp":"2024-06-20T15:30:00Z",
//!     "organization_id":"org_1","data":{"order_id":"ord_1","consumer_id":"con_1"}}"#;
//! let headers = test_headers(body, secret, None)?;
//!
//! let event = verify(body, &headers, &[secret], &Options::default())?;
//! match event.data {
//!     Data::OrderFulfilled(order) => assert_eq!(order.order_id, "ord_1"),
//!     // Also the types that come with later versions.
//!     _ => unreachable!(),
//! }
//! # Ok::<(), fanfare_webhooks::Error>(())
//! ```

mod error;
mod events;
mod headers;
mod reasons;
mod sign;
mod testing;
mod verify;

pub use error::Error;
pub use events::*;
pub use headers::Headers;
pub use reasons::{Hint, Reason};
pub use testing::test_headers;
pub use verify::{verify, Event, Options, Require};

/// The README's code compiles too.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
