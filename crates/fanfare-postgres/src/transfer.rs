//! Taking over a whole installation from another backend.
//!
//! Promises: a chunk is written together with the note that it is here (table `imports`), and only
//! as the next one, so that a kill neither loses nor doubles a row and two imports at once cannot
//! both write. Ids, change numbers and ranks stay as they were; what is pending waits from the
//! moment at which its delivery is there, due as it was. No server starts on the database before
//! everything is here and was verified ([`refuse_unfinished`]).

mod statements;
mod values;

use std::collections::HashSet;
use std::time::Duration;

use async_trait::async_trait;
use fanfare_store::StoreError;
use fanfare_store::transfer::{Begun, KINDS, Kind, Row, Target, Value};

use crate::PostgresOptions;
use crate::fault::Fault;
use crate::ids::day_at;
use crate::pieces;
use crate::schema::verify_schema;
use crate::session::{Lent, Scope, Session, Sessions};
use values::Columns;

/// How long a statement may take here: some look at a whole table.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// A database that takes over an installation.
pub struct PostgresTarget {
    sessions: Sessions,
    /// Days that have their pieces.
    days: HashSet<i32>,
}

impl std::fmt::Debug for PostgresTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresTarget").finish_non_exhaustive()
    }
}

impl PostgresTarget {
    /// Opens a database that has this version's schema.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be reached, [`StoreError::Failed`] when it has
    /// another schema: the text says what to run.
    pub async fn open(options: &PostgresOptions) -> Result<Self, StoreError> {
        verify_schema(options).await?;
        let options = PostgresOptions { statement_timeout: LONGEST, ..options.clone() };
        Ok(Self { sessions: Sessions::new(&options)?, days: HashSet::new() })
    }

    async fn session(&self) -> Result<Lent, Fault> {
        self.sessions.get(Scope::Product).await
    }

    async fn make_pieces(&mut self, kind: &Kind, rows: &[Row]) -> Result<(), Fault> {
        let days = days(kind, rows).into_iter();
        let missing: HashSet<i32> = days.filter(|day| !self.days.contains(day)).collect();
        if !missing.is_empty() {
            let session = self.session().await?;
            pieces::make(&session, &missing.iter().copied().collect::<Vec<_>>()).await?;
            self.days.extend(missing);
        }
        Ok(())
    }
}

#[async_trait]
impl Target for PostgresTarget {
    async fn begin(&mut self, export: &str) -> Result<Begun, StoreError> {
        let session = self.session().await?;
        session.begin().await?;
        Ok(ended(&session, begin(&session, export).await).await?)
    }

    async fn write(
        &mut self,
        kind: &'static Kind,
        chunk: u64,
        rows: &[Row],
    ) -> Result<(), StoreError> {
        self.make_pieces(kind, rows).await?;
        let columns = Columns::of(kind.columns, rows)?;
        let session = self.session().await?;
        session.begin().await?;
        let written = async {
            note(&session, kind, chunk).await?;
            session.execute(&statements::insert(kind), &columns.params()).await.map(drop)
        };
        Ok(ended(&session, written.await).await?)
    }

    async fn read_back(
        &mut self,
        kind: &'static Kind,
        rows: &[Row],
    ) -> Result<Vec<Row>, StoreError> {
        let keys = Columns::of(&kind.columns[..kind.key], rows)?;
        let days = days(kind, rows);
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let session = self.session().await?;
        session.begin().await?;
        let found = async {
            session.run(statements::BY_INDEX).await?;
            let mut params = keys.params();
            if !days.is_empty() {
                params.push(&days);
            }
            session.query(&statements::find(kind), &params).await
        };
        let rows = ended(&session, found.await).await?;
        Ok(rows.iter().map(|row| values::row(kind, row)).collect::<Result<_, Fault>>()?)
    }

    async fn count(&mut self, kind: &'static Kind) -> Result<u64, StoreError> {
        let session = self.session().await?;
        let sql = format!("SELECT count(*) FROM {}", kind.name);
        Ok(session.one(&sql, &[]).await?.get::<_, i64>(0).cast_unsigned())
    }

    async fn finish(&mut self) -> Result<u64, StoreError> {
        let session = self.session().await?;
        // The planner has seen none of these rows yet.
        for table in KINDS.iter().map(|kind| kind.name).chain(["waiting"]) {
            session.run(&format!("ANALYZE {table}")).await?;
        }
        session.begin().await?;
        Ok(ended(&session, finish(&session).await).await?)
    }
}

/// The day of each row, if the kind is kept in pieces.
fn days(kind: &Kind, rows: &[Row]) -> Vec<i32> {
    let Some(dated) = statements::dated_by(kind) else { return Vec::new() };
    let day = |row: &Row| match row.get(dated) {
        Some(Value::Id(id)) => Some(day_at((id >> 80) as i64)),
        _ => None,
    };
    rows.iter().filter_map(day).collect()
}

/// Commits what went well and undoes the rest.
async fn ended<T>(session: &Session, done: Result<T, Fault>) -> Result<T, Fault> {
    match done {
        Ok(value) => session.commit().await.map(|()| value),
        Err(fault) => {
            session.roll_back().await;
            Err(fault)
        }
    }
}

async fn begin(session: &Session, export: &str) -> Result<Begun, Fault> {
    // Two that begin take turns.
    session.run("LOCK TABLE imports IN SHARE ROW EXCLUSIVE MODE").await?;
    let sql = "SELECT kind, export, chunks, verified_at IS NOT NULL FROM imports";
    let known = session.query(sql, &[]).await?;
    if let Some(other) = known.iter().map(|row| row.get::<_, &str>(1)).find(|name| *name != export)
    {
        return Err(Fault::failed(format!(
            "the database holds another export already ({other}): import into an empty one"
        )));
    }
    if !known.is_empty() {
        let chunks = |kind: &Kind| {
            let row = known.iter().find(|row| row.get::<_, &str>(0) == kind.name);
            row.map_or(0, |row| row.get::<_, i64>(2).cast_unsigned())
        };
        return Ok(match known.iter().all(|row| row.get(3)) {
            true => Begun::Finished,
            false => Begun::Chunks(KINDS.iter().map(chunks).collect()),
        });
    }
    for kind in KINDS {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {})", kind.name);
        if session.one(&sql, &[]).await?.get(0) {
            return Err(Fault::failed(format!(
                "the database is not empty, it has {}: import into an empty one, on which no server \
                 was started",
                kind.name
            )));
        }
    }
    let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    let sql = "INSERT INTO imports (kind, export, chunks) SELECT unnest($1::text[]), $2, 0";
    session.execute(sql, &[&names, &export]).await?;
    Ok(Begun::Chunks(vec![0; KINDS.len()]))
}

async fn note(session: &Session, kind: &Kind, chunk: u64) -> Result<(), Fault> {
    let sql = "UPDATE imports SET chunks = chunks + 1 \
         WHERE kind = $1 AND chunks = $2 AND verified_at IS NULL";
    match session.execute(sql, &[&kind.name, &chunk.cast_signed()]).await? {
        1 => Ok(()),
        _ => Err(Fault::failed("another import writes to the database")),
    }
}

async fn finish(session: &Session) -> Result<u64, Fault> {
    let counts = session.one(statements::WAITING, &[]).await?;
    let (pending, waiting, right): (i64, i64, i64) = (counts.get(0), counts.get(1), counts.get(2));
    if pending != waiting || pending != right {
        return Err(Fault::corrupt(format!(
            "{pending} deliveries are pending, but {waiting} wait, {right} of them as they should"
        )));
    }
    session.execute("UPDATE imports SET verified_at = now()", &[]).await?;
    Ok(pending.cast_unsigned())
}

/// A database that holds a part of an installation is no place to work on.
pub(crate) async fn refuse_unfinished(sessions: &Sessions) -> Result<(), Fault> {
    let session = sessions.get(Scope::Product).await?;
    let sql = "SELECT EXISTS (SELECT 1 FROM imports WHERE verified_at IS NULL)";
    if session.one(sql, &[]).await?.get(0) {
        return Err(Fault::failed(
            "an import into the database is not finished: run `fanfare import` again, with the same \
             folder",
        ));
    }
    Ok(())
}
