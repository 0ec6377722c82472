//! The samples in the documentation: they accept what is right and refuse what is not, in every
//! language, and the README shows them as they are.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::cli::run;
use crate::server::{KEY, Server, free_addr};

#[expect(unreachable_pub, reason = "a sample that others copy")]
#[path = "../../../../docs/verify/verify.rs"]
mod verify;

const NOW: u64 = 1_687_273_800;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A request, and whether each function must accept it.
fn cases() -> Vec<Value> {
    let body = r#"{"id":"wh_evt_abc123","type":"distribution.winner_selected","timestamp":"2024-06-20T15:30:00Z","organization_id":"org_xyz789","data":{"consumer_id":"con_123","distribution_id":"dist_456","experience_id":"exp_789","product_id":"prod_012"}}"#;
    let good = json!({
        "name": "as sent",
        "body": body,
        "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "now": NOW,
        "headers": {
            "x-fanfare-signature":
                "sha256=ecc896098339661f3b22d1ebf1ce37d9f67f1c7120a6e056f4e54ab52af37d56",
            "webhook-id": "wh_evt_abc123",
            "webhook-timestamp": NOW.to_string(),
            "webhook-signature": "v1,lzebkFra/dPgIJqqxMrKdfFiCAkp4N7yLNYEMLqvZLY=",
        },
        "fanfare": true,
        "standard": true,
    });
    let change = |name: &str, path: &str, value: Value, fanfare: bool, standard: bool| {
        let mut case = good.clone();
        *case.pointer_mut(path).expect("a place") = value;
        case["name"] = name.into();
        case["fanfare"] = fanfare.into();
        case["standard"] = standard.into();
        case
    };
    let signature = "/headers/x-fanfare-signature";
    let standard = "/headers/webhook-signature";
    let both = "v1,VYBmHjDzffaPkzfJYe6xIx9z8IQ67ZBFeVcIc+9KMc8= \
                v1,lzebkFra/dPgIJqqxMrKdfFiCAkp4N7yLNYEMLqvZLY=";
    let short = "sha256=ecc8";
    let stale = change("stale", "/now", (NOW + 301).into(), true, false);
    vec![
        good.clone(),
        change("another body", "/body", body.replace("con_123", "con_124").into(), false, false),
        change(
            "another secret",
            "/secret",
            "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".into(),
            false,
            false,
        ),
        change("a short signature", signature, short.into(), false, true),
        change("no signature", signature, "".into(), false, true),
        change("old and new secret", standard, both.into(), true, true),
        change(
            "no version",
            standard,
            "lzebkFra/dPgIJqqxMrKdfFiCAkp4N7yLNYEMLqvZLY=".into(),
            true,
            false,
        ),
        change("no Standard signature", standard, "".into(), true, false),
        change("another id", "/headers/webhook-id", "wh_evt_abc124".into(), true, false),
        change(
            "another time",
            "/headers/webhook-timestamp",
            (NOW + 1).to_string().into(),
            true,
            false,
        ),
        change("no time", "/headers/webhook-timestamp", "".into(), true, false),
        change("almost stale", "/now", (NOW + 300).into(), true, true),
        stale,
    ]
}

/// What must be said about the cases, in order.
fn expected() -> Vec<[bool; 2]> {
    let truth = |value: &Value| value.as_bool().expect("true or false");
    cases().iter().map(|case| [truth(&case["fanfare"]), truth(&case["standard"])]).collect()
}

/// Runs a script with the cases on its standard input; it prints a list of pairs.
fn judged(command: &mut Command) -> Vec<[bool; 2]> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cases.json");
    std::fs::write(&file, Value::from(cases()).to_string()).unwrap();
    let output = command.arg(&file).current_dir(root().join("docs/verify")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_sample_in_node() {
    let script = "import { readFileSync } from 'node:fs';
        import { verifyFanfare, verifyStandard } from './verify.mjs';
        const cases = JSON.parse(readFileSync(process.argv[1]));
        console.log(JSON.stringify(cases.map((it) => [
            verifyFanfare(it.body, it.headers, it.secret),
            verifyStandard(it.body, it.headers, it.secret, it.now),
        ])));";
    let said = judged(Command::new("node").args(["--input-type=module", "-e", script]));
    assert_eq!(said, expected());
}

#[test]
fn the_sample_in_python() {
    let script = "import json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, '.')
from verify import verify_fanfare, verify_standard
print(json.dumps([[
    verify_fanfare(it['body'].encode(), it['headers'], it['secret']),
    verify_standard(it['body'].encode(), it['headers'], it['secret'], it['now']),
] for it in json.load(open(sys.argv[1]))]))";
    assert_eq!(judged(Command::new("python3").args(["-c", script])), expected());
}

#[test]
fn the_sample_in_rust() {
    for (case, [fanfare, standard]) in cases().iter().zip(expected()) {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let (body, secret) = (text(&case["body"]), text(&case["secret"]));
        let header = |name: &str| text(&case["headers"][name]);
        let (id, time) = (header("webhook-id"), header("webhook-timestamp"));
        let signatures = header("webhook-signature");
        let now = case["now"].as_u64().expect("a time");
        let signature = header("x-fanfare-signature");
        let name = &case["name"];
        let said = verify::verify_fanfare(body.as_bytes(), &signature, &secret);
        assert_eq!(said, fanfare, "{name}");
        let parts = (id.as_str(), time.as_str(), signatures.as_str());
        let said = verify::verify_standard(body.as_bytes(), parts, &secret, now);
        assert_eq!(said, standard, "{name}");
    }
}

#[test]
fn the_readme_shows_the_samples_as_they_are() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let readme = read("README.md");
    for (language, path) in [
        ("js", "docs/verify/verify.mjs"),
        ("python", "docs/verify/verify.py"),
        ("rust", "docs/verify/verify.rs"),
    ] {
        let block = format!("```{language}\n{}```\n", read(path));
        assert!(readme.contains(&block), "README.md shows {path} as it is");
    }
}

#[test]
fn the_recipes_show_their_programs_as_they_are() {
    let read =
        |path: &str| std::fs::read_to_string(root().join("docs/recipes").join(path)).unwrap();
    for (page, program) in
        [("idempotent-receiver.md", "idempotent.py"), ("reconcile.md", "reconcile.py")]
    {
        let block = format!("```python\n{}```\n", read(program));
        assert!(read(page).contains(&block), "{page} shows {program} as it is");
    }
}

#[test]
fn an_event_has_its_effect_once_and_one_that_fails_comes_again() {
    let script = "import sys
sys.dont_write_bytecode = True
sys.path.insert(0, '.')
import idempotent, sqlite3
memory = idempotent.open_memory(':memory:')
data = {'order_id': 'ord_1', 'total_amount': '42.00'}
event = {'id': 'wh_evt_1', 'type': 'order.paid', 'timestamp': '2026-01-01T00:00:00Z', 'data': data}
rows = lambda: memory.execute('SELECT * FROM paid').fetchall()
assert idempotent.receive(memory, event) and rows() == [('ord_1', '42.00')]
assert not idempotent.receive(memory, event) and len(rows()) == 1
broken = {**event, 'id': 'wh_evt_2', 'data': {'order_id': 'ord_2'}}
for _ in range(2):
    try:
        idempotent.receive(memory, broken)
        sys.exit('a broken event is accepted')
    except KeyError:
        pass
mended = {**event, 'id': 'wh_evt_2', 'data': {**data, 'order_id': 'ord_2'}}
assert idempotent.receive(memory, mended) and len(rows()) == 2
idempotent.forget(memory, '2026-01-02')
assert memory.execute('SELECT count(*) FROM seen').fetchone() == (0,)";
    let mut python = Command::new("python3");
    python.args(["-c", script]).current_dir(root().join("docs/recipes"));
    let output = python.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn reconciling_sees_every_change_once() {
    let folder = tempfile::tempdir().unwrap();
    let addr = free_addr();
    let _server = Server::start(folder.path(), addr);
    let url = format!("http://{addr}");
    let simulate = |seed: &str| {
        let flags = ["simulate", "--url", &url, "--key", KEY, "--consumers", "300", "--seed", seed];
        assert!(run(folder.path(), &[], &flags).status.success());
    };
    let reconcile = || {
        let mut python = Command::new("python3");
        python.arg("-B").arg(root().join("docs/recipes/reconcile.py"));
        python.args([&url, "state"]).env("FANFARE_API_KEY", KEY).current_dir(folder.path());
        let output = python.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        let ids = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        ids.map(|order| order["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    simulate("1");
    let first = reconcile();
    assert!(first.len() > 50, "{}", first.len());
    assert_eq!(reconcile(), [] as [String; 0], "nothing has changed");
    simulate("2");
    let second = reconcile();
    assert!(!second.is_empty() && second.iter().all(|id| !first.contains(id)), "only what is new");
    let all: std::collections::HashSet<_> = first.iter().chain(&second).collect();
    assert_eq!(all.len(), first.len() + second.len(), "each once");
}
