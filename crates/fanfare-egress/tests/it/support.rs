//! What the tests share: a scripted resolver, receivers that do exactly as they are told.

use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use fanfare_egress::{Channel, Egress, EgressLimits, EgressPolicy, Resolve, Resolving, Target};
use http::{Method, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// What a resolver says.
type Said = Result<Vec<IpAddr>, &'static str>;

/// Answers by name, one after the other, the last one for ever. Unknown names do not exist.
#[derive(Default)]
pub(crate) struct Names {
    answers: Mutex<HashMap<String, Vec<Said>>>,
    pub(crate) asked: AtomicUsize,
}

impl Names {
    pub(crate) fn with(self, name: &str, answers: &[&str]) -> Self {
        let answers = answers.iter().map(|address| address.parse().unwrap()).collect();
        self.then(name, Ok(answers))
    }

    pub(crate) fn then(self, name: &str, answer: Said) -> Self {
        self.answers.lock().unwrap().entry(name.to_owned()).or_default().push(answer);
        self
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut known = self.answers.lock().unwrap();
        let answer = match known.get_mut(host) {
            None => Err("NXDOMAIN"),
            Some(answers) if answers.len() > 1 => answers.remove(0),
            Some(answers) => answers[0].clone(),
        };
        Box::pin(std::future::ready(answer.map_err(io::Error::other)))
    }
}

/// Loopback and plain http are allowed.
pub(crate) fn loopback() -> EgressPolicy {
    EgressPolicy {
        allow_private: vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()],
        allow_http: true,
        ..EgressPolicy::default()
    }
}

pub(crate) fn egress(policy: EgressPolicy, names: Names) -> Egress {
    Egress::new(policy, Arc::new(names), EgressLimits::default())
}

/// A way out to loopback.
pub(crate) fn way_out() -> Egress {
    egress(loopback(), Names::default())
}

/// A `POST` of this body.
pub(crate) fn post(body: impl Into<Bytes>) -> Request<Bytes> {
    let mut request = Request::new(body.into());
    *request.method_mut() = Method::POST;
    request
}

/// Long enough never to be reached by a test that passes.
pub(crate) fn ample() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// A listener on loopback that treats each connection as its script says, and counts them.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Receiver {
    /// The script gets each connection with its number, counted from 1.
    pub(crate) async fn start<S, F>(script: S) -> Self
    where
        S: Fn(Peer, usize) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        Self::on("127.0.0.1:0", script).await.unwrap()
    }

    pub(crate) async fn on<S, F>(address: &str, script: S) -> io::Result<Self>
    where
        S: Fn(Peer, usize) -> F + Send + 'static,
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let accepted = Arc::new(AtomicUsize::new(0));
        let mut tasks = JoinSet::new();
        let counter = accepted.clone();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let number = counter.fetch_add(1, Ordering::Relaxed) + 1;
                connections.spawn(script(Peer { stream }, number));
            }
        });
        Ok(Self { address, accepted, _tasks: tasks })
    }

    /// Answers the first request of each connection with these bytes, and waits for its end.
    pub(crate) async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = Arc::new(answer.into());
        Self::start(move |mut peer, _| {
            let answer = answer.clone();
            async move {
                peer.request().await;
                peer.say(&answer).await;
                peer.until_closed().await;
            }
        })
        .await
    }

    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook?a=b", self.address)
    }

    /// A connection to it.
    pub(crate) async fn connect(&self) -> Channel {
        let egress = way_out();
        let target = Target::parse(&self.url(), egress.policy()).unwrap();
        egress.connect(&target).await.unwrap()
    }
}

/// The receiver's side of a connection.
pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
}

impl Peer {
    /// Reads a request with a `content-length`: its head in lower case, and its body. Empty at
    /// the end of the connection.
    pub(crate) async fn request(&mut self) -> (String, Vec<u8>) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            match self.stream.read_u8().await {
                Ok(byte) => head.push(byte),
                Err(_) => return Default::default(),
            }
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        let length = head
            .split("content-length: ")
            .nth(1)
            .map_or(0, |rest| rest.split("\r\n").next().unwrap().parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.unwrap();
        (head, body)
    }

    /// Writes these bytes; whether they could be written.
    pub(crate) async fn say(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).await.is_ok()
    }

    pub(crate) async fn until_closed(&mut self) {
        let mut bytes = [0; 4096];
        while self.stream.read(&mut bytes).await.is_ok_and(|read| read > 0) {}
    }
}
