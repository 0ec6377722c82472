//! Consumers.

use fanfare_app::{Change, NewConsumer, UpdateConsumer};
use fanfare_model::launch::{Consumer, ConsumerSource, Metadata};
use fanfare_model::{ConsumerId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An end customer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Consumer)]
pub(crate) struct ConsumerJson {
    /// Its id.
    #[schema(value_type = String, example = "con_01h455vb4pex5vsknk084sn02q")]
    id: ConsumerId,
    /// E-mail address as given; unique whatever the case of its letters.
    #[schema(required, example = "ada@example.com")]
    email: Option<String>,
    /// Phone number, where possible in E.164.
    #[schema(required, example = "+15550100123")]
    phone: Option<String>,
    /// The person's name.
    #[schema(required, example = "Ada Lovelace")]
    full_name: Option<String>,
    /// The id in your own system; unique.
    #[schema(required, example = "crm-4711")]
    external_id: Option<String>,
    /// What you keep with the consumer.
    #[schema(value_type = Option<Object>, required)]
    metadata: Option<Metadata>,
    /// How the consumer came in: `api`, `manual`, `import`, `klaviyo` or `experience_entry`.
    #[schema(value_type = String, example = "api")]
    source: ConsumerSource,
    /// When the e-mail address refused a message for good, as its provider told.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    email_bounced_at: Option<Timestamp>,
    /// When the person called a message spam.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    email_complained_at: Option<Timestamp>,
    /// When the person asked for no more e-mail.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    email_opted_out_at: Option<Timestamp>,
    /// When the person asked for no more text messages.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    sms_opted_out_at: Option<Timestamp>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<Consumer> for ConsumerJson {
    fn from(consumer: Consumer) -> Self {
        Self {
            id: consumer.id,
            email: consumer.email,
            phone: consumer.phone,
            full_name: consumer.full_name,
            external_id: consumer.external_id,
            metadata: consumer.metadata,
            source: consumer.source,
            email_bounced_at: consumer.reach.email_bounced_at,
            email_complained_at: consumer.reach.email_complained_at,
            email_opted_out_at: consumer.reach.email_opted_out_at,
            sms_opted_out_at: consumer.reach.sms_opted_out_at,
            created_at: consumer.created_at,
            updated_at: consumer.updated_at,
        }
    }
}

/// A consumer to create. Everything may be left out: a guest has nothing but an id.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CreateConsumer, example = json!({
    "email": "ada@example.com", "fullName": "Ada Lovelace", "metadata": {"tier": "gold"}
}))]
pub(crate) struct CreateConsumerBody {
    /// E-mail address. `409` when another consumer has it.
    #[serde(default)]
    #[schema(max_length = 254)]
    email: Option<String>,
    /// Phone number, where possible in E.164.
    #[serde(default)]
    phone: Option<String>,
    /// The person's name.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 200)]
    full_name: Option<String>,
    /// The id in your own system. `409` when another consumer has it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    external_id: Option<String>,
    /// What you keep with the consumer: at most 16 KiB of JSON.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Metadata>,
}

impl From<CreateConsumerBody> for NewConsumer {
    fn from(body: CreateConsumerBody) -> Self {
        Self {
            email: body.email,
            phone: body.phone,
            full_name: body.full_name,
            external_id: body.external_id,
            metadata: body.metadata,
        }
    }
}

/// Consumers to create in one transaction, in their order.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CreateConsumers, example = json!({"consumers": [
    {"email": "ada@example.com"}, {"externalId": "crm-4711"}
]}))]
pub(crate) struct CreateConsumersBody {
    /// 1 to 1,000 consumers.
    #[schema(min_items = 1, max_items = 1000)]
    pub(crate) consumers: Vec<CreateConsumerBody>,
}

/// Changes to a consumer. What is left out stays as it is; `null` removes.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpdateConsumer, example = json!({"phone": "+15550100123", "metadata": null}))]
pub(crate) struct UpdateConsumerBody {
    /// E-mail address.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 254)]
    email: Change<String>,
    /// Phone number.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    phone: Change<String>,
    /// The person's name.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    full_name: Change<String>,
    /// The id in your own system.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    external_id: Change<String>,
    /// What you keep with the consumer, all of it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Change<Metadata>,
}

impl From<UpdateConsumerBody> for UpdateConsumer {
    fn from(body: UpdateConsumerBody) -> Self {
        Self {
            email: body.email,
            phone: body.phone,
            full_name: body.full_name,
            external_id: body.external_id,
            metadata: body.metadata,
        }
    }
}
