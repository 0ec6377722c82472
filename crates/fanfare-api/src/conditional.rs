//! `ETag` and `If-None-Match`: a poll that finds nothing new is an answer without a body.
//!
//! The tag is strong: a hash of the answer's bytes, so it changes with them and with nothing
//! else, on every node. Answers may be kept by the client that asked, and by nobody else, and
//! must be asked for again before each use.

use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use fanfare_app::{AppError, OperatorContext};
use http::header::{
    AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use http_body_util::BodyExt;

use crate::error::ApiError;

/// Bytes of the hash that make the tag: two answers of one address never share it by chance.
const TAG: usize = 16;

/// The layer of routes that are polled.
pub(crate) async fn conditional(request: Request, next: Next) -> Response {
    if request.method() != Method::GET {
        return next.run(request).await;
    }
    let held = request.headers().get_all(IF_NONE_MATCH).iter().cloned().collect::<Vec<_>>();
    let response = next.run(request).await;
    if response.status() != StatusCode::OK {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = match body.collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            return ApiError(AppError::internal(OperatorContext::new(error))).into_response();
        }
    };
    let tag = tag(&bytes);
    let known = held.iter().any(|value| names(value.as_bytes(), &tag));
    stamp(&mut parts.headers, &tag);
    if !known {
        return Response::from_parts(parts, Body::from(bytes));
    }
    parts.status = StatusCode::NOT_MODIFIED;
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, Body::empty())
}

/// The tag of an answer, in its quotes.
fn tag(body: &[u8]) -> String {
    let hash = digest(&SHA256, body);
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..TAG]))
}

/// Whether a value of `If-None-Match` names the tag. Compared weakly (RFC 9110 §13.1.2): a proxy
/// that compresses marks tags as weak.
fn names(value: &[u8], tag: &str) -> bool {
    value
        .split(|byte| *byte == b',')
        .map(<[u8]>::trim_ascii)
        .any(|one| one == b"*" || one.strip_prefix(b"W/").unwrap_or(one) == tag.as_bytes())
}

fn stamp(headers: &mut HeaderMap, tag: &str) {
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(ETAG, tag);
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(VARY, HeaderValue::from_name(AUTHORIZATION));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_named_in_a_list_weak_or_strong_or_by_a_star() {
        let tag = tag(b"{}");
        let other = super::tag(b"[]");
        assert_ne!(tag, other);
        assert_eq!((tag.len(), &tag[..1]), (24, "\""));
        for held in [tag.clone(), format!("W/{tag}"), format!("{other}, {tag}"), "*".into()] {
            assert!(names(held.as_bytes(), &tag), "{held}");
        }
        for held in [other, String::new(), tag.trim_matches('"').into(), format!("w/{tag}")] {
            assert!(!names(held.as_bytes(), &tag), "{held}");
        }
    }
}
