//! Posts events to the program on this machine.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use bytes::Bytes;
use fanfare_egress::{
    Channel, Egress, EgressError, EgressLimits, EgressPolicy, SystemResolver, Target,
};
use fanfare_model::{limits, wire_headers};
use http::header::USER_AGENT;
use http::{HeaderName, HeaderValue, Request};
use ipnet::{Ipv4Net, Ipv6Net};
use serde_json::Value;
use tokio::time::Instant;

/// What the program made of an event.
#[derive(Debug, Clone)]
pub(super) struct Answered {
    /// The status, or why there is none.
    pub(super) status: Result<u16, String>,
    /// How long it took.
    pub(super) took: Duration,
}

/// The program, over one kept connection.
pub(super) struct Forward {
    egress: Egress,
    target: Target,
    channel: Option<Channel>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Forward {
    /// The program at this URL.
    pub(super) fn new(url: &str, headers: &[(String, String)]) -> anyhow::Result<Self> {
        // Whoever runs this command names the program: it may be anywhere.
        let policy = EgressPolicy {
            allow_private: vec![Ipv4Net::default().into(), Ipv6Net::default().into()],
            allow_http: true,
            ..EgressPolicy::default()
        };
        let with_scheme =
            if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let target = Target::parse(&with_scheme, &policy);
        let target = target.with_context(|| format!("{url:?} is no URL to forward to"))?;
        let headers = headers.iter().map(|(name, value)| {
            let wrong = || anyhow!("{name}: {value} is no header");
            let name = HeaderName::try_from(name.as_str()).map_err(|_| wrong())?;
            Ok((name, HeaderValue::try_from(value.as_str()).map_err(|_| wrong())?))
        });
        let headers = headers.collect::<anyhow::Result<_>>()?;
        let egress = Egress::new(policy, Arc::new(SystemResolver), EgressLimits::default());
        Ok(Self { egress, target, channel: None, headers })
    }

    /// Its URL.
    pub(super) fn url(&self) -> &str {
        self.target.as_str()
    }

    /// Posts an item of the feed.
    pub(super) async fn post(&mut self, item: &Value) -> Answered {
        let begun = Instant::now();
        let status = match self.request(item) {
            Ok(request) => self.send(request).await.map_err(|error| error.detail().to_owned()),
            Err(error) => Err(error.to_string()),
        };
        Answered { status, took: begun.elapsed() }
    }

    fn request(&self, item: &Value) -> anyhow::Result<Request<Bytes>> {
        let body = item["body"].as_str().context("the item has no body")?;
        let mut request = Request::post(self.target.path_and_query())
            .header(USER_AGENT, wire_headers::USER_AGENT);
        for (name, value) in item["headers"].as_object().into_iter().flatten() {
            request = request.header(name, value.as_str().unwrap_or_default());
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        Ok(request.body(Bytes::copy_from_slice(body.as_bytes()))?)
    }

    async fn send(&mut self, request: Request<Bytes>) -> Result<u16, EgressError> {
        let deadline = Instant::now() + limits::REQUEST_TIMEOUT;
        loop {
            let mut channel = match self.channel.take().filter(Channel::is_reusable) {
                Some(channel) => channel,
                None => self.egress.connect(&self.target).await?,
            };
            match channel.send(request.clone(), deadline).await {
                // The program had closed the idle connection: nothing arrived.
                Err(error) if error.is_stale_reuse() && !error.sent() => {}
                Err(error) => return Err(error),
                Ok(response) => {
                    if channel.is_reusable() {
                        self.channel = Some(channel);
                    }
                    return Ok(response.status);
                }
            }
        }
    }
}
