//! Persons.

use fanfare_model::UserId;
use fanfare_store::{PasswordHash, User};
use rusqlite::{Connection, Row, params};

use crate::cells::Cells;
use crate::fault::Fault;
use crate::launch::find;

pub(super) const COLUMNS: &str = "u.id, u.email, u.name, u.password, u.created_at";

pub(super) fn read(cells: &mut Cells<'_, '_>) -> Result<User, Fault> {
    Ok(User {
        id: cells.id()?,
        email: cells.get()?,
        name: cells.get()?,
        password: cells.get::<Option<_>>()?.map(PasswordHash),
        created_at: cells.time()?,
    })
}

fn row(row: &Row<'_>) -> Result<User, Fault> {
    read(&mut Cells::new(row))
}

pub(crate) fn one(connection: &Connection, id: UserId) -> Result<Option<User>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM users u WHERE u.id = ?1");
    find(connection, &sql, [id.to_bytes()], row)
}

pub(crate) fn by_email(connection: &Connection, email: &str) -> Result<Option<User>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM users u WHERE u.email = ?1");
    find(connection, &sql, [email], row)
}

pub(super) fn put(connection: &Connection, user: &User) -> Result<(), Fault> {
    connection
        .prepare_cached(
            "INSERT INTO users (id, email, name, password, created_at) \
             VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET email = excluded.email, \
                 name = excluded.name, password = excluded.password",
        )?
        .execute(params![
            user.id.to_bytes(),
            user.email,
            user.name,
            user.password.as_ref().map(|hash| &hash.0),
            user.created_at.as_millis(),
        ])?;
    Ok(())
}
