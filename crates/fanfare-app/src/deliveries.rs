//! Deliveries: looking at them, sending them again, ending them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use fanfare_model::wire_headers::{AttemptHeaders, attempt_headers};
use fanfare_model::{DeliveryId, DeliveryOrigin, DeliveryStatus, Scope};
use fanfare_signing::Macs;
use fanfare_store::{
    Attempt, CancelResult, Delivery, DeliveryDetail, DeliveryFilter, EventSource, JobSpec, Page,
    PageRequest, WebhookVersion,
};

use crate::jobs::COUNT_LIMIT;
use crate::webhooks::shown_headers;
use crate::{App, AppError, Caller, ErrorCode, JobOrCount, ShownHeader};

/// The request of an attempt as it was sent; its body is the delivery's body. An attempt that
/// met no receiver (class `dns`, `connect`, `tls` or `refused`) shows the request it was for.
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
        caller.require(Scope::DeliveriesRead)?;
        Ok(self.store().deliveries(caller.organization_id, filter, page).await?)
    }

    /// One delivery with its attempts and requests as sent. Needs `deliveries:read`.
    pub async fn delivery(
        &self,
        caller: &Caller,
        id: DeliveryId,
    ) -> Result<DeliveryView, AppError> {
        caller.require(Scope::DeliveriesRead)?;
        let detail = self.find_delivery(caller, id).await?;
        let test = self.is_test(caller, &detail.delivery).await?;
        let mut versions = HashMap::new();
        let mut attempts = Vec::with_capacity(detail.attempts.len());
        for attempt in &detail.attempts {
            let number = attempt.webhook_version;
            let version = match versions.entry(number) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(unknown) => {
                    let (organization, webhook) =
                        (caller.organization_id, detail.delivery.webhook_id);
                    let version = self.store().webhook_version(organization, webhook, number);
                    unknown.insert(version.await?)
                }
            };
            let request = version
                .as_ref()
                .map(|version| sent_request(caller, &detail, attempt, version, test));
            attempts.push(AttemptView { attempt: attempt.clone(), request });
        }
        Ok(DeliveryView { detail, attempts, test })
    }

    async fn find_delivery(
        &self,
        caller: &Caller,
        id: DeliveryId,
    ) -> Result<DeliveryDetail, AppError> {
        let detail = self.store().delivery(caller.organization_id, id).await?;
        detail.ok_or_else(|| AppError::not_found("delivery"))
    }

    /// A test that is sent again is still a test.
    async fn is_test(&self, caller: &Caller, delivery: &Delivery) -> Result<bool, AppError> {
        if delivery.origin != DeliveryOrigin::Resend {
            return Ok(delivery.origin == DeliveryOrigin::Test);
        }
        let event = self.store().event(caller.organization_id, delivery.event_id).await?;
        Ok(event.is_some_and(|event| event.summary.source == EventSource::Test))
    }

    /// Sends the same event to the same webhook again, as a new delivery, due now. Needs
    /// `deliveries:write`. [`ErrorCode::Conflict`] when the webhook is disabled or deleted.
    pub async fn resend(&self, caller: &Caller, id: DeliveryId) -> Result<Delivery, AppError> {
        caller.require(Scope::DeliveriesWrite)?;
        let told = self.audit(caller, "delivery.resent", "delivery", id);
        let organization = caller.organization_id;
        let created = self.store().resend(organization, id, self.now(), Some(told)).await?;
        created.ok_or_else(|| AppError::not_found("delivery"))
    }

    /// Ends a pending delivery and gives it as it is then. Needs `deliveries:write`. A delivery
    /// that is cancelled already stays so; one that succeeded or failed is an
    /// [`ErrorCode::Conflict`].
    pub async fn cancel_delivery(
        &self,
        caller: &Caller,
        id: DeliveryId,
    ) -> Result<Delivery, AppError> {
        caller.require(Scope::DeliveriesWrite)?;
        let told = self.audit(caller, "delivery.cancelled", "delivery", id);
        match self.store().cancel(caller.organization_id, id, self.now(), Some(told)).await? {
            None => Err(AppError::not_found("delivery")),
            Some(
                CancelResult::Cancelled | CancelResult::AlreadyEnded(DeliveryStatus::Cancelled),
            ) => Ok(self.find_delivery(caller, id).await?.delivery),
            Some(CancelResult::AlreadyEnded(status)) => {
                let message = format!("the delivery has ended already: it is {status}");
                Err(AppError::new(ErrorCode::Conflict, message))
            }
        }
    }

    /// Sends everything again that matches, as a job, or only counts it. Needs
    /// `deliveries:write`. A filter that names nothing is refused: it would mean everything.
    pub async fn resend_matching(
        &self,
        caller: &Caller,
        filter: DeliveryFilter,
        dry_run: bool,
    ) -> Result<JobOrCount, AppError> {
        caller.require(Scope::DeliveriesWrite)?;
        if filter == DeliveryFilter::default() {
            let message = "must name at least one condition, for example a status";
            return Err(AppError::invalid_field("filter", message));
        }
        let organization = caller.organization_id;
        let count =
            self.store().count_deliveries(organization, filter.clone(), COUNT_LIMIT).await?;
        if dry_run {
            return Ok(JobOrCount::Count(count));
        }
        self.start_job(caller, JobSpec::Resend { filter }, count).await
    }
}

/// The request, from the same list of headers that the engine sends; the two that the HTTP client
/// adds come last, as they do on the wire.
fn sent_request(
    caller: &Caller,
    detail: &DeliveryDetail,
    attempt: &Attempt,
    version: &WebhookVersion,
    test: bool,
) -> SentRequest {
    let delivery = &detail.delivery;
    let macs = Macs { fanfare: attempt.signatures.fanfare, standard: attempt.signatures.standard };
    let signatures = macs.headers();
    let input = AttemptHeaders {
        event_id: &delivery.event_id.to_string(),
        event_type: delivery.event_type,
        delivery_id: delivery.id,
        webhook_id: delivery.webhook_id,
        attempt: attempt.number,
        accepted_at: detail.event_accepted_at,
        started_at: attempt.started_at,
        fanfare_signature: &signatures.fanfare,
        standard_signature: signatures.standard.as_deref(),
        test,
    };
    let mut headers = Vec::with_capacity(16 + version.headers.len());
    let mut push = |name: &str, value: &str| {
        headers.push(ShownHeader { name: name.to_owned(), value: Some(value.to_owned()) });
    };
    attempt_headers(&input, &mut push);
    headers.extend(shown_headers(caller, &version.headers));
    let ends = [
        ("host", host_of(&version.url).to_owned()),
        ("content-length", detail.body.len().to_string()),
    ];
    headers.extend(ends.map(|(name, value)| ShownHeader { name: name.into(), value: Some(value) }));
    SentRequest { url: version.url.clone(), headers }
}

/// The `Host` of a URL that passed the guard, so that it has neither user name nor fragment.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or(rest)
}
