//! Makes `data` from the catalogue's own tables: right ones, and ones that are wrong in a few
//! places, near the edges of what is right.

use fanfare_model::catalogue::{EventType, Field, Kind};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Texts near the edge of some kind.
#[rustfmt::skip]
const HOSTILE: &[&str] = &[
    "", " ", "con_", "con_1\n", "con_ä", "con-1", "Con_1", "con_1 ", "dist_9", "exp_9", "prod_9",
    "ord_9", "bid_9", "seq_9", "1", "0", "1.", ".5", "1.5", "-1", "+1", "1e3", "1,5", "149.99\n",
    "1234567890123", "123456789012", "1.123456789", "1.12345678", "१२", "00.10", "USD", "usd",
    "US", "USDX", "USD\n", "ÄÖÜ", "a@b", "a@", "@b", "a@b@c", "a b@c", "a@b\n", "é@ü.example",
    "a@b\u{7f}", "+1 (555) 010-0123", "12", "123", "+12", "+123", "++123", "1-2\n3", "tel:123",
    "2024-06-20T15:30:00Z", "2024-06-20T15:30:00.123456789Z", "2024-06-20T15:30:00.1234567890Z",
    "2024-06-20T15:30:00.Z", "2024-06-20T15:30:00z", "2024-06-20t15:30:00Z", "2024-06-20",
    "2024-06-20 15:30:00Z", "2024-06-20T15:30:00+00:00", "2024-02-29T00:00:00Z",
    "2023-02-29T00:00:00Z", "2000-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2400-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
    "2024-04-31T00:00:00Z", "2024-00-10T00:00:00Z", "2024-13-10T00:00:00Z",
    "2024-06-00T00:00:00Z", "2024-06-20T24:00:00Z", "2024-06-20T23:60:00Z",
    "2024-06-20T23:59:60Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59.9Z", "2024-06-20T15:30:00Z\n", "２024-06-20T15:30:00Z", "draft", "active",
    "cancelled", "paid", "queue", "draw", "QUEUED", "queued", "null",
];

/// Values near the edge of some kind; each is right for few fields and wrong for the others.
#[rustfmt::skip]
pub(crate) fn edges() -> Vec<Value> {
    let others = [
        json!(null), json!(true), json!(0), json!(1), json!(-1), json!(1.0), json!(-0.0),
        json!(1.25), json!(-0.5), json!(Kind::INTEGER_MAX), json!(Kind::INTEGER_MAX + 1),
        json!(9_007_199_254_740_992.0), json!(u64::MAX), json!(i64::MIN), json!(1e30),
        json!(149.99), json!([]), json!({}), json!({"a": [null]}), json!(["email"]),
        json!(["prod_1", "prod_2"]), json!(["prod_1", 2]), json!([null]), json!([["prod_1"]]),
        json!("1".repeat(32)), json!("1".repeat(33)), json!(format!("+{}", "1".repeat(32))),
        json!(format!("+{}", "1".repeat(33))),
    ];
    HOSTILE.iter().map(|text| Value::from(*text)).chain(others).collect()
}

fn hostile() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => prop::sample::select(edges()),
        1 => "\\PC{0,6}".prop_map(Value::from),
    ]
}

/// A value that the kind takes.
fn fitting(kind: &'static Kind) -> BoxedStrategy<Value> {
    let text = |regex: &str| prop::string::string_regex(regex).unwrap().prop_map(Value::from);
    match *kind {
        Kind::Id(prefix) => prop_oneof![1usize..20, Just(Kind::ID_LENGTH - prefix.len())]
            .prop_flat_map(move |length| {
                prop::string::string_regex(&format!("[A-Za-z0-9_]{{{length}}}")).unwrap()
            })
            .prop_map(move |rest| Value::from(format!("{prefix}{rest}")))
            .boxed(),
        Kind::Text { max } => prop_oneof![
            9 => text("\\PC{0,20}").prop_filter("short", move |text| length(text) <= max),
            1 => Just(Value::from("é".repeat(max))),
        ]
        .boxed(),
        Kind::Email => prop_oneof![
            text("[a-zé.+]{1,20}@[a-z]{1,9}\\.example"),
            Just(Value::from(format!("é@{}", "x".repeat(Kind::EMAIL_LENGTH - 2)))),
        ]
        .boxed(),
        Kind::Phone => text("\\+?[0-9 ().-]{3,32}").boxed(),
        Kind::Timestamp => prop_oneof![
            text("20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?Z"),
            Just(json!("2024-12-31T23:59:59Z")),
        ]
        .boxed(),
        Kind::Money => text("[0-9]{1,12}(\\.[0-9]{1,8})?").boxed(),
        Kind::Currency => text("[A-Z]{3}").boxed(),
        Kind::Integer { min } => prop_oneof![
            Just(json!(min)),
            Just(json!(Kind::INTEGER_MAX)),
            (min..=Kind::INTEGER_MAX).prop_map(Value::from),
            (0u32..1_000).prop_map(|number| Value::from(f64::from(number))),
        ]
        .boxed(),
        Kind::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Object => {
            let entries = prop::collection::btree_map("\\PC{0,5}", hostile(), 0..4);
            entries.prop_map(|entries| entries.into_iter().collect()).boxed()
        }
        Kind::Enum(words) => prop::sample::select(words).prop_map(Value::from).boxed(),
        Kind::Array { of, max } => {
            let few = prop::collection::vec(fitting(of), 0..4).prop_map(Value::from);
            let most = fitting(of).prop_map(move |item| Value::from(vec![item; max.min(100)]));
            prop_oneof![9 => few, 1 => most].boxed()
        }
    }
}

fn length(text: &Value) -> usize {
    text.as_str().map_or(0, |text| text.chars().count())
}

/// A value that misses the kind by one.
pub(crate) fn just_wrong(kind: &Kind) -> Value {
    match *kind {
        Kind::Id(prefix) => {
            format!("{prefix}{}", "x".repeat(Kind::ID_LENGTH + 1 - prefix.len())).into()
        }
        Kind::Text { max } => "é".repeat(max + 1).into(),
        Kind::Email => format!("é@{}", "x".repeat(Kind::EMAIL_LENGTH - 1)).into(),
        Kind::Phone => "+".to_owned().into(),
        Kind::Timestamp => "2023-02-29T00:00:00Z".into(),
        Kind::Money => "0.123456789".into(),
        Kind::Currency => "EURO".into(),
        Kind::Integer { min } => json!(min - 1),
        Kind::Boolean => json!("true"),
        Kind::Object => json!([]),
        Kind::Enum(words) => format!("{}x", words[0]).into(),
        Kind::Array { of, max } => json!(vec![just_wrong(of); max + 1]),
    }
}

/// A right value for a field, `null` among them where it may be.
fn field_value(field: &'static Field) -> BoxedStrategy<Value> {
    let fitting = fitting(&field.kind);
    if field.nullable { prop_oneof![1 => Just(Value::Null), 4 => fitting].boxed() } else { fitting }
}

/// A `data` that the type takes: required fields, some of the others, in any order.
pub(crate) fn valid(event_type: EventType) -> impl Strategy<Value = Value> {
    let fields = event_type.fields();
    let entries: Vec<_> = fields
        .iter()
        .map(|field| {
            let value = field_value(field);
            let value = match field.required {
                true => value.prop_map(Some).boxed(),
                false => prop::option::weighted(0.6, value).boxed(),
            };
            (value, any::<u8>())
        })
        .collect();
    let currency = prop::string::string_regex("[A-Z]{3}").unwrap();
    (entries, currency).prop_map(move |(values, currency)| {
        let mut entries: Vec<_> = fields.iter().zip(values).collect();
        entries.sort_by_key(|(_, (_, order))| *order);
        let present = entries.into_iter().filter_map(|(field, (value, _))| Some((field, value?)));
        let mut has_money = false;
        let mut data: Map<_, _> = present
            .map(|(field, value)| {
                has_money |= field.kind == Kind::Money;
                (field.name.to_owned(), value)
            })
            .collect();
        if has_money {
            data.entry("currency_code").or_insert(currency.into());
        }
        Value::Object(data)
    })
}

/// One thing done to a `data`; not every one makes it wrong.
#[derive(Debug, Clone)]
enum Damage {
    Put(&'static str, Value),
    Remove(&'static str),
    Add(String, Value),
    Whole(Value),
}

fn damage(event_type: EventType) -> impl Strategy<Value = Damage> {
    let field = || prop::sample::select(event_type.fields());
    prop_oneof![
        6 => (field(), hostile()).prop_map(|(field, value)| Damage::Put(field.name, value)),
        2 => field().prop_map(|field| Damage::Put(field.name, just_wrong(&field.kind))),
        3 => field().prop_map(|field| Damage::Remove(field.name)),
        1 => ("[a-z_]{0,12}", hostile()).prop_map(|(name, value)| Damage::Add(name, value)),
        1 => hostile().prop_map(Damage::Whole),
    ]
}

/// A right `data` to which up to three things were done.
pub(crate) fn damaged(event_type: EventType) -> impl Strategy<Value = Value> {
    let damages = prop::collection::vec(damage(event_type), 0..=3);
    (valid(event_type), damages).prop_map(|(mut data, damages)| {
        for damage in damages {
            let Value::Object(entries) = &mut data else { break };
            match damage {
                Damage::Put(name, value) => drop(entries.insert(name.to_owned(), value)),
                Damage::Remove(name) => drop(entries.remove(name)),
                Damage::Add(name, value) => drop(entries.insert(name, value)),
                Damage::Whole(value) => data = value,
            }
        }
        data
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn what_is_just_wrong_is_refused(place in any::<prop::sample::Index>(), which in 0u8..19) {
        let event_type = EventType::from_index(which).unwrap();
        let field = &event_type.fields()[place.index(event_type.fields().len())];
        let mut data = fanfare_model::catalogue::example_data(event_type);
        data[field.name] = just_wrong(&field.kind);
        let violations = fanfare_model::catalogue::validate(event_type, &data).unwrap_err();
        let path = format!("data.{}", field.name);
        prop_assert!(violations[0].path.starts_with(&path), "{}", violations[0]);
    }
}
