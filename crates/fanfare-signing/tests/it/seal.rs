use fanfare_signing::{EncryptionKey, Keyring, SealContext, SealError};

use crate::SAMPLE;

const PLACE: SealContext<'static> =
    SealContext { organization: "org_1", table: "webhooks", column: "secret", row: "whk_1" };
const NONCE: [u8; 12] = [7; 12];
/// Computed with an independent implementation (Python's `cryptography`, OpenSSL underneath).
const GOLDEN: &str = "01d6ea61e8289b536f070707070707070707070707344164881150d94efaf3f4fb2152\
                      2099c0456c1c0f991f6f13f2f8bff66103e5387ebf3005";

fn key(seed: u8) -> EncryptionKey {
    EncryptionKey::from_bytes(std::array::from_fn(|i| seed.wrapping_add(i as u8)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_stored_form_is_fixed() {
    let keyring = Keyring::new(&key(0));
    let sealed = keyring.seal(PLACE, NONCE, SAMPLE.as_bytes()).unwrap();
    assert_eq!(hex(&sealed), GOLDEN);
    assert_eq!(sealed.len(), SAMPLE.len() + 37);
    assert_eq!(sealed.capacity(), sealed.len());
    assert_eq!(*keyring.open(PLACE, &sealed).unwrap(), *SAMPLE.as_bytes());
}

#[test]
fn the_place_of_a_webhooks_secret_is_fixed() {
    assert_eq!(SealContext::webhook_secret("org_1", "whk_1"), PLACE);
}

#[test]
fn a_value_opens_only_in_its_place() {
    let keyring = Keyring::new(&key(0));
    let sealed = keyring.seal(PLACE, NONCE, b"value").unwrap();
    for place in [
        SealContext { organization: "org_2", ..PLACE },
        SealContext { table: "webhook", ..PLACE },
        SealContext { column: "previous_secret", ..PLACE },
        SealContext { row: "whk_2", ..PLACE },
        // The same letters, divided otherwise.
        SealContext { organization: "org_1w", table: "ebhooks", ..PLACE },
        SealContext { column: "secretw", row: "hk_1", ..PLACE },
    ] {
        assert_eq!(keyring.open(place, &sealed), Err(SealError::Open), "{place:?}");
    }
}

#[test]
fn older_keys_open_but_do_not_seal() {
    let before = Keyring::new(&key(1));
    let sealed = before.seal(PLACE, NONCE, b"value").unwrap();
    assert!(!before.needs_resealing(&sealed));

    let without = Keyring::new(&key(2));
    assert_eq!(without.open(PLACE, &sealed), Err(SealError::Open));

    let after = Keyring::new(&key(2)).with_older(&key(9)).with_older(&key(1)).with_older(&key(1));
    assert_eq!(*after.open(PLACE, &sealed).unwrap(), *b"value");
    assert!(after.needs_resealing(&sealed));
    assert_eq!(Keyring::key_id_of(&sealed), Some(before.active_id()));

    let resealed = after.seal(PLACE, NONCE, b"value").unwrap();
    assert_eq!(Keyring::key_id_of(&resealed), Some(after.active_id()));
    assert!(!after.needs_resealing(&resealed));
    assert_eq!(before.open(PLACE, &resealed), Err(SealError::Open));
}

#[test]
fn no_other_version_opens() {
    let keyring = Keyring::new(&key(0));
    let mut sealed = keyring.seal(PLACE, NONCE, b"value").unwrap();
    sealed[0] = 2;
    assert_eq!(keyring.open(PLACE, &sealed), Err(SealError::Open));
    assert_eq!(Keyring::key_id_of(&sealed), None);
    assert!(keyring.needs_resealing(&sealed));
    assert_eq!(Keyring::key_id_of(&[]), None);
    assert_eq!(Keyring::key_id_of(&[1; 8]), None);
}

#[test]
fn keys_are_read_in_hex_and_base64() {
    let digits = key(0).to_hex();
    assert_eq!(&digits[..8], "00010203");
    for text in [
        digits.as_str(),
        &digits.to_uppercase(),
        &format!("{}\n", digits.as_str()),
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        " AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n",
    ] {
        assert_eq!(EncryptionKey::parse(text).unwrap().to_hex(), digits, "{text}");
    }
    for text in [
        "",
        "password",
        &digits[..62],
        &"g".repeat(64),
        &"é".repeat(32),
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHg==",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g",
    ] {
        assert_eq!(EncryptionKey::parse(text).unwrap_err(), SealError::Key, "{text}");
    }
}

#[test]
fn debug_shows_ids_of_keys_and_nothing_else() {
    let keyring = Keyring::new(&key(0)).with_older(&key(1));
    let shown = format!("{keyring:?}");
    assert!(shown.starts_with("Keyring { active: KeyId(d6ea61e8289b536f), older: [KeyId("));
    assert_eq!(keyring.active_id().to_string(), "d6ea61e8289b536f");
    assert!(!shown.contains("0001020304"));
    assert_eq!(format!("{:?}", key(0)), "EncryptionKey(d6ea61e8289b536f)");
    let sealed = keyring.seal(PLACE, NONCE, b"value").unwrap();
    assert_eq!(format!("{:?}", keyring.open(PLACE, &sealed)), "Ok(SecretBytes(***))");
}
