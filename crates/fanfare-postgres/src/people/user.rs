//! Persons.

use fanfare_model::UserId;
use fanfare_store::{PasswordHash, User};
use tokio_postgres::Row;

use crate::cells::Cells;
use crate::fault::Fault;
use crate::ids::uuid;
use crate::session::{Params, Session};

const COLUMNS: &str = "id, email, name, password, created_at";

fn user(row: &Row) -> User {
    let cells = Cells(row);
    User {
        id: cells.id("id"),
        email: cells.get("email"),
        name: cells.get("name"),
        password: cells.get::<Option<String>>("password").map(PasswordHash),
        created_at: cells.time("created_at"),
    }
}

pub(crate) async fn one(session: &Session, id: UserId) -> Result<Option<User>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = $1");
    Ok(session.find(&sql, &[&uuid(id)]).await?.as_ref().map(user))
}

pub(crate) async fn by_email(session: &Session, email: &str) -> Result<Option<User>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE email = $1");
    Ok(session.find(&sql, &[&email]).await?.as_ref().map(user))
}

pub(super) async fn put(session: &Session, user: &User) -> Result<(), Fault> {
    let sql = "INSERT INTO users (id, email, name, password, created_at) \
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO UPDATE SET email = excluded.email, \
             name = excluded.name, password = excluded.password";
    let password = user.password.as_ref().map(|hash| &*hash.0);
    let params: Params<'_> =
        &[&uuid(user.id), &user.email, &user.name, &password, &user.created_at.as_millis()];
    session.execute(sql, params).await.map(drop)
}
