//! Both generations of Stripe's payloads, and amounts as Stripe counts them.

use fanfare_app::{Effect, OrderChange};
use fanfare_inbound::read::{Meaning, stripe};
use fanfare_model::OrganizationId;
use serde_json::{Value, json};

use crate::world::event;

fn effects(event: &Value) -> Meaning {
    let organization = OrganizationId::from_u128(7);
    stripe::effects(event.to_string().as_bytes(), organization).expect("it can be read")
}

fn paid(currency: &str, amount: u64) -> String {
    let thing = json!({"id": "cs_1", "object": "checkout.session", "payment_status": "paid",
        "amount_total": amount, "currency": currency, "client_reference_id": "#1"});
    let Meaning::Effects(effects) = effects(&event("e", "checkout.session.completed", 1, thing))
    else {
        panic!("no effects");
    };
    let [Effect::Order { change: OrderChange::Paid(paid), .. }] = &effects[..] else {
        panic!("{effects:?}");
    };
    let (amount, currency) = paid.amount.expect("an amount");
    format!("{amount} {currency}")
}

#[test]
fn amounts_are_read_as_stripe_counts_them() {
    for (currency, units, expected) in [
        ("eur", 4990, "49.90 EUR"),
        ("usd", 5, "0.05 USD"),
        ("usd", 0, "0.00 USD"),
        ("jpy", 500, "500 JPY"),
        ("kwd", 1_250, "1.250 KWD"),
        ("isk", 50_000, "500.00 ISK"),
        ("ugx", 50_000, "500.00 UGX"),
        ("mga", 500, "500 MGA"),
    ] {
        assert_eq!(paid(currency, units), expected);
    }
}

#[test]
fn a_checkout_without_a_payment_waits_for_it() {
    let thing = |status: &str| {
        json!({"id": "cs_1", "object": "checkout.session", "payment_status": status,
            "amount_total": 1, "currency": "eur", "metadata": {"order_id": "#1"}})
    };
    let change = |kind: &str, status: &str| match effects(&event("e", kind, 1, thing(status))) {
        Meaning::Effects(mut effects) => match effects.remove(0) {
            Effect::Order { change, .. } => change,
            other => panic!("{other:?}"),
        },
        Meaning::Nothing(why) => panic!("{why}"),
    };
    let completed = "checkout.session.completed";
    assert!(matches!(change(completed, "unpaid"), OrderChange::Noted { .. }));
    assert!(matches!(change(completed, "no_payment_required"), OrderChange::Paid(_)));
    let later = |kind| change(kind, "unpaid");
    assert!(matches!(later("checkout.session.async_payment_succeeded"), OrderChange::Paid(_)));
    assert!(matches!(later("checkout.session.async_payment_failed"), OrderChange::Failed { .. }));
    assert!(matches!(later("checkout.session.expired"), OrderChange::GivenUp { .. }));
}

/// An account has other payments than those of orders here.
#[test]
fn payments_that_name_no_order_are_nobodys() {
    for kind in ["payment_intent.succeeded", "payment_intent.canceled", "invoice.paid"] {
        let thing = json!({"id": "x", "object": "payment_intent", "amount_received": 1,
            "amount_paid": 1, "currency": "eur", "metadata": {}});
        assert!(matches!(effects(&event("e", kind, 1, thing)), Meaning::Nothing(_)), "{kind}");
    }
    let charge =
        json!({"id": "ch", "object": "charge", "refunded": true, "payment_intent": "pi_1"});
    let named_by_payment = effects(&event("e", "charge.refunded", 1, charge));
    assert!(matches!(named_by_payment, Meaning::Effects(_)));
}
