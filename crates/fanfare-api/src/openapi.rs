//! The OpenAPI 3.1 document, from the code.
//!
//! utoipa gathers paths and schemas from the handlers (`gathered` in `routes`). What holds
//! for every operation is added here, once: the envelope of refusals, the `Idempotency-Key`, the
//! headers of every answer. What we send is described under `webhooks`, one entry for each event
//! type of the catalogue. `openapi/fanfare.v1.json` is this document, committed; a test compares.

use std::sync::LazyLock;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use fanfare_model::EventType;
use fanfare_model::catalogue::{example_envelope, json_schema};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};
use utoipa::openapi::path::Operation;

use crate::error::{ErrorEnvelope, status_of};
use crate::routes;

const INTRODUCTION: &str = "Custom webhooks for Fanfare: register a URL, run launches or publish \
events, and see what became of every delivery.\n\n\
Send an API key as `Authorization: Bearer sk_live_…`. Resources are camelCase, event bodies \
snake_case. Everything under `/api` is also reachable under `/api/v1`.\n\n\
Unknown fields in a request are an error. Every answer carries `X-Request-Id`; every refusal is \
`{\"error\": {\"code\", \"message\", \"details\", \"requestId\"}}`, and each code has a page at \
`/docs/errors/{code}`. A POST may carry an `Idempotency-Key`: the same request with the same key \
within 24 hours does nothing and gets the first answer again, marked `Idempotent-Replayed: true` \
(what is shown only once is left out of it).\n\n\
What cannot receive webhooks can poll. Consumers, participants and orders are listed by creation \
or, with `sort=updatedAt`, by their last change: follow `endCursor` with `after` and you see every \
change once. Answers of the launch's lists and resources carry an `ETag`; send it back as \
`If-None-Match`, and an answer that would be the same is `304` without a body.";

const SIGNATURES: &str = "What a webhook receives. The body is signed as it is: \
`X-Fanfare-Signature` is `sha256=` and the hex HMAC-SHA256 of the body under the webhook's \
secret; `webhook-signature` is Standard Webhooks 1.0.0 over `id.timestamp.body`. Answer 2xx \
within 30 seconds; anything else is tried again after 1 minute, 5 minutes, 30 minutes, 2 hours \
and 12 hours. 410 disables the webhook.";

/// The document.
pub static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

/// The document as it is served and committed: indented, with a line's end at its end.
pub fn text() -> String {
    // A value has only string keys: this cannot fail.
    let mut text = serde_json::to_string_pretty(&*DOCUMENT).unwrap_or_default();
    text.push('\n');
    text
}

/// `GET /api/openapi.json`. Open to everybody.
pub(crate) async fn serve() -> Response {
    static TEXT: LazyLock<Bytes> = LazyLock::new(|| text().into());
    let mut response = Response::new(Body::from(TEXT.clone()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn document() -> Value {
    let mut gathered = routes::gathered();
    let mut schemas = Vec::new();
    <ErrorEnvelope<'_> as utoipa::ToSchema>::schemas(&mut schemas);
    let components = gathered.components.get_or_insert_default();
    components.schemas.extend(schemas);
    let error = <ErrorEnvelope<'_> as utoipa::PartialSchema>::schema();
    components.schemas.insert(<ErrorEnvelope<'_> as utoipa::ToSchema>::name().into(), error);
    for item in gathered.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.post, &mut item.patch, &mut item.delete, &mut item.put];
        operations.into_iter().flatten().for_each(name);
    }
    let mut document = serde_json::to_value(gathered).unwrap_or_default();
    document["info"] = json!({
        "title": "Fanfare Webhooks",
        "version": "1",
        "summary": "Custom webhooks: signed, retried, recorded.",
        "description": INTRODUCTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    });
    document["servers"] = json!([{"url": "/", "description": "This server"}]);
    document["tags"] = tags();
    document["security"] = json!([{"bearer": []}]);
    document["components"]["securitySchemes"] = json!({"bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "sk_live_… or sk_test_…",
        "description": "An API key. The names beside an operation are the scopes it needs.",
    }});
    document["components"]["headers"] = headers();
    document["components"]["parameters"] = outgoing_headers();
    document["components"]["responses"] = refusals();
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, item) in paths {
            for (method, operation) in item.as_object_mut().into_iter().flatten() {
                complete(path, method, operation);
            }
        }
    }
    document["webhooks"] = outgoing();
    in_order(document)
}

/// utoipa names operations after functions, of which several modules have one of a name.
fn name(operation: &mut Operation) {
    let tag = operation.tags.as_ref().and_then(|tags| tags.first());
    let id = operation.operation_id.as_deref().unwrap_or_default();
    let words = tag.map(|tag| tag.to_lowercase()).into_iter().chain(id.split('_').map(Into::into));
    let mut name = String::new();
    for word in words {
        let mut letters = word.chars();
        match letters.next() {
            Some(first) if !name.is_empty() => name.extend(first.to_uppercase()),
            Some(first) => name.push(first),
            None => continue,
        }
        name.extend(letters);
    }
    operation.operation_id = Some(name);
}

fn tags() -> Value {
    json!([
        {"name": "Webhooks", "description": "Where events go, which ones, and how it stands."},
        {"name": "Events", "description": "What happened, and publishing it."},
        {"name": "Deliveries", "description": "One event to one webhook, with every attempt."},
        {"name": "Feed", "description": "The same events to pull, for receivers that cannot be \
            called."},
        {"name": "Consumers", "description": "End customers."},
        {"name": "Products", "description": "What is launched."},
        {"name": "Experiences", "description": "Launches: when they open and close."},
        {"name": "Distributions", "description": "Queues, draws and auctions of a launch."},
        {"name": "Participants", "description": "Who takes part: joining, leaving, being let \
            through, checking out."},
        {"name": "Draws", "description": "Selecting winners, and checking how it was done."},
        {"name": "Auctions", "description": "Bids, and who wins."},
        {"name": "Orders", "description": "Purchases: created, paid, fulfilled, cancelled."},
        {"name": "Integrations", "description": "Stripe, Twilio and Resend: where they send to, \
            and what they told."},
        {"name": "Jobs", "description": "Replays and bulk resends, with progress."},
        {"name": "Account", "description": "API keys, the caller, notices, the audit log."},
        {"name": "Operations", "description": "For whoever runs the server. Open to everybody."},
        {"name": "Outgoing", "description": SIGNATURES},
    ])
}

/// The nouns that are polled: their GETs have an `ETag`.
const POLLED: [&str; 5] = ["Consumers", "Products", "Experiences", "Distributions", "Orders"];

fn headers() -> Value {
    json!({
        "ETag": {
            "description": "A strong tag of the answer's bytes, for `If-None-Match`.",
            "schema": {"type": "string", "examples": ["\"4nOkhz9dX0mUZOd2Yk2cMA\""]},
        },
        "X-Request-Id": {
            "description": "The request's id: quote it to support.",
            "schema": {"type": "string", "examples": ["req_01h455vb4pex5vsknk084sn02q"]},
        },
        "Retry-After": {
            "description": "How long to wait before trying again, in seconds.",
            "schema": {"type": "integer", "minimum": 1},
        },
        "Idempotent-Replayed": {
            "description": "`true` when this answer was given before for the Idempotency-Key.",
            "schema": {"type": "string", "const": "true"},
        },
        "X-RateLimit-Limit": {
            "description": "Requests at once after a pause. Only while a rate limit is set.",
            "schema": {"type": "integer"},
        },
        "X-RateLimit-Remaining": {
            "description": "Requests that may follow at once.",
            "schema": {"type": "integer"},
        },
        "X-RateLimit-Reset": {
            "description": "Unix seconds at which the whole burst is there again.",
            "schema": {"type": "integer"},
        },
    })
}

/// One response for each status that refuses, with the codes it may carry.
fn refusals() -> Value {
    let mut by_status = std::collections::BTreeMap::<u16, Vec<fanfare_app::ErrorCode>>::new();
    for code in fanfare_app::ErrorCode::ALL {
        by_status.entry(status_of(*code).as_u16()).or_default().push(*code);
    }
    let refusal = |(status, codes): (u16, Vec<fanfare_app::ErrorCode>)| {
        let lines: Vec<_> =
            codes.iter().map(|code| format!("- `{code}`: {}", code.meaning())).collect();
        let mut headers = json!({"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}});
        if matches!(status, 409 | 429 | 503) {
            headers["Retry-After"] = json!({"$ref": "#/components/headers/Retry-After"});
        }
        if status == 429 {
            for name in ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"] {
                headers[name] = json!({"$ref": format!("#/components/headers/{name}")});
            }
        }
        let response = json!({
            "description": lines.join("\n"),
            "headers": headers,
            "content": {"application/json": {
                "schema": {"$ref": "#/components/schemas/Error"},
                "examples": examples(&codes),
            }},
        });
        (response_name(status), response)
    };
    Value::Object(by_status.into_iter().map(refusal).collect())
}

fn examples(codes: &[fanfare_app::ErrorCode]) -> Value {
    let example = |code: &fanfare_app::ErrorCode| {
        let value = json!({"error": {
            "code": code.as_str(),
            "message": code.meaning(),
            "requestId": "req_01h455vb4pex5vsknk084sn02q",
        }});
        (code.as_str().to_owned(), json!({"value": value}))
    };
    Value::Object(codes.iter().map(example).collect())
}

fn response_name(status: u16) -> String {
    let status = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    status.unwrap_or("Refused").replace(' ', "")
}

/// Adds to an operation what holds for all operations like it.
fn complete(path: &str, method: &str, operation: &mut Value) {
    let open = operation["security"] == json!([{}]);
    let post = method == "post";
    let body = operation.get("requestBody").is_some();
    let mut statuses = vec![503];
    if path.starts_with("/api/") {
        let parameters = operation["parameters"].as_array();
        let query = parameters.is_some_and(|all| all.iter().any(|one| one["in"] == "query"));
        statuses.extend((query || post || body).then_some(400));
        statuses.extend([401, 403, 429].into_iter().filter(|_| !open));
        statuses.extend(path.contains('{').then_some(404));
        statuses.extend((post || method == "patch").then_some(409));
        statuses.extend([408, 413, 415].into_iter().filter(|_| body));
    }
    let parameters = operation.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        if parameter["in"] == "path" {
            let id = parameter["name"] != "type";
            parameter["description"] = if id { "Its id." } else { "Its name." }.into();
        }
    }
    if post {
        let parameters = operation["parameters"].take();
        let mut parameters = parameters.as_array().cloned().unwrap_or_default();
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "1 to 255 visible characters that stand for this one request.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
        }));
        operation["parameters"] = parameters.into();
    }
    if method == "get" && POLLED.iter().any(|noun| operation["tags"][0] == *noun) {
        polled(operation);
    }
    let Some(responses) = operation["responses"].as_object_mut() else { return };
    for response in responses.values_mut() {
        response["headers"]["X-Request-Id"] = json!({"$ref": "#/components/headers/X-Request-Id"});
        if post {
            response["headers"]["Idempotent-Replayed"] =
                json!({"$ref": "#/components/headers/Idempotent-Replayed"});
        }
    }
    // What a handler declares beyond that, in the words of all.
    let declared = responses.keys().filter(|status| status.starts_with('4'));
    statuses.extend(declared.filter_map(|status| status.parse::<u16>().ok()));
    statuses.sort_unstable();
    statuses.dedup();
    for status in statuses {
        let name = response_name(status);
        let reference = json!({"$ref": format!("#/components/responses/{name}")});
        responses.insert(status.to_string(), reference);
    }
}

/// Adds to an operation what [`crate::conditional`] does.
fn polled(operation: &mut Value) {
    let parameters = operation["parameters"].take();
    let mut parameters = parameters.as_array().cloned().unwrap_or_default();
    parameters.push(json!({
        "name": "If-None-Match",
        "in": "header",
        "required": false,
        "description": "The `ETag` of an answer you have: if it would be the same, `304`.",
        "schema": {"type": "string"},
    }));
    operation["parameters"] = parameters.into();
    let tag = json!({"$ref": "#/components/headers/ETag"});
    operation["responses"]["200"]["headers"]["ETag"] = tag.clone();
    operation["responses"]["304"] =
        json!({"description": "Nothing new: you have this answer.", "headers": {"ETag": tag}});
}

/// What we send, by event type.
fn outgoing() -> Value {
    let entry = |event_type: EventType| {
        let name = event_type.as_str();
        let operation = json!({
            "tags": ["Outgoing"],
            "operationId": format!("on.{name}"),
            "summary": event_type.description(),
            "security": [],
            "parameters": OUTGOING.map(|(name, ..)| {
                json!({"$ref": format!("#/components/parameters/{name}")})
            }),
            "requestBody": {"required": true, "content": {"application/json": {
                "schema": envelope_schema(event_type),
                "example": example_envelope(event_type),
            }}},
            "responses": {
                "2XX": {"description": "Received. The body is kept (16 KiB) and shown."},
                "410": {"description": "Gone: the webhook is disabled."},
                "default": {"description": "Failed: tried again by the schedule."},
            },
        });
        (name.to_owned(), json!({"post": operation}))
    };
    Value::Object(EventType::known().map(entry).collect())
}

fn envelope_schema(event_type: EventType) -> Value {
    json!({
        "type": "object",
        "required": ["id", "type", "timestamp", "organization_id", "data"],
        "properties": {
            "id": {"type": "string", "description": "The event's id, the same on every attempt."},
            "type": {"type": "string", "const": event_type.as_str()},
            "timestamp": {"type": "string", "format": "date-time"},
            "organization_id": {"type": "string"},
            "data": json_schema(event_type),
        },
    })
}

const STANDARD: &str = "Standard Webhooks; sent when the secret is `whsec_` and base64";

/// The headers of what we send: name, meaning, whether always sent.
const OUTGOING: [(&str, &str, bool); 11] = [
    ("X-Fanfare-Signature", "`sha256=` and the hex HMAC-SHA256 of the body", true),
    ("X-Fanfare-Timestamp", "Unix seconds of this attempt", true),
    ("X-Fanfare-Event", "The event's type", true),
    ("X-Fanfare-Delivery-Id", "The delivery, the same on every attempt", true),
    ("X-Fanfare-Webhook-Id", "The webhook", true),
    ("X-Fanfare-Retry-Count", "0 on the first attempt, 5 on the last", true),
    ("X-Fanfare-Original-Time", "When the event was accepted", true),
    ("X-Fanfare-Test", "`true` on a test, left out otherwise", false),
    ("webhook-id", STANDARD, false),
    ("webhook-timestamp", STANDARD, false),
    ("webhook-signature", STANDARD, false),
];

fn outgoing_headers() -> Value {
    let header = |(name, text, required): (&str, &str, bool)| {
        let header = json!({
            "name": name, "in": "header", "required": required, "description": text,
            "schema": {"type": "string"},
        });
        (name.to_owned(), header)
    };
    Value::Object(OUTGOING.into_iter().map(header).collect())
}

/// The document's members in the order in which people read them.
fn in_order(mut document: Value) -> Value {
    let order =
        ["openapi", "info", "servers", "security", "tags", "paths", "webhooks", "components"];
    let mut ordered = Map::new();
    for key in order {
        ordered.insert(key.to_owned(), document[key].take());
    }
    Value::Object(ordered)
}
