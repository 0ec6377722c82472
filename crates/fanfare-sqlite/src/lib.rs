//! The embedded backend: one process, one SQLite database, nothing to install.
//!
//! ```text
//! many callers ─► bounded queue ─► one writer thread ─► one transaction for all that waited
//!                                                        │ fsync
//!                                    answers, hand-over ◄┘
//! many callers ─► a few reading connections               (log copied by a thread of its own)
//! ```
//!
//! **Promises.** What was answered with `Ok` is on disk (write-ahead log, `synchronous=FULL`).
//! Operations that arrive while a transaction is being committed share the next one; one that
//! cannot work fails alone. A full disk, a locked file or a full queue refuses with
//! [`fanfare_store::StoreError::Unavailable`] before anything is acknowledged, and the store
//! goes on by itself once that is over. Deliveries leased by a process that died are due again
//! when the next one opens the database. One server per database; tools may manage keys beside
//! it.
//!
//! **Costs.** A delivery that succeeds at once is written twice, when its event is accepted and
//! when its result is recorded; the second write changes no index and keeps the row's length,
//! so that it overwrites in place. Waiting deliveries, and only they, are in an index by
//! webhook and due time. The public id of a delivery is made from its row's number and needs no
//! index.
//!
//! **Leaves out** everything that the contract leaves out, and several processes on one
//! database.

mod accept;
mod attempt;
mod audit_ops;
mod cells;
mod checkpoint;
mod claim;
mod connection;
mod delivery_ops;
mod delivery_row;
mod event_ops;
mod event_row;
mod fault;
mod feed_ops;
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
#[cfg(test)]
mod plans;
mod queue;
mod queue_ops;
mod reader;
mod record;
mod scan;
mod schema;
mod start;
mod state;
mod stats_ops;
mod store;
mod sweep;
mod transfer;
mod webhook_ops;
mod webhook_row;
mod writer;

pub use options::{Role, SqliteOptions};
pub use store::SqliteStore;
pub use transfer::SqliteSource;
