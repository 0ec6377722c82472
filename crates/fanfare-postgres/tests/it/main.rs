//! The store on a real PostgreSQL.

mod conformance;
mod hints;
mod hot;
mod nodes;
mod pool;
mod schema;
mod support;
mod walls;
