//! Commands that ask a server.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use fanfare_testkit::{HttpClient, Receiver};
use serde_json::Value;

use crate::server::{KEY, Server, create_webhook, free_addr};

/// Runs the binary with its own profiles and an input.
fn run(folder: &Path, input: &str, args: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fanfare"))
        .current_dir(folder)
        .env_clear()
        .env("XDG_CONFIG_HOME", folder)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[track_caller]
fn done(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn lines(output: &Output) -> Vec<Value> {
    done(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_session_with_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let addr = free_addr();
    let _server = Server::start(folder, addr);
    let url = format!("http://{addr}");
    let add = ["profile", "add", "local", "--url", &url];
    assert_eq!(done(&run(folder, KEY, &add)), "");
    assert_eq!(done(&run(folder, "", &["profile", "list"])), format!("*  local  {url}\n"));
    let receiver = Receiver::start();
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let webhook = create_webhook(addr, &receiver.url("/hooks"), secret);

    let order = ["trigger", "order.paid", "--override", "data.external_order_id=A-7"];
    let mut json_order = order.to_vec();
    json_order.extend(["--format", "json"]);
    let event = lines(&run(folder, "", &json_order)).remove(0)["id"].as_str().unwrap().to_owned();
    assert!(done(&run(folder, "", &order)).starts_with("Published order.paid [wh_evt_"));
    let received = receiver.wait_for_blocking(2);
    assert!(received.iter().all(|one| one.text().contains(r#""external_order_id":"A-7""#)));

    let events = lines(&run(folder, "", &["events", "list", "--format", "json", "--since", "1h"]));
    assert_eq!(events.len(), 2);
    let table = done(&run(folder, "", &["events", "list", "--type", "order.*", "--limit", "1"]));
    assert!(table.starts_with("TIMESTAMP") && table.lines().count() == 2, "{table}");
    let shown = lines(&run(folder, "", &["events", "get", &event, "--format", "json"]));
    assert_eq!(shown[0]["type"], "order.paid");
    assert!(done(&run(folder, "", &["events", "resend", &event])).contains("pending"));
    receiver.wait_for_blocking(3);

    let list = ["deliveries", "list", "--webhook", &webhook, "--format", "json", "--limit", "2"];
    let deliveries = lines(&run(folder, "", &list));
    assert_eq!(deliveries.len(), 2);
    let id = deliveries[0]["id"].as_str().unwrap();
    assert!(done(&run(folder, "", &["deliveries", "get", id])).contains("\"attempts\""));
    assert!(done(&run(folder, "", &["deliveries", "resend", id])).contains("pending"));
    let dry = ["deliveries", "resend", "--failed", "--since", "2h", "--dry-run"];
    assert_eq!(done(&run(folder, "", &dry)), "0 deliveries would be sent again\n");

    let paused = done(&run(folder, "", &["webhooks", "pause", &webhook]));
    assert!(paused.contains("paused"), "{paused}");
    assert!(done(&run(folder, "", &["webhooks", "resume", &webhook])).contains("active"));
    assert!(done(&run(folder, "", &["webhooks", "list"])).contains(&webhook));
    let rotated = run(folder, "", &["webhooks", "rotate-secret", &webhook]);
    assert!(done(&rotated).lines().any(|line| line.starts_with("whsec_")));
    let created = ["webhooks", "create", &receiver.url("/b"), "--events", "order.*"];
    assert!(done(&run(folder, "", &created)).lines().any(|line| line.starts_with("whsec_")));
    let tested = run(folder, "", &["webhooks", "test", &webhook, "--format", "json"]);
    assert_eq!(lines(&tested)[0]["event"]["type"], "order.paid");
    let opened = done(&run(folder, "", &["open", "--print"]));
    assert_eq!(opened, format!("{url}/docs\n"));

    // The key of a profile goes to its own server alone.
    let elsewhere = run(folder, "", &["events", "list", "--url", "http://127.0.0.1:9"]);
    let complaint = String::from_utf8(elsewhere.stderr).unwrap();
    assert!(complaint.contains("the key of the profile local is for"), "{complaint}");
    let unknown = run(folder, "", &["trigger", "order.payed"]);
    assert_eq!(unknown.status.code(), Some(1));
    assert!(String::from_utf8(unknown.stderr).unwrap().contains("did you mean order.paid?"));
    done(&run(folder, "", &["profile", "remove", "local"]));
    let nobody = run(folder, "", &["events", "list"]);
    assert!(String::from_utf8(nobody.stderr).unwrap().contains("no API key"));
}

#[test]
fn a_received_request_is_verified_and_the_mistake_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let addr = free_addr();
    let _server = Server::start(folder, addr);
    let receiver = Receiver::start();
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    create_webhook(addr, &receiver.url("/hooks"), secret);
    let url = format!("http://{addr}");
    done(&run(folder, "", &["trigger", "order.paid", "--url", &url, "--key", KEY]));
    let request = receiver.wait_for_blocking(1).remove(0);
    let headers = request.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    std::fs::write(folder.join("headers"), headers.collect::<String>()).unwrap();
    let verify = ["verify", "--headers", "headers", "--secret"];
    let with = |secret: &str, body: &str| {
        let mut args = verify.to_vec();
        args.push(secret);
        let output = run(folder, body, &args);
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let body = request.text();
    let (code, told) = with(secret, body);
    assert_eq!((code, told.lines().count()), (0, 2), "{told}");
    let parsed: Value = serde_json::from_str(body).unwrap();
    for (secret, body, hint) in [
        ("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", body.to_owned(), "another secret"),
        (secret, format!("{body}\n"), "a line end too many"),
        (secret, format!("{parsed:#}"), "written anew with other white space"),
        (secret, "hello".to_owned(), "of another body"),
    ] {
        let (code, told) = with(secret, &body);
        assert_eq!(code, 1, "{told}");
        assert_eq!(told.matches(hint).count(), 2, "both headers: {told}");
    }
    // What a header must look like is explained as well.
    let bare = request.header("x-fanfare-signature").unwrap().replace("sha256=", "");
    let header = format!("x-fanfare-signature: {bare}");
    let output = run(folder, body, &["verify", "--secret", secret, "--header", &header]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("must begin with `sha256=`"));
}

#[test]
fn requests_are_followed() {
    let folder = tempfile::tempdir().unwrap();
    let addr = free_addr();
    let _server = Server::start(folder.path(), addr);
    let url = format!("http://{addr}");
    let mut child = Command::new(env!("CARGO_BIN_EXE_fanfare"))
        .args(["logs", "tail", "--url", &url, "--key", KEY, "--status", "4xx", "--path", "/api/or"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(said.next().unwrap().unwrap().starts_with("> Ready!"));
    let mut client = HttpClient::new(addr, Some(KEY));
    for path in ["/api/orders", "/api/events/none", "/api/orders/none", "/api/orders/none?x=secret"]
    {
        client.get(path).unwrap();
    }
    let told = BufReader::new(child.stdout.take().unwrap()).lines().take(2);
    for line in told.map(Result::unwrap) {
        let (start, rest) = line.split_once(" [404] GET /api/orders/none [req_").unwrap();
        assert_eq!(start.len(), "2026-11-23 10:11:12".len(), "{line}");
        assert!(rest.ends_with("ms)") && !line.contains("secret"), "{line}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
