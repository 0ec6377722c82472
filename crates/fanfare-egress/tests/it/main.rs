//! The guard and its connections from outside: real sockets on loopback, an invented resolver.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod answers;
mod bodies;
mod guard;
mod proxies;
mod reuse;
mod spellings;
mod support;
mod tls;
mod vectors;
