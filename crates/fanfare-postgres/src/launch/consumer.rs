//! Consumers.

use std::collections::HashMap;
use std::sync::LazyLock;

use fanfare_model::launch::{Consumer, ConsumerSource};
use fanfare_model::{ConsumerId, OrganizationId};
use fanfare_store::{ConsumerFilter, Listed, Page, PageRequest, SortKey};
use tokio_postgres::Row;

use super::book::Tx;
use super::buffer::{Buffer, Names};
use super::table::{Table, column, write};
use super::{Between, find_id, named_in, narrowed};
use crate::cells::{Cells, json};
use crate::fault::Fault;
use crate::ids::{unsigned, uuid};
use crate::paging::{OfRows as _, Travel};
use crate::session::Session;

const TABLE: Table = Table {
    name: "consumers",
    columns: &[
        ("id", "uuid"),
        ("email", "text"),
        ("phone", "text"),
        ("full_name", "text"),
        ("external_id", "text"),
        ("metadata", "text"),
        ("source", "smallint"),
        ("created_at", "bigint"),
        ("updated_at", "bigint"),
        ("change", "bigint"),
        ("email_folded", "text"),
    ],
};

static ONE: LazyLock<String> = LazyLock::new(|| {
    format!("SELECT {} FROM consumers WHERE organization_id = $1 AND id = $2", TABLE.list())
});
static PUT: LazyLock<String> = LazyLock::new(|| TABLE.put());

const BY_EMAIL: &str = "SELECT id FROM consumers WHERE organization_id = $1 AND email_folded = $2";
const BY_EXTERNAL_ID: &str =
    "SELECT id FROM consumers WHERE organization_id = $1 AND external_id = $2";

/// The address under which an e-mail address is looked for.
fn folded(email: &str) -> String {
    email.to_lowercase()
}

fn read(row: &Row) -> Result<Listed<Consumer>, Fault> {
    let cells = Cells(row);
    let item = Consumer {
        id: cells.id("id"),
        email: cells.get("email"),
        phone: cells.get("phone"),
        full_name: cells.get("full_name"),
        external_id: cells.get("external_id"),
        metadata: cells.metadata()?,
        source: cells.code("source", ConsumerSource::from_code)?,
        created_at: cells.time("created_at"),
        updated_at: cells.time("updated_at"),
    };
    Ok(Listed { item, change: unsigned(row, "change") })
}

/// See [`fanfare_store::LaunchStore::consumer`].
pub(crate) async fn one(
    session: &Session,
    organization: OrganizationId,
    id: ConsumerId,
) -> Result<Option<Consumer>, Fault> {
    let row = session.find(&ONE, &[&uuid(organization), &uuid(id)]).await?;
    row.map(|row| Ok(read(&row)?.item)).transpose()
}

/// Consumers between two bounds, `$2` and `$3`, of the sorted column; at most `$9`.
fn list_sql(filter: &ConsumerFilter, key: SortKey, direction: &str) -> String {
    let column = match key {
        SortKey::Created => "id",
        SortKey::Updated => "change",
    };
    let filters = narrowed(
        4,
        &[
            ("email_folded", "text", filter.email.is_some()),
            ("external_id", "text", filter.external_id.is_some()),
        ],
    );
    let names = [
        ("email_folded", 4, filter.email.is_some()),
        ("external_id", 5, filter.external_id.is_some()),
    ];
    format!(
        "SELECT {} FROM {} WHERE organization_id = $1 AND {filters} \
         AND {column} > $2 AND {column} < $3 AND created_at >= $6 AND created_at < $7 \
         AND updated_at >= $8 ORDER BY {column} {direction} LIMIT $9",
        TABLE.list(),
        named_in(TABLE.name, &names)
    )
}

/// See [`fanfare_store::LaunchStore::consumers`].
pub(crate) async fn list(
    session: &Session,
    organization: OrganizationId,
    filter: &ConsumerFilter,
    key: SortKey,
    page: &PageRequest,
) -> Result<Page<Listed<Consumer>>, Fault> {
    let between = Between {
        created_after: filter.created_after,
        created_before: filter.created_before,
        updated_after: filter.updated_after,
    };
    let travel = Travel::new(page);
    let (above, below) = between.bounds(&travel, key);
    let (since, until, changed) = between.times();
    let rows = session
        .query(
            &list_sql(filter, key, travel.direction()),
            &[
                &uuid(organization),
                &*above,
                &*below,
                &filter.email.as_deref().map(folded),
                &filter.external_id,
                &since,
                &until,
                &changed,
                &travel.limit(),
            ],
        )
        .await?;
    travel.collect(&rows, read)
}

/// What a transaction knows of consumers and has not written yet.
#[derive(Default)]
pub(super) struct Consumers {
    unwritten: Buffer<ConsumerId, Listed<Consumer>>,
    there: HashMap<ConsumerId, bool>,
    emails: Names<ConsumerId>,
    external_ids: Names<ConsumerId>,
}

impl Consumers {
    /// Whether there is such a consumer, if that is known.
    pub(super) fn is_there(&self, id: ConsumerId) -> Option<bool> {
        self.there.get(&id).copied()
    }

    pub(super) fn learn_whether(&mut self, id: ConsumerId, is_there: bool) {
        self.there.insert(id, is_there);
    }
}

impl Tx<'_> {
    /// A consumer.
    pub(super) async fn consumer(&mut self, id: ConsumerId) -> Result<Option<Consumer>, Fault> {
        if let Some(listed) = self.consumers.unwritten.get(&id) {
            return Ok(Some(listed.item.clone()));
        }
        if self.consumers.is_there(id) == Some(false) {
            return Ok(None);
        }
        let found = one(self.session, self.organization, id).await?;
        self.consumers.learn_whether(id, found.is_some());
        Ok(found)
    }

    /// Who has this e-mail address, whatever the case of its letters.
    pub(super) async fn consumer_by_email(
        &mut self,
        email: &str,
    ) -> Result<Option<ConsumerId>, Fault> {
        let email = folded(email);
        if let Some(known) = self.consumers.emails.holder(&email) {
            return Ok(known);
        }
        let found = self.written_holder(BY_EMAIL, &email).await?;
        self.consumers.emails.learn(&email, found);
        Ok(found)
    }

    /// Who has this id in the organization's own system.
    pub(super) async fn consumer_by_external_id(
        &mut self,
        id: &str,
    ) -> Result<Option<ConsumerId>, Fault> {
        if let Some(known) = self.consumers.external_ids.holder(id) {
            return Ok(known);
        }
        let found = self.written_holder(BY_EXTERNAL_ID, id).await?;
        self.consumers.external_ids.learn(id, found);
        Ok(found)
    }

    /// Who has a name in the database. Whoever is about to be written has another one by now.
    async fn written_holder(&self, sql: &str, name: &str) -> Result<Option<ConsumerId>, Fault> {
        let found = find_id(self.session, sql, self.organization, name).await?;
        Ok(found.filter(|id| self.consumers.unwritten.get(id).is_none()))
    }

    /// Makes or replaces a consumer. What is unique is looked at now: the caller hears of it.
    pub(super) async fn put_consumer(&mut self, consumer: &Consumer) -> Result<(), Fault> {
        let id = consumer.id;
        if let Some(email) = &consumer.email
            && self.consumer_by_email(email).await?.is_some_and(|holder| holder != id)
        {
            return Err(Fault::failed("the e-mail address belongs to another consumer"));
        }
        if let Some(external_id) = &consumer.external_id
            && self.consumer_by_external_id(external_id).await?.is_some_and(|holder| holder != id)
        {
            return Err(Fault::failed("the external id belongs to another consumer"));
        }
        // Rows are written in the order of their first puts; a name may have become free later.
        let renamed = |before: &Listed<Consumer>| {
            before.item.email != consumer.email || before.item.external_id != consumer.external_id
        };
        if self.consumers.unwritten.get(&id).is_some_and(renamed) {
            self.write_consumers().await?;
        }
        self.consumers.emails.give(id, consumer.email.as_deref().map(folded).as_deref());
        self.consumers.external_ids.give(id, consumer.external_id.as_deref());
        let change = self.next_change(consumer.updated_at);
        self.consumers.unwritten.put(id, Listed { item: consumer.clone(), change });
        self.consumers.learn_whether(id, true);
        Ok(())
    }

    /// Removes a consumer's row.
    pub(super) async fn delete_consumer(&mut self, id: ConsumerId) -> Result<(), Fault> {
        self.write_consumers().await?;
        let sql = "DELETE FROM consumers WHERE organization_id = $1 AND id = $2";
        self.session.execute(sql, &[&uuid(self.organization), &uuid(id)]).await?;
        self.consumers.emails.give(id, None);
        self.consumers.external_ids.give(id, None);
        self.consumers.learn_whether(id, false);
        Ok(())
    }

    /// Sends what was put.
    pub(super) async fn write_consumers(&mut self) -> Result<(), Fault> {
        let rows = self.consumers.unwritten.take();
        if rows.is_empty() {
            return Ok(());
        }
        let metadata = rows.iter().map(|row| json(row.item.metadata.as_ref()));
        let columns = [
            column(&rows, |row| uuid(row.item.id)),
            column(&rows, |row| row.item.email.as_deref()),
            column(&rows, |row| row.item.phone.as_deref()),
            column(&rows, |row| row.item.full_name.as_deref()),
            column(&rows, |row| row.item.external_id.as_deref()),
            Box::new(metadata.collect::<Result<Vec<_>, _>>()?),
            column(&rows, |row| i16::from(row.item.source.code())),
            column(&rows, |row| row.item.created_at.as_millis()),
            column(&rows, |row| row.item.updated_at.as_millis()),
            column(&rows, |row| row.change.cast_signed()),
            column(&rows, |row| row.item.email.as_deref().map(folded)),
        ];
        write(self.session, &PUT, self.organization, &columns).await
    }
}
