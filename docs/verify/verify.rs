use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// X-Fanfare-Signature: "sha256=" and the hex HMAC-SHA256 of the body; the key is the secret as it
/// is, "whsec_" included.
pub fn verify_fanfare(body: &[u8], signature: &str, secret: &str) -> bool {
    let mac = sign(&Key::new(HMAC_SHA256, secret.as_bytes()), body);
    let hex: String = mac.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    equal(&format!("sha256={hex}"), signature)
}

/// webhook-signature: Standard Webhooks over "id.timestamp.body"; the key is what the base64 after
/// "whsec_" says. The timestamp is signed too: what is older than five minutes is refused.
pub fn verify_standard(
    body: &[u8],
    (id, timestamp, signatures): (&str, &str, &str),
    secret: &str,
    now: u64,
) -> bool {
    let fresh = timestamp.parse::<u64>().is_ok_and(|at| now.abs_diff(at) <= 300);
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap_or_default();
    let message = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    let mac = sign(&Key::new(HMAC_SHA256, &key), &message);
    let expected = format!("v1,{}", STANDARD.encode(mac));
    fresh && !key.is_empty() && signatures.split(' ').any(|each| equal(&expected, each))
}

fn equal(expected: &str, given: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(expected.as_bytes(), given.as_bytes()).is_ok()
}
