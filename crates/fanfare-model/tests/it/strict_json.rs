//! The strict reader agrees with the JSON library on honest documents and refuses the rest,
//! saying what and where.

use fanfare_model::limits::JSON_DEPTH;
use fanfare_model::strict_json::{
    BodyError, InvalidField, JsonErrorKind, MAX_VALUES, from_value, parse, parse_into,
};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};

fn kind(text: &str) -> JsonErrorKind {
    parse(text.as_bytes()).expect_err(text).kind
}

fn message(text: &str) -> String {
    parse(text.as_bytes()).expect_err(text).to_string()
}

#[test]
fn honest_documents_are_read_in_the_order_of_their_keys() {
    let text = br#" {"z": [1, -2, 3.5, true, null], "a": {"\u00e9": "\ud83d\ude00\n"}} "#;
    let value = parse(text).unwrap();
    assert_eq!(value.to_string(), r#"{"z":[1,-2,3.5,true,null],"a":{"é":"😀\n"}}"#);
    assert_eq!(parse(b"18446744073709551615").unwrap(), json!(u64::MAX));
    assert_eq!(parse(b"-9223372036854775808").unwrap(), json!(i64::MIN));
    assert_eq!(parse(b"\"\"").unwrap(), json!(""));
}

#[test]
fn nothing_is_not_json() {
    for text in ["", " ", "\r\n\t "] {
        assert_eq!(kind(text), JsonErrorKind::Empty);
    }
    assert_eq!(message(" "), "the body is empty; expected JSON");
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    for text in [
        "{",
        "[1,",
        "\"a",
        "[1 2]",
        "{\"a\" 1}",
        "{a:1}",
        "{'a':1}",
        "[1,]",
        "{\"a\":1,}",
        "01",
        "+1",
        ".5",
        "1.",
        "1e400",
        "-1e400",
        "NaN",
        "Infinity",
        "nul",
        "\"\\x\"",
        "\"\t\"",
        "\"\\ud800\"",
        "\"\\udc00\"",
        "\"\\ud800\\u0041\"",
        "1 2",
        "{} x",
        "[]]",
        "\u{feff}{}",
        "// a\n1",
    ] {
        let kind = kind(text);
        assert!(
            matches!(kind, JsonErrorKind::Syntax(_) | JsonErrorKind::UnexpectedEnd),
            "{text}: {kind:?}"
        );
    }
    assert_eq!(kind("{\"a\":"), JsonErrorKind::UnexpectedEnd);
    assert_eq!(
        message("{\n  \"data\": {\"list\": [1, x]}\n}"),
        "invalid JSON: expected value at `data.list[1]` (line 2, column 24, byte 25)"
    );
    assert_eq!(
        message("[1e400]"),
        "invalid JSON: number out of range at `[0]` (line 1, column 6, byte 5)"
    );
    assert_eq!(message("{} x"), "invalid JSON: trailing characters (line 1, column 4, byte 3)");
}

#[test]
fn invalid_utf8_is_refused_at_its_first_byte() {
    for (bytes, line, column, offset) in [
        (&b"\"a\xff\""[..], 1, 3, 2),
        (b"{\n\"\xc0\x80\":1}", 2, 2, 3),
        (b"\"\xed\xa0\x80\"", 1, 2, 1),
        (b"\x80", 1, 1, 0),
        (b"1 \xff", 1, 3, 2),
    ] {
        let error = parse(bytes).unwrap_err();
        assert_eq!(error.kind, JsonErrorKind::InvalidUtf8);
        assert_eq!((error.line, error.column, error.offset), (line, column, offset));
    }
}

#[test]
fn a_second_key_of_the_same_name_is_refused() {
    let error = parse(br#"{"data": [{"secret": 1, "b": 2, "\u0073ecret": 3}]}"#).unwrap_err();
    assert_eq!(error.kind, JsonErrorKind::DuplicateKey);
    assert_eq!(error.path, "data[0].secret");
    assert_eq!(error.to_string(), "duplicate key at `data[0].secret` (line 1, column 45, byte 44)");
    assert!(parse(br#"{"a":{"a":1},"b":{"a":1},"A":1}"#).is_ok());
    assert_eq!(kind(r#"{"":1,"":1}"#), JsonErrorKind::DuplicateKey);
}

#[test]
fn nul_is_refused_in_strings_and_keys() {
    assert_eq!(kind(r#"{"a":["x\u0000"]}"#), JsonErrorKind::Nul);
    assert_eq!(kind(r#"{"a\u0000":1}"#), JsonErrorKind::Nul);
    assert_eq!(
        message(r#"{"a":["x","\u0000"]}"#).split(" (").next().unwrap(),
        "NUL character in a string at `a[1]`"
    );
    assert!(matches!(kind("\"\0\""), JsonErrorKind::Syntax(_)));
    assert_eq!(parse(br#""\\u0000""#).unwrap(), json!("\\u0000"));
}

#[test]
fn keys_that_the_library_treats_as_signals_are_refused() {
    for key in ["$serde_json::private::RawValue", "$serde_json::private::Number"] {
        let text = json!({ "metadata": { key: "{\"a\":1,\"a\":2}" } }).to_string();
        let error = parse(text.as_bytes()).unwrap_err();
        assert_eq!((error.kind, error.path.as_str()), (JsonErrorKind::ReservedKey, "metadata"));
    }
    let escaped = r#"{"\u0024serde_json::private::RawValue":"1"}"#;
    assert_eq!(kind(escaped), JsonErrorKind::ReservedKey);
}

#[test]
fn depth_and_number_of_values_are_bounded() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(nested(JSON_DEPTH).as_bytes()).is_ok());
    assert_eq!(kind(&nested(JSON_DEPTH + 1)), JsonErrorKind::TooDeep);
    assert!(
        message(&nested(JSON_DEPTH + 1)).starts_with("nested deeper than 64 levels at `[0][0]")
    );
    let objects = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    assert!(parse(objects(JSON_DEPTH).as_bytes()).is_ok());
    assert_eq!(kind(&objects(JSON_DEPTH + 1)), JsonErrorKind::TooDeep);
    assert_eq!(kind(&"[".repeat(1_000_000)), JsonErrorKind::TooDeep);

    let wide = |values: usize| format!("[{}]", vec!["0"; values - 1].join(","));
    assert!(parse(wide(MAX_VALUES).as_bytes()).is_ok());
    assert_eq!(kind(&wide(MAX_VALUES + 1)), JsonErrorKind::TooManyValues);
}

#[test]
fn errors_stay_short_and_printable_whatever_the_keys_are() {
    let key = "k\\n".repeat(100_000);
    let text = format!("{}x{}", format!("{{\"{key}\":").repeat(3), "}".repeat(3));
    let message = message(&text);
    assert!(message.len() < 400 && !message.contains('\n'), "{message}");
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Body {
    url: String,
    #[serde(default)]
    max_in_flight: Option<u16>,
    #[serde(default)]
    headers: Vec<Header>,
    #[serde(default)]
    mode: Mode,
    #[serde(default)]
    data: Value,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Header {
    name: String,
}

#[derive(Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Never,
    Always,
}

fn refused(text: &str) -> (String, String) {
    match parse_into::<Body>(text.as_bytes()).expect_err(text) {
        BodyError::Field(InvalidField { field, message }) => (field, message),
        BodyError::Json(error) => panic!("{error}"),
    }
}

#[test]
fn a_body_becomes_its_type() {
    let text = br#"{"url":"https://a.example","maxInFlight":7,"headers":[{"name":"x"}],
        "mode":"always","data":{"b":1,"a":[1.5,null]}}"#;
    let body = parse_into::<Body>(text).unwrap();
    assert_eq!((body.max_in_flight, body.mode), (Some(7), Mode::Always));
    assert_eq!(body.headers, [Header { name: "x".into() }]);
    assert_eq!(body.data.to_string(), r#"{"b":1,"a":[1.5,null]}"#);
    let body = parse_into::<Body>(br#"{"url":"u","maxInFlight":null}"#).unwrap();
    assert_eq!((body.max_in_flight, body.mode), (None, Mode::Never));
    assert!(matches!(parse_into::<Body>(b"{"), Err(BodyError::Json(_))));
}

#[test]
fn a_complaint_names_the_field_and_the_mend() {
    for (text, field, message) in [
        ("{}", "url", "is required"),
        ("[]", "body", "must be an object, not an array"),
        ("[\"u\"]", "body", "must be an object, not an array"),
        ("null", "body", "must be an object, not null"),
        (r#"{"url":5}"#, "url", "must be a string, not a number"),
        (r#"{"url":null}"#, "url", "must be a string, not null"),
        (r#"{"url":"u","uri":1}"#, "uri", "is not known; did you mean `url`?"),
        (
            r#"{"url":"u","secret_key":"hush"}"#,
            "secret_key",
            "is not known; known is `url`, `maxInFlight`, `headers`, `mode` or `data`",
        ),
        (
            r#"{"url":"u","maxInFlight":70000}"#,
            "maxInFlight",
            "must be a whole number from 0 to 65535, not 70000",
        ),
        (
            r#"{"url":"u","maxInFlight":-1}"#,
            "maxInFlight",
            "must be a whole number from 0 to 65535, not -1",
        ),
        (
            r#"{"url":"u","maxInFlight":1.5}"#,
            "maxInFlight",
            "must be a whole number from 0 to 65535, not a number with a fraction",
        ),
        (
            r#"{"url":"u","maxInFlight":"hush"}"#,
            "maxInFlight",
            "must be a whole number from 0 to 65535, not a string",
        ),
        (r#"{"url":"u","headers":{}}"#, "headers", "must be an array, not an object"),
        (
            r#"{"url":"u","headers":[{"name":"a"},["b"]]}"#,
            "headers[1]",
            "must be an object, not an array",
        ),
        (
            r#"{"url":"u","headers":[{"name":"a"},{"name":true}]}"#,
            "headers[1].name",
            "must be a string, not a boolean",
        ),
        (r#"{"url":"u","headers":[{}]}"#, "headers[0].name", "is required"),
        (
            r#"{"url":"u","mode":"alwys"}"#,
            "mode",
            "must be `never` or `always`; did you mean `always`?",
        ),
        (r#"{"url":"u","mode":"hush"}"#, "mode", "must be `never` or `always`"),
        (r#"{"url":"u","mode":1}"#, "mode", "must be a string, not a number"),
    ] {
        assert_eq!(refused(text), (field.to_owned(), message.to_owned()), "{text}");
    }
}

#[test]
fn tuples_and_maps_name_their_place_too() {
    let error = from_value::<(u8, u8)>(json!([1, 2, 3])).unwrap_err();
    assert_eq!(error.to_string(), "body: must be a shorter array, not of 3 items");
    let error = from_value::<std::collections::BTreeMap<u8, u8>>(json!({"x": 1})).unwrap_err();
    assert_eq!(error.field, "x");
}

/// Any JSON value; keys are few, so that they often repeat.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[^\0]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-d\u{e9}\n\"]{0,2}", inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

/// The text of an object with these entries, duplicates and all.
fn object_text(entries: &[(String, Value)]) -> String {
    let entries: Vec<_> =
        entries.iter().map(|(key, value)| format!("{}:{value}", json!(key))).collect();
    format!("{{{}}}", entries.join(","))
}

proptest! {
    #[test]
    fn without_duplicates_it_is_the_library(value in value(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.unwrap();
        let ours = parse(text.as_bytes()).unwrap();
        let theirs: Value = serde_json::from_slice(text.as_bytes()).unwrap();
        prop_assert_eq!(&ours, &theirs);
        prop_assert_eq!(ours.to_string(), theirs.to_string());
        prop_assert_eq!(from_value::<Value>(ours).unwrap(), theirs);
    }

    #[test]
    fn duplicates_are_always_refused_and_named(
        entries in prop::collection::vec(("[a-zé\n\"]{0,3}", value()), 1..8),
        (from, to) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        again in value(),
        around in prop::collection::vec(any::<bool>(), 0..4),
    ) {
        let unique: Map<String, Value> = entries.into_iter().collect();
        let mut entries: Vec<_> = unique.into_iter().collect();
        let copied = entries[from.index(entries.len())].0.clone();
        entries.insert(to.index(entries.len() + 1), (copied, again));
        let mut text = object_text(&entries);
        for array in around {
            text = if array { format!("[0,{text}]") } else { format!("{{\"k\":{text}}}") };
        }
        prop_assert!(serde_json::from_str::<Value>(&text).is_ok());
        prop_assert_eq!(parse(text.as_bytes()).unwrap_err().kind, JsonErrorKind::DuplicateKey);
    }

    #[test]
    fn it_never_takes_what_the_library_refuses_and_its_places_are_in_the_text(
        value in value(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut bytes = value.to_string().into_bytes();
        for (place, byte) in cuts {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        match (parse(&bytes), serde_json::from_slice::<Value>(&bytes)) {
            (Ok(ours), theirs) => prop_assert_eq!(ours, theirs.unwrap()),
            (Err(error), theirs) => {
                prop_assert!(error.offset <= bytes.len());
                let extra = matches!(
                    error.kind,
                    JsonErrorKind::DuplicateKey | JsonErrorKind::Nul | JsonErrorKind::ReservedKey
                );
                prop_assert!(extra || theirs.is_err(), "{}", error);
            }
        }
    }
}
