//! What a handler is given, and how it answers.

use askama::Template;
use axum::extract::{FromRequestParts, Path};
use axum::response::{Html, IntoResponse, Response};
use fanfare_app::{AppError, Caller, ErrorCode, OperatorContext};
use fanfare_model::{Id, IdKind, RequestId, Timestamp};
use http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use crate::chrome::{Bare, Chrome, Theme};
use crate::cookies::Cookie;
use crate::error::Refusal;
use crate::flash::{Flash, FlashKind};
use crate::form::Pairs;
use crate::nav::Place;
use crate::session::Viewer;
use crate::state::{Dashboard, Origin};

/// What a handler answers.
pub(crate) type Answer = Result<Response, Refusal>;

/// A request, whoever makes it.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// The path and the query of the page; of a form that is answered with a page, those of the page
    /// that it is sent from.
    pub(crate) address: String,
    /// The query.
    pub(crate) query: Pairs,
    /// The form; empty for a GET.
    pub(crate) form: Pairs,
    /// When.
    pub(crate) now: Timestamp,
    /// Its name in the log.
    pub(crate) id: RequestId,
    /// Light or dark.
    pub(crate) theme: Theme,
    /// Whether a script asks for a part of a page.
    pub(crate) fragment: bool,
    /// The value of the cookie with a message.
    pub(crate) flash: Option<String>,
}

impl Visit {
    /// The path alone.
    pub(crate) fn path(&self) -> &str {
        self.address.split('?').next().unwrap_or_default()
    }

    /// What surrounds a page of somebody who is not signed in.
    pub(crate) fn bare(&self, title: &str) -> Bare {
        Bare { title: title.to_owned(), theme: self.theme }
    }
}

impl FromRequestParts<Dashboard> for Visit {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Dashboard) -> Result<Self, Refusal> {
        let visit = parts.extensions.get::<Self>().cloned();
        let mut visit = visit.ok_or_else(|| out_of_place("no visit"))?;
        visit.form = parts.extensions.get::<Pairs>().cloned().unwrap_or_default();
        Ok(visit)
    }
}

/// A request of somebody who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    /// Who.
    pub(crate) viewer: Viewer,
    visit: Visit,
    origin: Origin,
}

impl std::ops::Deref for Ask {
    type Target = Visit;

    fn deref(&self) -> &Visit {
        &self.visit
    }
}

impl FromRequestParts<Dashboard> for Ask {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Dashboard) -> Result<Self, Refusal> {
        let visit = Visit::from_request_parts(parts, state).await?;
        let viewer = parts.extensions.get::<Viewer>().cloned();
        let viewer = viewer.ok_or_else(|| out_of_place("nobody is signed in"))?;
        Ok(Self { viewer, visit, origin: state.origin().clone() })
    }
}

impl Ask {
    /// In whose name.
    pub(crate) fn caller(&self) -> &Caller {
        &self.viewer.caller
    }

    /// What surrounds a page with this title; `place` is what the sidebar marks.
    pub(crate) fn page(&self, title: &str, place: Place) -> Chrome {
        let flash = self.visit.flash.as_deref();
        let flash = flash.and_then(|sealed| Flash::open(sealed, &self.viewer.csrf));
        Chrome::new(&self.viewer, &self.visit, title, place, flash)
    }

    /// To a page that tells that it was done.
    pub(crate) fn done(&self, to: &str, text: impl Into<String>) -> Response {
        self.told(to, FlashKind::Done, text.into())
    }

    /// To a page that tells why it was not done. What is no answer to what was asked, such as an id
    /// that is not there, stays a refusal with a page of its own.
    pub(crate) fn refused(&self, to: &str, error: AppError) -> Answer {
        let told = matches!(
            error.code(),
            ErrorCode::Conflict
                | ErrorCode::IllegalTransition
                | ErrorCode::LimitReached
                | ErrorCode::RateLimited
                | ErrorCode::ValidationFailed
        );
        if !told {
            return Err(error.into());
        }
        let mut text = error.message().to_owned();
        if let [only] = error.details() {
            text = format!("{}: {}", only.field, only.message);
        }
        Ok(self.told(to, FlashKind::Refused, sentence(&text)))
    }

    fn told(&self, to: &str, kind: FlashKind, text: String) -> Response {
        let sealed = Flash { kind, text }.seal(&self.viewer.csrf);
        let mut response = see_other(to);
        if let Ok(cookie) = HeaderValue::try_from(Cookie::Flash.set(&self.origin, &sealed)) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }
}

/// The id in the path. A text that is no id of the kind is an id that does not exist.
pub(crate) struct PathId<K: IdKind>(pub(crate) Id<K>);

impl<K: IdKind> FromRequestParts<Dashboard> for PathId<K> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &Dashboard) -> Result<Self, Refusal> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        let id = text.ok().and_then(|Path(text)| text.parse().ok());
        Ok(Self(id.ok_or_else(|| AppError::not_found("page"))?))
    }
}

/// A page.
pub(crate) fn page(template: &impl Template) -> Answer {
    page_with(StatusCode::OK, template)
}

/// A page with this status, such as a form with complaints.
pub(crate) fn page_with(status: StatusCode, template: &impl Template) -> Answer {
    let html =
        template.render().map_err(|error| AppError::internal(OperatorContext::new(error)))?;
    Ok((status, [(CACHE_CONTROL, "no-store")], Html(html)).into_response())
}

/// To another page, by GET.
pub(crate) fn see_other(to: &str) -> Response {
    let place = HeaderValue::try_from(to).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response()
}

/// The same text as a sentence: a capital first, a full stop last.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return String::new() };
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{}{stop}", first.to_uppercase(), chars.as_str())
}

/// A handler is behind the wrong layers: a defect of ours.
fn out_of_place(what: &str) -> Refusal {
    Refusal(AppError::internal(OperatorContext::new(what)))
}
