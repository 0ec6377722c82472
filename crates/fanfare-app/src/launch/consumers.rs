//! Consumers: an organization's end customers.
//!
//! An e-mail address and an id of the organization's own system each stand for one person, so
//! both are unique in the organization, the address whatever the case of its letters. A consumer
//! about whom nothing is known is a guest. Removing one erases the person; what they took part in
//! and ordered stays, under an id that leads nowhere.

use fanfare_model::catalogue::Kind;
use fanfare_model::launch::{Consumer, ConsumerSource, Metadata, Reach};
use fanfare_model::{ConsumerId, EventType, Scope, limits};
use fanfare_store::{ConsumerFilter, Listed, Page, PageRequest, SortKey};
use serde_json::json;

use super::fields::kept;
use super::{Step, Stop, item, told};
use crate::complaints::Complaints;
use crate::{App, AppError, Caller, Change, ItemResult};

/// A consumer to create. All of it may be left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NewConsumer {
    /// E-mail address.
    pub email: Option<String>,
    /// Phone number, where possible in E.164.
    pub phone: Option<String>,
    /// The person's name: 1 to [`limits::NAME`] characters.
    pub full_name: Option<String>,
    /// The id in the organization's own system: 1 to [`limits::EXTERNAL_ID`] characters.
    pub external_id: Option<String>,
    /// At most [`limits::METADATA`] bytes of JSON.
    pub metadata: Option<Metadata>,
}

/// Changes to a consumer; what is not named stays as it is.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UpdateConsumer {
    /// E-mail address.
    pub email: Change<String>,
    /// Phone number.
    pub phone: Change<String>,
    /// The person's name.
    pub full_name: Change<String>,
    /// The id in the organization's own system.
    pub external_id: Change<String>,
    /// What the organization keeps with the consumer, all of it.
    pub metadata: Change<Metadata>,
}

/// The fields of a change that were judged; `None` leaves a field as it is.
#[derive(Clone, Default)]
struct Fields {
    email: Option<Option<String>>,
    phone: Option<Option<String>>,
    full_name: Option<Option<String>>,
    external_id: Option<Option<String>>,
    metadata: Option<Option<Metadata>>,
}

impl Fields {
    fn judge(update: UpdateConsumer) -> Result<Self, AppError> {
        let mut complaints = Complaints::default();
        let judge = &mut complaints;
        let fields = Self {
            email: update.email.map(|text| judge.of_kind("email", text, Kind::Email)),
            phone: update.phone.map(|text| judge.of_kind("phone", text, Kind::Phone)),
            full_name: update.full_name.map(|text| judge.text("fullName", &text, limits::NAME)),
            external_id: update
                .external_id
                .map(|text| judge.text("externalId", &text, limits::EXTERNAL_ID)),
            metadata: update.metadata.map(|given| judge.metadata(given)),
        };
        complaints.judge()?;
        Ok(fields)
    }

    fn apply(&self, before: &Consumer) -> Consumer {
        let (email, phone) = (kept(&self.email, &before.email), kept(&self.phone, &before.phone));
        let folded = |email: &Option<String>| email.as_deref().map(str::to_lowercase);
        // What is known of an address is not true of another one.
        let reach = match folded(&email) == folded(&before.email) {
            true => before.reach,
            false => before.reach.with_another_email(),
        };
        let reach = if phone == before.phone { reach } else { reach.with_another_phone() };
        Consumer {
            email,
            phone,
            reach,
            full_name: kept(&self.full_name, &before.full_name),
            external_id: kept(&self.external_id, &before.external_id),
            metadata: kept(&self.metadata, &before.metadata),
            ..*before
        }
    }
}

impl From<NewConsumer> for UpdateConsumer {
    fn from(new: NewConsumer) -> Self {
        Self {
            email: new.email.into(),
            phone: new.phone.into(),
            full_name: new.full_name.into(),
            external_id: new.external_id.into(),
            metadata: new.metadata.into(),
        }
    }
}

impl App {
    /// Creates a consumer. Needs `consumers:write`. [`crate::ErrorCode::Conflict`] when the
    /// e-mail address or the external id belongs to another one.
    pub async fn create_consumer(
        &self,
        caller: &Caller,
        new: NewConsumer,
    ) -> Result<Consumer, AppError> {
        caller.require(Scope::ConsumersWrite)?;
        let fields = Fields::judge(new.into())?;
        self.transact(caller, move |step| create(step, &fields)).await
    }

    /// Creates 1 to [`limits::BATCH_ITEMS`] consumers in one transaction, in their order. Items
    /// that cannot be created are left out and say why; the request as a whole fails only when
    /// the batch is empty or too long, or nothing can be written. Needs `consumers:write`.
    pub async fn create_consumers(
        &self,
        caller: &Caller,
        new: Vec<NewConsumer>,
    ) -> Result<Vec<ItemResult<Consumer>>, AppError> {
        caller.require(Scope::ConsumersWrite)?;
        Complaints::batch("consumers", new.len())?;
        let judged: Vec<_> = new.into_iter().map(|new| Fields::judge(new.into())).collect();
        self.transact(caller, move |step| {
            let items = judged.iter().map(|judged| match judged {
                Ok(fields) => item(create(step, fields)),
                Err(error) => Ok(Err(error.clone().into())),
            });
            items.collect()
        })
        .await
    }

    /// Consumers. Needs `consumers:read`.
    pub async fn consumers(
        &self,
        caller: &Caller,
        filter: ConsumerFilter,
        key: SortKey,
        page: PageRequest,
    ) -> Result<Page<Listed<Consumer>>, AppError> {
        caller.require(Scope::ConsumersRead)?;
        Ok(self.store().consumers(caller.organization_id, filter, key, page).await?)
    }

    /// One consumer. Needs `consumers:read`.
    pub async fn consumer(&self, caller: &Caller, id: ConsumerId) -> Result<Consumer, AppError> {
        caller.require(Scope::ConsumersRead)?;
        let consumer = self.store().consumer(caller.organization_id, id).await?;
        consumer.ok_or_else(not_found)
    }

    /// Changes the fields that are named and tells which of them are different now; when none
    /// is, nothing is told. Needs `consumers:write`. Errors as for [`App::create_consumer`].
    pub async fn update_consumer(
        &self,
        caller: &Caller,
        id: ConsumerId,
        update: UpdateConsumer,
    ) -> Result<Consumer, AppError> {
        caller.require(Scope::ConsumersWrite)?;
        let fields = Fields::judge(update)?;
        self.transact(caller, move |step| {
            let before = step.tx.consumer(id)?.ok_or_else(not_found)?;
            let mut consumer = fields.apply(&before);
            let changed = changed_fields(&before, &consumer);
            if changed.is_empty() {
                return Ok(before);
            }
            need_unique(step, &consumer)?;
            put_changed(step, &mut consumer, &changed)?;
            Ok(consumer)
        })
        .await
    }

    /// Removes a consumer and erases the person: see [`fanfare_store::LaunchTx::erase_consumer`].
    /// Needs `consumers:write`. The event names nobody.
    pub async fn delete_consumer(&self, caller: &Caller, id: ConsumerId) -> Result<(), AppError> {
        caller.require(Scope::ConsumersWrite)?;
        self.transact_erasing(caller, move |step| {
            if !step.tx.has_consumer(id)? {
                return Err(not_found().into());
            }
            step.tx.erase_consumer(id)?;
            let now = step.now;
            let data = json!({"consumer_id": id, "external_id": null, "deleted_at": now});
            step.emit(EventType::ConsumerDeleted, &data)?;
            step.tell_of_person(("consumer.deleted", "consumer", id), None, None)
        })
        .await
    }
}

/// Writes a consumer of whom these fields are different, and tells so.
pub(crate) fn put_changed(
    step: &mut Step<'_>,
    consumer: &mut Consumer,
    changed: &[&'static str],
) -> Result<(), Stop> {
    consumer.updated_at = step.now;
    step.tx.put_consumer(consumer)?;
    let mut data = told::of_consumer(consumer);
    data["updated_at"] = json!(consumer.updated_at);
    data["changed_fields"] = json!(changed);
    step.emit(EventType::ConsumerUpdated, &data)?;
    // Which fields, but not what they hold: entries cannot be erased.
    let told = json!({ "changedFields": changed });
    step.tell_of_person(("consumer.updated", "consumer", consumer.id), None, Some(&told))
}

fn create(step: &mut Step<'_>, fields: &Fields) -> Result<Consumer, Stop> {
    let nobody = Consumer {
        id: step.id(),
        email: None,
        phone: None,
        full_name: None,
        external_id: None,
        metadata: None,
        source: ConsumerSource::Api,
        reach: Reach::default(),
        created_at: step.now,
        updated_at: step.now,
    };
    let consumer = fields.apply(&nobody);
    need_unique(step, &consumer)?;
    step.tx.put_consumer(&consumer)?;
    step.emit(EventType::ConsumerCreated, &told::of_consumer(&consumer))?;
    step.tell_of_person(("consumer.created", "consumer", consumer.id), None, None)?;
    Ok(consumer)
}

/// Nobody else has the consumer's e-mail address or external id.
fn need_unique(step: &mut Step<'_>, consumer: &Consumer) -> Result<(), Stop> {
    let of = |field: &str, found: Option<ConsumerId>| match found {
        Some(other) if other != consumer.id => {
            let message = format!("belongs to another consumer: {other}");
            Err(Stop::from(AppError::conflict(field, message)))
        }
        _ => Ok(()),
    };
    if let Some(email) = &consumer.email {
        of("email", step.tx.consumer_by_email(email)?)?;
    }
    if let Some(id) = &consumer.external_id {
        of("externalId", step.tx.consumer_by_external_id(id)?)?;
    }
    Ok(())
}

/// The names that events have for the fields that are different.
pub(crate) fn changed_fields(before: &Consumer, after: &Consumer) -> Vec<&'static str> {
    let (was, is) = (before.reach, after.reach);
    let differ = [
        ("email", before.email != after.email),
        ("phone", before.phone != after.phone),
        ("full_name", before.full_name != after.full_name),
        ("external_id", before.external_id != after.external_id),
        ("metadata", before.metadata != after.metadata),
        ("email_bounced_at", was.email_bounced_at != is.email_bounced_at),
        ("email_complained_at", was.email_complained_at != is.email_complained_at),
        ("email_opted_out_at", was.email_opted_out_at != is.email_opted_out_at),
        ("sms_opted_out_at", was.sms_opted_out_at != is.sms_opted_out_at),
    ];
    differ.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

fn not_found() -> AppError {
    AppError::not_found("consumer")
}
