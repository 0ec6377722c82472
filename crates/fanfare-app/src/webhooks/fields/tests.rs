use super::*;
use crate::FieldError;

fn headers(given: &[(&str, &str)]) -> Result<Vec<CustomHeader>, Vec<FieldError>> {
    let inputs: Vec<_> = given
        .iter()
        .map(|(name, value)| HeaderInput { name: (*name).into(), value: (*value).into() })
        .collect();
    let mut complaints = Complaints::default();
    let headers = complaints.headers(&inputs);
    complaints.judge().map(|()| headers).map_err(|error| error.details().to_vec())
}

#[test]
fn names_that_are_ours_or_the_connections_are_refused_in_any_case() {
    for name in [
        "Host",
        "content-length",
        "Content-Type",
        "TRANSFER-ENCODING",
        "connection",
        "te",
        "trailer",
        "upgrade",
        "User-Agent",
        "date",
        "authorization",
        "webhook-id",
        "Webhook-Signature",
        "X-Fanfare-Signature",
        "x-fanfare-anything",
        "cookie",
        "proxy-authorization",
        "Proxy-Connection",
        "keep-alive",
        "expect",
        "set-cookie",
        "accept-encoding",
    ] {
        let complaints = headers(&[(name, "value")]).unwrap_err();
        assert_eq!(complaints[0].field, format!("headers.{name}"));
        assert!(complaints[0].message.contains("reserved"), "{name}");
    }
}

#[test]
fn names_and_values_that_could_split_a_request_are_refused() {
    for name in ["", "a b", "a:b", "a\r\nb", "é", "a\0", &"x".repeat(65)] {
        assert!(headers(&[(name, "value")]).is_err(), "{name:?}");
    }
    for value in ["a\r\nx-evil: 1", "a\nb", "\0", "é", " padded", "padded ", &"x".repeat(1_025)] {
        let complaints = headers(&[("x-tenant", value)]).unwrap_err();
        assert!(!complaints[0].message.contains("evil"), "the value is not repeated");
    }
}

#[test]
fn good_headers_are_kept_in_order_and_in_lower_case() {
    let kept = headers(&[("X-Tenant", "acme"), ("x_api_key", "a b\tc"), ("X-Empty", "")]).unwrap();
    let names: Vec<_> = kept.iter().map(|header| header.name.as_str()).collect();
    assert_eq!(names, ["x-tenant", "x_api_key", "x-empty"]);
    assert_eq!(kept[1].value, "a b\tc");
}

#[test]
fn a_header_given_twice_and_too_many_headers_are_refused() {
    let complaints = headers(&[("X-A", "1"), ("x-a", "2")]).unwrap_err();
    assert_eq!((complaints[0].field.as_str(), complaints.len()), ("headers.x-a", 1));
    let names: Vec<_> = (0..=limits::CUSTOM_HEADERS).map(|n| format!("x-{n}")).collect();
    let many: Vec<_> = names.iter().map(|name| (name.as_str(), "v")).collect();
    assert_eq!(headers(&many).unwrap_err()[0].field, "headers");
    assert!(headers(&many[1..]).is_ok());
}

#[test]
fn numbers_have_ranges() {
    for (given, fits) in [(i64::MIN, false), (0, false), (1, true), (256, true), (257, false)] {
        let mut complaints = Complaints::default();
        complaints.max_in_flight(given);
        assert_eq!(complaints.judge().is_ok(), fits, "{given}");
    }
    for (given, fits) in [(-1, false), (0, false), (1, true), (10_000, true), (10_001, false)] {
        let mut complaints = Complaints::default();
        assert_eq!(complaints.rate_limit(given).is_some(), fits, "{given}");
        assert_eq!(complaints.judge().is_ok(), fits, "{given}");
    }
}

#[test]
fn descriptions_are_counted_in_characters_and_an_empty_one_is_none() {
    let judge = |text: &str| {
        let mut complaints = Complaints::default();
        let kept = complaints.description(text);
        complaints.judge().map(|()| kept)
    };
    assert_eq!(judge(&"é".repeat(limits::DESCRIPTION)).unwrap().unwrap().chars().count(), 500);
    assert!(judge(&"é".repeat(limits::DESCRIPTION + 1)).is_err());
    assert_eq!(judge("two\nlines").unwrap(), Some("two\nlines".to_owned()));
    assert_eq!(judge("").unwrap(), None);
    assert!(judge("a\0b").is_err());
    assert!(judge("\u{1b}[31m").is_err());
}

#[test]
fn every_complaint_is_made() {
    let mut complaints = Complaints::default();
    complaints.events(&["order.paid".into(), "order.payed".into()]);
    complaints.secret("short");
    complaints.max_in_flight(0);
    let error = complaints.judge().unwrap_err();
    let fields: Vec<_> = error.details().iter().map(|detail| detail.field.as_str()).collect();
    assert_eq!(fields, ["events[1]", "secret", "maxInFlight"]);
}
