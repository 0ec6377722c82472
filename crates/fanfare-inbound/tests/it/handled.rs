//! What messages do, whatever the order in which they come, and however often the process dies.

use fanfare_app::{DistributionFields, ErrorCode, PaymentInput};
use fanfare_model::inbound::{InboundStatus, PlanStatus, Provider, SentState};
use fanfare_model::launch::OrderStatus;
use fanfare_model::{ConnectionId, EventType};
use fanfare_store::{InboundStore as _, LaunchStore as _};
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{ACCOUNT, World, event, session};

async fn send(world: &World, id: ConnectionId, event: Value) {
    let answer = world.send(world.stripe(id, &event)).await;
    assert!(answer.is_success(), "{answer} {event}");
}

/// Killed after the answer and before it was handled: the next process picks it up, once.
#[tokio::test]
async fn what_was_stored_is_handled_after_a_restart() {
    let mut world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let order = world.order("#1").await;
    let paid = event("evt_1", "checkout.session.completed", 1, session(order.id));
    send(&world, id, paid.clone()).await;
    world.restart().await;
    world.handle_all().await;
    assert_eq!(world.order_now(order.id).await.status, OrderStatus::Paid);
    assert_eq!(world.only(id).await, (InboundStatus::Handled, order.id.to_string()));
    send(&world, id, paid).await;
    world.handle_all().await;
    assert_eq!(world.told(EventType::OrderPaid).await.len(), 1);
}

/// Killed with the message claimed, perhaps with the effect done: handled again, with one effect.
#[tokio::test]
async fn a_claim_that_died_is_handled_again() {
    let mut world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let order = world.order("#1").await;
    send(&world, id, event("evt_1", "checkout.session.completed", 1, session(order.id))).await;
    let claimed = world.app.claim_inbound(10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    world.app.pay_order(&world.caller, order.id, PaymentInput::default()).await.unwrap();
    world.restart().await;
    world.handle_all().await;
    assert_eq!(world.only(id).await.0, InboundStatus::Pending, "the claim still runs");
    world.advance(30);
    world.handle_all().await;
    let (status, note) = world.only(id).await;
    assert_eq!(
        (status, note),
        (InboundStatus::Handled, format!("{}: it was paid before", order.id))
    );
    assert_eq!(world.told(EventType::OrderPaid).await.len(), 1);
}

#[tokio::test]
async fn the_loop_handles_what_comes_and_ends_when_told() {
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let order = world.order("#1").await;
    let stop = tokio_util::sync::CancellationToken::new();
    let (inbound, stopped) = (world.inbound.clone(), stop.clone());
    let mut running = tokio::task::JoinSet::new();
    running.spawn(async move { inbound.run(stopped).await });
    send(&world, id, event("evt_1", "checkout.session.completed", 1, session(order.id))).await;
    while world.told(EventType::OrderPaid).await.is_empty() {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    running.join_next().await.unwrap().unwrap();
}

#[tokio::test]
async fn payments_move_orders_and_never_back() {
    use OrderStatus::{Cancelled, Created, Paid};
    let intent = |order: &str, kind: &str, n: u32| {
        let thing = json!({"id": "pi_1", "object": "payment_intent", "amount_received": 4990,
            "currency": "eur", "metadata": {"order_id": order},
            "last_payment_error": {"code": "card_declined"}, "cancellation_reason": "abandoned"});
        event(&format!("evt_{n}"), kind, i64::from(n), thing)
    };
    let charge = |order: &str, refunded: bool, n: u32| {
        let thing = json!({"id": "ch_1", "object": "charge", "payment_intent": "pi_1",
            "amount": 4990, "amount_refunded": if refunded { 4990 } else { 100 },
            "refunded": refunded, "metadata": {"order_id": order}});
        event(&format!("evt_{n}"), "charge.refunded", i64::from(n), thing)
    };
    let (pay, fail, cancel) =
        ("payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled");
    type Step = (&'static str, OrderStatus, InboundStatus);
    let stories: [&[Step]; 5] = [
        &[
            (fail, Created, InboundStatus::Handled),
            (pay, Paid, InboundStatus::Handled),
            (fail, Paid, InboundStatus::Handled),
            (cancel, Paid, InboundStatus::Handled),
        ],
        &[(cancel, Cancelled, InboundStatus::Handled), (pay, Cancelled, InboundStatus::Failed)],
        &[
            ("part", Created, InboundStatus::Handled),
            (pay, Paid, InboundStatus::Handled),
            ("part", Paid, InboundStatus::Handled),
            ("full", Cancelled, InboundStatus::Handled),
            ("full", Cancelled, InboundStatus::Handled),
            (pay, Cancelled, InboundStatus::Handled),
        ],
        &[("full", Cancelled, InboundStatus::Handled), (pay, Cancelled, InboundStatus::Handled)],
        &[(pay, Paid, InboundStatus::Handled), (pay, Paid, InboundStatus::Handled)],
    ];
    for (story, steps) in stories.iter().enumerate() {
        let world = World::new().await;
        let id = world.connection(Provider::Stripe).await;
        let order = world.order("#1").await;
        let name = order.id.to_string();
        for (n, (step, status, ended)) in (1..).zip(*steps) {
            let event = match *step {
                "part" => charge(&name, false, n),
                "full" => charge(&name, true, n),
                kind => intent(&name, kind, n),
            };
            send(&world, id, event).await;
            world.handle_all().await;
            let message = world.messages(id).await.pop().unwrap();
            let now = world.order_now(order.id).await;
            assert_eq!(
                (now.status, message.status),
                (*status, *ended),
                "{story} {step} {message:?}"
            );
        }
        let paid = world.told(EventType::OrderPaid).await;
        let was_paid = steps.iter().any(|(_, status, _)| *status == Paid);
        assert_eq!(paid.len(), usize::from(was_paid), "{story}");
        let cancelled = world.told(EventType::OrderCancelled).await.len();
        let is_cancelled = steps.last().is_some_and(|(_, status, _)| *status == Cancelled);
        assert_eq!(cancelled, usize::from(is_cancelled), "{story}");
    }
}

/// Disputes and refunds may name the payment alone; a payment of somebody else's order is not ours.
#[tokio::test]
async fn an_order_is_found_by_its_payment() {
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let order = world.order("#1").await;
    send(&world, id, event("evt_1", "checkout.session.completed", 1, session(order.id))).await;
    world.handle_all().await;
    let dispute = |status: &str, payment: &str| json!({"id": "dp_1", "object": "dispute", "payment_intent": payment, "status": status});
    send(
        &world,
        id,
        event("evt_2", "charge.dispute.created", 2, dispute("needs_response", "pi_1")),
    )
    .await;
    world.handle_all().await;
    assert_eq!(world.order_now(order.id).await.status, OrderStatus::Paid);
    send(&world, id, event("evt_3", "charge.dispute.closed", 3, dispute("lost", "pi_1"))).await;
    world.handle_all().await;
    let cancelled = world.order_now(order.id).await;
    assert_eq!(cancelled.status, OrderStatus::Cancelled);
    assert_eq!(cancelled.cancel_reason.as_deref(), Some("payment returned: a dispute was lost"));
    send(&world, id, event("evt_4", "charge.dispute.closed", 4, dispute("lost", "pi_other"))).await;
    world.handle_all().await;
    assert_eq!(world.messages(id).await[3].status, InboundStatus::Pending);
    for _ in 0..10 {
        world.advance(7_200);
        world.handle_all().await;
    }
    assert_eq!(world.messages(id).await[3].status, InboundStatus::Ignored);
}

/// Whoever pays can change the name of the order in a link: then the amount has to fit.
#[tokio::test]
async fn a_reference_that_the_payer_gave_needs_the_right_amount() {
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let order = world.order("#1").await;
    let checkout = |n: u32, cents: u32, currency: &str, reference: &str| {
        let mut thing = session(order.id);
        thing["metadata"] = json!({});
        thing["client_reference_id"] = json!(reference);
        thing["amount_total"] = json!(cents);
        thing["currency"] = json!(currency);
        event(&format!("evt_{n}"), "checkout.session.completed", 1, thing)
    };
    let name = order.id.to_string();
    for (n, cents, currency) in [(1, 100, "eur"), (2, 4990, "jpy")] {
        send(&world, id, checkout(n, cents, currency, &name)).await;
        world.handle_all().await;
        let message = world.messages(id).await.pop().unwrap();
        assert_eq!(message.status, InboundStatus::Failed, "{message:?}");
        assert!(message.note.unwrap().contains("which costs 49.90 EUR"));
    }
    assert_eq!(world.order_now(order.id).await.status, OrderStatus::Created);
    send(&world, id, checkout(3, 4990, "eur", "#1")).await;
    world.handle_all().await;
    let paid = world.order_now(order.id).await;
    assert_eq!(paid.status, OrderStatus::Paid, "the shop's number names it as well");
    let payment = paid.payment.unwrap();
    assert_eq!(payment.reference.as_deref(), Some("pi_1"));
    assert_eq!(payment.provider.as_deref(), Some("stripe"));
}

/// An order that is not there yet is waited for; what fails for good can be handled again by hand.
#[tokio::test]
async fn what_cannot_be_handled_is_kept_and_can_be_handled_again() {
    let world = World::new().await;
    let stranger = world.stranger().await;
    let id = world.connection(Provider::Stripe).await;
    let mut thing = session("ord_01h455vb4pex5vsknk084sn02q".parse().unwrap());
    thing["metadata"]["order_id"] = json!("#late");
    send(&world, id, event("evt_1", "checkout.session.completed", 1, thing.clone())).await;
    world.handle_all().await;
    let (status, note) = world.only(id).await;
    assert_eq!(status, InboundStatus::Pending);
    assert!(note.contains("no order that \"#late\" names"), "{note}");
    for _ in 0..10 {
        world.advance(7_200);
        world.handle_all().await;
    }
    let message = world.messages(id).await.remove(0);
    assert_eq!((message.status, message.attempts), (InboundStatus::Failed, 7));
    let foreign = world.app.handle_again(&stranger, message.id).await.unwrap_err();
    assert_eq!(foreign.code(), ErrorCode::NotFound);
    let order = world.order("#late").await;
    world.app.handle_again(&world.caller, message.id).await.unwrap();
    world.handle_all().await;
    assert_eq!(world.order_now(order.id).await.status, OrderStatus::Paid);
    let again = world.app.handle_again(&world.caller, message.id).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::Conflict);
}

/// The participant whose order is paid has checked out.
#[tokio::test]
async fn a_paid_order_completes_its_participant() {
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let order = crowded(&world).await;
    send(&world, id, event("evt_1", "checkout.session.completed", 1, session(order))).await;
    world.handle_all().await;
    assert_eq!(world.told(EventType::OrderPaid).await.len(), 1);
    assert_eq!(world.told(EventType::DistributionCompleted).await.len(), 1);
}

async fn crowded(world: &World) -> fanfare_model::OrderId {
    use fanfare_app::{AdmitInput, NewDistribution, NewExperience, NewOrder};
    let caller = &world.caller;
    let consumer = world.consumer("ada@shop.example", "+491701234").await.id;
    let experience = NewExperience { name: "Drop".into(), ..NewExperience::default() };
    let experience = world.app.create_experience(caller, experience).await.unwrap().id;
    world.app.activate_experience(caller, experience).await.unwrap();
    let queue = NewDistribution {
        experience_id: experience,
        fields: DistributionFields::default(),
        kind: fanfare_model::launch::DistributionKind::Queue,
    };
    let queue = world.app.create_distribution(caller, queue).await.unwrap().distribution.id;
    world.app.join(caller, queue, consumer).await.unwrap();
    world.app.admit(caller, queue, AdmitInput::Count(1)).await.unwrap();
    let order = NewOrder {
        consumer_id: consumer,
        distribution_id: Some(queue),
        product_id: None,
        external_order_id: None,
        total_amount: "49.90".parse().unwrap(),
        currency: "EUR".parse().unwrap(),
        metadata: None,
    };
    world.app.create_order(caller, order).await.unwrap().id
}

#[tokio::test]
async fn subscriptions_move_the_plan_by_the_time_of_their_events() {
    let world = World::new().await;
    let id = world.connection(Provider::Stripe).await;
    let organization = world.caller.organization_id;
    let subscription = |status: &str| {
        json!({"id": "sub_1", "object": "subscription", "status": status,
        "cancel_at_period_end": true, "items": {"data": [
            {"price": {"id": "price_1"}, "current_period_end": 2_000_000_000}
        ]}})
    };
    let kind = |what: &str| format!("customer.subscription.{what}");
    send(&world, id, event("evt_2", &kind("updated"), 20, subscription("active"))).await;
    send(&world, id, event("evt_1", &kind("created"), 10, subscription("incomplete"))).await;
    world.handle_all().await;
    let plan = world.store.plan(organization).await.unwrap().unwrap();
    assert_eq!((plan.status, plan.price.as_deref()), (PlanStatus::Active, Some("price_1")));
    assert_eq!(plan.period_end.unwrap().as_unix_seconds(), 2_000_000_000);
    assert!(plan.ends_with_period);
    let mut older = subscription("canceled");
    older["items"] = json!({"data": []});
    older["plan"] = json!({"id": "plan_1"});
    older["current_period_end"] = json!(1_900_000_000);
    send(&world, id, event("evt_3", &kind("deleted"), 30, older)).await;
    world.handle_all().await;
    let plan = world.store.plan(organization).await.unwrap().unwrap();
    assert_eq!((plan.status, plan.price.as_deref()), (PlanStatus::Canceled, Some("plan_1")));
    assert_eq!(plan.period_end.unwrap().as_unix_seconds(), 1_900_000_000);
    let mut foreign = subscription("active");
    foreign["metadata"] = json!({"organization_id": "org_01h455vb4pex5vsknk084sn02q"});
    send(&world, id, event("evt_4", &kind("updated"), 40, foreign)).await;
    world.handle_all().await;
    let plan = world.store.plan(organization).await.unwrap().unwrap();
    assert_eq!(plan.status, PlanStatus::Canceled);
}

#[tokio::test]
async fn text_messages_move_by_rank_and_opt_outs_are_marked() {
    let world = World::new().await;
    let id = world.connection(Provider::Twilio).await;
    let ada = world.consumer("ada@shop.example", "+491701234").await;
    let callback =
        |sid: &'static str, status: &'static str, more: Vec<(&'static str, &'static str)>| {
            let mut fields =
                vec![("AccountSid", ACCOUNT), ("MessageSid", sid), ("MessageStatus", status)];
            fields.extend(more);
            fields.sort_unstable();
            fields
        };
    let told = [
        callback("SM1", "delivered", vec![("To", "+491701234")]),
        callback("SM1", "sent", vec![("To", "+491701234")]),
        callback("SM2", "undelivered", vec![("To", "+491701234"), ("ErrorCode", "30003")]),
        callback("SM3", "received", vec![("From", "+491701234"), ("OptOutType", "STOP")]),
    ];
    for fields in &told {
        assert_eq!(world.send(world.twilio(id, fields)).await, StatusCode::OK);
        assert_eq!(world.send(world.twilio(id, fields)).await, StatusCode::OK, "a duplicate");
        world.handle_all().await;
    }
    let organization = world.caller.organization_id;
    let sent = |sid: &str| world.store.sent_message(organization, Provider::Twilio, sid.into());
    assert_eq!(sent("SM1").await.unwrap().unwrap().state, SentState::Delivered);
    let undelivered = sent("SM2").await.unwrap().unwrap();
    assert_eq!(
        (undelivered.state, undelivered.error.as_deref()),
        (SentState::Undelivered, Some("30003"))
    );
    assert_eq!(sent("SM3").await.unwrap(), None, "it came from a person");
    let marked = world.store.consumer(organization, ada.id).await.unwrap().unwrap();
    assert!(marked.reach.sms_opted_out_at.is_some() && marked.reach.email_opted_out_at.is_none());
    let updated = world.told(EventType::ConsumerUpdated).await;
    assert_eq!(updated.len(), 1);
    assert_eq!(updated[0]["changed_fields"], json!(["sms_opted_out_at"]));
    world.advance(1);
    let start = callback("SM4", "received", vec![("From", "+491701234"), ("Body", " start ")]);
    assert_eq!(world.send(world.twilio(id, &start)).await, StatusCode::OK);
    world.handle_all().await;
    let back = world.store.consumer(organization, ada.id).await.unwrap().unwrap();
    assert_eq!(back.reach.sms_opted_out_at, None);
    let hello = callback("SM5", "received", vec![("From", "+491701234"), ("Body", "hello")]);
    assert_eq!(world.send(world.twilio(id, &hello)).await, StatusCode::ACCEPTED);
}

#[tokio::test]
async fn bounces_and_complaints_are_marked_until_the_address_changes() {
    let world = World::new().await;
    let id = world.connection(Provider::Resend).await;
    let ada = world.consumer("Ada@Shop.example", "+491701234").await;
    let mail = |kind: &str, more: Value| {
        let mut data =
            json!({"email_id": "em_1", "to": ["Ada <ada@shop.example>"], "tags": {"a": "b"}});
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        json!({"type": kind, "created_at": "2026-01-02T03:04:05.000Z", "data": data})
    };
    let organization = world.caller.organization_id;
    let reach = async || world.store.consumer(organization, ada.id).await.unwrap().unwrap().reach;
    let full = json!({"bounce": {"type": "Transient", "message": "mailbox full"}});
    let gone = json!({"bounce": {"type": "Permanent", "message": "no such user"}});
    let told = [
        ("msg_1", mail("email.delivery_delayed", json!({}))),
        ("msg_2", mail("email.bounced", full)),
        ("msg_3", mail("email.sent", json!({}))),
    ];
    for (message, event) in &told {
        assert_eq!(world.send(world.resend(id, message, event)).await, StatusCode::OK);
    }
    world.handle_all().await;
    assert_eq!(reach().await, fanfare_model::launch::Reach::default());
    for (message, event) in
        [("msg_4", mail("email.bounced", gone)), ("msg_5", mail("email.complained", json!({})))]
    {
        assert_eq!(world.send(world.resend(id, message, &event)).await, StatusCode::OK);
        assert_eq!(world.send(world.resend(id, message, &event)).await, StatusCode::OK);
        world.handle_all().await;
    }
    let marked = reach().await;
    let at = "2026-01-02T03:04:05Z".parse().unwrap();
    assert_eq!((marked.email_bounced_at, marked.email_complained_at), (Some(at), Some(at)));
    let sent = world.store.sent_message(organization, Provider::Resend, "em_1".into()).await;
    let sent = sent.unwrap().unwrap();
    assert_eq!((sent.state, sent.at), (SentState::Complained, at));
    assert_eq!(world.told(EventType::ConsumerUpdated).await.len(), 2);
    let contact = json!({"type": "contact.updated", "created_at": "2026-01-03T00:00:00Z",
        "data": {"email": "ada@shop.example", "unsubscribed": true}});
    assert_eq!(world.send(world.resend(id, "msg_6", &contact)).await, StatusCode::OK);
    world.handle_all().await;
    assert!(reach().await.email_opted_out_at.is_some());
    let change = fanfare_app::UpdateConsumer {
        email: fanfare_app::Change::Set("ada@new.example".into()),
        ..Default::default()
    };
    world.app.update_consumer(&world.caller, ada.id, change).await.unwrap();
    assert_eq!(reach().await, fanfare_model::launch::Reach::default());
}
