//! What one published event costs on the HTTP side: `cargo run --release -p fanfare-api
//! --example publish_cost [seconds]`.
//!
//! Serves the API on a loopback port over a fresh embedded store without a delivery engine. A
//! second process (this program again) keeps 64 connections busy. Prints requests per second and
//! the CPU time per request of the threads that serve HTTP and of all others (the store), read
//! from the kernel's per-thread accounts. Linux only.
#![expect(clippy::unwrap_used, reason = "a measurement may stop at what it did not expect")]
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use fanfare_api::{ApiOptions, ApiParts, ApiState, Front, Metrics, ServerLimits, router, serve};
use fanfare_app::{App, AppOptions, AppParts};
use fanfare_egress::{Egress, EgressLimits, EgressPolicy, SystemResolver};
use fanfare_model::{Clock, EventType, IdSource, SystemClock, catalogue};
use fanfare_signing::{EncryptionKey, Keyring};
use fanfare_sqlite::{SqliteOptions, SqliteStore};
use fanfare_store::NoHandover;
use fanfare_testkit::SeededEntropy;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

const KEY: &str = "sk_test_abcdefghijklmnopqrstuvwxyz";
const CONNECTIONS: usize = 64;
const HTTP_THREADS: &str = "http";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [address, request, seconds] => load(address, request.clone(), seconds.parse().unwrap()),
        [seconds] => measure(seconds.parse().unwrap()),
        _ => measure(3),
    }
}

fn measure(seconds: u64) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name(HTTP_THREADS)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let state = state(&folder.path().join("fanfare.db")).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shutdown = CancellationToken::new();
        let front = Front::new(state.clone(), router(state));
        let limits = ServerLimits::default();
        let server = TaskTracker::new().spawn(serve(listener, front, limits, shutdown.clone()));
        let event = catalogue::example_data(EventType::DistributionWinnerSelected);
        let good = format!(r#"{{"type":"distribution.winner_selected","data":{event}}}"#);
        println!(
            "{:<28} {:>10} {:>16} {:>16}",
            "request", "per second", "HTTP CPU-us", "other CPU-us"
        );
        for (name, request) in [
            ("GET /healthz", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n".to_owned()),
            ("POST, refused (401)", post(&good, "sk_test_unknown")),
            ("POST, refused (400)", post(r#"{"type":"nope","data":{}}"#, KEY)),
            ("POST /api/events", post(&good, KEY)),
        ] {
            report(name, &address, &request, seconds).await;
        }
        shutdown.cancel();
        server.await.unwrap();
    });
}

async fn report(name: &str, address: &str, request: &str, seconds: u64) {
    let before = cpu();
    let program = std::env::current_exe().unwrap();
    let mut command = Command::new(program);
    command.args([address, request, &seconds.to_string()]);
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let after = cpu();
    let done: f64 = String::from_utf8(output.stdout).unwrap().trim().parse().unwrap();
    let each = |before: u64, after: u64| (after - before) as f64 / 1e3 / done;
    let rate = done / seconds as f64;
    let (http, other) = (each(before.0, after.0), each(before.1, after.1));
    println!("{name:<28} {rate:>10.0} {http:>16.1} {other:>16.1}");
}

fn post(body: &str, key: &str) -> String {
    format!(
        "POST /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Nanoseconds on the CPU: threads that serve HTTP, and all others.
fn cpu() -> (u64, u64) {
    let (mut http, mut other) = (0, 0);
    for task in std::fs::read_dir("/proc/self/task").unwrap() {
        let path = task.unwrap().path();
        let name = std::fs::read_to_string(path.join("comm")).unwrap();
        let stat = std::fs::read_to_string(path.join("schedstat")).unwrap();
        let spent: u64 = stat.split(' ').next().unwrap().parse().unwrap();
        *(if name.trim() == HTTP_THREADS { &mut http } else { &mut other }) += spent;
    }
    (http, other)
}

async fn state(path: &std::path::Path) -> ApiState {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new(|duration| {
        Box::pin(tokio::time::sleep(duration))
            as std::pin::Pin<Box<dyn std::future::Future<Output = ()> + Send>>
    }));
    let ids = Arc::new(IdSource::new(clock.clone(), Arc::new(SeededEntropy::new(1))));
    let options = SqliteOptions::default();
    let store = SqliteStore::open(path, options, Arc::new(NoHandover), ids.clone()).unwrap();
    let store = Arc::new(store);
    let app = App::new(AppParts {
        store: store.clone(),
        clock: clock.clone(),
        ids: ids.clone(),
        egress: Egress::new(
            EgressPolicy::default(),
            Arc::new(SystemResolver),
            EgressLimits::default(),
        ),
        keyring: Arc::new(Keyring::new(&EncryptionKey::from_bytes([1; 32]))),
        options: AppOptions::default(),
    });
    app.bootstrap(Some(KEY)).await.unwrap();
    let metrics = Metrics::new(Arc::default(), Arc::new(()));
    ApiState::new(ApiParts { app, store, clock, ids, metrics, options: ApiOptions::default() })
}

/// The other process: keeps the connections busy and prints how many requests were answered.
fn load(address: &str, request: String, seconds: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let done = runtime.block_on(async {
        let end = Instant::now() + Duration::from_secs(seconds);
        let mut clients = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let stream = TcpStream::connect(address).await.unwrap();
            clients.spawn(client(stream, request.clone(), end));
        }
        clients.join_all().await.iter().sum::<u64>()
    });
    println!("{done}");
}

async fn client(mut stream: TcpStream, request: String, end: Instant) -> u64 {
    let mut buffer = vec![0; 4096];
    let mut done = 0;
    stream.set_nodelay(true).unwrap();
    while Instant::now() < end {
        stream.write_all(request.as_bytes()).await.unwrap();
        // Answers are smaller than the buffer and written in one piece.
        let count = stream.read(&mut buffer).await.unwrap();
        assert!(buffer[..count].starts_with(b"HTTP/1.1 "), "the connection was closed");
        done += 1;
    }
    done
}
