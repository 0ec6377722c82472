//! The signature vectors: published ones of Standard Webhooks, and those of the wire contract.

use fanfare_signing::{FanfareUses, Rotation, SigningKeys, verify_fanfare, verify_standard};
use serde_json::Value;

use crate::{message, secret};

fn rows(scheme: &str) -> Vec<Value> {
    let all: Vec<Value> =
        serde_json::from_str(include_str!("../data/signatures.json")).expect("vectors are JSON");
    assert_eq!(all.len(), 5);
    all.into_iter().filter(|row| row["scheme"] == scheme).collect()
}

fn text<'a>(row: &'a Value, pointer: &str) -> &'a str {
    row.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer} in {row}"))
}

#[test]
fn both_families_sign_the_body_of_the_contract() {
    let rows = rows("fanfare+standard-webhooks");
    assert_eq!(rows.len(), 2);
    for row in rows {
        let secret = secret(text(&row, "/secret"));
        let body = text(&row, "/body").as_bytes();
        let timestamp = text(&row, "/headers/X-Fanfare-Timestamp");
        let keys = SigningKeys::new(&secret);
        let made = keys.sign("wh_evt_abc123", timestamp.parse().unwrap(), body);

        let fanfare = text(&row, "/headers/X-Fanfare-Signature");
        assert_eq!(made.fanfare, fanfare);
        assert_eq!(verify_fanfare(body, Some(fanfare.as_bytes()), &[&secret]), Ok(()));

        let standard = row.pointer("/headers/webhook-signature").and_then(Value::as_str);
        assert_eq!(made.standard.as_deref(), standard);
        assert_eq!(keys.has_standard(), row["secret_is_standard"] == true);
        assert_eq!(secret.standard_key().is_some(), row["secret_is_standard"] == true);
        if let Some(signature) = standard {
            let message = message(text(&row, "/headers/webhook-id"), timestamp, signature, body);
            assert_eq!(verify_standard(&message, &[&secret], 1_687_273_800, 0), Ok(()));
        }
    }
}

#[test]
fn a_rotation_lists_new_then_old() {
    let rows = rows("standard-webhooks rotation");
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    let (new, old) = (secret(text(row, "/secrets/0")), secret(text(row, "/secrets/1")));
    let body = text(row, "/body").as_bytes();
    let (id, timestamp) =
        (text(row, "/headers/webhook-id"), text(row, "/headers/webhook-timestamp"));
    // The row's X-Fanfare-Signature is of the first secret: the customer has switched.
    let rotation = Rotation { new: &new, old: &old, fanfare_uses: FanfareUses::New };
    let made = SigningKeys::rotating(rotation).sign(id, timestamp.parse().unwrap(), body);
    assert_eq!(made.fanfare, text(row, "/headers/X-Fanfare-Signature"));
    let signature = text(row, "/headers/webhook-signature");
    assert_eq!(made.standard.as_deref(), Some(signature));
    let message = message(id, timestamp, signature, body);
    for known in [&new, &old] {
        assert_eq!(verify_standard(&message, &[known], 1_687_273_800, 300), Ok(()));
    }
}

#[test]
fn published_signatures_of_standard_webhooks_are_made_and_accepted() {
    let rows = rows("standard-webhooks");
    assert_eq!(rows.len(), 2);
    for row in rows {
        let secret = secret(text(&row, "/secret"));
        let timestamp = row["timestamp"].as_i64().unwrap();
        let (id, body) = (text(&row, "/id"), text(&row, "/body").as_bytes());
        let signature = text(&row, "/signature");
        let made = SigningKeys::new(&secret).sign(id, timestamp, body);
        assert_eq!(made.standard.as_deref(), Some(signature));
        let stamp = timestamp.to_string();
        let message = message(id, &stamp, signature, body);
        assert_eq!(verify_standard(&message, &[&secret], timestamp, 300), Ok(()));
    }
}
