//! Publishing over HTTP: the hot path. Both the router and [`crate::Front`] answer with this, so
//! that there is one behaviour.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use fanfare_app::{AppError, BatchItem, Caller, EventInput, Idempotent, PublishReceipt, Published};
use fanfare_model::strict_json::{self, InvalidField};
use fanfare_store::StoredResponse;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::access::{Admitted, admit};
use crate::body::{invalid, read, refused, require_json};
use crate::idempotency::{self, replay, respond};
use crate::rate_limit::Allowance;
use crate::state::ApiState;
use crate::wire::{BatchItemJson, BatchJson, PublishBatchBody, PublishBody, ReceiptJson};

/// What a request to publish came to.
pub(crate) struct Answer {
    pub(crate) result: Result<Response, AppError>,
    pub(crate) allowance: Option<Allowance>,
    /// Who asked, if they were let in.
    pub(crate) caller: Option<Caller>,
}

/// `POST /api/events`, from the head of the request on.
pub(crate) async fn publish<B>(state: &ApiState, headers: &HeaderMap, body: B) -> Answer
where
    B: http_body::Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let Admitted { caller, allowance } = admit(state, headers).await;
    match caller {
        Ok(caller) => {
            let result = one(state, &caller, headers, body).await;
            Answer { result, allowance, caller: Some(caller) }
        }
        Err(error) => Answer { result: Err(error), allowance, caller: None },
    }
}

async fn one<B>(
    state: &ApiState,
    caller: &Caller,
    headers: &HeaderMap,
    body: B,
) -> Result<Response, AppError>
where
    B: http_body::Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    require_json(headers)?;
    let bytes = read(headers, body).await?;
    let value = strict_json::parse(&bytes).map_err(|error| refused(error.into()))?;
    let input = event_of(&value).map_err(invalid)?;
    let render = |receipt: &PublishReceipt| StoredResponse {
        status: StatusCode::ACCEPTED.as_u16(),
        body: ReceiptJson::bytes(receipt),
    };
    let request = idempotency::of(headers, "/events", &bytes)?;
    let idempotent = request.map(|request| Idempotent { request, render: &render });
    Ok(match state.shared.app.publish(caller, input, idempotent).await? {
        Published::Now { receipt, response: None } => accepted(ReceiptJson::bytes(&receipt)),
        Published::Now { response: Some(stored), .. } => respond(&stored),
        Published::Before(stored) => replay(stored),
    })
}

/// `POST /api/events/batch`, for a caller who was let in.
pub(crate) async fn publish_batch(
    state: &ApiState,
    caller: &Caller,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, AppError> {
    require_json(headers)?;
    let bytes = read(headers, body).await?;
    let value = strict_json::parse(&bytes).map_err(|error| refused(error.into()))?;
    let inputs = events_of(&value).map_err(invalid)?;
    let render = |items: &[BatchItem]| StoredResponse {
        status: StatusCode::ACCEPTED.as_u16(),
        body: batch_bytes(items),
    };
    let request = idempotency::of(headers, "/events/batch", &bytes)?;
    let idempotent = request.map(|request| Idempotent { request, render: &render });
    Ok(match state.shared.app.publish_batch(caller, &inputs, idempotent).await? {
        Published::Now { receipt, response: None } => accepted(batch_bytes(&receipt)),
        Published::Now { response: Some(stored), .. } => respond(&stored),
        Published::Before(stored) => replay(stored),
    })
}

fn accepted(body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::ACCEPTED;
    response.headers_mut().reserve(6);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn batch_bytes(items: &[BatchItem]) -> Bytes {
    let items: Vec<BatchItemJson> = items.iter().map(Into::into).collect();
    // Only strings and numbers: this cannot fail.
    serde_json::to_vec(&BatchJson::from(items)).unwrap_or_default().into()
}

/// `{"type", "data"}`, borrowed from the body's value. The usual shape is read directly; any
/// other one is read by the type that describes it, for its complaint.
fn event_of(value: &Value) -> Result<EventInput<'_>, InvalidField> {
    if let Some(fields) = value.as_object()
        && fields.len() == 2
        && let (Some(Value::String(event_type)), Some(data)) =
            (fields.get("type"), fields.get("data"))
    {
        return Ok(EventInput { event_type, data });
    }
    Err(complaint::<PublishBody>(value))
}

/// `{"events": […]}`, borrowed from the body's value.
fn events_of(value: &Value) -> Result<Vec<EventInput<'_>>, InvalidField> {
    let events = value.as_object().filter(|fields| fields.len() == 1);
    let Some(Value::Array(events)) = events.and_then(|fields| fields.get("events")) else {
        return Err(complaint::<PublishBatchBody>(value));
    };
    let inputs = events.iter().enumerate().map(|(index, event)| {
        event_of(event).map_err(|InvalidField { field, message }| InvalidField {
            field: match field.as_str() {
                "body" => format!("events[{index}]"),
                field => format!("events[{index}].{field}"),
            },
            message,
        })
    });
    inputs.collect()
}

/// What is wrong with a value that is known not to be a `T`.
fn complaint<T: DeserializeOwned>(value: &Value) -> InvalidField {
    strict_json::from_value::<T>(value.clone()).err().unwrap_or_else(|| InvalidField {
        field: "body".to_owned(),
        message: "must have other fields".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn events_are_borrowed_and_complaints_name_the_field() {
        let value = json!({"data": {"a": 1}, "type": "order.paid"});
        let event = event_of(&value).unwrap();
        assert_eq!((event.event_type, event.data), ("order.paid", &json!({"a": 1})));
        for (value, field) in [
            (json!({"type": "order.paid"}), "data"),
            (json!({"type": 5, "data": {}}), "type"),
            (json!({"type": "order.paid", "data": {}, "id": 1}), "id"),
            (json!([]), "body"),
            (json!(null), "body"),
        ] {
            assert_eq!(event_of(&value).unwrap_err().field, field, "{value}");
        }
    }

    #[test]
    fn batches_name_the_item() {
        let good = json!({"type": "order.paid", "data": {}});
        assert_eq!(events_of(&json!({"events": [good, good]})).unwrap().len(), 2);
        for (value, field) in [
            (json!({"events": [good, {"type": "x"}]}), "events[1].data"),
            (json!({"events": [5]}), "events[0]"),
            (json!({"events": 5}), "events"),
            (json!({"events": [], "more": 1}), "more"),
            (json!({}), "events"),
        ] {
            assert_eq!(events_of(&value).unwrap_err().field, field, "{value}");
        }
    }
}
