//! Reading a request's body, once, within its bounds.

use std::error::Error;

use axum::extract::{FromRequest, Request};
use bytes::{Bytes, BytesMut};
use fanfare_app::{AppError, ErrorCode, FieldError};
use fanfare_model::limits;
use fanfare_model::strict_json::{self, BodyError, InvalidField};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::server::BodyTimeout;

/// The whole body, at most [`limits::REQUEST_BODY`] bytes. A body that came in one piece is not
/// copied.
pub(crate) async fn read<B>(headers: &HeaderMap, mut body: B) -> Result<Bytes, AppError>
where
    B: http_body::Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: u64| length > limits::REQUEST_BODY as u64) {
        return Err(too_large());
    }
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| unreadable(&*error.into()))?;
        let Ok(data) = frame.into_data() else { continue };
        if first.len() + all.len() + data.len() > limits::REQUEST_BODY {
            return Err(too_large());
        }
        if first.is_empty() && all.is_empty() {
            first = data;
            continue;
        }
        if all.is_empty() {
            all.extend_from_slice(&std::mem::take(&mut first));
        }
        all.extend_from_slice(&data);
    }
    Ok(if all.is_empty() { first } else { all.freeze() })
}

fn too_large() -> AppError {
    let message = format!("the body is larger than {} bytes", limits::REQUEST_BODY);
    AppError::new(ErrorCode::PayloadTooLarge, message)
}

/// Why a body could not be read: too slow, or broken off or malformed on the wire.
fn unreadable(error: &(dyn Error + 'static)) -> AppError {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<BodyTimeout>() {
            let message = "the request's body did not arrive in time";
            return AppError::new(ErrorCode::RequestTimeout, message);
        }
        cause = error.source();
    }
    AppError::new(ErrorCode::MalformedJson, "the request's body broke off before its end")
}

/// [`ErrorCode::UnsupportedMediaType`] unless the body is said to be JSON.
pub(crate) fn require_json(headers: &HeaderMap) -> Result<(), AppError> {
    let given = headers.get(CONTENT_TYPE).map_or(&[][..], |value| value.as_bytes());
    let essence = given.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    if essence.eq_ignore_ascii_case(b"application/json") {
        return Ok(());
    }
    let message = "the body must be JSON, sent with `Content-Type: application/json`";
    Err(AppError::new(ErrorCode::UnsupportedMediaType, message))
}

/// The refusal for a body that is not what was asked for.
pub(crate) fn refused(error: BodyError) -> AppError {
    match error {
        BodyError::Json(error) => AppError::new(ErrorCode::MalformedJson, error.to_string()),
        BodyError::Field(field) => invalid(field),
    }
}

/// The refusal for one field.
pub(crate) fn invalid(InvalidField { field, message }: InvalidField) -> AppError {
    AppError::invalid(vec![FieldError { field, message }])
}

/// A JSON body of this shape.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        require_json(&parts.headers)?;
        let bytes = read(&parts.headers, body).await?;
        Ok(Self(strict_json::parse_into(&bytes).map_err(refused)?))
    }
}

/// A JSON body of this shape in which everything may be left out, the body itself included.
pub(crate) struct OptionalJson<T>(pub(crate) T);

impl<T: DeserializeOwned + Default, S: Sync> FromRequest<S> for OptionalJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let bytes = read(&parts.headers, body).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        require_json(&parts.headers)?;
        Ok(Self(strict_json::parse_into(&bytes).map_err(refused)?))
    }
}

/// No body, or `{}`: what an action without settings takes.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}
