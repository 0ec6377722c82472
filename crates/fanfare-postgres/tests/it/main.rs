//! The store on a real PostgreSQL.

mod conformance;
mod erasing;
mod launch;
mod launch_cost;
mod long_lists;
mod nodes;
mod schema;
mod shop;
mod support;
