//! The store on a real PostgreSQL.

#![expect(
    clippy::disallowed_methods,
    reason = "the test set-up names its server this way; connections end with their clients"
)]

mod conformance;
mod hints;
mod hot;
mod nodes;
mod pool;
mod schema;
mod support;
mod walls;
