//! The store on a real PostgreSQL.

mod conformance;
mod nodes;
mod schema;
mod support;
