//! The store on a real PostgreSQL.

mod conformance;
mod long_lists;
mod nodes;
mod schema;
mod shop;
mod support;
