//! The example receivers of the verification libraries, started for real, accept what the real
//! binary sends: all event types, by both header families, each event once. What is not signed is
//! refused with its reason.
//!
//! What they run on is named by `FANFARE_TEST_SDK`: `cargo xtask test` installs and builds it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fanfare_testkit::HttpClient;
use serde_json::{Value, json};

use crate::server::{KEY, Server, create_webhook, free_addr};
use crate::verifiers::tool;

/// A secret of one's own, which only `X-Fanfare-Signature` can use, and one for both families.
const SECRETS: [&str; 2] = ["whsec_your_secret_key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
const LANGUAGES: [&str; 6] = ["typescript", "python", "rust", "go", "php", "ruby"];
const PATIENCE: Duration = Duration::from_secs(60);

/// An example that runs, with the webhook that delivers to it.
struct Example {
    name: String,
    child: Child,
    addr: SocketAddr,
    webhook: String,
}

impl Drop for Example {
    fn drop(&mut self) {
        // One that ended by itself is an error that the test has already told of.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn the_examples_of_the_libraries_accept_what_we_send() {
    let folder = tempfile::tempdir().unwrap();
    let addr = free_addr();
    let _server = Server::start(folder.path(), addr);
    let mut examples = Vec::new();
    for language in LANGUAGES {
        for secret in SECRETS {
            examples.push(start(language, secret, addr, folder.path()));
        }
    }
    for example in &mut examples {
        refuses_what_is_not_signed(example);
    }
    let mut client = HttpClient::new(addr, Some(KEY));
    let types = get(&mut client, "/api/event-types");
    let all = types["data"].as_array().unwrap();
    // Nobody publishes reports: webhooks cause them.
    let types: Vec<_> = all.iter().filter(|row| row["report"] != true).collect();
    assert_eq!(types.len(), 16);
    for row in types {
        let event = json!({"type": row["type"], "data": row["example"]["data"]});
        let answer = client.post("/api/events", &event.to_string()).unwrap();
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
    for example in &examples {
        let first = accepted(&mut client, example, 16);
        assert!(first.iter().all(|said| said["duplicate"] == false), "{}: {first:?}", example.name);
        resend_one(&mut client, example);
        let all = accepted(&mut client, example, 17);
        let again = all.iter().filter(|said| said["duplicate"] == true).count();
        assert_eq!(again, 1, "{}: what comes again is known", example.name);
    }
}

fn start(language: &str, secret: &str, fanfare: SocketAddr, folder: &Path) -> Example {
    let name = format!("{language} with {secret}");
    let addr = free_addr();
    let mut command = command(language, addr);
    // Their own output would only be noise; what they refuse is in the deliveries.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("PORT", addr.port().to_string()).env("FANFARE_WEBHOOK_SECRET", secret);
    command.env("FANFARE_SEEN", folder.join(addr.port().to_string()));
    let child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
    let webhook = create_webhook(fanfare, &format!("http://{addr}/webhooks"), secret);
    Example { name, child, addr, webhook }
}

/// How an example is run, in the folder of its library.
fn command(language: &str, addr: SocketAddr) -> Command {
    let built = PathBuf::from(tool("FANFARE_TEST_SDK"));
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk").join(language);
    let (program, arguments) = match language {
        "typescript" => (PathBuf::from("node"), vec!["example/server.mjs".to_owned()]),
        "python" => (tool("FANFARE_TEST_PYTHON").into(), vec!["example/server.py".to_owned()]),
        "php" => {
            ("php".into(), vec!["-S".to_owned(), addr.to_string(), "example/server.php".to_owned()])
        }
        "ruby" => ("ruby".into(), vec!["example/server.rb".to_owned()]),
        built_one => (built.join(format!("{built_one}-example")), Vec::new()),
    };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(&library).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("PYTHONPATH", library.join("src"));
    command
}

/// Waits until it listens.
fn refuses_what_is_not_signed(example: &mut Example) {
    let deadline = Instant::now() + PATIENCE;
    let answer = loop {
        if let Ok(answer) = HttpClient::new(example.addr, None).post("/webhooks", "{}") {
            break answer;
        }
        let ended = example.child.try_wait().unwrap();
        assert_eq!(ended, None, "{}: ended instead of listening", example.name);
        assert!(Instant::now() < deadline, "{}: does not listen", example.name);
        thread::sleep(Duration::from_millis(20));
    };
    let said: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(
        (answer.status, &said["error"]),
        (400, &"missing_header".into()),
        "{}",
        example.name
    );
}

/// What the example answered, once it has accepted so many deliveries.
fn accepted(client: &mut HttpClient, example: &Example, count: usize) -> Vec<Value> {
    let path = format!("/api/webhooks/{}/deliveries?limit=100", example.webhook);
    let deadline = Instant::now() + PATIENCE;
    loop {
        let page = get(client, &path);
        let rows = page["data"].as_array().unwrap();
        let succeeded: Vec<&Value> =
            rows.iter().filter(|row| row["status"] == "succeeded").collect();
        if succeeded.len() == count {
            let said = |row: &&Value| row["responseBody"].as_str().unwrap().to_owned();
            let said = succeeded.iter().map(said);
            return said.map(|text| serde_json::from_str(&text).unwrap()).collect();
        }
        assert!(Instant::now() < deadline, "{}: not {count} accepted: {page}", example.name);
        thread::sleep(Duration::from_millis(20));
    }
}

fn resend_one(client: &mut HttpClient, example: &Example) {
    let page = get(client, &format!("/api/webhooks/{}/deliveries?limit=1", example.webhook));
    let id = page["data"][0]["id"].as_str().unwrap();
    let answer = client.post(&format!("/api/deliveries/{id}/resend"), "{}").unwrap();
    assert!(answer.status < 300, "{}", answer.text());
}

fn get(client: &mut HttpClient, path: &str) -> Value {
    let answer = client.get(path).unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.body).unwrap()
}
