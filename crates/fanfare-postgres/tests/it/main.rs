//! The store on a real PostgreSQL.

mod conformance;
mod erasing;
mod launch;
mod launch_cost;
mod nodes;
mod schema;
mod support;
