//! Published and computed signatures: what verifies, and what must not.

use fanfare_inbound::verify::{Refused, TOLERANCE_SECONDS, resend, stripe, twilio};
use fanfare_signing::Secret;
use serde_json::Value;

fn rows(scheme: &str) -> Vec<Value> {
    let all: Vec<Value> =
        serde_json::from_str(include_str!("../data/signatures.json")).expect("vectors are JSON");
    assert_eq!(all.len(), 23);
    all.into_iter().filter(|row| row["scheme"] == scheme).collect()
}

fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name].as_str().unwrap_or_else(|| panic!("{name} in {row}"))
}

#[test]
fn stripe() {
    let rows = rows("stripe");
    assert_eq!(rows.len(), 11);
    let mut valid = 0;
    for row in rows.iter().filter(|row| row["body"].is_string()) {
        let secret = text(row, "secret").as_bytes();
        let (header, body) = (text(row, "header").as_bytes(), text(row, "body").as_bytes());
        let now = row["now"].as_i64().expect("a time");
        let done = stripe::verify(Some(header), body, &[secret], now, TOLERANCE_SECONDS);
        assert_eq!(done.is_ok(), row["valid"] == true, "{}: {done:?}", row["note"]);
        valid += usize::from(done.is_ok());
        // During a rotation any of the secrets will do, and a wrong one alone never does.
        let both = stripe::verify(Some(header), body, &[b"other", secret], now, TOLERANCE_SECONDS);
        assert_eq!(both, done, "{}", row["note"]);
        let other = stripe::verify(Some(header), body, &[b"other"], now, TOLERANCE_SECONDS);
        assert!(other.is_err(), "{}", row["note"]);
        let none = stripe::verify(Some(header), body, &[], now, TOLERANCE_SECONDS);
        assert!(none.is_err(), "{}", row["note"]);
    }
    assert_eq!(valid, 4);
    // The header of the documentation: well formed, of an unknown body.
    let header = text(rows.iter().find(|row| row["body"].is_null()).expect("a row"), "header");
    let done = stripe::verify(Some(header.as_bytes()), b"{}", &[b"x"], 1_492_774_577, 300);
    assert_eq!(done, Err(Refused::Signature));
}

#[test]
fn stripe_headers_are_bounded_and_times_saturate() {
    let verify =
        |header: &str, now| stripe::verify(Some(header.as_bytes()), b"{}", &[b"s"], now, 300);
    let many = |count: usize| format!("t=1{}", ",v1=00".repeat(count));
    assert_eq!(verify(&many(16), 1), Err(Refused::Signature));
    assert_eq!(verify(&many(17), 1), Err(Refused::Header));
    let long = format!("t=1,v1=00,x={}", "a".repeat(4096));
    assert_eq!(verify(&long, 1), Err(Refused::Header));
    for (header, now) in [
        ("t=,v1=00", 0),
        ("t=-1,v1=00", 0),
        ("t=+1,v1=00", 0),
        ("t=1.0,v1=00", 0),
        ("t=9223372036854775808,v1=00", 0),
        ("t=1", 0),
        ("", 0),
        (",", 0),
        ("t=1,v1", 0),
    ] {
        assert_eq!(verify(header, now), Err(Refused::Header), "{header}");
    }
    for now in [i64::MIN, 0, i64::MAX] {
        assert_eq!(verify("t=9223372036854775807,v1=00", now), Err(Refused::Signature));
        assert_eq!(verify("t=0,v1=00", now), Err(Refused::Signature));
    }
    assert_eq!(stripe::verify(None, b"{}", &[b"s"], 0, 300), Err(Refused::Header));
}

fn fields(params: &Value) -> twilio::Fields {
    let mut fields = twilio::Fields::new();
    for (name, value) in params.as_object().into_iter().flatten() {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for value in values.iter().filter_map(Value::as_str) {
            fields.entry(name.clone().into_bytes()).or_default().insert(value.into());
        }
    }
    fields
}

#[test]
fn twilio() {
    let rows = rows("twilio");
    assert_eq!(rows.len(), 10);
    for row in rows {
        let (url, token) = (text(&row, "url"), text(&row, "auth_token").as_bytes());
        let header = Some(text(&row, "signature").as_bytes());
        let note = text(&row, "note");
        let fields = fields(&row["params"]);
        let verify = |header, url: &str, tokens: &[&[u8]]| match row["body"].as_str() {
            Some(body) => twilio::verify_body(header, url, body.as_bytes(), tokens),
            None => twilio::verify_form(header, url, &fields, tokens),
        };
        assert_eq!(verify(header, url, &[token]), Ok(()), "{note}");
        assert_eq!(verify(header, url, &[b"other", token]), Ok(()), "{note}");
        assert_eq!(verify(header, url, &[b"other"]), Err(Refused::Signature), "{note}");
        assert_eq!(verify(header, url, &[]), Err(Refused::Signature), "{note}");
        let elsewhere = url.replace("myapp", "yourapp");
        assert_eq!(verify(header, &elsewhere, &[token]), Err(Refused::Signature), "{note}");
        assert!(twilio::spellings(url).contains(&text(&row, "signed_url").to_owned()), "{note}");
        if let Some(body) = row["body"].as_str() {
            let changed = format!("{body} ");
            let done = twilio::verify_body(header, url, changed.as_bytes(), &[token]);
            assert_eq!(done, Err(Refused::Signature), "{note}");
        }
    }
}

#[test]
fn twilio_spells_a_url_with_and_without_its_port() {
    for (url, expected) in [
        ("https://a.example/x?y=1:2", vec!["https://a.example:443/x?y=1:2"]),
        ("http://a.example", vec!["http://a.example:80"]),
        ("https://a.example:8443/x", vec!["https://a.example/x", "https://a.example:443/x"]),
        ("https://a.example:443/x", vec!["https://a.example/x"]),
        (
            "https://u:p@a.example:1/x",
            vec!["https://u:p@a.example/x", "https://u:p@a.example:443/x"],
        ),
        ("https://[::1]/x", vec!["https://[::1]:443/x"]),
        ("https://[::1]:99/x", vec!["https://[::1]/x", "https://[::1]:443/x"]),
        ("no url", vec![]),
    ] {
        let mut all = vec![url];
        all.extend(expected);
        assert_eq!(twilio::spellings(url), all);
    }
}

#[test]
fn twilio_forms_are_read_as_bytes_and_bounded() {
    let read = |body: &str| twilio::fields(body.as_bytes());
    let fields = read("b=2&a=%2B1+x&b=1&b=2&&c&d=e=f&%FF=%fe").expect("a form");
    let pairs: Vec<_> = fields
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |value| (&name[..], &value[..])))
        .collect();
    let expected: [(&[u8], &[u8]); 6] = [
        (b"a", b"+1 x"),
        (b"b", b"1"),
        (b"b", b"2"),
        (b"c", b""),
        (b"d", b"e=f"),
        (b"\xff", b"\xfe"),
    ];
    assert_eq!(pairs, expected);
    for broken in ["a=%", "a=%1", "a=%zz", "%=1"] {
        assert_eq!(read(broken), Err(Refused::Body), "{broken}");
    }
    assert!(read(&"a=1&".repeat(twilio::MAX_FIELDS)).is_ok());
    assert_eq!(read(&"a=1&".repeat(twilio::MAX_FIELDS + 1)), Err(Refused::Body));
    for header in [None, Some(&b"short"[..]), Some(&b"!!!!"[..]), Some(&[b'A'; 5000][..])] {
        let done = twilio::verify_form(header, "https://a", &twilio::Fields::new(), &[b"t"]);
        assert_eq!(done, Err(Refused::Header));
    }
}

#[test]
fn a_body_that_is_no_form_needs_its_hash_in_the_query() {
    let header = Some(&b"y77kIzt2vzLz71DgmJGsen2scGs="[..]);
    for url in [
        "https://a.example/x",
        "https://a.example/x?bodySHA256=00",
        "https://a/x?bodySHA256=0a&bodySHA256=0a",
    ] {
        assert_eq!(
            twilio::verify_body(header, url, b"{}", &[b"12345"]),
            Err(Refused::Body),
            "{url}"
        );
    }
}

#[test]
fn resend_signs_as_svix_does() {
    let rows = rows("standard-webhooks");
    assert_eq!(rows.len(), 2);
    for row in rows {
        let secret = Secret::parse(text(&row, "secret")).expect("a secret");
        let other = Secret::parse("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").expect("a secret");
        let at = row["timestamp"].as_i64().expect("a time");
        let stamp = at.to_string();
        let verify = |stamp: &str, now, secrets: &[&Secret]| {
            let headers = resend::Headers {
                id: Some(text(&row, "id").as_bytes()),
                timestamp: Some(stamp.as_bytes()),
                signature: Some(text(&row, "signature").as_bytes()),
            };
            resend::verify(headers, text(&row, "body").as_bytes(), secrets, now, TOLERANCE_SECONDS)
        };
        assert_eq!(verify(&stamp, at, &[&secret]), Ok(()));
        assert_eq!(verify(&stamp, at + 300, &[&other, &secret]), Ok(()));
        assert_eq!(verify(&stamp, at - 300, &[&secret]), Ok(()));
        assert_eq!(verify(&stamp, at + 301, &[&secret]), Err(Refused::Stale));
        assert_eq!(verify(&stamp, at - 301, &[&secret]), Err(Refused::Stale));
        assert_eq!(verify(&stamp, at, &[&other]), Err(Refused::Signature));
        // A library is known to end with a panic on this one.
        assert_eq!(verify("-9223372036854775808", at, &[&secret]), Err(Refused::Stale));
    }
}
