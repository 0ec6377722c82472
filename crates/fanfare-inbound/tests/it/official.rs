//! What the providers' own libraries sign, we accept.
//!
//! One process of Node signs all cases; the libraries are pinned in `xtask/tools`.

use std::path::Path;
use std::process::Command;

use fanfare_inbound::verify::{Refused, resend, stripe, twilio};
use fanfare_signing::Secret;
use serde_json::{Value, json};

const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Bodies with what is easily changed on the way: line ends, spaces, non-ASCII, escapes, numbers.
const BODIES: [&str; 5] = [
    "{}",
    "{\n  \"id\": \"evt_1\",\r\n  \"n\": 1.0,\t\"a\": 1e3 }\n",
    "{\"name\":\"Zoë 🎉\",\"u\":\"\\u00e9\\/\"}",
    "{\"a\":1,\"a\":2}",
    " [1,2,3] ",
];

/// Forms: repeated keys, case, spaces, plus signs, empty values, non-ASCII.
fn forms() -> Vec<Value> {
    vec![
        json!({"MessageSid": "SM1", "MessageStatus": "sent", "To": "+14155550100"}),
        json!({"b": ["2", "1", "2"], "B": "x", "a": "", "Body": "a+b & c=d%20"}),
        json!({"Body": "Zoë 🎉", "Sid": "CA1", "SidAccount": "AC1", "Digits": ["5", "10", "5"]}),
        json!({}),
    ]
}

/// URLs as configured: port or none, credentials, query with escapes.
const URLS: [&str; 7] = [
    "https://shop.example/hook",
    "https://shop.example:8443/hook",
    "https://shop.example/hook?x=a%20b&y=%C3%A9",
    "http://shop.example/hook",
    "http://shop.example:8080/hook",
    "https://user:pass@shop.example/hook",
    "https://shop.example/hook?q=1&bodySHA256=x",
];

#[expect(clippy::disallowed_methods, reason = "set by `cargo xtask test`, not configuration")]
fn sign(cases: &Value) -> Value {
    let modules = std::env::var("FANFARE_TEST_NODE_PATH");
    let modules = modules.expect("FANFARE_TEST_NODE_PATH is not set: run `cargo xtask test`");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cases.json");
    std::fs::write(&path, cases.to_string()).expect("a file");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/official/sign.cjs");
    let output = Command::new("node").arg(script).arg(&path).env("NODE_PATH", modules).output();
    let output = output.expect("node runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} in {row}"))
}

#[test]
fn what_the_official_libraries_sign_verifies() {
    let cases = json!({
        "bodies": BODIES, "forms": forms(), "urls": URLS, "secret": WHSEC, "at": 1_700_000_000,
    });
    let signed = sign(&cases);
    let (at, key) = (1_700_000_000, WHSEC.as_bytes());
    let of = |name: &str| signed[name].as_array().cloned().unwrap_or_default();
    assert_eq!(of("stripe").len(), BODIES.len());
    for row in of("stripe") {
        let (header, body) = (text(&row, "header"), text(&row, "body").as_bytes());
        let verify = |header: &str, body: &[u8], now| {
            stripe::verify(Some(header.as_bytes()), body, &[b"older secret", key], now, 300)
        };
        assert_eq!(verify(header, body, at), Ok(()), "{row}");
        assert_eq!(verify(header, body, at + 300), Ok(()));
        assert_eq!(verify(header, body, at + 301), Err(Refused::Stale));
        assert_eq!(verify(header, body, at - 301), Err(Refused::Stale));
        assert_eq!(verify(header, &[body, b" "].concat(), at), Err(Refused::Signature));
        let rotating = format!("{header},v1={},v0=00", "0".repeat(64));
        assert_eq!(verify(&rotating, body, at), Ok(()));
    }
    assert_eq!(of("svix").len(), BODIES.len());
    let secret = Secret::parse(WHSEC).expect("a secret");
    for row in of("svix") {
        let stamp = at.to_string();
        let verify = |signature: &str, body: &[u8]| {
            let (id, timestamp) = (Some(&b"msg_1"[..]), Some(stamp.as_bytes()));
            let headers = resend::Headers { id, timestamp, signature: Some(signature.as_bytes()) };
            resend::verify(headers, body, &[&secret], at, 300)
        };
        let (signature, body) = (text(&row, "signature"), text(&row, "body").as_bytes());
        assert_eq!(verify(signature, body), Ok(()), "{row}");
        assert_eq!(
            verify(&format!("v1a,AAAA v1,{} {signature}", "A".repeat(43) + "="), body),
            Ok(())
        );
        assert_eq!(verify(signature, &[body, b" "].concat()), Err(Refused::Signature));
    }
    assert_eq!(of("forms").len(), URLS.len() * forms().len());
    for row in of("forms") {
        let fields = twilio::fields(text(&row, "body").as_bytes()).expect("a form");
        let header = Some(text(&row, "signature").as_bytes());
        let url = text(&row, "url");
        // What Twilio adds or drops of the port, it signs; we know the URL as it was configured.
        for configured in twilio::spellings(url).iter().filter(|one| one.len() >= url.len()) {
            let done = twilio::verify_form(header, configured, &fields, &[b"older", key]);
            assert_eq!(done, Ok(()), "{configured} {row}");
        }
        let more = [text(&row, "body").as_bytes(), b"&Extra=1"].concat();
        let more = twilio::fields(&more).expect("a form");
        assert_eq!(twilio::verify_form(header, url, &more, &[key]), Err(Refused::Signature));
    }
    assert_eq!(of("json").len(), BODIES.len());
    for row in of("json") {
        let (url, body) = (text(&row, "url"), text(&row, "body").as_bytes());
        let header = Some(text(&row, "signature").as_bytes());
        assert_eq!(twilio::verify_body(header, url, body, &[key]), Ok(()), "{row}");
        let changed = [body, b" "].concat();
        assert_eq!(twilio::verify_body(header, url, &changed, &[key]), Err(Refused::Signature));
    }
}
