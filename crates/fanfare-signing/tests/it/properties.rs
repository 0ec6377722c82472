//! Laws, over generated input: whatever is signed verifies, and nothing else does.

use fanfare_signing::{
    ApiKey, ApiKeyMode, EncryptionKey, FanfareUses, Keyring, Rotation, SealContext, SealError,
    Secret, SigningKeys, StandardMessage, verify_fanfare, verify_standard,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..600)
}

fn standard_secret() -> impl Strategy<Value = Secret> {
    any::<[u8; 32]>().prop_map(Secret::generate)
}

fn any_secret() -> impl Strategy<Value = Secret> {
    let supplied = "[!-~]{16,256}".prop_map(|text| crate::secret(&text));
    prop_oneof![supplied, standard_secret()]
}

fn event_id() -> impl Strategy<Value = String> {
    "wh_evt_[0-9a-z]{1,26}"
}

/// The same bytes with one bit changed.
fn flipped(value: &[u8], at: &Index, bit: u8) -> Vec<u8> {
    let mut changed = value.to_vec();
    let position = at.index(changed.len());
    changed[position] ^= 1 << bit;
    changed
}

proptest! {
    #[test]
    fn what_is_signed_verifies(
        secret in any_secret(), id in event_id(), timestamp: i64, body in bytes(),
    ) {
        let keys = SigningKeys::new(&secret);
        let made = keys.sign(&id, timestamp, &body);
        prop_assert_eq!(verify_fanfare(&body, Some(made.fanfare.as_bytes()), &[&secret]), Ok(()));
        prop_assert_eq!(made.standard.is_some(), secret.standard_key().is_some());
        prop_assert_eq!(made.standard.is_some(), keys.has_standard());
        if let Some(signature) = made.standard {
            let stamp = timestamp.to_string();
            let message = crate::message(&id, &stamp, &signature, &body);
            prop_assert_eq!(verify_standard(&message, &[&secret], timestamp, 0), Ok(()));
        }
    }

    #[test]
    fn during_a_rotation_both_secrets_verify_and_a_third_does_not(
        new in standard_secret(), old in standard_secret(), third in standard_secret(),
        body in bytes(), switched: bool,
    ) {
        prop_assume!(new != old && third != new && third != old);
        let fanfare_uses = if switched { FanfareUses::New } else { FanfareUses::Old };
        let rotation = Rotation { new: &new, old: &old, fanfare_uses };
        let made = SigningKeys::rotating(rotation).sign("wh_evt_1", 5, &body);
        let signature = made.standard.unwrap();
        let message = crate::message("wh_evt_1", "5", &signature, &body);
        for (secret, fits) in [(&new, true), (&old, true), (&third, false)] {
            prop_assert_eq!(verify_standard(&message, &[secret], 5, 0).is_ok(), fits);
        }
        for (secret, fits) in [(&new, switched), (&old, !switched), (&third, false)] {
            let found = verify_fanfare(&body, Some(made.fanfare.as_bytes()), &[secret]);
            prop_assert_eq!(found.is_ok(), fits);
        }
    }

    #[test]
    fn a_flipped_bit_is_refused_by_the_fanfare_header(
        secret in any_secret(), body in vec(any::<u8>(), 1..600), at: Index, bit in 0u8..8,
    ) {
        let made = SigningKeys::new(&secret).sign("wh_evt_1", 0, &body).fanfare;
        let other_body = flipped(&body, &at, bit);
        prop_assert!(verify_fanfare(&other_body, Some(made.as_bytes()), &[&secret]).is_err());
        let other_header = flipped(made.as_bytes(), &at, bit);
        prop_assert!(verify_fanfare(&body, Some(&other_header), &[&secret]).is_err());
    }

    #[test]
    fn a_flipped_bit_is_refused_by_the_standard_headers(
        secret in standard_secret(), id in event_id(), timestamp in 0i64..4_000_000_000,
        body in vec(any::<u8>(), 1..600), at: Index, bit in 0u8..8,
    ) {
        let signature = SigningKeys::new(&secret).sign(&id, timestamp, &body).standard.unwrap();
        let stamp = timestamp.to_string();
        let whole = crate::message(&id, &stamp, &signature, &body);
        // A tolerance of decades, so that it is the signature that refuses a changed time.
        let accepted = |message: StandardMessage<'_>| {
            verify_standard(&message, &[&secret], timestamp, u32::MAX).is_ok()
        };
        prop_assert!(accepted(whole));
        let other = flipped(&body, &at, bit);
        let changed = StandardMessage { body: &other, ..whole };
        prop_assert!(!accepted(changed), "body");
        let other = flipped(id.as_bytes(), &at, bit);
        let changed = StandardMessage { id: Some(&other), ..whole };
        prop_assert!(!accepted(changed), "id");
        let other = flipped(stamp.as_bytes(), &at, bit);
        let changed = StandardMessage { timestamp: Some(&other), ..whole };
        prop_assert!(!accepted(changed), "timestamp");
        let other = flipped(signature.as_bytes(), &at, bit);
        let changed = StandardMessage { signature: Some(&other), ..whole };
        prop_assert!(!accepted(changed), "signature");
    }

    #[test]
    fn a_cut_signature_is_refused(secret in standard_secret(), body in bytes(), at: Index) {
        let made = SigningKeys::new(&secret).sign("wh_evt_1", 5, &body);
        let fanfare = &made.fanfare[..at.index(made.fanfare.len())];
        prop_assert!(verify_fanfare(&body, Some(fanfare.as_bytes()), &[&secret]).is_err());
        let signature = made.standard.unwrap();
        let cut = &signature[..at.index(signature.len())];
        let message = crate::message("wh_evt_1", "5", cut, &body);
        prop_assert!(verify_standard(&message, &[&secret], 5, 0).is_err());
    }

    #[test]
    fn the_two_keys_of_a_secret_are_apart(key in vec(any::<u8>(), 24..=64), body in bytes()) {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(&key);
        let secret = Secret::parse(&format!("whsec_{encoded}")).unwrap();
        let decoded = secret.standard_key().unwrap();
        prop_assert_eq!(&*decoded, key.as_slice());
        prop_assert_ne!(&*decoded, secret.expose().as_bytes());
        // Even over the very same bytes, one family's signature is not the other's.
        let joined = [b"wh_evt_1.5.".as_slice(), &body].concat();
        let keys = SigningKeys::new(&secret);
        let standard = keys.sign("wh_evt_1", 5, &body).standard.unwrap();
        let tag = base64::engine::general_purpose::STANDARD.decode(&standard[3..]).unwrap();
        let hex: String = tag.iter().map(|byte| format!("{byte:02x}")).collect();
        prop_assert_ne!(keys.sign("wh_evt_1", 5, &joined).fanfare, format!("sha256={hex}"));
    }

    #[test]
    fn verifiers_never_panic(
        id in bytes(), timestamp in bytes(), signature in bytes(), body in bytes(),
        numeric: i64, now: i64, tolerance: u32, secret in standard_secret(),
    ) {
        prop_assert!(verify_fanfare(&body, Some(&signature), &[&secret]).is_err());
        for timestamp in [timestamp, numeric.to_string().into_bytes()] {
            let message = StandardMessage {
                id: Some(&id), timestamp: Some(&timestamp), signature: Some(&signature), body: &body,
            };
            prop_assert!(verify_standard(&message, &[&secret], now, tolerance).is_err());
        }
    }

    #[test]
    fn secrets_are_checked_without_panic_and_never_shown(text in ".{0,300}") {
        if let Ok(secret) = Secret::parse(&text) {
            prop_assert_eq!(secret.expose(), text.as_str());
            prop_assert_eq!(format!("{secret:?}"), "Secret(***)");
        }
        let _ = ApiKey::parse_bootstrap(&text);
        prop_assert!(ApiKey::parse(&text).is_err());
        let prefixed = format!("sk_live_{text}");
        prop_assert!(ApiKey::parse(&prefixed).is_err());
    }

    #[test]
    fn sealed_values_open_again_and_damaged_ones_do_not(
        key: [u8; 32], nonce: [u8; 12], value in bytes(), at: Index, bit in 0u8..8,
        row in "[a-z]{1,8}", other in "[a-z]{1,8}",
    ) {
        let keyring = Keyring::new(&EncryptionKey::from_bytes(key));
        let place = SealContext { organization: "org_1", table: "t", column: "c", row: &row };
        let sealed = keyring.seal(place, nonce, &value).unwrap();
        let opened = keyring.open(place, &sealed).unwrap();
        prop_assert_eq!(&*opened, value.as_slice());

        let damaged = flipped(&sealed, &at, bit);
        prop_assert_eq!(keyring.open(place, &damaged), Err(SealError::Open));
        let cut = &sealed[..at.index(sealed.len())];
        prop_assert_eq!(keyring.open(place, cut), Err(SealError::Open));
        let longer = [sealed.as_slice(), &[0]].concat();
        prop_assert_eq!(keyring.open(place, &longer), Err(SealError::Open));
        if row != other {
            let elsewhere = SealContext { row: &other, ..place };
            prop_assert_eq!(keyring.open(elsewhere, &sealed), Err(SealError::Open));
            let swapped = SealContext { organization: &row, row: "org_1", ..place };
            prop_assert_eq!(keyring.open(swapped, &sealed), Err(SealError::Open));
        }
    }

    #[test]
    fn garbage_never_opens(key: [u8; 32], garbage in bytes()) {
        let keyring = Keyring::new(&EncryptionKey::from_bytes(key));
        let place = SealContext { organization: "", table: "", column: "", row: "" };
        prop_assert_eq!(keyring.open(place, &garbage), Err(SealError::Open));
        // Behind a valid beginning, so that it reaches the cipher.
        let mut sealed = keyring.seal(place, [0; 12], b"").unwrap();
        sealed.truncate(9);
        sealed.extend_from_slice(&garbage);
        prop_assert_eq!(keyring.open(place, &sealed), Err(SealError::Open));
    }

    #[test]
    fn keys_of_the_api_parse_and_a_changed_character_is_noticed(
        random in vec(any::<u8>(), 48), test: bool, at: Index, to in "[0-9A-Za-z]",
    ) {
        let mode = if test { ApiKeyMode::Test } else { ApiKeyMode::Live };
        let key = ApiKey::generate(mode, random.try_into().unwrap());
        let parsed = ApiKey::parse(key.expose()).unwrap();
        prop_assert_eq!((parsed.mode(), parsed.hash()), (mode, key.hash()));
        let mut changed = key.expose().to_owned();
        let position = 8 + at.index(36);
        changed.replace_range(position..=position, &to);
        prop_assert_eq!(ApiKey::parse(&changed).is_ok(), changed == key.expose());
    }
}
