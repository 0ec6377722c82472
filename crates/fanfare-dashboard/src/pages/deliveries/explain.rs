//! The signature helper: why does a pasted signature not verify?

use axum::extract::State;
use fanfare_app::{AppError, ErrorCode, ExplainSignature, Family};
use fanfare_model::kinds::Delivery;
use http::StatusCode;

use super::one::render;
use crate::ask::{Answer, Ask, PathId, sentence};
use crate::state::Dashboard;
use crate::ui::Errors;

/// What was pasted and what was found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Explained {
    pub(crate) asked: bool,
    pub(crate) standard: bool,
    pub(crate) attempt: String,
    pub(crate) signature: String,
    pub(crate) body: String,
    /// One sentence each; none: it verifies.
    pub(crate) findings: Vec<String>,
    pub(crate) errors: Errors,
}

impl Explained {
    /// The status of the page that shows it.
    pub(super) fn status(&self) -> StatusCode {
        if self.errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST }
    }
}

/// `POST /deliveries/{id}/explain`
pub(crate) async fn explain(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Delivery>,
    ask: Ask,
) -> Answer {
    let form = &ask.form;
    let view = dashboard.app().delivery(ask.caller(), id).await?;
    let standard = form.get("family") == "standard";
    let latest = view.detail.delivery.attempts;
    let attempt = form.get("attempt").parse().unwrap_or(latest);
    let pasted = ExplainSignature {
        family: if standard { Family::Standard } else { Family::Fanfare },
        signature: form.get("signature").to_owned(),
        // A browser's text field ends lines with CR LF, which no body of ours has.
        body: form.given("body").map(|text| text.replace("\r\n", "\n").into_bytes()),
        secret: form.given("secret").map(str::to_owned),
    };
    let mut explained = Explained {
        asked: true,
        standard,
        attempt: attempt.to_string(),
        signature: pasted.signature.clone(),
        body: form.get("body").to_owned(),
        ..Explained::default()
    };
    match dashboard.app().explain_signature(ask.caller(), id, attempt, &pasted).await {
        Ok(findings) => {
            explained.findings = findings.iter().map(|each| sentence(&each.to_string())).collect();
        }
        Err(error) if error.code() == ErrorCode::ValidationFailed => {
            explained.errors = Errors::of(&error);
        }
        Err(error) => return Err(AppError::into(error)),
    }
    render(&dashboard, &ask, &view, explained).await
}
