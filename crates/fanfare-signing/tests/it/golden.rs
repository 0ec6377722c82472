//! Literal header names and values: a change here breaks receivers in the field.

use fanfare_signing::{FanfareUses, Rotation, Secret, Signatures, SigningKeys, headers};

use crate::{OTHER, SAMPLE, STANDARD, secret};

const BODY: &[u8] = br#"{"id":"wh_evt_abc123","type":"distribution.winner_selected","timestamp":"2024-06-20T15:30:00Z","organization_id":"org_xyz789","data":{"consumer_id":"con_123","distribution_id":"dist_456","experience_id":"exp_789","product_id":"prod_012"}}"#;
const SAMPLE_HEX: &str = "sha256=b12a4ac0a51e2829a6df44f14cd49dba30ede7e25b7c07ce2e1721184059537d";
const STANDARD_HEX: &str =
    "sha256=ecc896098339661f3b22d1ebf1ce37d9f67f1c7120a6e056f4e54ab52af37d56";
const OTHER_HEX: &str = "sha256=21bdb95578fb9c628bf6eb3031a445b79fd0d4640b291892e53b7b93beedb887";
const STANDARD_V1: &str = "v1,lzebkFra/dPgIJqqxMrKdfFiCAkp4N7yLNYEMLqvZLY=";
const BOTH_V1: &str = "v1,VYBmHjDzffaPkzfJYe6xIx9z8IQ67ZBFeVcIc+9KMc8= \
                       v1,lzebkFra/dPgIJqqxMrKdfFiCAkp4N7yLNYEMLqvZLY=";

fn signed(keys: &SigningKeys) -> Signatures {
    keys.sign("wh_evt_abc123", 1_687_273_800, BODY)
}

fn rotated(new: &str, old: &str, fanfare_uses: FanfareUses) -> Signatures {
    let (new, old) = (secret(new), secret(old));
    signed(&SigningKeys::rotating(Rotation { new: &new, old: &old, fanfare_uses }))
}

fn expected(fanfare: &str, standard: Option<&str>) -> Signatures {
    Signatures { fanfare: fanfare.to_owned(), standard: standard.map(str::to_owned) }
}

#[test]
fn header_names() {
    assert_eq!(headers::X_FANFARE_SIGNATURE, "x-fanfare-signature");
    assert_eq!(headers::X_FANFARE_TIMESTAMP, "x-fanfare-timestamp");
    assert_eq!(headers::X_FANFARE_EVENT, "x-fanfare-event");
    assert_eq!(headers::X_FANFARE_DELIVERY_ID, "x-fanfare-delivery-id");
    assert_eq!(headers::X_FANFARE_WEBHOOK_ID, "x-fanfare-webhook-id");
    assert_eq!(headers::X_FANFARE_RETRY_COUNT, "x-fanfare-retry-count");
    assert_eq!(headers::X_FANFARE_ORIGINAL_TIME, "x-fanfare-original-time");
    assert_eq!(headers::WEBHOOK_ID, "webhook-id");
    assert_eq!(headers::WEBHOOK_TIMESTAMP, "webhook-timestamp");
    assert_eq!(headers::WEBHOOK_SIGNATURE, "webhook-signature");
}

#[test]
fn one_secret() {
    let sample = signed(&SigningKeys::new(&secret(SAMPLE)));
    assert_eq!(sample, expected(SAMPLE_HEX, None));
    let standard = signed(&SigningKeys::new(&secret(STANDARD)));
    assert_eq!(standard, expected(STANDARD_HEX, Some(STANDARD_V1)));
}

#[test]
fn during_the_overlap_the_single_header_follows_the_callers_choice() {
    let old = rotated(OTHER, STANDARD, FanfareUses::Old);
    assert_eq!(old, expected(STANDARD_HEX, Some(BOTH_V1)));
    let new = rotated(OTHER, STANDARD, FanfareUses::New);
    assert_eq!(new, expected(OTHER_HEX, Some(BOTH_V1)));
}

#[test]
fn a_rotation_from_or_to_a_secret_without_standard_key_lists_one() {
    let away_from = rotated(STANDARD, SAMPLE, FanfareUses::Old);
    assert_eq!(away_from, expected(SAMPLE_HEX, Some(STANDARD_V1)));
    let towards = rotated(SAMPLE, STANDARD, FanfareUses::Old);
    assert_eq!(towards, expected(STANDARD_HEX, Some(STANDARD_V1)));
    let neither = rotated("another-plain-secret", SAMPLE, FanfareUses::Old);
    assert_eq!(neither, expected(SAMPLE_HEX, None));
}

#[test]
fn a_rotation_to_the_same_secret_signs_once() {
    let same = rotated(STANDARD, STANDARD, FanfareUses::Old);
    assert_eq!(same, expected(STANDARD_HEX, Some(STANDARD_V1)));
}

#[test]
fn values_fit_their_allocation() {
    let made = rotated(OTHER, STANDARD, FanfareUses::Old);
    assert_eq!((made.fanfare.len(), made.fanfare.capacity()), (71, 71));
    let standard = made.standard.unwrap();
    assert_eq!((standard.len(), standard.capacity()), (95, 95));
}

#[test]
fn a_generated_secret_and_debug_output() {
    let made = Secret::generate(std::array::from_fn(|i| i as u8));
    assert_eq!(made.expose(), "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
    assert_eq!(format!("{made:?}"), "Secret(***)");
    assert_eq!(format!("{:?}", SigningKeys::new(&made)), "SigningKeys(***)");
    let rotation = Rotation { new: &made, old: &made, fanfare_uses: FanfareUses::Old };
    assert_eq!(
        format!("{rotation:?}"),
        "Rotation { new: Secret(***), old: Secret(***), fanfare_uses: Old }"
    );
}
