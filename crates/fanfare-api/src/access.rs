//! Who may come in: from the `Authorization` header to a [`Caller`], within the organization's
//! rate. Keys are read here and nowhere else; none is ever logged.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use fanfare_app::{AppError, Caller, ErrorCode};
use fanfare_model::{RequestId, Timestamp};
use fanfare_store::Origin;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::error::ApiError;
use crate::rate_limit::Allowance;
use crate::server::Peer;
use crate::state::ApiState;

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Who asks, and what is left of the organization's rate when there is one.
pub(crate) struct Admitted {
    pub(crate) caller: Result<Caller, AppError>,
    pub(crate) allowance: Option<Allowance>,
}

/// Authenticates a request and counts it.
pub(crate) async fn admit(state: &ApiState, headers: &HeaderMap) -> Admitted {
    let caller = match bearer(headers) {
        Ok(token) => state.shared.app.authenticate(token).await,
        Err(error) => Err(error),
    };
    let (Some(limiter), Ok(known)) = (&state.shared.rate_limiter, &caller) else {
        return Admitted { caller, allowance: None };
    };
    let allowance = limiter.check(known.organization_id);
    let caller = match allowance.retry_after {
        None => caller,
        Some(wait) => {
            let message = "too many requests; wait as long as Retry-After says";
            Err(AppError::new(ErrorCode::RateLimited, message).with_retry_after(wait))
        }
    };
    Admitted { caller, allowance: Some(allowance) }
}

/// The token of `Authorization: Bearer …`.
pub(crate) fn bearer(headers: &HeaderMap) -> Result<&str, AppError> {
    let missing = || {
        let message = "the API key is missing; send it as `Authorization: Bearer sk_…`";
        AppError::new(ErrorCode::Unauthorized, message)
    };
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else { return Err(missing()) };
    let (scheme, token) =
        value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or_else(missing)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim()) } else { Err(missing()) }
}

/// Tells the client what is left of its rate.
pub(crate) fn stamp(headers: &mut HeaderMap, allowance: &Allowance, now: Timestamp) {
    let reset = (now + allowance.reset).as_millis().div_euclid(1_000) + 1;
    headers.insert(LIMIT, HeaderValue::from(allowance.limit));
    headers.insert(REMAINING, HeaderValue::from(allowance.remaining));
    headers.insert(RESET, HeaderValue::from(reset));
}

/// The layer of every route that needs a key.
pub(crate) async fn authenticated(
    State(state): State<ApiState>,
    mut request: Request,
    next: Next,
) -> Response {
    let Admitted { caller, allowance } = admit(&state, request.headers()).await;
    let mut response = match caller {
        Ok(caller) => {
            let origin = Origin {
                ip: request.extensions().get::<Peer>().map(|peer| peer.0),
                request_id: request.extensions().get::<RequestId>().copied(),
            };
            request.extensions_mut().insert(caller.at(origin));
            let mut response = next.run(request).await;
            // For whoever follows the organization's requests.
            response.extensions_mut().insert(caller);
            response
        }
        Err(error) => ApiError(error).into_response(),
    };
    if let Some(allowance) = allowance {
        stamp(response.headers_mut(), &allowance, state.shared.clock.now());
    }
    response
}
