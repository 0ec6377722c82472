//! The document: committed, well-formed, true.

use std::collections::HashSet;

use fanfare_api::openapi;
use fanfare_model::EventType;
use http::StatusCode;
use serde_json::Value;

use crate::world::World;

#[test]
fn the_committed_document_is_the_one_of_the_code() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/fanfare.v1.json");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        committed == openapi::text(),
        "openapi/fanfare.v1.json is stale; run `cargo run -p fanfare-api --example openapi`"
    );
}

#[tokio::test]
async fn the_server_serves_it() {
    let world = World::new().await;
    for path in ["/api/openapi.json", "/api/v1/openapi.json"] {
        let served = world.get(path).anonymous().send().await;
        assert_eq!(served.expect(StatusCode::OK), *openapi::DOCUMENT);
        assert_eq!(served.headers["content-type"], "application/json");
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_operation_has_its_own_name() {
    let document = &*openapi::DOCUMENT;
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = HashSet::new();
    let mut references = 0;
    walk(document, &mut |key, value| match (key, value) {
        ("$ref", Value::String(target)) => {
            references += 1;
            let pointer = target.strip_prefix('#').expect("only within the document");
            assert!(document.pointer(pointer).is_some(), "{target}");
        }
        ("operationId", Value::String(name)) => {
            assert!(names.insert(name.clone()), "{name} twice");
        }
        _ => {}
    });
    assert!(references > 100 && names.len() > 40);
}

fn walk(value: &Value, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                visit(key, value);
                walk(value, visit);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        _ => {}
    }
}

#[test]
fn what_we_send_is_described_for_every_event_type() {
    let webhooks = openapi::DOCUMENT["webhooks"].as_object().unwrap();
    assert_eq!(webhooks.len(), EventType::known().count());
    for event_type in EventType::known() {
        let content = &webhooks[event_type.as_str()]["post"]["requestBody"]["content"];
        let content = &content["application/json"];
        assert_eq!(content["example"]["type"], event_type.as_str());
        let schema = &content["schema"]["properties"]["data"];
        for name in schema["required"].as_array().into_iter().flatten() {
            let name = name.as_str().unwrap();
            assert!(content["example"]["data"].get(name).is_some(), "{event_type:?} {name}");
        }
    }
}

#[test]
fn operations_say_what_they_need_and_how_they_refuse() {
    for (path, item) in openapi::DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            assert!(operation["summary"].is_string(), "{method} {path}");
            assert!(operation["security"].is_array(), "{method} {path}");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("503"), "{method} {path}");
            assert!(!responses.contains_key("422"), "{method} {path}");
            let parameters = operation["parameters"].as_array();
            let names: Vec<_> =
                parameters.into_iter().flatten().map(|one| one["name"].clone()).collect();
            assert_eq!(names.contains(&"Idempotency-Key".into()), method == "post", "{path}");
        }
    }
}
