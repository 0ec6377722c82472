//! Requests of the one who prepares and looks: what is not answered as it should be is an error.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use fanfare_testkit::HttpClient;
use serde_json::Value;

use crate::run::server::KEY;

/// A connection to the server, with the key.
pub(in crate::run) struct Api {
    client: HttpClient,
}

impl Api {
    /// Opens its connection with the first request.
    pub(in crate::run) fn new(addr: SocketAddr) -> Self {
        Self { client: HttpClient::new(addr, Some(KEY)) }
    }

    /// # Errors
    /// When the answer is not 200.
    pub(in crate::run) fn get(&mut self, path: &str) -> Result<Value> {
        let (status, _, body) = self.look(path, None)?;
        ensure!(status == 200, "GET {path} was answered {status}");
        serde_json::from_slice(&body).with_context(|| format!("the answer to GET {path}"))
    }

    /// The status, the `ETag` and the body, whatever they are.
    ///
    /// # Errors
    /// When there is no answer.
    pub(in crate::run) fn look(
        &mut self,
        path: &str,
        etag: Option<&str>,
    ) -> Result<(u16, Option<String>, Vec<u8>)> {
        let headers: Vec<_> = etag.iter().map(|etag| ("if-none-match", *etag)).collect();
        let answer = self.client.send("GET", path, &headers, b"")?;
        let etag = answer.header("etag").map(str::to_owned);
        Ok((answer.status, etag, answer.body))
    }

    /// # Errors
    /// When the answer is not of the 200s, or an item of a batch was rejected.
    pub(in crate::run) fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        let answer = self.client.post(path, &body.to_string())?;
        let good = (200..300).contains(&answer.status);
        ensure!(good, "POST {path} was answered {}: {}", answer.status, answer.text());
        let json: Value = serde_json::from_slice(&answer.body)
            .with_context(|| format!("the answer to POST {path}"))?;
        ensure!(json["rejected"].as_u64().unwrap_or(0) == 0, "items of POST {path} were rejected");
        Ok(json)
    }
}

/// The `id` of an answer.
///
/// # Errors
/// When there is none.
pub(in crate::run) fn id_of(json: &Value) -> Result<String> {
    Ok(json["id"].as_str().with_context(|| format!("{json} has no id"))?.to_owned())
}
