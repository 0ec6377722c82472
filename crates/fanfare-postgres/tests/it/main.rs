//! The store on a real PostgreSQL.

#![expect(clippy::disallowed_methods, reason = "tasks and connections of a test end with it")]

mod claimers;
mod conformance;
mod erasing;
mod feed;
mod hints;
mod hot;
mod launch;
mod launch_cost;
mod long_lists;
mod nodes;
mod pool;
mod schema;
mod shop;
mod support;
mod tls;
mod walls;
