//! Deliveries: looking at them, sending them again, ending them.

use fanfare_model::DeliveryId;
use fanfare_store::{Attempt, Delivery, DeliveryDetail, DeliveryFilter, Page, PageRequest};

use crate::{App, AppError, Caller, JobOrCount, ShownHeader};

/// The request of an attempt as it was sent; its body is the delivery's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentRequest {
    /// Where it went.
    pub url: String,
    /// Every header, in the order of sending. A custom header's value is left out for callers
    /// without `webhooks:write`.
    pub headers: Vec<ShownHeader>,
}

/// One attempt with its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptView {
    /// What happened.
    pub attempt: Attempt,
    /// The request; `None` when the webhook's version of that time is no longer stored.
    pub request: Option<SentRequest>,
}

/// A delivery with everything that is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryView {
    /// The delivery and its body. Its `attempts` are those of the next field.
    pub detail: DeliveryDetail,
    /// Every attempt with its request, first to last.
    pub attempts: Vec<AttemptView>,
    /// Whether the event is a test.
    pub test: bool,
}

impl App {
    /// Deliveries, newest first unless the page says otherwise. Needs `deliveries:read`.
    pub async fn deliveries(
        &self,
        caller: &Caller,
        filter: DeliveryFilter,
        page: PageRequest,
    ) -> Result<Page<Delivery>, AppError> {
        let _ = (caller, filter, page);
        unimplemented!()
    }

    /// One delivery with its attempts and requests as sent. Needs `deliveries:read`.
    pub async fn delivery(
        &self,
        caller: &Caller,
        id: DeliveryId,
    ) -> Result<DeliveryView, AppError> {
        let _ = (caller, id);
        unimplemented!()
    }

    /// Sends the same event to the same webhook again, as a new delivery, due now. Needs
    /// `deliveries:write`. [`ErrorCode::Conflict`](crate::ErrorCode::Conflict) when the webhook
    /// is disabled or deleted.
    pub async fn resend(&self, caller: &Caller, id: DeliveryId) -> Result<Delivery, AppError> {
        let _ = (caller, id);
        unimplemented!()
    }

    /// Ends a pending delivery and gives it as it is then. Needs `deliveries:write`. A delivery
    /// that is cancelled already stays so; one that succeeded or failed is a
    /// [`ErrorCode::Conflict`](crate::ErrorCode::Conflict).
    pub async fn cancel_delivery(
        &self,
        caller: &Caller,
        id: DeliveryId,
    ) -> Result<Delivery, AppError> {
        let _ = (caller, id);
        unimplemented!()
    }

    /// Sends everything again that matches, as a job, or only counts it. Needs
    /// `deliveries:write`. A filter that names nothing is refused: it would mean everything.
    pub async fn resend_matching(
        &self,
        caller: &Caller,
        filter: DeliveryFilter,
        dry_run: bool,
    ) -> Result<JobOrCount, AppError> {
        let _ = (caller, filter, dry_run);
        unimplemented!()
    }
}
