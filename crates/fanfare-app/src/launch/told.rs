//! What events say of the launch domain's things: the parts of their `data` that several types
//! share. What each type has is in the catalogue's tables.

use fanfare_model::ConsumerId;
use fanfare_model::launch::{Consumer, Distribution, Experience, Order};
use serde_json::{Value, json};

/// What every event of a distribution begins with.
pub(crate) fn core(distribution: &Distribution, consumer_id: ConsumerId) -> Value {
    json!({
        "consumer_id": consumer_id,
        "distribution_id": distribution.id,
        "experience_id": distribution.experience_id,
        "product_id": distribution.product_id,
        "distribution_type": distribution.kind(),
        // Access paths are not part of this domain.
        "sequence_id": null,
    })
}

/// A consumer's own fields.
pub(crate) fn of_consumer(consumer: &Consumer) -> Value {
    json!({
        "consumer_id": consumer.id,
        "email": consumer.email,
        "phone": consumer.phone,
        "full_name": consumer.full_name,
        "external_id": consumer.external_id,
        "metadata": consumer.metadata,
        "source": consumer.source,
        "created_at": consumer.created_at,
    })
}

/// What every event of an experience begins with.
pub(crate) fn of_experience(experience: &Experience) -> Value {
    json!({
        "experience_id": experience.id,
        "name": experience.name,
        "status": experience.status,
    })
}

/// What every event of an order begins with.
pub(crate) fn of_order(order: &Order) -> Value {
    json!({
        "order_id": order.id,
        "external_order_id": order.external_order_id,
        "consumer_id": order.consumer_id,
        "distribution_id": order.distribution_id,
        "experience_id": order.experience_id,
        "product_id": order.product_id,
        "status": order.status,
        "total_amount": order.total_amount,
        "currency_code": order.currency,
        "created_at": order.created_at,
    })
}
