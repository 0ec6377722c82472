//! The whole catalogue as it is promised, in one committed file; a change of it is a change of
//! the contract and is seen as one. To accept a change:
//! `cargo test -p fanfare-model --test it -- --ignored write_the_catalogue`.

use fanfare_model::catalogue::{
    EventType, Kind, example_data, example_envelope, json_schema, validate,
};
use serde_json::{Value, json};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/catalogue.json");

fn catalogue() -> String {
    let row = |event_type: EventType| {
        json!({
            "type": event_type,
            "index": event_type.index(),
            "category": event_type.category(),
            "description": event_type.description(),
            "version": event_type.version(),
            "schema": json_schema(event_type),
            "example": example_envelope(event_type),
        })
    };
    let rows: Vec<_> = EventType::known().map(row).collect();
    serde_json::to_string_pretty(&rows).unwrap() + "\n"
}

#[test]
fn the_catalogue_is_the_committed_one() {
    let committed = std::fs::read_to_string(GOLDEN).unwrap();
    for (line, (ours, theirs)) in catalogue().lines().zip(committed.lines()).enumerate() {
        assert_eq!(ours, theirs, "tests/data/catalogue.json, line {}", line + 1);
    }
    assert_eq!(catalogue().len(), committed.len());
}

#[test]
#[ignore = "writes the committed file; run it by name to accept a change of the contract"]
fn write_the_catalogue() {
    std::fs::write(GOLDEN, catalogue()).unwrap();
}

#[test]
fn the_winners_example_is_the_seeds_payload() {
    let seed = r#"{
        "id": "wh_evt_abc123",
        "type": "distribution.winner_selected",
        "timestamp": "2024-06-20T15:30:00Z",
        "organization_id": "org_xyz789",
        "data": {
            "consumer_id": "con_123",
            "distribution_id": "dist_456",
            "experience_id": "exp_789",
            "product_id": "prod_012"
        }
    }"#;
    let seed: Value = serde_json::from_str(seed).unwrap();
    let example = example_envelope(EventType::DistributionWinnerSelected);
    assert_eq!(example.to_string(), seed.to_string());
    validate(EventType::DistributionWinnerSelected, &seed["data"]).unwrap();
}

#[test]
fn every_example_is_valid_and_whole() {
    for event_type in EventType::known() {
        let data = example_data(event_type);
        assert_eq!(validate(event_type, &data), Ok(()), "{event_type}");
        let fields = data.as_object().unwrap().len();
        if event_type != EventType::DistributionWinnerSelected {
            assert_eq!(fields, event_type.fields().len(), "{event_type}");
        }
        let envelope = example_envelope(event_type);
        let keys: Vec<_> = envelope.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["id", "type", "timestamp", "organization_id", "data"]);
        let timestamp = envelope["timestamp"].as_str().unwrap();
        for (name, value) in data.as_object().unwrap() {
            let may_be_ahead = ["open_at", "close_at", "expires_at"].contains(&name.as_str());
            let is_past = name.ends_with("_at") && !may_be_ahead;
            assert!(!is_past || value.as_str().unwrap() <= timestamp, "{event_type}: {name}");
        }
        assert_eq!((&envelope["type"], &envelope["data"]), (&json!(event_type), &data));
    }
}

#[test]
fn schemas_say_what_they_are() {
    let schema = json_schema(EventType::OrderPaid);
    assert_eq!(schema["$id"], "urn:fanfare:event:order.paid:1");
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert_eq!(schema["description"], "Order payment confirmed");
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["examples"][0], example_data(EventType::OrderPaid));
    let winner = json_schema(EventType::DistributionWinnerSelected);
    assert_eq!(winner["required"], json!(["consumer_id", "distribution_id", "experience_id"]));
}

#[test]
fn the_tables_keep_their_rules() {
    let secrets =
        ["verif", "grant", "token", "geo", "lat", "longit", "access", "seed", "secret", "password"];
    for event_type in EventType::known() {
        let fields = event_type.fields();
        assert!(fields.len() <= 32, "{event_type}");
        let mut names: Vec<_> = fields.iter().map(|field| field.name).collect();
        for name in &names {
            assert!(!secrets.iter().any(|word| name.contains(word)), "{event_type}: {name}");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        }
        let money = fields.iter().filter(|field| field.kind == Kind::Money).count();
        let currency = fields.iter().filter(|field| field.kind == Kind::Currency);
        assert_eq!(money, currency.filter(|field| field.name == "currency_code").count());
        for field in fields {
            assert!(!(field.required && field.nullable), "{event_type}: {}", field.name);
            assert!(field.description.ends_with('.'), "{event_type}: {}", field.name);
            assert_eq!(
                field.name.ends_with("_at"),
                field.kind == Kind::Timestamp,
                "{}",
                field.name
            );
        }
        let required = fields.iter().filter(|field| field.required).count();
        assert!((1..=6).contains(&required), "{event_type}");
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), fields.len(), "{event_type}: two fields of one name");
    }
    let deleted = EventType::ConsumerDeleted.fields().iter().map(|field| field.name);
    assert!(deleted.eq(["consumer_id", "external_id", "deleted_at"]), "no personal data");
}
