//! A client of the public API: JSON over one HTTP/1.1 connection to our own server.

use std::net::SocketAddr;

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// A client with a key.
pub(super) struct Api {
    addr: SocketAddr,
    key: String,
    sender: SendRequest<Full<Bytes>>,
    /// Drives the connection; ends with it.
    _connection: JoinSet<()>,
}

impl Api {
    /// Connects.
    pub(super) async fn connect(addr: SocketAddr, key: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(addr).await.context("the server cannot be reached")?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        let mut driving = JoinSet::new();
        driving.spawn(async move {
            // Whoever sends sees the error.
            let _ended = connection.await;
        });
        Ok(Self { addr, key: key.to_owned(), sender, _connection: driving })
    }

    /// Asks for a resource.
    pub(super) async fn get(&mut self, path: &str) -> anyhow::Result<Value> {
        self.send(Method::GET, path, Bytes::new()).await
    }

    /// Posts a JSON body.
    pub(super) async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(Method::POST, path, body.to_string().into()).await
    }

    async fn send(&mut self, method: Method, path: &str, body: Bytes) -> anyhow::Result<Value> {
        let what = format!("{method} {path}");
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, self.addr.to_string())
            .header(AUTHORIZATION, format!("Bearer {}", self.key))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(body))?;
        self.sender.ready().await.with_context(|| what.clone())?;
        let response = self.sender.send_request(request).await.with_context(|| what.clone())?;
        let status = response.status();
        let bytes = response.into_body().collect().await.with_context(|| what.clone())?.to_bytes();
        if !status.is_success() {
            bail!("{what} was answered {status}: {}", String::from_utf8_lossy(&bytes));
        }
        serde_json::from_slice(&bytes).with_context(|| format!("{what} was not answered in JSON"))
    }
}
