//! The OpenAPI document as others see it: a linter has nothing to say about it, and on no route does
//! the real binary fail, or answer what the document does not say.

use std::path::Path;
use std::process::Command;

use fanfare_testkit::HttpClient;
use serde_json::json;

use crate::cli::run;
use crate::server::{KEY, Server, create_webhook, free_addr};
use crate::verifiers::tool;

/// The answers that are judged, and how.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_schema_conformance,response_headers_conformance,unsupported_method";

fn here(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[track_caller]
fn passes(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complaint}");
}

#[test]
fn the_linter_accepts_the_document() {
    let node_path = tool("FANFARE_TEST_NODE_PATH");
    let mut redocly = Command::new("node");
    redocly.arg(Path::new(&node_path).join("@redocly/cli/bin/cli.js"));
    redocly.arg("lint").arg(here("../../openapi/fanfare.v1.json"));
    redocly.arg("--config").arg(here("tests/contract/redocly.yaml"));
    redocly.env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    passes(&mut redocly);
}

#[test]
fn no_route_fails_or_answers_what_the_document_does_not_say() {
    let folder = tempfile::tempdir().unwrap();
    let addr = free_addr();
    let _server = Server::start(folder.path(), addr);
    let url = format!("http://{addr}");
    furnish(folder.path(), addr, &url);
    let mut schemathesis = Command::new(tool("FANFARE_TEST_PYTHON"));
    schemathesis.current_dir(folder.path()).env("NO_COLOR", "1");
    schemathesis.env("PYTHONPATH", here("tests/contract")).env("PYTHONDONTWRITEBYTECODE", "1");
    schemathesis.env("SCHEMATHESIS_HOOKS", "hooks");
    schemathesis.env("FANFARE_CONTRACT_URL", &url).env("FANFARE_CONTRACT_KEY", KEY);
    schemathesis.args(["-m", "schemathesis.cli", "run", &format!("{url}/api/openapi.json")]);
    schemathesis.args(["--header", &format!("Authorization: Bearer {KEY}")]);
    schemathesis.args(["--phases", "examples,coverage,fuzzing", "--max-examples", "5"]);
    schemathesis.args(["--checks", CHECKS, "--seed", "1", "--workers", "1"]);
    schemathesis.args(["--continue-on-failure", "--suppress-health-check", "all"]);
    schemathesis.args(["--warnings", "off", "--request-timeout", "20"]);
    passes(&mut schemathesis);
}

/// Things of every kind, so that requests find something.
fn furnish(folder: &Path, addr: std::net::SocketAddr, url: &str) {
    let played = ["simulate", "--url", url, "--key", KEY, "--consumers", "40"];
    assert!(run(folder, &[], &played).status.success());
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    // Nobody listens there: deliveries stay.
    let webhooks: Vec<_> = (0..3)
        .map(|one| create_webhook(addr, &format!("http://127.0.0.1:9/{one}"), secret))
        .collect();
    let mut client = HttpClient::new(addr, Some(KEY));
    let mut post = |path: &str, body: serde_json::Value| {
        let answer = client.post(path, &body.to_string()).unwrap();
        assert!(answer.status < 300, "{path}: {}", answer.text());
    };
    for group in ["erp", "crm", "shop"] {
        post("/api/feed/groups", json!({"name": group}));
    }
    for provider in ["stripe", "resend"] {
        let body = json!({"provider": provider, "name": provider, "secret": secret});
        post("/api/integrations/connections", body);
    }
    for kind in ["order.paid", "distribution.joined", "distribution.winner_selected"] {
        let mut client = HttpClient::new(addr, Some(KEY));
        let types = client.get("/api/event-types").unwrap();
        let types: serde_json::Value = serde_json::from_slice(&types.body).unwrap();
        let known = types["data"].as_array().unwrap().iter().find(|one| one["type"] == kind);
        let data = &known.unwrap()["example"]["data"];
        post("/api/events", json!({"type": kind, "data": data}));
    }
    let since = json!({"since": "2026-01-01T00:00:00Z"});
    post(&format!("/api/webhooks/{}/replay", webhooks[0]), since);
    post("/api/keys", json!({"name": "for trying out", "scopes": ["events:read"]}));
}
