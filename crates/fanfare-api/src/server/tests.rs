//! On real sockets, with limits short enough to wait for.

use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::routing::post;
use http::StatusCode;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::*;

const SHORT: Duration = Duration::from_millis(150);
const LONG: Duration = Duration::from_secs(20);

/// Everything long; tests shorten what they are about.
fn limits() -> ServerLimits {
    ServerLimits {
        connections: 16,
        connections_per_ip: 16,
        head_timeout: LONG,
        body_timeout: LONG,
        request_timeout: LONG,
        idle_timeout: LONG,
        grace: LONG,
    }
}

struct Server {
    address: std::net::SocketAddr,
    figures: Arc<ConnectionFigures>,
    /// Told by the handlers that take their time when they begin.
    entered: Arc<Notify>,
    shutdown: CancellationToken,
    running: JoinHandle<()>,
}

impl Server {
    async fn start(limits: ServerLimits) -> Self {
        let entered = Arc::new(Notify::new());
        let router = Router::new()
            .route("/echo", post(echo))
            .route("/hang", post(hang))
            .route("/slow", post(slow))
            .route("/big", post(|| async { vec![b'x'; 64 * 1024 * 1024] }))
            .with_state(Arc::clone(&entered));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (figures, shutdown) = (Arc::<ConnectionFigures>::default(), CancellationToken::new());
        let serving =
            serve_counted(listener, router, limits, Arc::clone(&figures), shutdown.clone());
        let running = TaskTracker::new().spawn(serving);
        Self { address, figures, entered, shutdown, running }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

async fn hang(State(entered): State<Arc<Notify>>) {
    entered.notify_one();
    std::future::pending().await
}

async fn slow(State(entered): State<Arc<Notify>>) {
    entered.notify_one();
    tokio::time::sleep(SHORT * 3).await;
}

async fn echo(request: Request) -> (StatusCode, axum::body::Bytes) {
    match request.into_body().collect().await {
        Ok(body) => (StatusCode::OK, body.to_bytes()),
        Err(error) => {
            let mut cause: Option<&dyn std::error::Error> = Some(&error);
            while let Some(error) = cause {
                if error.is::<BodyTimeout>() {
                    return (StatusCode::REQUEST_TIMEOUT, axum::body::Bytes::new());
                }
                cause = error.source();
            }
            (StatusCode::BAD_REQUEST, axum::body::Bytes::new())
        }
    }
}

const ECHO: &[u8] = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi";

/// Everything until the server closes, or fails the test after a while.
async fn until_closed(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end as well.
    let _end = tokio::time::timeout(LONG, stream.read_to_end(&mut bytes)).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn answered(stream: &mut TcpStream) -> String {
    let mut bytes = vec![0; 4096];
    let count = tokio::time::timeout(LONG, stream.read(&mut bytes)).await.unwrap().unwrap();
    String::from_utf8_lossy(&bytes[..count]).into_owned()
}

/// Writes byte after byte until the server has had enough; how long that took.
async fn drip(stream: &mut TcpStream, bytes: impl Iterator<Item = u8>) -> Duration {
    let started = tokio::time::Instant::now();
    for byte in bytes {
        let mut peeked = [0; 1];
        let rest = tokio::time::timeout(Duration::from_millis(20), stream.peek(&mut peeked)).await;
        if rest.is_ok() || stream.write_all(&[byte]).await.is_err() {
            break;
        }
    }
    started.elapsed()
}

#[tokio::test]
async fn requests_on_a_kept_connection_are_served() {
    let server = Server::start(limits()).await;
    let mut stream = server.connect().await;
    for _ in 0..3 {
        stream.write_all(ECHO).await.unwrap();
        let answer = answered(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hi"), "{answer}");
    }
    assert_eq!((server.figures.open(), server.figures.accepted()), (1, 1));
}

#[tokio::test]
async fn a_silent_connection_and_a_dripping_head_are_closed() {
    let server = Server::start(ServerLimits { head_timeout: SHORT, ..limits() }).await;
    let mut silent = server.connect().await;
    assert_eq!(until_closed(&mut silent).await, "");

    let mut dripping = server.connect().await;
    let head = b"POST /echo HTTP/1.1\r\nX-A: ".iter().copied().chain(std::iter::repeat(b'a'));
    let took = drip(&mut dripping, head.take(1_000)).await;
    assert!((SHORT..SHORT * 20).contains(&took), "{took:?}");
    assert_eq!(until_closed(&mut dripping).await, "");
}

#[tokio::test]
async fn a_later_head_has_the_same_time_and_the_pause_before_it_does_not_count() {
    let server = Server::start(ServerLimits { head_timeout: SHORT, ..limits() }).await;
    let mut stream = server.connect().await;
    stream.write_all(ECHO).await.unwrap();
    answered(&mut stream).await;
    tokio::time::sleep(SHORT * 2).await;
    stream.write_all(ECHO).await.unwrap();
    assert!(answered(&mut stream).await.starts_with("HTTP/1.1 200"), "idle is not slow");
    stream.write_all(b"POST /echo HT").await.unwrap();
    assert_eq!(until_closed(&mut stream).await, "");
}

#[tokio::test]
async fn a_dripping_body_is_told_and_closed() {
    let server = Server::start(ServerLimits { body_timeout: SHORT, ..limits() }).await;
    let mut stream = server.connect().await;
    let head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n";
    stream.write_all(head).await.unwrap();
    let took = drip(&mut stream, std::iter::repeat_n(b'a', 1_000)).await;
    assert!((SHORT..SHORT * 20).contains(&took), "{took:?}");
    assert!(until_closed(&mut stream).await.starts_with("HTTP/1.1 408"));
}

#[tokio::test]
async fn idle_and_stuck_connections_are_closed() {
    let server =
        Server::start(ServerLimits { idle_timeout: SHORT, request_timeout: SHORT, ..limits() })
            .await;
    let mut idle = server.connect().await;
    idle.write_all(ECHO).await.unwrap();
    assert!(until_closed(&mut idle).await.ends_with("hi"));

    let mut stuck = server.connect().await;
    stuck.write_all(b"POST /hang HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert_eq!(until_closed(&mut stuck).await, "");
}

#[tokio::test]
async fn a_peer_that_does_not_take_its_response_is_closed() {
    let server = Server::start(ServerLimits { idle_timeout: SHORT, ..limits() }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"POST /big HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    tokio::time::timeout(LONG, async {
        while server.figures.open() != 0 || server.figures.accepted() == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn large_heads_are_refused() {
    let server = Server::start(limits()).await;
    let many: String = (0..65).map(|n| format!("X-{n}: 1\r\n")).collect();
    let long = format!("X-Long: {}\r\n", "a".repeat(HEAD_BYTES));
    for headers in [many, long] {
        let mut stream = server.connect().await;
        let head = format!("POST /echo HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let answer = until_closed(&mut stream).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 431") && head.contains("application/json"), "{head}");
        assert!(head.contains(&format!("Content-Length: {}", body.len())), "{answer}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["error"]["code"], "headers_too_large");
    }
    let mut stream = server.connect().await;
    let body = "HTTP/1.1 431 ";
    let length = body.len();
    let request =
        format!("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    let answer = answered(&mut stream).await;
    assert!(answer.ends_with("HTTP/1.1 431 "), "what a handler says is left alone: {answer}");
}

#[tokio::test]
async fn connections_beyond_the_caps_are_told_and_others_served() {
    let limits = ServerLimits { connections_per_ip: 2, ..limits() };
    let server = Server::start(limits).await;
    let mut seated = server.connect().await;
    seated.write_all(ECHO).await.unwrap();
    answered(&mut seated).await;
    let mut second = server.connect().await;
    second.write_all(ECHO).await.unwrap();
    answered(&mut second).await;

    let mut third = server.connect().await;
    let told = until_closed(&mut third).await;
    assert!(told.starts_with("HTTP/1.1 503") && told.contains("Retry-After: 1"), "{told}");
    let body = told.split("\r\n\r\n").nth(1).unwrap();
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["error"]["code"], "unavailable");
    assert_eq!(server.figures.turned_away(), 1);

    drop(seated);
    tokio::time::timeout(LONG, async {
        while server.figures.open() > 1 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap();
    let mut again = server.connect().await;
    again.write_all(ECHO).await.unwrap();
    assert!(answered(&mut again).await.starts_with("HTTP/1.1 200"), "a seat became free");
}

#[tokio::test]
async fn shutdown_finishes_what_is_in_flight_and_closes_what_is_idle() {
    let server = Server::start(limits()).await;
    let mut idle = server.connect().await;
    idle.write_all(ECHO).await.unwrap();
    answered(&mut idle).await;
    let mut busy = server.connect().await;
    busy.write_all(b"POST /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    server.entered.notified().await;
    server.shutdown.cancel();
    assert_eq!(until_closed(&mut idle).await, "");
    assert!(until_closed(&mut busy).await.starts_with("HTTP/1.1 200"));
    tokio::time::timeout(LONG, server.running).await.unwrap().unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody is let in any more");
}

#[tokio::test]
async fn shutdown_ends_by_its_grace_even_when_a_handler_does_not() {
    let server = Server::start(ServerLimits { grace: SHORT, ..limits() }).await;
    let mut stuck = server.connect().await;
    stuck.write_all(b"POST /hang HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    server.entered.notified().await;
    server.shutdown.cancel();
    tokio::time::timeout(LONG, server.running).await.unwrap().unwrap();
    assert_eq!(server.figures.open(), 0);
}
