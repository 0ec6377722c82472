//! Values of a transfer as parameters and as columns of rows.

use fanfare_store::transfer::{Column, Holds, Kind, Row, Value};
use tokio_postgres::Row as Stored;
use tokio_postgres::types::{FromSql, ToSql};
use uuid::Uuid;

use crate::fault::Fault;

type Parameter<'r> = Box<dyn ToSql + Sync + Send + 'r>;

/// Rows, turned: an array for each column.
pub(super) struct Columns<'r>(Vec<Parameter<'r>>);

impl<'r> Columns<'r> {
    /// These columns of the rows, which begin with them.
    pub(super) fn of(columns: &[Column], rows: &'r [Row]) -> Result<Self, Fault> {
        let columns = columns.iter().enumerate();
        Ok(Self(
            columns
                .map(|(place, column)| parameter(column, place, rows))
                .collect::<Result<_, _>>()?,
        ))
    }

    pub(super) fn params(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.0.iter().map(|column| &**column as &(dyn ToSql + Sync)).collect()
    }
}

fn parameter<'r>(column: &Column, place: usize, rows: &'r [Row]) -> Result<Parameter<'r>, Fault> {
    Ok(match column.holds {
        Holds::Int => array(column, place, rows, |value| match value {
            Value::Int(number) => Some(*number),
            _ => None,
        })?,
        Holds::Bool => array(column, place, rows, |value| match value {
            Value::Bool(yes) => Some(*yes),
            _ => None,
        })?,
        Holds::Text => array(column, place, rows, |value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })?,
        Holds::Bytes => array(column, place, rows, |value| match value {
            Value::Bytes(bytes) => Some(bytes.as_slice()),
            _ => None,
        })?,
        Holds::Id => array(column, place, rows, |value| match value {
            Value::Id(id) => Some(Uuid::from_u128(*id)),
            _ => None,
        })?,
        Holds::Ids => array(column, place, rows, |value| match value {
            Value::Ids(ids) => Some(several(ids.iter().map(|id| Uuid::from_u128(*id)))),
            _ => None,
        })?,
        Holds::Ints => array(column, place, rows, |value| match value {
            Value::Ints(numbers) => Some(several(numbers.iter())),
            _ => None,
        })?,
    })
}

/// One column as an array; `of` knows what it may hold.
fn array<'r, T: ToSql + Sync + Send + 'r>(
    column: &Column,
    place: usize,
    rows: &'r [Row],
    of: impl Fn(&'r Value) -> Option<T>,
) -> Result<Parameter<'r>, Fault> {
    let wrong = || Fault::corrupt(format!("{} holds something else than it should", column.name));
    let values = rows.iter().map(|row| match row.get(place) {
        Some(Value::Null) if column.optional => Ok(None),
        Some(value) => of(value).map(Some).ok_or_else(wrong),
        None => Err(wrong()),
    });
    Ok(Box::new(values.collect::<Result<Vec<Option<T>>, Fault>>()?))
}

/// Several values in a text that the database reads as an array.
fn several(values: impl Iterator<Item = impl ToString>) -> String {
    let values: Vec<_> = values.map(|value| value.to_string()).collect();
    format!("{{{}}}", values.join(","))
}

/// Reads a row of the kind's columns.
pub(super) fn row(kind: &Kind, row: &Stored) -> Result<Row, Fault> {
    let columns = kind.columns.iter().enumerate();
    columns.map(|(place, column)| value(column, row, place)).collect()
}

fn value(column: &Column, row: &Stored, place: usize) -> Result<Value, Fault> {
    let many = |ids: Vec<Uuid>| Value::Ids(ids.iter().map(Uuid::as_u128).collect());
    match column.holds {
        Holds::Int => cell(row, place, Value::Int),
        Holds::Bool => cell(row, place, Value::Bool),
        Holds::Text => cell(row, place, Value::Text),
        Holds::Bytes => cell(row, place, Value::Bytes),
        Holds::Id => cell(row, place, |id: Uuid| Value::Id(id.as_u128())),
        Holds::Ids => cell(row, place, many),
        Holds::Ints => cell(row, place, Value::Ints),
    }
}

fn cell<'r, T: FromSql<'r>>(
    row: &'r Stored,
    place: usize,
    of: impl Fn(T) -> Value,
) -> Result<Value, Fault> {
    let cell: Option<T> = row.try_get(place)?;
    Ok(cell.map_or(Value::Null, of))
}
