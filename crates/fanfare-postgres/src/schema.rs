//! The schema: numbered, forward-only steps, each applied once and recorded with a checksum.
//!
//! Promises: steps are applied in one transaction, by one process at a time (an advisory lock); a
//! database that is newer than this program, or whose steps are not ours, is left alone. A server
//! starts only on exactly the schema that it knows; one that runs goes on beside newer steps.
//!
//! **Rule for who writes a step: expand, then contract.** Nodes of the version before run while it
//! is applied and after that, until the last of them is replaced. So a step adds: tables, columns
//! that may be null or have a constant default, indexes. It does not drop, rename or retype what the
//! version before reads or writes, nor demand of a row what that version does not write. What is not
//! used any more is removed by a step of a later version, when nobody runs that knew it. Statements
//! of nodes name their columns, also in `INSERT`, and never give a table's `*`: a prepared one would
//! break once a column is added. A step must be quick, because what it locks stays locked until all
//! steps are done: no rewriting of hot tables, no index on a long one. What has to be filled in is
//! filled in by nodes.
//!
//! A step that changes a table waits until nobody uses it, and everybody who comes later waits
//! behind it. It gives up after [`LOCKED`] and begins anew after [`BREATH`], so that nodes
//! are never held up for longer than they have patience for.

use std::time::Duration;

use fanfare_store::StoreError;
use tokio::task::JoinSet;
use tokio_postgres::Client;

use crate::PostgresOptions;
use crate::fault::{Fault, describe};
use crate::session::Sessions;

/// The steps, in order; the number of a step is its place, counted from 1. A step that was
/// released is never changed.
pub const SCHEMA_STEPS: &[(&str, &str)] = &[
    ("base", include_str!("../migrations/0001_base.sql")),
    ("launch", include_str!("../migrations/0002_launch.sql")),
    ("walls", include_str!("../migrations/0003_walls.sql")),
    ("imports", include_str!("../migrations/0004_imports.sql")),
    ("people", include_str!("../migrations/0005_people.sql")),
    ("rollups", include_str!("../migrations/0006_rollups.sql")),
    ("keys", include_str!("../migrations/0007_keys.sql")),
    ("inbound", include_str!("../migrations/0008_inbound.sql")),
    ("channel", include_str!("../migrations/0009_channel.sql")),
    ("feed", include_str!("../migrations/0010_feed.sql")),
    ("notify", include_str!("../migrations/0011_notify.sql")),
];

/// How long applying waits for a lock.
const LOCKED: Duration = Duration::from_secs(1);
/// How long it leaves the tables to the nodes then.
const BREATH: Duration = Duration::from_secs(1);
/// How often it tries.
const TRIES: u32 = 30;

/// Names the advisory lock: `fanfare` in hexadecimal.
const LOCK: i64 = 0x66_616e_6661_7265;

/// A step of the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaStep {
    /// Its number, from 1.
    pub number: usize,
    /// Its name.
    pub name: &'static str,
    /// Whether the database has it.
    pub applied: bool,
}

/// What every step of this version is to the database; the database may be empty.
///
/// # Errors
/// When the database cannot be reached, is newer than this version, or has steps that differ from
/// ours: the text says which.
pub async fn plan_schema(options: &PostgresOptions) -> Result<Vec<SchemaStep>, StoreError> {
    let connected = connect(options).await?;
    Ok(steps(version(&connected.client, SCHEMA_STEPS).await?))
}

/// Applies the steps that are missing; gives all, as they are now. Another process that does the
/// same at the same time is waited for.
///
/// # Errors
/// As [`plan_schema`]; and when a step fails: then none is applied.
pub async fn apply_schema(options: &PostgresOptions) -> Result<Vec<SchemaStep>, StoreError> {
    apply_steps(options, SCHEMA_STEPS).await.map(steps)
}

/// Applies those of these steps (names and SQL) that are missing, as [`apply_schema`] does with this
/// version's; gives the schema's version. They begin with this version's.
///
/// # Errors
/// As [`apply_schema`].
pub async fn apply_steps(
    options: &PostgresOptions,
    all: &[(&str, &str)],
) -> Result<usize, StoreError> {
    let mut connected = connect(options).await?;
    let wait = format!("SET lock_timeout = {}", LOCKED.as_millis());
    connected.client.batch_execute(&wait).await.map_err(Fault::from)?;
    let mut tries = 1;
    loop {
        let fault = match apply(&mut connected.client, all).await {
            Ok(version) => return Ok(version),
            Err(fault) => fault,
        };
        let in_the_way = fault.is_lock() && tries < TRIES;
        if !in_the_way {
            return Err(fault.into());
        }
        tracing::info!(%fault, tries, "the tables are in use, steps are applied in a moment");
        tries += 1;
        tokio::time::sleep(BREATH).await;
    }
}

/// Whether the database has exactly this version's schema, with walls for whoever connects.
///
/// # Errors
/// As [`plan_schema`]; and when steps are missing, or when the role is one that row-level security
/// does not hold for: the text says what to run.
pub async fn verify_schema(options: &PostgresOptions) -> Result<(), StoreError> {
    let connected = connect(options).await?;
    verify(&connected.client).await?;
    Ok(verify_walls(&connected.client).await?)
}

fn steps(version: usize) -> Vec<SchemaStep> {
    let number = |index| index + 1;
    SCHEMA_STEPS
        .iter()
        .enumerate()
        .map(|(index, (name, _))| SchemaStep {
            number: number(index),
            name,
            applied: number(index) <= version,
        })
        .collect()
}

/// A connection of its own, which ends with the value.
struct Connected {
    client: Client,
    _connection: JoinSet<Result<(), tokio_postgres::Error>>,
}

async fn connect(options: &PostgresOptions) -> Result<Connected, Fault> {
    let sessions = Sessions::new(options)?;
    let away = |error: tokio_postgres::Error| Fault::Away(describe(&error));
    let (client, connection) = sessions.connector().connect().await.map_err(away)?;
    let mut running = JoinSet::new();
    running.spawn(connection);
    client.batch_execute("SET search_path = fanfare; SET lock_timeout = '10s'").await?;
    Ok(Connected { client, _connection: running })
}

async fn verify(client: &Client) -> Result<(), Fault> {
    match version(client, SCHEMA_STEPS).await? {
        version if version == SCHEMA_STEPS.len() => Ok(()),
        version => Err(Fault::failed(format!(
            "the database has schema {version}, this version of fanfare needs schema {}: run \
             `fanfare migrate apply`",
            SCHEMA_STEPS.len()
        ))),
    }
}

/// Superusers, and roles that may, go through the walls between organizations.
async fn verify_walls(client: &Client) -> Result<(), Fault> {
    let sql = "SELECT row_security_active('fanfare.webhooks'), current_user::text";
    let row = client.query_one(sql, &[]).await?;
    if row.get(0) {
        return Ok(());
    }
    Err(Fault::failed(format!(
        "the role {role} is a superuser or has BYPASSRLS, so that the database would not keep \
         organizations apart: connect as another role, which owns the database and its schema \
         `fanfare`",
        role = row.get::<_, String>(1)
    )))
}

/// The version of a database, 0 for an empty one.
async fn version(client: &Client, all: &[(&str, &str)]) -> Result<usize, Fault> {
    let exists = "SELECT to_regclass('fanfare.schema_versions') IS NOT NULL";
    if !client.query_one(exists, &[]).await?.get::<_, bool>(0) {
        return Ok(0);
    }
    let applied = "SELECT version, name, checksum FROM fanfare.schema_versions ORDER BY version";
    let mut version = 0;
    for row in client.query(applied, &[]).await? {
        let (number, name, sum): (i32, String, i64) = (row.get(0), row.get(1), row.get(2));
        let number = usize::try_from(number).unwrap_or(0);
        let Some((_, sql)) = all.get(number.wrapping_sub(1)) else {
            return Err(Fault::failed(format!(
                "the database has schema {number}, this version of fanfare knows schemas up to \
                 {}: start the newer version that wrote it",
                all.len()
            )));
        };
        if checksum(sql) != sum {
            return Err(Fault::corrupt(format!(
                "schema step {number} ({name}) is not the one that this version has"
            )));
        }
        version = number;
    }
    Ok(version)
}

async fn apply(client: &mut Client, all: &[(&str, &str)]) -> Result<usize, Fault> {
    let transaction = client.transaction().await?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK]).await?;
    transaction
        .batch_execute(
            "CREATE SCHEMA IF NOT EXISTS fanfare;
             CREATE TABLE IF NOT EXISTS fanfare.schema_versions (
                 version integer PRIMARY KEY, name text NOT NULL, checksum bigint NOT NULL,
                 applied_at timestamptz NOT NULL DEFAULT now()
             )",
        )
        .await?;
    let have = version(transaction.client(), all).await?;
    for (index, (name, sql)) in all.iter().enumerate().skip(have) {
        transaction.batch_execute(sql).await?;
        let number = i32::try_from(index + 1).unwrap_or(i32::MAX);
        let row = "INSERT INTO fanfare.schema_versions (version, name, checksum) \
             VALUES ($1, $2, $3)";
        transaction.execute(row, &[&number, name, &checksum(sql)]).await?;
    }
    transaction.commit().await?;
    Ok(all.len())
}

/// FNV-1a: enough to notice an edited file.
fn checksum(text: &str) -> i64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash.cast_signed()
}
