//! The shared vectors. An object that was parsed cannot be passed here: the types refuse it.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it did not expect")]

use std::collections::BTreeMap;

use base64::engine::general_purpose::STANDARD;
use base64::Engine as _;
use fanfare_webhooks::{test_headers, verify, Options, Reason, Require, EVENT_TYPES};
use serde_json::{json, Value};

fn shared() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn pairs(headers: &Value) -> BTreeMap<String, String> {
    headers.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

/// What we say about a case, in the form in which it is expected.
fn said(case: &Value) -> Value {
    let body = match case.get("body") {
        Some(body) => text(body).into_bytes(),
        None => STANDARD.decode(text(&case["body_base64"])).unwrap(),
    };
    let secrets: Vec<String> = case["secrets"].as_array().unwrap().iter().map(text).collect();
    let mut options = Options { now: case["now"].as_i64(), ..Options::default() };
    if let Some(tolerance) = case.get("tolerance") {
        options.tolerance = tolerance.as_u64().unwrap();
    }
    options.require = match case["require"].as_str() {
        None => Require::Auto,
        Some("any") => Require::Any,
        Some("standard") => Require::Standard,
        Some(other) => panic!("{other} is no policy"),
    };
    match verify(&body, &pairs(&case["headers"]), &secrets, &options) {
        Ok(event) => {
            let known = EVENT_TYPES.contains(&event.kind.as_str());
            json!({"type": event.kind, "id": event.id, "known": known})
        }
        Err(error) => {
            let mut said = json!({"reason": error.reason.as_str()});
            if let Some(hint) = error.hint {
                said["hint"] = hint.as_str().into();
            }
            if let Some(header) = error.header {
                said["header"] = header.into();
            }
            said
        }
    }
}

#[test]
fn all_shared_vectors() {
    let shared = shared();
    let cases = shared["cases"].as_array().unwrap();
    let fits = |case: &&Value| case.get("parsed").is_none() && case.get("cgi").is_none();
    let cases: Vec<&Value> = cases.iter().filter(fits).collect();
    assert!(cases.len() > 100);
    for case in cases {
        assert_eq!(said(case), case["expect"], "{}", case["name"]);
    }
}

#[test]
fn headers_for_tests_are_those_of_a_delivery() {
    for case in shared()["test_headers"].as_array().unwrap() {
        let made =
            test_headers(text(&case["body"]), &text(&case["secret"]), case["timestamp"].as_i64());
        assert_eq!(made.unwrap(), pairs(&case["expect"]));
    }
}

#[test]
fn every_example_has_a_type_of_its_own() {
    let shared = shared();
    let cases = shared["cases"].as_array().unwrap();
    let examples = cases.iter().filter(|case| text(&case["name"]).starts_with("example of "));
    let mut count = 0;
    for case in examples {
        let options = Options { now: case["now"].as_i64(), ..Options::default() };
        let secret = text(&case["secrets"][0]);
        let event =
            verify(text(&case["body"]), &pairs(&case["headers"]), &[secret], &options).unwrap();
        let unknown = matches!(event.data, fanfare_webhooks::Data::Unknown(_));
        assert!(!unknown, "{} is read into its struct", event.kind);
        count += 1;
    }
    assert_eq!(count, EVENT_TYPES.len());
}

#[cfg(feature = "http")]
#[test]
fn headers_of_http_and_pairs() {
    let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let body = text(&shared()["test_headers"][0]["body"]);
    let made = test_headers(&body, secret, None).unwrap();
    let pairs: Vec<(String, String)> = made.clone().into_iter().collect();
    let map: http::HeaderMap =
        (&made.into_iter().collect::<std::collections::HashMap<_, _>>()).try_into().unwrap();
    let options = Options::default();
    assert!(verify(&body, &map, &[secret], &options).is_ok());
    assert!(verify(&body, &pairs, &[secret], &options).is_ok());
    assert!(verify(&body, pairs.as_slice(), &[secret], &options).is_ok());
    let error = verify(&body, &http::HeaderMap::new(), &[secret], &options).unwrap_err();
    assert_eq!(error.reason, Reason::MissingHeader);
    assert!(error.to_string().ends_with("(webhook-signature)"), "{error}");
}
