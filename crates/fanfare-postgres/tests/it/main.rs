//! The store on a real PostgreSQL.

mod conformance;
mod launch;
mod launch_cost;
mod schema;
mod support;
