//! A client of the public API: JSON over one kept HTTP/1.1 connection to a server of ours, with or
//! without TLS.
//!
//! Promises: every wait has an end. A request that certainly did not arrive, because the server
//! had closed the idle connection, is sent again; any other is not. For [`Api::get`] and its like a
//! server that is too busy is asked again for a while, and an answer that is no success is an error;
//! for [`Api::ask`] every answer is a result.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use bytes::Bytes;
use fanfare_egress::{
    Channel, Egress, EgressError, EgressLimits, EgressPolicy, SystemResolver, Target,
};
use http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Method, Request};
use ipnet::{Ipv4Net, Ipv6Net};
use serde_json::Value;
use tokio::time::{Instant, sleep};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a busy server is left alone when it names no time.
const BACK_OFF: Duration = Duration::from_millis(50);
/// The largest answer.
const ANSWER_BYTES: usize = 8 * 1024 * 1024;

/// A server and the key to it.
#[derive(Debug)]
pub(crate) struct Server {
    egress: Egress,
    target: Target,
    bearer: HeaderValue,
}

impl Server {
    /// The server at a URL such as `http://127.0.0.1:8080`; a path is the prefix of all paths.
    pub(crate) fn new(url: &str, key: &str) -> anyhow::Result<Arc<Self>> {
        // Whoever runs this command names the server: it may be anywhere.
        let policy = EgressPolicy {
            allow_private: vec![Ipv4Net::default().into(), Ipv6Net::default().into()],
            allow_http: true,
            ..EgressPolicy::default()
        };
        let limits = EgressLimits {
            body_kept: ANSWER_BYTES,
            body_read: ANSWER_BYTES,
            ..EgressLimits::default()
        };
        let target = Target::parse(url.trim_end_matches('/'), &policy);
        let target = target.with_context(|| format!("{url:?} is not the URL of a server"))?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {key}"))
            .map_err(|_| anyhow!("the API key has characters that no key has"))?;
        bearer.set_sensitive(true);
        let egress = Egress::new(policy, Arc::new(SystemResolver), limits);
        Ok(Arc::new(Self { egress, target, bearer }))
    }

    /// Its URL, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        self.target.as_str().trim_end_matches('/')
    }

    async fn connect(&self) -> anyhow::Result<Channel> {
        let connected = self.egress.connect(&self.target).await;
        connected.map_err(|error| {
            anyhow!("the server at {} cannot be reached: {}", self.url(), error.detail())
        })
    }

    fn request(&self, method: &Method, path: &str, body: &Bytes) -> anyhow::Result<Request<Bytes>> {
        let prefix = self.target.path_and_query().trim_end_matches('/');
        Ok(Request::builder()
            .method(method)
            .uri(format!("{prefix}{path}"))
            .header(AUTHORIZATION, &self.bearer)
            .header(CONTENT_TYPE, "application/json")
            .body(body.clone())?)
    }
}

/// What the server said, whatever it was.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The HTTP status.
    pub(crate) status: u16,
    retry_after: Option<Duration>,
    body: Bytes,
}

impl Answer {
    /// Whether it is what was asked for.
    pub(crate) const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// How long to wait before the request is sent again, if the server was too busy for it.
    pub(crate) fn busy(&self) -> Option<Duration> {
        let is_busy = matches!(self.status, 429 | 503);
        is_busy.then(|| self.retry_after.unwrap_or(BACK_OFF))
    }

    /// The body; null when there is none.
    pub(crate) fn json(&self) -> anyhow::Result<Value> {
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body).context("the answer is not JSON")
    }

    /// A refusal in a line: its status, and what it says.
    pub(crate) fn refusal(&self) -> String {
        let said = self.json().unwrap_or_default();
        let error = &said["error"];
        let mut text = match (error["code"].as_str(), error["message"].as_str()) {
            (Some(code), Some(message)) => format!("{} {code}: {message}", self.status),
            _ => format!("{} {}", self.status, String::from_utf8_lossy(&self.body)),
        };
        for detail in error["details"].as_array().into_iter().flatten() {
            let part = |name: &str| detail[name].as_str().unwrap_or_default();
            text += &format!("; {} {}", part("field"), part("message"));
        }
        text
    }
}

/// One connection to a server, opened when it is first needed.
pub(crate) struct Api {
    server: Arc<Server>,
    channel: Option<Channel>,
    patience: Duration,
}

impl Api {
    /// A client that has not connected yet.
    pub(crate) const fn new(server: Arc<Server>) -> Self {
        Self { server, channel: None, patience: PATIENCE }
    }

    /// The same, which waits no longer than this for an answer.
    pub(crate) const fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The server's URL, without a slash at the end.
    pub(crate) fn url(&self) -> &str {
        self.server.url()
    }

    /// Asks for a resource.
    pub(crate) async fn get(&mut self, path: &str) -> anyhow::Result<Value> {
        self.successful(Method::GET, path, None).await
    }

    /// Posts a JSON body.
    pub(crate) async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.successful(Method::POST, path, Some(body)).await
    }

    /// Sends any request; the answer must be a success.
    pub(crate) async fn successful(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        let deadline = Instant::now() + PATIENCE;
        let answer = loop {
            let answer = self.ask(&method, path, body).await?;
            match answer.busy() {
                Some(pause) if Instant::now() + pause < deadline => sleep(pause).await,
                _ => break answer,
            }
        };
        if !answer.is_success() {
            bail!("{method} {path} was answered {}", answer.refusal());
        }
        answer.json().with_context(|| format!("{method} {path}"))
    }

    /// Sends any request and takes any answer.
    pub(crate) async fn ask(
        &mut self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Answer> {
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        loop {
            let mut channel = match self.channel.take().filter(Channel::is_reusable) {
                Some(channel) => channel,
                None => self.server.connect().await?,
            };
            let request = self.server.request(method, path, &body)?;
            let response = match channel.send(request, Instant::now() + self.patience).await {
                Err(error)
                    if error.is_stale_reuse() && (!error.sent() || *method == Method::GET) =>
                {
                    continue;
                }
                Err(error) => return Err(broken(method, path, &error)),
                Ok(response) => response,
            };
            if let Some(error) = &response.body_error {
                return Err(broken(method, path, error));
            }
            if channel.is_reusable() {
                self.channel = Some(channel);
            }
            let seconds = response.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
            let retry_after = seconds.and_then(|text| text.parse().ok()).map(Duration::from_secs);
            return Ok(Answer { status: response.status, retry_after, body: response.body });
        }
    }
}

fn broken(method: &Method, path: &str, error: &EgressError) -> anyhow::Error {
    anyhow!("{method} {path} got no answer: {}", error.detail())
}
