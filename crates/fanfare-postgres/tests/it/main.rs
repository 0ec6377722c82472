//! The store on a real PostgreSQL.

mod conformance;
mod schema;
mod nodes;
mod support;
mod walls;
