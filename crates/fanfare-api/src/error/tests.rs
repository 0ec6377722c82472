use fanfare_app::{FieldError, OperatorContext};
use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::*;

const ID: RequestId = RequestId::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057);

async fn rendered(error: AppError) -> (StatusCode, http::HeaderMap, Value) {
    let response = render(&error, ID);
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, serde_json::from_slice(&body).unwrap())
}

#[test]
fn the_whole_table_of_statuses() {
    let table: Vec<_> =
        ErrorCode::ALL.iter().map(|code| format!("{} {code}", status_of(*code).as_u16())).collect();
    insta::assert_snapshot!(table.join("\n"), @r"
    400 malformed_json
    400 validation_failed
    401 unauthorized
    403 forbidden
    404 not_found
    405 method_not_allowed
    408 request_timeout
    409 conflict
    409 illegal_transition
    409 limit_reached
    409 idempotency_key_reused
    409 idempotency_in_progress
    413 payload_too_large
    415 unsupported_media_type
    431 headers_too_large
    429 rate_limited
    500 internal
    503 unavailable
    ");
}

#[tokio::test]
async fn the_envelope_names_code_message_fields_and_request() {
    let error = AppError::invalid(vec![FieldError::new("events[2]", "unknown event type")]);
    let (status, headers, body) = rendered(error).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(headers[CONTENT_TYPE], "application/json");
    let wanted = json!({"error": {
        "code": "validation_failed",
        "message": "the request has invalid fields",
        "details": [{"field": "events[2]", "message": "unknown event type"}],
        "requestId": "req_01h455vb4pex5vsknk084sn02q",
    }});
    assert_eq!(body, wanted);
}

#[tokio::test]
async fn what_is_meant_for_the_operator_stays_inside() {
    let context = OperatorContext::new("disk I/O error in /var/lib/fanfare.db");
    let (status, _, body) = rendered(AppError::internal(context)).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!body.to_string().contains("/var/lib"), "{body}");
}

#[tokio::test]
async fn who_is_asked_to_wait_is_told_how_long() {
    for code in [ErrorCode::RateLimited, ErrorCode::Unavailable, ErrorCode::IdempotencyInProgress] {
        let (_, headers, _) = rendered(AppError::new(code, "wait")).await;
        assert_eq!(headers[RETRY_AFTER], "1", "{code}");
    }
    let wait = Duration::from_millis(2_001);
    let error = AppError::new(ErrorCode::Unavailable, "wait").with_retry_after(wait);
    assert_eq!(rendered(error).await.1[RETRY_AFTER], "3", "rounded up");
    let (_, headers, _) = rendered(AppError::new(ErrorCode::Unauthorized, "no key")).await;
    assert_eq!(headers[WWW_AUTHENTICATE], "Bearer realm=\"fanfare\"");
}
