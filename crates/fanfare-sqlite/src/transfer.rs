//! Reading a whole installation, to move it to another backend.
//!
//! Promises: no server opens the database meanwhile, and what tools write beside is not seen: all
//! reads are of one moment. Nothing is changed, the log of a server that was killed is read where it
//! is. A row that belongs to nothing is an error, never left out.
//!
//! What only the memory of a process knew (claims, leases) ended with it: what is pending is due as
//! its row says, which for everything handed over in memory is when it was made.

mod computed;
mod tables;

use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use fanfare_store::StoreError;
use fanfare_store::transfer::{Column, Holds, Kind, Place, Portion, Portioned, Source, Value};
use rusqlite::config::DbConfig;
use rusqlite::types::{Value as Cell, ValueRef};
use rusqlite::{Connection, Row, params_from_iter};

use crate::SqliteOptions;
use crate::connection::open_reader;
use crate::fault::Fault;
use crate::schema;
use crate::store::{already_open, lock_server};
use tables::Table;

/// A database that is read from the first row to the last.
pub struct SqliteSource {
    connection: Connection,
    path: PathBuf,
    /// Held until the end.
    _lock: File,
}

impl std::fmt::Debug for SqliteSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteSource").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SqliteSource {
    /// Opens the database at this path, of which the server must have stopped.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when a server has it open or it cannot be read,
    /// [`StoreError::Failed`] when it is of another version.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::try_open(path.as_ref()).map_err(StoreError::from)
    }

    fn try_open(path: &Path) -> Result<Self, Fault> {
        if !path.is_file() {
            return Err(Fault::failed(format!("there is no database {}", path.display())));
        }
        let lock = lock_server(path)?.ok_or_else(|| already_open(path))?;
        let connection = open_reader(path, &SqliteOptions::default())?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        schema::refuse_foreign(&connection)?;
        let (have, need) = (schema::version(&connection)?, schema::STEPS.len());
        if have < need {
            return Err(Fault::failed(format!(
                "the database has schema {have}, this version of fanfare reads schema {need}: start \
                 a server of this version on it once, and stop it again"
            )));
        }
        connection.execute_batch("BEGIN")?;
        Ok(Self { connection, path: path.to_owned(), _lock: lock })
    }

    fn portion(
        &self,
        table: &Table,
        after: Option<&Place>,
        portion: Portion,
    ) -> Result<Portioned, Fault> {
        let place = after.map(|place| parse(&place.0)).transpose()?.unwrap_or_default();
        let mut statement = self.connection.prepare_cached(&table.sql(after.is_some()))?;
        let mut rows = statement.query(params_from_iter(place))?;
        let (mut found, mut bytes, mut next) = (Vec::new(), 0, None);
        while let Some(row) = rows.next()? {
            let values = self.row(table, row)?;
            bytes += values.iter().map(size).sum::<usize>();
            found.push(values);
            if found.len() >= portion.rows || bytes >= portion.bytes {
                next = Some(Place(place_of(row, table.place.len())?));
                break;
            }
        }
        Ok(Portioned { rows: found, next })
    }

    fn row(&self, table: &Table, row: &Row<'_>) -> Result<Vec<Value>, Fault> {
        let columns = table.kind.columns;
        let mut values = Vec::with_capacity(columns.len());
        let stored = &columns[..columns.len() - table.computed.columns];
        for (column, index) in stored.iter().zip(table.place.len()..) {
            let value = value(column, row.get_ref(index)?);
            values.push(value.ok_or_else(|| damaged(table.kind, column, row))?);
        }
        (table.computed.of)(&self.connection, row, &mut values)?;
        Ok(values)
    }
}

impl Source for SqliteSource {
    fn state(&self) -> Result<String, StoreError> {
        // Whoever writes makes the log longer or, when it is copied, the database younger.
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        let mut text = String::new();
        for path in [self.path.as_path(), Path::new(&log)] {
            let Some(found) = fs::metadata(path).ok().filter(|found| found.len() > 0) else {
                continue;
            };
            let changed = found.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
            let changed = changed.unwrap_or_default().as_nanos();
            // Writing into a text cannot fail.
            let _written = write!(text, "{} bytes at {changed}; ", found.len());
        }
        Ok(text)
    }

    fn count(&self, kind: &Kind) -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM {}", kind.name);
        let count = self.connection.query_row(&sql, [], |row| row.get(0));
        Ok(count.map_err(Fault::from)?)
    }

    fn read(
        &self,
        kind: &Kind,
        after: Option<&Place>,
        portion: Portion,
    ) -> Result<Portioned, StoreError> {
        Ok(self.portion(&Table::of(kind)?, after, portion)?)
    }
}

fn value(column: &Column, cell: ValueRef<'_>) -> Option<Value> {
    match (column.holds, cell) {
        (_, ValueRef::Null) => column.optional.then_some(Value::Null),
        (Holds::Int, ValueRef::Integer(number)) => Some(Value::Int(number)),
        (Holds::Bool, ValueRef::Integer(0)) => Some(Value::Bool(false)),
        (Holds::Bool, ValueRef::Integer(1)) => Some(Value::Bool(true)),
        (Holds::Text, ValueRef::Text(text)) => {
            String::from_utf8(text.to_vec()).ok().map(Value::Text)
        }
        (Holds::Bytes, ValueRef::Blob(bytes)) => Some(Value::Bytes(bytes.to_vec())),
        (Holds::Id, ValueRef::Blob(bytes)) => id(bytes).map(Value::Id),
        (Holds::Ids, ValueRef::Blob(bytes)) => {
            bytes.chunks(16).map(id).collect::<Option<_>>().map(Value::Ids)
        }
        _ => None,
    }
}

fn id(bytes: &[u8]) -> Option<u128> {
    bytes.try_into().ok().map(u128::from_be_bytes)
}

fn damaged(kind: &Kind, column: &Column, row: &Row<'_>) -> Fault {
    let place = place_of(row, 1).unwrap_or_default();
    Fault::corrupt(format!(
        "{} in row {place}: {} is missing or unreadable",
        kind.name, column.name
    ))
}

/// Bytes of what has no fixed length.
fn size(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        _ => 0,
    }
}

/// The place of a row as text: numbers, and `x` and hexadecimal digits for bytes, with commas
/// between them.
fn place_of(row: &Row<'_>, columns: usize) -> Result<String, Fault> {
    let cells = (0..columns).map(|index| match row.get::<_, Cell>(index)? {
        Cell::Integer(number) => Ok(number.to_string()),
        Cell::Blob(bytes) => {
            let hex = bytes.iter().map(|byte| format!("{byte:02x}"));
            Ok(format!("x{}", hex.collect::<String>()))
        }
        _ => Err(Fault::corrupt("a row has no place")),
    });
    Ok(cells.collect::<Result<Vec<_>, Fault>>()?.join(","))
}

/// Reads what [`place_of`] wrote.
fn parse(place: &str) -> Result<Vec<Cell>, Fault> {
    let cell = |text: &str| match text.strip_prefix('x') {
        None => text.parse().ok().map(Cell::Integer),
        Some(hex) => {
            let pairs = hex.as_bytes().chunks(2).map(std::str::from_utf8);
            let bytes = pairs.map(|pair| u8::from_str_radix(pair.ok()?, 16).ok());
            bytes.collect::<Option<_>>().map(Cell::Blob)
        }
    };
    let cells = place.split(',').map(cell).collect::<Option<_>>();
    cells.ok_or_else(|| Fault::failed(format!("{place} is no place of this database")))
}
