use std::collections::BTreeMap;

use crate::sign::{
    check_secrets, fanfare_mac, fanfare_text, standard_key, standard_mac, standard_text,
};
use crate::verify::unix_now;
use crate::Error;

/// For the tests of a receiver: the headers that a delivery of `body` has. `timestamp` is in Unix
/// seconds, now unless told. The id is the body's, or `wh_evt_test` if it has none.
///
/// # Errors
/// When the secret cannot be one.
pub fn test_headers(
    body: impl AsRef<[u8]>,
    secret: &str,
    timestamp: Option<i64>,
) -> Result<BTreeMap<String, String>, Error> {
    check_secrets(&[secret])?;
    let body = body.as_ref();
    let timestamp = timestamp.unwrap_or_else(unix_now).to_string();
    let mut headers = BTreeMap::new();
    let mut set = |name: &str, value: String| headers.insert(name.to_owned(), value);
    set("content-type", "application/json".to_owned());
    set("x-fanfare-signature", fanfare_text(fanfare_mac(secret, body)));
    set("x-fanfare-timestamp", timestamp.clone());
    if let Some(key) = standard_key(secret) {
        let id = id_of(body);
        let mac = standard_mac(&key, id.as_bytes(), timestamp.as_bytes(), body);
        set("webhook-signature", standard_text(mac));
        set("webhook-id", id);
        set("webhook-timestamp", timestamp);
    }
    Ok(headers)
}

fn id_of(body: &[u8]) -> String {
    let parsed: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    parsed["id"].as_str().unwrap_or("wh_evt_test").to_owned()
}
