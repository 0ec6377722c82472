//! What the check refuses, and that it says where and what would be right.

use fanfare_model::catalogue::{EventType, MAX_VIOLATIONS, example_data, json_schema, validate};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::catalogue_data::{damaged, valid};

/// The complaints about an example in which one field was replaced.
fn complaints(event_type: EventType, field: &str, value: Value) -> Vec<String> {
    let mut data = example_data(event_type);
    data[field] = value;
    told(event_type, &data)
}

fn told(event_type: EventType, data: &Value) -> Vec<String> {
    let violations = validate(event_type, data).unwrap_err();
    violations.iter().map(ToString::to_string).collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
fn a_complaint_names_the_field_and_the_mend() {
    use EventType::{ConsumerCreated, DistributionJoined, ExperienceCreated, OrderPaid};
    for (event_type, field, value, complaint) in [
        (
            OrderPaid,
            "total_amount",
            json!(149.99),
            "data.total_amount: must be a decimal string such as \"149.99\", not a number",
        ),
        (
            OrderPaid,
            "total_amount",
            json!("149,99"),
            "data.total_amount: must be a decimal string such as \"149.99\"",
        ),
        (
            OrderPaid,
            "total_amount",
            Value::Null,
            "data.total_amount: must be a decimal string such as \"149.99\", not null",
        ),
        (
            OrderPaid,
            "currency_code",
            json!("usd"),
            "data.currency_code: must be three capital letters such as \"USD\"",
        ),
        (
            OrderPaid,
            "order_id",
            json!("678"),
            "data.order_id: must be an id such as \"ord_123\": `ord_`, then letters, digits or \
             `_`, at most 128 characters in all",
        ),
        (OrderPaid, "status", json!("fulfilled"), "data.status: must be \"paid\""),
        (
            OrderPaid,
            "paid_at",
            json!(1_718_897_400),
            "data.paid_at: must be an RFC 3339 time in UTC such as \"2024-06-20T15:30:00Z\", not \
             a number",
        ),
        (
            OrderPaid,
            "totl_amount",
            json!("1"),
            "data.totl_amount: is no field of order.paid; did you mean `total_amount`?",
        ),
        (
            OrderPaid,
            "access_code",
            json!("hush"),
            "data.access_code: is no field of order.paid; remove it",
        ),
        (
            ConsumerCreated,
            "email",
            json!("hush"),
            "data.email: must be an e-mail address such as \"ada@example.com\" or null",
        ),
        (
            ConsumerCreated,
            "phone",
            json!("call me"),
            "data.phone: must be a phone number such as \"+15550100123\" or null",
        ),
        (
            ConsumerCreated,
            "full_name",
            json!("é".repeat(201)),
            "data.full_name: must be a string of at most 200 characters or null",
        ),
        (
            ConsumerCreated,
            "metadata",
            json!([1]),
            "data.metadata: must be an object or null, not an array",
        ),
        (
            ConsumerCreated,
            "source",
            json!("API"),
            "data.source: must be one of \"api\", \"manual\", \"import\", \"klaviyo\", \
             \"experience_entry\" or null",
        ),
        (
            DistributionJoined,
            "position",
            json!(-1),
            "data.position: must be a whole number from 0 to 9007199254740991 or null",
        ),
        (
            ExperienceCreated,
            "product_ids",
            json!(["prod_1", "prod_2", 3]),
            "data.product_ids[2]: must be an id such as \"prod_123\": `prod_`, then letters, \
             digits or `_`, at most 128 characters in all, not a number",
        ),
        (
            ExperienceCreated,
            "product_ids",
            json!(vec!["prod_1"; 1_001]),
            "data.product_ids: must have at most 1000 items, not 1001",
        ),
        (
            ExperienceCreated,
            "product_ids",
            json!("prod_1"),
            "data.product_ids: must be an array of at most 1000 items, each of them an id such \
             as \"prod_123\": `prod_`, then letters, digits or `_`, at most 128 characters in \
             all, not a string",
        ),
    ] {
        assert_eq!(complaints(event_type, field, value), [complaint]);
    }
}

#[test]
fn what_is_missing_is_named() {
    assert_eq!(
        told(EventType::OrderPaid, &json!({ "consumer_id": "con_1", "order_id": "ord_1" })),
        [
            "data.total_amount: is required: a decimal string such as \"149.99\"",
            "data.currency_code: is required: three capital letters such as \"USD\"",
        ]
    );
    let fulfilled = |more: Value| {
        let mut data = json!({ "consumer_id": "con_1", "order_id": "ord_1" });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        validate(EventType::OrderFulfilled, &data)
    };
    assert_eq!(fulfilled(json!({})), Ok(()));
    assert_eq!(fulfilled(json!({ "total_amount": "1", "currency_code": "EUR" })), Ok(()));
    assert_eq!(fulfilled(json!({ "currency_code": "EUR" })), Ok(()));
    let alone = fulfilled(json!({ "total_amount": "1" })).unwrap_err();
    assert_eq!(
        alone[0].to_string(),
        "data.currency_code: is required beside an amount: three capital letters such as \"USD\""
    );
}

#[test]
fn data_is_an_object() {
    for (data, given) in [
        (json!(null), "null"),
        (json!([]), "an array"),
        (json!("x"), "a string"),
        (json!(1), "a number"),
        (json!(true), "a boolean"),
    ] {
        let complaint = format!("data: must be an object, not {given}");
        assert_eq!(told(EventType::OrderPaid, &data), [complaint]);
    }
}

#[test]
fn at_most_twenty_complaints_and_none_is_long() {
    let names = (0..500).map(|number| (format!("{}{number}", "k\n".repeat(500)), json!("hush")));
    let data: Value = names.collect();
    let violations = validate(EventType::OrderPaid, &data).unwrap_err();
    assert_eq!(violations.len(), MAX_VIOLATIONS);
    for violation in violations {
        let text = violation.to_string();
        assert!(text.len() < 300 && !text.contains('\n') && !text.contains("hush"), "{text}");
    }
    let wrong = complaints(EventType::ExperienceCreated, "product_ids", json!(vec!["hush"; 999]));
    assert_eq!(wrong.len(), MAX_VIOLATIONS);
}

#[test]
fn ids_of_other_services_are_taken_as_they_are() {
    let longest = format!("con_{}", "x".repeat(124));
    for id in ["con_123", "con_01HXYZ123456789", "con_a_b", &longest] {
        let data = json!({ "consumer_id": id });
        assert_eq!(validate(EventType::ConsumerDeleted, &data), Ok(()), "{id}");
    }
}

#[test]
fn required_is_exactly_what_the_schema_requires() {
    for event_type in EventType::known() {
        let schema = json_schema(event_type);
        let required: Vec<_> = schema["required"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect();
        let mut data = example_data(event_type);
        data.as_object_mut().unwrap().retain(|name, _| required.contains(&name.as_str()));
        assert_eq!(validate(event_type, &data), Ok(()), "{event_type}");
        for name in required {
            let mut less = data.clone();
            less.as_object_mut().unwrap().remove(name);
            let violations = validate(event_type, &less).unwrap_err();
            assert_eq!(violations.len(), 1);
            assert_eq!(violations[0].path, format!("data.{name}"));
        }
    }
}

fn any_type() -> impl Strategy<Value = EventType> {
    prop::sample::select(EventType::known().collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn what_is_valid_is_taken(
        (event_type, data) in any_type().prop_flat_map(|each| (Just(each), valid(each))),
    ) {
        prop_assert_eq!(validate(event_type, &data), Ok(()));
    }

    #[test]
    fn complaints_are_bounded_and_about_data(
        (event_type, data) in any_type().prop_flat_map(|each| (Just(each), damaged(each))),
    ) {
        if let Err(violations) = validate(event_type, &data) {
            prop_assert!((1..=MAX_VIOLATIONS).contains(&violations.len()));
            for violation in violations {
                prop_assert!(violation.path == "data" || violation.path.starts_with("data."));
                prop_assert!(!violation.message.is_empty());
            }
        }
    }
}
