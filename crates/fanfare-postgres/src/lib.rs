//! The backend for several nodes: any number of identical processes on one PostgreSQL 15 or newer.
//!
//! ```text
//! many callers ─► batches that gather while one is on its way ─► one statement: event, matching
//!                                                                webhooks, deliveries, leases
//! claims ─► FOR UPDATE SKIP LOCKED, at most k per webhook        results ─► one statement each way
//! work of the launch domain ─► one transaction for what waited, an organization at a time
//! reads ─► a pool of sessions that see one organization each; a share of it is kept for the rest
//! ```
//!
//! **Promises.** What was answered with `Ok` was committed with `synchronous_commit=on`. Who matches
//! an event is decided by the statement that accepts it, from the committed webhooks: a change made
//! on any node holds for everything accepted after it; the engines of the other nodes hear of it
//! within a second. A delivery has at most one live lease, whichever nodes claim; a result under a
//! lease that another claim took writes nothing. A node that dies leaves leases that end by
//! themselves. A database that is away, slow or full refuses with
//! [`fanfare_store::StoreError::Unavailable`], bounded in time and in what waits, and the store
//! goes on by itself once it is back. After a connection broke during a commit the answer is
//! `Unavailable` too, although it may have happened: a repeated `Idempotency-Key` tells.
//!
//! **Time** is an argument, as the contract says. So that nodes agree on it whatever their own
//! clocks say, a server takes it from [`DatabaseClock`].
//!
//! **Walls.** Every statement names the organization; sessions that read for one organization see
//! no row of another even if a statement forgot to (row-level security).
//!
//! **Pieces.** Events, deliveries and attempts are kept in a piece for each day; retention drops
//! whole days, so that what is old may stay for up to a day longer. What waits is a table of its
//! own, as small as the backlog.
//!
//! **Erasing** a consumer changes and removes rows at once, for every reader. What the rows were is
//! removed by a vacuum that follows within seconds; the space it frees in the tables' files is
//! overwritten as it is used again. The write-ahead log, replicas' copies of it and backups keep old
//! bytes until they are recycled: how long that is, is what the database's operator sets.
//!
//! **Leaves out** everything that the contract leaves out, and installing PostgreSQL.

mod accept;
mod audit_ops;
mod callers;
mod cells;
mod claim;
mod clock;
mod connect;
mod delivery_ops;
mod delivery_row;
mod event_ops;
mod event_row;
mod fault;
mod feed_ops;
mod figures;
mod hints;
mod idempotency;
mod ids;
mod inbound;
mod inbound_ops;
mod job_ops;
mod key_ops;
mod launch;
mod launch_ops;
mod mail_ops;
mod maintenance_ops;
mod notice_ops;
mod options;
mod organization_ops;
mod paging;
mod people;
mod people_ops;
mod pieces;
#[cfg(test)]
mod plans;
mod queue_ops;
mod record;
mod schema;
mod send_again;
mod session;
mod shares;
mod stats_ops;
mod store;
mod transfer;
mod turn;
mod walk;
mod watch;
mod webhook_ops;
mod webhook_row;
mod webhooks;

pub use clock::DatabaseClock;
pub use options::PostgresOptions;
pub use schema::{SCHEMA_STEPS, SchemaStep, apply_schema, apply_steps, plan_schema, verify_schema};
pub use store::PostgresStore;
pub use transfer::PostgresTarget;
