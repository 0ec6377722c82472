//! Receivers written by others accept what the real binary sends: the documentation's verifier in
//! Node, the published Standard Webhooks libraries for Node and Python.

use std::path::Path;
use std::process::Command;

use fanfare_testkit::{HttpClient, Received, Receiver};

use crate::server::{KEY, Server, create_webhook, free_addr};

const SECRETS: [&str; 2] = ["whsec_your_secret_key", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];

#[test]
fn published_verifiers_accept_what_we_send() {
    let folder = tempfile::tempdir().unwrap();
    let addr = free_addr();
    let _server = Server::start(folder.path(), addr);
    let receivers = SECRETS.map(|secret| {
        let receiver = Receiver::start();
        create_webhook(addr, &receiver.url("/hook"), secret);
        (receiver, secret)
    });
    let mut client = HttpClient::new(addr, Some(KEY));
    let types = client.get("/api/event-types").unwrap();
    let types: serde_json::Value = serde_json::from_slice(&types.body).unwrap();
    let all = types["data"].as_array().unwrap().iter();
    let types: Vec<_> = all.filter(|row| row["report"] == false).collect();
    assert_eq!(types.len(), 16);
    for row in types {
        let event = serde_json::json!({"type": row["type"], "data": row["example"]["data"]});
        let answer = client.post("/api/events", &event.to_string()).unwrap();
        assert_eq!(answer.status, 202, "{}", answer.text());
    }
    let captured = receivers.iter().flat_map(|(receiver, secret)| {
        let requests = receiver.wait_for_blocking(16);
        requests.into_iter().map(move |request| capture(&request, secret))
    });
    let captured: Vec<_> = captured.collect();
    let path = folder.path().join("captured.json");
    std::fs::write(&path, serde_json::to_vec(&captured).unwrap()).unwrap();

    let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verifiers");
    let mut node = Command::new("node");
    node.arg(scripts.join("verify.cjs")).env("NODE_PATH", tool("FANFARE_TEST_NODE_PATH"));
    let mut python = Command::new(tool("FANFARE_TEST_PYTHON"));
    python.arg(scripts.join("verify.py"));
    for verifier in [&mut node, &mut python] {
        let output = verifier.arg(&path).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{verifier:?}: {complaint}");
        assert_eq!(said.trim(), "verified 32 16", "16 of each secret, 16 with both headers");
    }
}

fn capture(request: &Received, secret: &str) -> serde_json::Value {
    let headers: serde_json::Map<_, _> =
        request.headers.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    serde_json::json!({"body": request.text(), "headers": headers, "secret": secret})
}

#[expect(clippy::disallowed_methods, reason = "set by `cargo xtask test`, not configuration")]
pub(crate) fn tool(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `cargo xtask test`"))
}
