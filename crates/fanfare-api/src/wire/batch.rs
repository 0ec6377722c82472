//! What became of each item of a batch.

use fanfare_app::{ItemResult, RejectedItem};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Batch)]
pub(crate) struct ItemsJson<T: ToSchema> {
    /// How many items were accepted.
    accepted: usize,
    /// How many were left out.
    rejected: usize,
    /// One answer per item, in the order of the request.
    data: Vec<ItemJson<T>>,
}

/// What became of one item of a batch.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "status", rename_all = "lowercase")]
#[schema(as = BatchItem)]
pub(crate) enum ItemJson<T: ToSchema> {
    /// Done.
    Accepted {
        /// What it made.
        item: T,
    },
    /// Left out; the others are not touched by it.
    Rejected {
        /// Why.
        #[schema(inline)]
        error: RejectionJson,
    },
}

impl<T: ToSchema> ItemsJson<T> {
    /// The answer to a batch of changes.
    pub(crate) fn new<M: Into<T>>(items: Vec<ItemResult<M>>) -> Self {
        let accepted = items.iter().filter(|item| item.is_ok()).count();
        let rejected = items.len() - accepted;
        let item = |item: ItemResult<M>| match item {
            Ok(made) => ItemJson::Accepted { item: made.into() },
            Err(error) => ItemJson::Rejected { error: (&error).into() },
        };
        Self { accepted, rejected, data: items.into_iter().map(item).collect() }
    }
}

/// Why an item of a batch was left out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rejection)]
pub(crate) struct RejectionJson {
    /// A stable word for programs.
    #[schema(example = "validation_failed")]
    code: &'static str,
    /// For people.
    message: String,
    /// Which fields of this item.
    #[schema(inline)]
    details: Vec<RejectionDetailJson>,
}

/// A complaint about one field of an item.
#[derive(Debug, Serialize, ToSchema)]
struct RejectionDetailJson {
    /// The field as a path in the item.
    field: String,
    /// What is wrong and what would be right.
    message: String,
}

impl From<&RejectedItem> for RejectionJson {
    fn from(item: &RejectedItem) -> Self {
        let details = item.details.iter().map(|detail| RejectionDetailJson {
            field: detail.field.clone(),
            message: detail.message.clone(),
        });
        Self { code: item.code.as_str(), message: item.message.clone(), details: details.collect() }
    }
}
