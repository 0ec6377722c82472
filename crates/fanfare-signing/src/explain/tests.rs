use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use super::*;
use crate::{FanfareUses, Rotation, SigningKeys};

const ID: &str = "evt_01h455vb4pex5vsknk084sn02q";
const BODY: &[u8] = br#"{"id":"evt_1","data":{"total":"12.00"}}"#;

struct Sent {
    secret: Secret,
    old: Secret,
    attempts: Vec<SentAttempt>,
}

fn sent() -> Sent {
    let (secret, old) = (Secret::generate([7; 32]), Secret::generate([8; 32]));
    let keys = SigningKeys::new(&secret);
    let attempt = |number: u8| {
        let timestamp = 1_718_897_400 + i64::from(number) * 60;
        SentAttempt { number, timestamp, macs: keys.macs(ID, timestamp, BODY) }
    };
    Sent { attempts: vec![attempt(1), attempt(2)], secret, old }
}

impl Sent {
    fn ask(&self, family: Family, signature: &str) -> Vec<Finding> {
        self.ask_with(family, signature, None, None)
    }

    fn ask_with(
        &self,
        family: Family,
        signature: &str,
        given_body: Option<&[u8]>,
        given_secret: Option<&str>,
    ) -> Vec<Finding> {
        explain(&Question {
            family,
            event_id: ID,
            body: BODY,
            attempts: &self.attempts,
            attempt: 1,
            secrets: &[&self.secret],
            signature,
            given_body,
            given_secret,
        })
    }

    fn fanfare(&self) -> String {
        self.attempts[0].macs.headers().fanfare
    }

    fn standard(&self) -> String {
        self.attempts[0].macs.headers().standard.unwrap()
    }
}

fn hmac_of(key: &[u8], message: &[u8]) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(tag.as_ref());
    crate::hex::encode(&bytes).map(char::from).iter().collect()
}

#[test]
fn what_was_sent_verifies() {
    let sent = sent();
    let secret = Some(sent.secret.expose());
    assert_eq!(sent.ask_with(Family::Fanfare, &sent.fanfare(), Some(BODY), secret), []);
    assert_eq!(sent.ask_with(Family::Standard, &sent.standard(), Some(BODY), secret), []);
    assert_eq!(sent.ask(Family::Standard, &sent.standard()), []);
}

#[test]
fn forms_are_told_apart() {
    let sent = sent();
    let (hex, base64) = (sent.fanfare(), sent.standard());
    let bare = hex.strip_prefix("sha256=").unwrap();
    let mac = sent.attempts[0].macs.fanfare;
    let of = |text: &str| sent.ask(Family::Fanfare, text);
    assert_eq!(of(bare), [Finding::MissingScheme("sha256=")]);
    assert_eq!(of(&format!("\"{hex}\"\n")), [Finding::Surrounded]);
    assert_eq!(of(&format!("sha256={}", bare.to_uppercase())), [Finding::UpperCase]);
    assert_eq!(of(&format!("sha256={}", STANDARD.encode(mac))), [Finding::NotHex]);
    assert_eq!(of(&hex[..40]), [Finding::Truncated { given: 33, expected: 64 }]);
    assert_eq!(of("sha256=nothing"), [Finding::Unreadable]);
    assert_eq!(of(&base64), [Finding::OtherFamily]);
    let of = |text: &str| sent.ask(Family::Standard, text);
    assert_eq!(of(&hex), [Finding::OtherFamily]);
    let mac = sent.attempts[0].macs.standard[0].unwrap();
    assert_eq!(of(&format!("v1,{}", URL_SAFE_NO_PAD.encode(mac))), [Finding::OtherBase64]);
    let digits: String = crate::hex::encode(&mac).map(char::from).iter().collect();
    assert_eq!(of(&format!("v1,{digits}")), [Finding::NotBase64]);
    assert_eq!(of(&base64[3..20]), [Finding::Truncated { given: 17, expected: 44 }]);
}

#[test]
fn another_attempt_is_named() {
    let sent = sent();
    let second = sent.attempts[1].macs.headers().standard.unwrap();
    assert_eq!(sent.ask(Family::Standard, &second), [Finding::OtherAttempt(2)]);
}

#[test]
fn changed_bodies_are_told_apart() {
    let sent = sent();
    let of = |body: &[u8]| sent.ask_with(Family::Fanfare, &sent.fanfare(), Some(body), None);
    assert_eq!(of(&[BODY, b"\n"].concat()), [Finding::BodyLineEnd]);
    let pretty = b"{ \"id\": \"evt_1\", \"data\": { \"total\": \"12.00\" } }";
    assert_eq!(of(pretty), [Finding::BodyWhitespace]);
    assert_eq!(of(br#"{"data":{"total":"12.00"},"id":"evt_1"}"#), [Finding::BodyReordered]);
    assert_eq!(of(&BODY[..10]), [Finding::BodyTruncated(10)]);
    assert_eq!(of(br#"{"id":"evt_2","data":{"total":"12.00"}}"#), [Finding::BodyChanged(11)]);
}

#[test]
fn secrets_are_told_apart() {
    let sent = sent();
    let of = |secret: &str| sent.ask_with(Family::Fanfare, &sent.fanfare(), None, Some(secret));
    let secret = sent.secret.expose();
    assert_eq!(of(&format!("{secret}\n")), [Finding::SecretSurrounded]);
    assert_eq!(of(&secret[6..]), [Finding::SecretWithoutPrefix]);
    assert_eq!(of(sent.old.expose()), [Finding::WrongSecret]);
    let keys = SigningKeys::rotating(Rotation {
        new: &sent.secret,
        old: &sent.old,
        fanfare_uses: FanfareUses::Old,
    });
    let macs = keys.macs(ID, 1, BODY);
    let attempts = [SentAttempt { number: 1, timestamp: 1, macs }];
    let question = Question {
        family: Family::Fanfare,
        event_id: ID,
        body: BODY,
        attempts: &attempts,
        attempt: 1,
        secrets: &[&sent.secret, &sent.old],
        signature: &macs.headers().fanfare,
        given_body: None,
        given_secret: Some(secret),
    };
    assert_eq!(explain(&question), [Finding::OtherLiveSecret]);
    let later = Question { secrets: &[&sent.secret], given_secret: None, ..question };
    assert_eq!(explain(&later), [Finding::SecretChanged]);
    let old = Question { given_secret: Some(sent.old.expose()), ..later };
    assert_eq!(explain(&old), [], "the secret of that time fits");
}

#[test]
fn what_the_receiver_computed_wrongly_is_found() {
    let sent = sent();
    let text = sent.secret.expose().as_bytes();
    let decoded = sent.secret.standard_key().unwrap();
    let fanfare = |mac: String| sent.ask(Family::Fanfare, &format!("sha256={mac}"));
    assert_eq!(fanfare(hmac_of(&decoded, BODY)), [Finding::KeyDecoded]);
    assert_eq!(fanfare(hmac_of(&text[6..], BODY)), [Finding::KeyWithoutPrefix]);
    assert_eq!(fanfare(hmac_of(text, &[BODY, b"\n"].concat())), [Finding::BodyLineEnd]);
    let whole = [ID.as_bytes(), b".1718897460.", BODY].concat();
    assert_eq!(fanfare(hmac_of(text, &whole)), [Finding::MoreThanBody]);
    assert_eq!(fanfare(hmac_of(b"what is this", BODY)), [Finding::Unexplained]);
    let standard = |mac: String| sent.ask(Family::Standard, &format!("v1,{mac}"));
    let wrong = [Finding::NotBase64, Finding::KeyNotDecoded];
    assert_eq!(standard(hmac_of(text, &whole)), wrong);
    assert_eq!(standard(hmac_of(&decoded, BODY)), [Finding::NotBase64, Finding::BodyAlone]);
    let body = br#"{"data":{"total":"12.00"},"id":"evt_1"}"#;
    let mac = format!("sha256={}", hmac_of(text, body));
    let findings = sent.ask_with(Family::Fanfare, &mac, Some(body), None);
    assert_eq!(findings, [Finding::BodyReordered], "the body explains it");
}

proptest::proptest! {
    #[test]
    fn nothing_panics_and_only_what_was_sent_verifies(
        signature in ".{0,200}", body: Vec<u8>, secret in ".{0,80}",
    ) {
        let sent = sent();
        for family in [Family::Fanfare, Family::Standard] {
            let findings = sent.ask_with(family, &signature, Some(&body), Some(&secret));
            proptest::prop_assert!(!findings.is_empty());
        }
    }
}
