//! The only way out to URLs that customers gave.
//!
//! **Promises.** No connection is opened to an address that was not vetted a moment before: the
//! URL is checked as text and parsed once ([`Target`]), its name is resolved once per connection,
//! *every* answer must pass ([`address`]), only a vetted address is dialled, and the peer is
//! checked again once connected. Redirects are returned, never followed; proxy variables,
//! `Alt-Svc` and `Refresh` are not looked at. A response costs bounded memory, bytes and time
//! whatever the receiver does ([`EgressLimits`]).
//!
//! **Takes** a policy ([`EgressPolicy`]; its default is the strictest), a resolver and limits.
//! **Gives** an [`Egress`], from it guarded [`Channel`]s: one HTTP/1.1 connection each, driven
//! inside the caller's task, without a pool and without background tasks.
//!
//! **Leaves out**: which headers are sent (only `host` is set here), retries, pooling, HTTP/2,
//! decompression. What the customer may read of a failure is one text per class
//! ([`EgressError`]'s `Display`), so that a URL cannot be used to map our network; the rest is in
//! [`EgressError::detail`], for operators.

pub mod address;
mod channel;
mod connect;
mod error;
mod policy;
mod resolver;
mod response;
mod stream;
mod url_rules;

pub use channel::Channel;
pub use connect::{Egress, EgressLimits};
pub use error::{EgressError, ErrorClass};
pub use policy::EgressPolicy;
pub use resolver::{Resolve, Resolving, SystemResolver};
pub use response::Response;
pub use url_rules::{MAX_URL_BYTES, Target, UrlError};
