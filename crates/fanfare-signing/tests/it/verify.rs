//! What the verifiers refuse, and the reason they give.

use fanfare_signing::{
    FanfareUses, Rotation, SigningKeys, StandardMessage, VerifyError, verify_fanfare,
    verify_standard,
};

use crate::{OTHER, SAMPLE, STANDARD, message, secret};

const ID: &str = "wh_evt_abc123";
const NOW: i64 = 1_687_273_800;
const BODY: &[u8] = b"{\"n\":1}";

fn standard_signature(timestamp: i64) -> String {
    SigningKeys::new(&secret(STANDARD))
        .sign(ID, timestamp, BODY)
        .standard
        .expect("the secret is standard")
}

fn checked(signature: &str, timestamp: &str, now: i64) -> Result<(), VerifyError> {
    let message = message(ID, timestamp, signature, BODY);
    verify_standard(&message, &[&secret(STANDARD)], now, 300)
}

fn malformed(header: &'static str, found: Result<(), VerifyError>) -> bool {
    matches!(found, Err(VerifyError::Malformed { header: named, .. }) if named == header)
}

#[test]
fn the_fanfare_header_has_exactly_one_spelling() {
    let secret = secret(SAMPLE);
    let good = SigningKeys::new(&secret).sign(ID, NOW, BODY).fanfare;
    let check = |value: &str| verify_fanfare(BODY, Some(value.as_bytes()), &[&secret]);
    assert_eq!(check(&good), Ok(()));
    for value in [
        String::new(),
        "sha256".to_owned(),
        "sha256=".to_owned(),
        good[..good.len() - 1].to_owned(),
        format!("{good}0"),
        format!("{good} "),
        good.replacen("sha256=", "sha256= ", 1),
        format!("sha256={}", good[7..].to_uppercase()),
        format!("sha256={}", "é".repeat(32)),
    ] {
        assert!(malformed("x-fanfare-signature", check(&value)), "{value}");
    }
    for value in [good.replace("sha256", "sha1"), format!(" {good}"), good.to_uppercase()] {
        let found = check(&value);
        assert!(matches!(found, Err(VerifyError::WrongScheme { .. })), "{value}: {found:?}");
    }
    assert_eq!(check(&format!("sha256={}", "0".repeat(64))), Err(VerifyError::Mismatch));
    let long = format!("{good}{}", "0".repeat(4096));
    assert_eq!(check(&long), Err(VerifyError::HeaderTooLong("x-fanfare-signature")));
    let missing = verify_fanfare(BODY, None, &[&secret]);
    assert_eq!(missing, Err(VerifyError::MissingHeader("x-fanfare-signature")));
}

#[test]
fn each_of_several_secrets_may_have_signed() {
    let (new, old, third) = (secret(OTHER), secret(STANDARD), secret(SAMPLE));
    let rotation = Rotation { new: &new, old: &old, fanfare_uses: FanfareUses::Old };
    let made = SigningKeys::rotating(rotation).sign(ID, NOW, BODY);
    let fanfare = |secrets: &[&_]| verify_fanfare(BODY, Some(made.fanfare.as_bytes()), secrets);
    assert_eq!(fanfare(&[&old]), Ok(()));
    assert_eq!(fanfare(&[&new, &old]), Ok(()));
    assert_eq!(fanfare(&[&old, &new]), Ok(()));
    assert_eq!(fanfare(&[&new, &third]), Err(VerifyError::Mismatch));
    assert_eq!(fanfare(&[]), Err(VerifyError::NoUsableSecret));

    let signature = made.standard.unwrap();
    let stamp = NOW.to_string();
    let message = message(ID, &stamp, &signature, BODY);
    let standard = |secrets: &[&_]| verify_standard(&message, secrets, NOW, 300);
    assert_eq!(standard(&[&new]), Ok(()));
    assert_eq!(standard(&[&old]), Ok(()));
    assert_eq!(standard(&[&third, &old]), Ok(()));
    assert_eq!(standard(&[&third]), Err(VerifyError::NoUsableSecret));
    assert_eq!(standard(&[]), Err(VerifyError::NoUsableSecret));
}

#[test]
fn bodies_are_bytes_not_text() {
    let secret = secret(STANDARD);
    let body = [0xff, 0x00, 0xfe, b'\r', b'\n'];
    let made = SigningKeys::new(&secret).sign(ID, NOW, &body);
    assert_eq!(verify_fanfare(&body, Some(made.fanfare.as_bytes()), &[&secret]), Ok(()));
    let (stamp, signature) = (NOW.to_string(), made.standard.unwrap());
    let message = message(ID, &stamp, &signature, &body);
    assert_eq!(verify_standard(&message, &[&secret], NOW, 300), Ok(()));
}

#[test]
fn time_is_bounded_both_ways_and_never_overflows() {
    let at = |timestamp: i64, now: i64| {
        checked(&standard_signature(timestamp), &timestamp.to_string(), now)
    };
    for distance in [-300, 0, 300] {
        assert_eq!(at(NOW, NOW + distance), Ok(()), "{distance}");
    }
    assert_eq!(at(NOW, NOW + 301), Err(VerifyError::Stale { age_seconds: 301 }));
    assert_eq!(at(NOW, NOW - 301), Err(VerifyError::Future { ahead_seconds: 301 }));
    assert_eq!(at(i64::MIN, NOW), Err(VerifyError::Stale { age_seconds: i64::MAX }));
    assert_eq!(at(i64::MAX, -NOW), Err(VerifyError::Future { ahead_seconds: i64::MAX }));
    assert_eq!(at(i64::MIN, i64::MAX), Err(VerifyError::Stale { age_seconds: i64::MAX }));
}

#[test]
fn a_timestamp_is_plain_decimal() {
    let signature = standard_signature(NOW);
    for value in ["", "-", "+1687273800", " 1687273800", "1687273800.0", "1e9", "--1", "１６"] {
        assert!(malformed("webhook-timestamp", checked(&signature, value, NOW)), "{value}");
    }
    let too_large = "9223372036854775808";
    assert!(malformed("webhook-timestamp", checked(&signature, too_large, NOW)));
    // The text itself is what was signed: another spelling of the same number is another message.
    assert_eq!(checked(&signature, "01687273800", NOW), Err(VerifyError::Mismatch));
}

#[test]
fn an_id_holds_no_dot() {
    let signature = standard_signature(NOW);
    let stamp = NOW.to_string();
    for id in ["", "a.b", "a b", "é", "a\0"] {
        let message = message(id, &stamp, &signature, BODY);
        let found = verify_standard(&message, &[&secret(STANDARD)], NOW, 300);
        assert!(malformed("webhook-id", found), "{id}");
    }
}

#[test]
fn a_list_of_signatures_is_searched_within_its_limits() {
    let good = standard_signature(NOW);
    let stamp = NOW.to_string();
    let check = |signature: &str| checked(signature, &stamp, NOW);
    let wrong = format!("v1,{}=", "A".repeat(43));
    assert_eq!(check(&format!("{wrong} {good}")), Ok(()));
    assert_eq!(check(&format!("{good} {wrong}")), Ok(()));
    assert_eq!(check(&format!("v1a,AAAA v2,zzz v1,short {good}")), Ok(()));
    assert_eq!(check(&wrong), Err(VerifyError::Mismatch));

    let list = |wrongs: usize| format!("{}{good}", format!("{wrong} ").repeat(wrongs));
    assert_eq!(check(&list(15)), Ok(()));
    assert_eq!(check(&list(16)), Err(VerifyError::TooManySignatures));
    assert_eq!(check(&list(100)), Err(VerifyError::HeaderTooLong("webhook-signature")));

    let bare = &good[3..];
    let unpadded = good.trim_end_matches('=');
    for value in ["", " ", "v1,", "v1, ", bare, unpadded, &format!("{good}="), &good[..30]] {
        assert!(malformed("webhook-signature", check(value)), "{value}");
    }
    for value in [format!("v1a,{bare}"), format!("V1,{bare}"), "v2,x v3,y".to_owned()] {
        let found = check(&value);
        assert!(matches!(found, Err(VerifyError::WrongScheme { .. })), "{value}: {found:?}");
    }
}

#[test]
fn each_standard_header_is_needed() {
    let (stamp, signature) = (NOW.to_string(), standard_signature(NOW));
    let whole = message(ID, &stamp, &signature, BODY);
    let check =
        |message: StandardMessage<'_>| verify_standard(&message, &[&secret(STANDARD)], NOW, 300);
    assert_eq!(check(whole), Ok(()));
    for (message, missing) in [
        (StandardMessage { id: None, ..whole }, "webhook-id"),
        (StandardMessage { timestamp: None, ..whole }, "webhook-timestamp"),
        (StandardMessage { signature: None, ..whole }, "webhook-signature"),
    ] {
        assert_eq!(check(message), Err(VerifyError::MissingHeader(missing)));
    }
}
