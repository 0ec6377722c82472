//! The names are the seed's, a selection selects what it says and refuses the rest.

use fanfare_model::catalogue::{Category, EventSelection, EventType, EventTypes, SelectionError};

/// The seed's page, in its order and words.
const SEED: [(&str, &str); 16] = [
    ("consumer.created", "New consumer registered"),
    ("consumer.updated", "Consumer profile updated"),
    ("consumer.deleted", "Consumer removed"),
    ("experience.created", "New experience created"),
    ("experience.activated", "Experience went live"),
    ("experience.completed", "Experience finished"),
    ("experience.cancelled", "Experience cancelled"),
    ("distribution.joined", "Consumer joined queue/draw"),
    ("distribution.admitted", "Consumer admitted from queue"),
    ("distribution.winner_selected", "Draw winner selected"),
    ("distribution.bid_placed", "Auction bid received"),
    ("distribution.completed", "Consumer completed checkout"),
    ("order.created", "New order placed"),
    ("order.paid", "Order payment confirmed"),
    ("order.fulfilled", "Order marked as fulfilled"),
    ("order.cancelled", "Order cancelled"),
];

fn names(types: EventTypes) -> Vec<&'static str> {
    types.iter().map(EventType::as_str).collect()
}

#[test]
fn names_and_descriptions_are_the_seeds() {
    let ours = EventType::ALL.map(|each| (each.as_str(), each.description()));
    assert_eq!(ours, SEED);
}

#[test]
fn a_type_is_its_name_its_number_and_its_category() {
    for (place, event_type) in EventType::known().enumerate() {
        let name = event_type.as_str();
        assert_eq!(usize::from(event_type.index()), place);
        assert_eq!(EventType::from_index(event_type.index()), Some(event_type));
        assert_eq!(name.parse::<EventType>().unwrap(), event_type);
        assert_eq!(name.split('.').next(), Some(event_type.category().as_str()));
        assert_eq!(event_type.version(), 1);
        let json = serde_json::to_string(&event_type).unwrap();
        assert_eq!(json, format!("\"{name}\""));
        assert_eq!(serde_json::from_str::<EventType>(&json).unwrap(), event_type);
    }
    assert_eq!(EventType::from_index(19), None);
    assert_eq!(EventType::from_index(255), None);
}

#[test]
fn an_unknown_name_is_answered_with_the_nearest_or_with_all() {
    let error = "order.payed".parse::<EventType>().unwrap_err();
    assert_eq!(error.suggestion(), Some("order.paid"));
    assert_eq!(error.to_string(), "unknown event type `order.payed`; did you mean `order.paid`?");
    let error = "invoice.sent".parse::<EventType>().unwrap_err();
    assert_eq!(error.suggestion(), None);
    for (name, _) in SEED {
        assert!(error.to_string().contains(name), "{error}");
    }
    for name in ["", "*", "order.*", "Order.paid", " order.paid", "order.paid\0", "order"] {
        assert!(name.parse::<EventType>().is_err(), "{name:?}");
    }
    let error = "x\n".repeat(5_000).parse::<EventType>().unwrap_err().to_string();
    assert!(error.len() < 800 && !error.contains('\n'), "{error}");
}

#[test]
fn a_set_holds_what_was_put_into_it() {
    assert_eq!(EventTypes::ALL.iter().collect::<Vec<_>>(), EventType::ALL);
    assert_eq!(EventTypes::ALL.bits(), 0xffff);
    assert_eq!(EventTypes::REPORTS.bits(), 0b111 << 16);
    assert_eq!(EventTypes::REPORTS.iter().collect::<Vec<_>>(), EventType::REPORTS);
    assert_eq!(EventTypes::from_bits(u32::MAX), EventTypes::KNOWN);
    assert_eq!(EventTypes::KNOWN, EventTypes::ALL.union(EventTypes::REPORTS));
    assert!(EventTypes::EMPTY.is_empty() && EventTypes::default().is_empty());
    let mut set = EventTypes::EMPTY;
    set.insert(EventType::OrderPaid);
    set.insert(EventType::OrderPaid);
    set.insert(EventType::ConsumerCreated);
    assert_eq!((set.len(), set.bits()), (2, 1 | 1 << 13));
    assert!(set.contains(EventType::OrderPaid) && !set.contains(EventType::OrderCreated));
    assert_eq!(names(set), ["consumer.created", "order.paid"]);
    assert_eq!(format!("{set:?}"), r#"{"consumer.created", "order.paid"}"#);
    let rest: EventTypes = EventType::ALL.into_iter().filter(|each| !set.contains(*each)).collect();
    assert_eq!((rest.len(), rest.union(set)), (14, EventTypes::ALL));
}

#[test]
fn a_selection_selects_names_categories_and_everything() {
    let seed = EventSelection::parse(&["consumer.created", "distribution.winner_selected"]);
    let seed = seed.unwrap();
    assert_eq!(seed.patterns(), ["consumer.created", "distribution.winner_selected"]);
    assert_eq!(names(seed.types()), ["consumer.created", "distribution.winner_selected"]);
    assert!(seed.matches(EventType::ConsumerCreated) && !seed.matches(EventType::ConsumerDeleted));

    let orders = EventSelection::parse(&["order.*", "order.paid"]).unwrap();
    assert_eq!(orders.patterns(), ["order.*", "order.paid"]);
    assert_eq!(orders.types(), EventTypes::of_category(Category::Order));
    assert_eq!(
        names(orders.types()),
        ["order.created", "order.paid", "order.fulfilled", "order.cancelled"]
    );

    let all = EventSelection::parse(&["*"]).unwrap();
    assert_eq!((all.types(), &all), (EventTypes::ALL, &EventSelection::everything()));
    let categories = Category::ALL.map(Category::wildcard);
    assert_eq!(EventSelection::parse(&categories).unwrap().types(), EventTypes::ALL);
}

#[test]
fn reports_are_beside_the_seeds_types_and_asked_for_by_name() {
    let names = EventType::REPORTS.map(EventType::as_str);
    assert_eq!(names, ["webhook.failed", "webhook.recovered", "webhook.disabled"]);
    assert_eq!(EventType::known().filter(|each| each.is_report()).count(), 3);
    assert!(EventType::ALL.iter().all(|each| !each.is_report()));
    let everything = EventSelection::parse(&["*"]).unwrap();
    assert!(EventType::REPORTS.iter().all(|each| !everything.matches(*each)));
    let reports = EventSelection::parse(&["webhook.*"]).unwrap();
    assert_eq!(reports.types(), EventTypes::REPORTS);
    let one = EventSelection::parse(&["*", "webhook.failed"]).unwrap();
    assert_eq!(one.types(), EventTypes::ALL.union(EventType::WebhookFailed.into()));
}

#[test]
fn a_selection_reads_back_what_it_writes() {
    let selection = EventSelection::parse(&["order.*", "consumer.deleted"]).unwrap();
    let json = serde_json::to_string(&selection).unwrap();
    assert_eq!(json, r#"["order.*","consumer.deleted"]"#);
    assert_eq!(serde_json::from_str::<EventSelection>(&json).unwrap(), selection);
    assert!(serde_json::from_str::<EventSelection>("[]").is_err());
}

#[test]
fn a_wrong_selection_names_the_item_and_the_mend() {
    let refused = |patterns: &[&str]| EventSelection::parse(patterns).unwrap_err();
    assert_eq!(refused(&[]), SelectionError::Empty);
    assert_eq!(refused(&[]).index(), None);

    let error = refused(&["order.paid", "orders.*"]);
    assert_eq!(error.index(), Some(1));
    assert_eq!(error.to_string(), "unknown event type `orders.*`; did you mean `order.*`?");

    let error = refused(&["order.*", "*", "order.*"]);
    assert_eq!(error, SelectionError::Duplicate { index: 2, pattern: "order.*" });
    assert_eq!(error.to_string(), "`order.*` is listed twice; remove one");

    for pattern in ["", "**", "order.", "order", "*.paid", "order.p*", "ORDER.PAID", "order.* "] {
        assert!(matches!(refused(&[pattern]), SelectionError::Unknown { index: 0, .. }));
    }
    let far = refused(&["invoice.sent"]).to_string();
    assert!(
        far.contains("order.cancelled") && far.ends_with("distribution.*, order.*, webhook.*, *")
    );

    let error = refused(&["*"; 101]);
    assert_eq!(error.to_string(), "must have at most 100 items, not 101");
    assert_eq!(refused(&["*"; 100]).index(), Some(1));
}
