//! Resend's HTTP API: one request for each message, with its id as `Idempotency-Key`.
//!
//! The connection is made by [`fanfare_egress`], the one way out, under a policy that allows every
//! address: the operator names this one.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fanfare_egress::{Egress, EgressError, EgressLimits, EgressPolicy, SystemResolver, Target};
use http::{Method, Request, StatusCode, header};
use lettre::message::Mailbox;
use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use crate::render::Message;
use crate::settings::{Secret, SettingsError};
use crate::way::NotTaken;

/// Time for one request.
const LONGEST: Duration = Duration::from_secs(30);

pub(crate) struct Resend {
    from: String,
    key: Secret,
    target: Target,
    egress: Egress,
}

impl Resend {
    pub(crate) fn new(from: &Mailbox, key: &Secret, url: &Url) -> Result<Self, SettingsError> {
        let everywhere = ["0.0.0.0/0", "::/0"].into_iter().filter_map(|net| net.parse().ok());
        let policy = EgressPolicy {
            allow_private: everywhere.collect(),
            allow_http: true,
            ..EgressPolicy::default()
        };
        let address = format!("{}/emails", url.as_str().trim_end_matches('/'));
        let target = Target::parse(&address, &policy);
        let target =
            target.map_err(|error| SettingsError::new(format!("Resend's URL: {error}")))?;
        let resolver = Arc::new(SystemResolver);
        let egress = Egress::new(policy, resolver, EgressLimits::default());
        Ok(Self { from: from.to_string(), key: key.clone(), target, egress })
    }

    pub(crate) async fn send(&self, message: &Message) -> Result<String, NotTaken> {
        let request = self.request(message).map_err(|error| NotTaken::ever(error.to_string()))?;
        let wrong = |error: EgressError| NotTaken::now(format!("{error}: {}", error.detail()));
        let mut channel = self.egress.connect(&self.target).await.map_err(wrong)?;
        let response = channel.send(request, Instant::now() + LONGEST).await.map_err(wrong)?;
        let status = response.status;
        let said = said(&response.body);
        let words = format!("HTTP {status}: {said}");
        match StatusCode::from_u16(status) {
            Ok(code) if code.is_success() => Ok(words),
            // It has this mail from an attempt whose answer we never saw; the words changed since.
            Ok(StatusCode::CONFLICT) if field(&response.body, "name").is_some_and(is_known) => {
                Ok(words)
            }
            // The content or an address is wrong. Everything else, the key included, can be mended.
            Ok(StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY) => {
                Err(NotTaken::ever(words))
            }
            _ => Err(NotTaken::now(words)),
        }
    }

    fn request(&self, message: &Message) -> Result<Request<Bytes>, http::Error> {
        let headers: serde_json::Map<String, Value> =
            message.headers().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let body = json!({
            "from": self.from,
            "to": [message.to],
            "subject": message.subject,
            "text": message.text,
            "html": message.html,
            "headers": headers,
        });
        Request::builder()
            .method(Method::POST)
            .uri(self.target.request_uri().clone())
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key.0))
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::USER_AGENT, concat!("Fanfare/", env!("CARGO_PKG_VERSION")))
            .header("idempotency-key", message.id.to_string())
            .body(Bytes::from(body.to_string()))
    }
}

/// The name of the error for a key that was used with another body.
fn is_known(name: String) -> bool {
    name == "invalid_idempotent_request"
}

fn field(body: &[u8], name: &str) -> Option<String> {
    let parsed: Value = serde_json::from_slice(body).ok()?;
    parsed.get(name)?.as_str().map(str::to_owned)
}

/// What an answer says, in a line.
fn said(body: &[u8]) -> String {
    field(body, "message").or_else(|| field(body, "id")).unwrap_or_else(|| {
        String::from_utf8_lossy(body.get(..200).unwrap_or(body)).replace(['\r', '\n'], " ")
    })
}
