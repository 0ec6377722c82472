//! What events say of the launch domain's things: the parts of their `data` that several types
//! share. What each type has is in the catalogue's tables.

use fanfare_model::ConsumerId;
use fanfare_model::launch::Distribution;
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
