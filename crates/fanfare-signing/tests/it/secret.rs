use fanfare_signing::{Secret, SecretError};

use crate::{SAMPLE, STANDARD, secret};

#[test]
fn any_visible_ascii_of_the_right_length_is_kept_as_it_is() {
    let all: String = ('!'..='~').collect();
    for text in [SAMPLE, STANDARD, "0123456789abcdef", &all, &"x".repeat(256)] {
        assert_eq!(secret(text).expose(), text);
    }
}

#[test]
fn what_is_refused_says_why() {
    let message = |text: &str| Secret::parse(text).unwrap_err().to_string();
    assert_eq!(message(""), "the secret is too short: 0 characters, at least 16 are needed");
    assert_eq!(
        message("0123456789abcde"),
        "the secret is too short: 15 characters, at least 16 are needed"
    );
    assert_eq!(
        message(&"x".repeat(257)),
        "the secret is too long: 257 characters, at most 256 are allowed"
    );
    for text in [" 0123456789abcdef", "0123456789abcdef\n", "\u{a0}0123456789abcdef"] {
        assert_eq!(message(text), "the secret begins or ends with white space; remove it");
    }
    for (text, position) in [
        ("01234567 9abcdefg", 9),
        ("0123456789abcdef\0x", 17),
        ("éééééééééééééééé", 1),
        ("0123456789abcdef\u{7f}", 17),
    ] {
        let error = Secret::parse(text).unwrap_err();
        assert_eq!(error, SecretError::NotVisibleAscii { position });
    }
}

#[test]
fn only_canonical_base64_of_24_to_64_bytes_has_a_standard_key() {
    let key = |text: &str| secret(text).standard_key().map(|key| key.to_vec());
    let generated = Secret::generate([7; 32]);
    assert_eq!(*generated.standard_key().unwrap(), [7; 32]);
    // 24 and 64 bytes, the edges.
    assert_eq!(key(&format!("whsec_{}", "AAAA".repeat(8))), Some(vec![0; 24]));
    let longest = format!("whsec_{}AA==", "AAAA".repeat(21));
    assert_eq!(key(&longest), Some(vec![0; 64]));

    let refused = [
        ("not base64", SAMPLE.to_owned()),
        ("no prefix", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
        ("another prefix", "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned()),
        ("23 bytes", format!("whsec_{}AAA=", "AAAA".repeat(7))),
        ("65 bytes", format!("whsec_{}AAA=", "AAAA".repeat(21))),
        ("padding cut", generated.expose().trim_end_matches('=').to_owned()),
        ("padding in excess", format!("{}=", secret(STANDARD).expose())),
        ("URL-safe alphabet", format!("whsec_{}-_", "A".repeat(30))),
        ("trailing bits", format!("whsec_{}AAB=", "AAAA".repeat(9))),
    ];
    for (why, text) in refused {
        assert_eq!(key(&text), None, "{why}");
    }
}

#[test]
fn secrets_are_equal_when_their_texts_are() {
    assert_eq!(secret(STANDARD), secret(STANDARD).clone());
    assert_ne!(secret(STANDARD), secret(SAMPLE));
    assert_ne!(secret("0123456789abcdef"), secret("0123456789abcdeF"));
}
