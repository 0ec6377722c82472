//! Connections, messages that came in, and what they told.

use bytes::Bytes;
use fanfare_model::inbound::{
    InboundContent, InboundOutcome, InboundStatus, Plan, PlanStatus, Provider, SentMessage,
    SentState,
};
use fanfare_model::launch::{Consumer, Order as Bought, Payment, Reach};
use fanfare_model::{InboundId, OrganizationId, Timestamp, limits};

use super::World;
use super::world::{START, at, check_pages, day, page};
use crate::{
    Connection, EditRefused, HandleAgain, InboundCount, InboundEnd, InboundMessage, InboundTally,
    NewInbound, Order, RefusedInbound, Sealed, StoreError,
};

impl World {
    fn new_connection(&self, organization_id: OrganizationId) -> Connection {
        Connection {
            id: self.id(START),
            organization_id,
            provider: Provider::Twilio,
            name: "texts".into(),
            account: Some("AC1".into()),
            public_url: Some("https://hooks.example/a".into()),
            livemode: None,
            secret: Some(Sealed(vec![1, 2])),
            previous: None,
            created_at: START,
            updated_at: START,
        }
    }

    async fn connection(&self, organization: OrganizationId) -> Connection {
        let new = self.new_connection(organization);
        self.store.create_connection(new.clone(), None).await.expect("a connection");
        new
    }

    fn new_inbound(&self, to: &Connection, key: &str, received_at: Timestamp) -> NewInbound {
        NewInbound {
            id: self.id(received_at),
            organization_id: to.organization_id,
            connection_id: to.id,
            provider: to.provider,
            key: key.into(),
            kind: "message.sent".into(),
            content: InboundContent::Form,
            body: Bytes::from_static(b"MessageSid=SM1&To=%2B49170"),
            received_at,
            ignored: None,
        }
    }

    async fn take(&self, to: &Connection, key: &str, second: u64) -> InboundId {
        let new = self.new_inbound(to, key, at(second));
        let id = new.id;
        assert!(self.store.take_in(new).await.expect("a write"), "{key}");
        id
    }

    async fn end(&self, org: OrganizationId, id: InboundId, attempt: u32, end: InboundEnd) -> bool {
        self.store.end_inbound(org, id, attempt, end).await.expect("a write")
    }
}

fn ended(status: InboundStatus, second: u64) -> InboundEnd {
    InboundEnd { status, note: Some("a note".into()), retry_at: None, at: at(second) }
}

/// A connection comes back as it was written, to its organization and to requests that name it.
pub async fn a_connection_comes_back_as_it_was_written(world: &World) {
    let (org, foreign) = (world.organization("shop").await, world.organization("other").await);
    let full = world.connection(org).await;
    let bare = Connection {
        id: world.id(at(1)),
        provider: Provider::Stripe,
        account: None,
        public_url: None,
        livemode: Some(true),
        secret: None,
        ..full.clone()
    };
    world.store.create_connection(bare.clone(), None).await.expect("a connection");
    let store = &world.store;
    for one in [&full, &bare] {
        let found = store.connection(org, one.id).await.expect("a read");
        assert_eq!(found.as_ref(), Some(one));
        let found = store.connection_of_any(one.id).await.expect("a read");
        assert_eq!(found.as_ref(), Some(one));
        assert!(store.connection(foreign, one.id).await.expect("a read").is_none());
    }
    assert_eq!(store.connections(org).await.expect("a read"), [full, bare]);
    assert!(store.connections(foreign).await.expect("a read").is_empty());
    assert!(store.connection_of_any(world.id(START)).await.expect("a read").is_none());
}

/// Secrets are changed by what the edit says, or not at all when it refuses.
pub async fn secrets_are_changed_in_one_piece(world: &World) {
    let (org, foreign) = (world.organization("shop").await, world.organization("other").await);
    let id = world.connection(org).await.id;
    let store = &world.store;
    let rotate = |connection: &mut Connection| {
        let old = connection.secret.replace(Sealed(vec![3]));
        connection.previous = old.map(|old| (old, at(60)));
        Ok(())
    };
    let changed = store.modify_connection(org, id, at(5), Box::new(rotate), None).await;
    let changed = changed.expect("a change").expect("the connection");
    assert_eq!(changed.secret, Some(Sealed(vec![3])));
    assert_eq!(changed.previous, Some((Sealed(vec![1, 2]), at(60))));
    assert_eq!(changed.updated_at, at(5));
    assert_eq!(store.connection(org, id).await.expect("a read"), Some(changed.clone()));
    let refuse =
        |_: &mut Connection| Err(EditRefused { code: "conflict", message: "not now".into() });
    let refused = store.modify_connection(org, id, at(6), Box::new(refuse), None).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
    let none = store.modify_connection(foreign, id, at(6), Box::new(rotate), None).await;
    assert!(none.expect("nothing").is_none());
    assert_eq!(store.connection(org, id).await.expect("a read"), Some(changed));
}

/// There is a limit on connections.
pub async fn there_is_a_limit_on_connections(world: &World) {
    let org = world.organization("shop").await;
    for _ in 0..limits::CONNECTIONS_PER_ORGANIZATION {
        world.connection(org).await;
    }
    let over = world.store.create_connection(world.new_connection(org), None).await;
    assert!(matches!(over, Err(StoreError::LimitReached { .. })), "{over:?}");
}

/// However many copies of a message come at a time, one is stored; another connection's message
/// with the same key is another message.
pub async fn a_message_is_stored_once(world: &World) {
    let org = world.organization("shop").await;
    let (first, second) = (world.connection(org).await, world.connection(org).await);
    let mut copies = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (store, new) = (world.store.clone(), world.new_inbound(&first, "SM1:sent", at(1)));
        copies.spawn(async move { store.take_in(new).await.expect("a write") });
    }
    let mut stored = 0;
    while let Some(copy) = copies.join_next().await {
        stored += u32::from(copy.expect("a task"));
    }
    assert_eq!(stored, 1);
    world.take(&second, "SM1:sent", 2).await;
    world.take(&first, "SM1:delivered", 3).await;
    let claimed = world.store.claim_inbound(at(9), at(10), 10).await.expect("a claim");
    assert_eq!(claimed.len(), 3);
    let gone = Connection { id: world.id(START), ..first };
    let refused = world.store.take_in(world.new_inbound(&gone, "SM9:sent", at(4))).await;
    assert!(matches!(refused, Err(StoreError::Refused(_))), "{refused:?}");
}

/// What is due is claimed once, earliest first, and again when the claim has ended.
pub async fn messages_are_claimed_by_one(world: &World) {
    let org = world.organization("shop").await;
    let connection = world.connection(org).await;
    let (one, two) = (world.take(&connection, "a", 1).await, world.take(&connection, "b", 2).await);
    let store = &world.store;
    assert_eq!(store.inbound_due().await.expect("a read"), Some(at(1)));
    assert!(store.claim_inbound(START, at(30), 10).await.expect("a claim").is_empty());
    let first = store.claim_inbound(at(5), at(30), 1).await.expect("a claim");
    assert_eq!(first.iter().map(|each| each.id).collect::<Vec<_>>(), [one]);
    let expected = world.new_inbound(&connection, "a", at(1));
    assert_eq!((&first[0].body, first[0].content), (&expected.body, expected.content));
    assert_eq!((first[0].organization_id, first[0].connection_id), (org, connection.id));
    assert_eq!((first[0].provider, &*first[0].kind), (Provider::Twilio, "message.sent"));
    assert_eq!((first[0].received_at, first[0].attempt), (at(1), 1));
    let rest = store.claim_inbound(at(5), at(31), 10).await.expect("a claim");
    assert_eq!(rest.iter().map(|each| each.id).collect::<Vec<_>>(), [two]);
    assert!(store.claim_inbound(at(29), at(60), 10).await.expect("a claim").is_empty());
    let again = store.claim_inbound(at(30), at(60), 10).await.expect("a claim");
    assert_eq!((again[0].id, again[0].attempt), (one, 2));
    assert!(!world.end(org, one, 1, ended(InboundStatus::Handled, 33)).await, "the claim was lost");
    assert!(world.end(org, one, 2, ended(InboundStatus::Handled, 34)).await);
    assert!(!world.end(org, one, 2, ended(InboundStatus::Failed, 35)).await, "it ended before");
    assert_eq!(store.inbound_due().await.expect("a read"), Some(at(31)));
}

/// What failed is kept with its body and can be made pending again; what was handled is not.
pub async fn what_failed_can_be_handled_again(world: &World) {
    let (org, foreign) = (world.organization("shop").await, world.organization("other").await);
    let connection = world.connection(org).await;
    let (bad, good) =
        (world.take(&connection, "a", 1).await, world.take(&connection, "b", 1).await);
    let store = &world.store;
    store.claim_inbound(at(2), at(30), 10).await.expect("a claim");
    let retry = InboundEnd {
        status: InboundStatus::Pending,
        note: Some("no such order".into()),
        retry_at: Some(at(40)),
        at: at(3),
    };
    assert!(world.end(org, bad, 1, retry).await);
    assert!(world.end(org, good, 1, ended(InboundStatus::Handled, 3)).await);
    let claimed = store.claim_inbound(at(40), at(70), 10).await.expect("a claim");
    assert_eq!(claimed.iter().map(|each| (each.id, each.attempt)).collect::<Vec<_>>(), [(bad, 2)]);
    assert!(world.end(org, bad, 2, ended(InboundStatus::Failed, 41)).await);
    assert_eq!(store.inbound_due().await.expect("a read"), None);
    let again = |org, id| store.handle_again(org, id, at(50), None);
    assert_eq!(again(foreign, bad).await.expect("a read"), None);
    let refused = again(org, good).await.expect("a read");
    assert_eq!(refused, Some(HandleAgain::Refused(InboundStatus::Handled)));
    assert_eq!(again(org, bad).await.expect("a write"), Some(HandleAgain::Pending));
    let refused = again(org, bad).await.expect("a read");
    assert_eq!(refused, Some(HandleAgain::Refused(InboundStatus::Pending)));
    let claimed = store.claim_inbound(at(50), at(80), 10).await.expect("a claim");
    assert_eq!((claimed[0].id, claimed[0].attempt), (bad, 1));
    assert_eq!(claimed[0].body, world.new_inbound(&connection, "a", at(1)).body);
}

/// A message is found with its body for as long as it may have to be handled.
pub async fn a_message_is_found_with_what_is_kept(world: &World) {
    let (org, foreign) = (world.organization("shop").await, world.organization("other").await);
    let connection = world.connection(org).await;
    let id = world.take(&connection, "a", 1).await;
    let store = &world.store;
    let find = async |org| store.inbound_message(org, id).await.expect("a read");
    let kept = find(org).await.expect("the message");
    let expected = world.new_inbound(&connection, "a", at(1));
    assert_eq!((&kept.body, kept.content), (&expected.body, expected.content));
    assert_eq!((kept.provider, kept.message.connection_id), (Provider::Twilio, connection.id));
    assert_eq!((&*kept.message.key, kept.message.due_at), ("a", Some(at(1))));
    assert_eq!(find(foreign).await, None);
    store.claim_inbound(at(2), at(30), 10).await.expect("a claim");
    assert!(world.end(org, id, 1, ended(InboundStatus::Handled, 3)).await);
    let kept = find(org).await.expect("the message");
    assert_eq!((kept.message.status, kept.message.attempts), (InboundStatus::Handled, 1));
    assert_eq!(kept.message.note.as_deref(), Some("a note"));
    assert!(kept.body.is_empty());
}

/// Messages of a connection, by status and in pages.
pub async fn lists_of_messages_filter_and_page(world: &World) {
    let (org, foreign) = (world.organization("shop").await, world.organization("other").await);
    let (connection, other) = (world.connection(org).await, world.connection(org).await);
    world.take(&other, "z", 1).await;
    let mut ids = Vec::new();
    for second in 1..=7 {
        ids.push(world.take(&connection, &format!("k{second}"), second).await);
    }
    let ignored = NewInbound {
        ignored: Some("unknown type".into()),
        ..world.new_inbound(&connection, "k8", at(8))
    };
    ids.push(ignored.id);
    assert!(world.store.take_in(ignored).await.expect("a write"));
    world.store.claim_inbound(at(9), at(60), 20).await.expect("a claim");
    assert!(world.end(org, ids[2], 1, ended(InboundStatus::Failed, 10)).await);
    let list = |org, status, page| world.store.inbound_messages(org, connection.id, status, page);
    let bits: Vec<_> = ids.iter().map(|id| id.as_u128()).collect();
    check_pages(
        &bits,
        |message: &InboundMessage| message.id.as_u128(),
        |page| list(org, Vec::new(), page),
    )
    .await;
    let newest = page(10, Order::Descending);
    let failed = list(org, vec![InboundStatus::Failed, InboundStatus::Ignored], newest).await;
    let failed = failed.expect("a list").items;
    assert_eq!(failed.iter().map(|each| each.id).collect::<Vec<_>>(), [ids[7], ids[2]]);
    assert_eq!(failed[1].note.as_deref(), Some("a note"));
    assert_eq!((failed[1].handled_at, failed[1].due_at), (Some(at(10)), None));
    assert_eq!((failed[0].attempts, failed[1].attempts), (0, 1));
    assert_eq!((&*failed[1].key, &*failed[1].kind), ("k3", "message.sent"));
    assert!(list(foreign, Vec::new(), newest).await.expect("a list").items.is_empty());
}

/// Counts add up; the latest refusals are kept; a connection that is gone takes everything along.
pub async fn tallies_add_up(world: &World) {
    let (org, foreign) = (world.organization("shop").await, world.organization("other").await);
    let connection = world.connection(org).await;
    let tally = |first: u64, many: u64| InboundTally {
        organization_id: org,
        connection_id: connection.id,
        counts: vec![InboundCount {
            outcome: InboundOutcome::Stale,
            count: many,
            last_at: at(first + many),
        }],
        refused: (first..first + many)
            .map(|second| RefusedInbound {
                id: world.id(at(second)),
                outcome: InboundOutcome::Stale,
                at: at(second),
                address: "192.0.2.7".into(),
            })
            .collect(),
    };
    let kept = limits::REFUSALS_KEPT as u64;
    let store = &world.store;
    store.add_tallies(vec![tally(0, kept), tally(kept, 3)]).await.expect("a write");
    let gone = InboundTally { connection_id: world.id(START), ..tally(900, 1) };
    store.add_tallies(vec![gone]).await.expect("nothing to count for");
    let (counts, refused) = store.tallies(org, connection.id).await.expect("a read");
    let expected =
        InboundCount { outcome: InboundOutcome::Stale, count: kept + 3, last_at: at(kept + 3) };
    assert_eq!(counts, [expected]);
    assert_eq!(refused.len() as u64, kept);
    assert_eq!(refused.first().map(|one| one.at), Some(at(kept + 2)));
    assert_eq!(refused.last().map(|one| one.at), Some(at(3)));
    let foreign_tallies = store.tallies(foreign, connection.id).await.expect("a read");
    assert_eq!(foreign_tallies, (Vec::new(), Vec::new()));
    let message = world.take(&connection, "a", 1).await;
    assert!(!store.delete_connection(foreign, connection.id, None).await.expect("nothing"));
    assert!(store.delete_connection(org, connection.id, None).await.expect("a write"));
    assert!(!store.delete_connection(org, connection.id, None).await.expect("nothing"));
    assert_eq!(store.handle_again(org, message, at(2), None).await.expect("a read"), None);
    assert!(store.claim_inbound(at(9), at(10), 10).await.expect("a claim").is_empty());
}

/// A sent message goes from state to state by rank, whatever the order in which they are told.
pub async fn sent_messages_never_go_back(world: &World) {
    let (org, foreign) = (world.organization("shop").await, world.organization("other").await);
    let message = |state, second| SentMessage {
        provider: Provider::Twilio,
        id: "SM1".into(),
        state,
        error: (state == SentState::Failed).then(|| "30003".into()),
        at: at(second),
    };
    let store = &world.store;
    for (state, moves) in [
        (SentState::Sent, true),
        (SentState::Queued, false),
        (SentState::Sent, false),
        (SentState::Delivered, true),
        (SentState::Sending, false),
        (SentState::Failed, true),
        (SentState::Undelivered, false),
        (SentState::Read, false),
    ] {
        let moved = store.move_sent(org, message(state, 1)).await.expect("a write");
        assert_eq!(moved, moves, "{state}");
    }
    let found = |org, provider| store.sent_message(org, provider, "SM1".into());
    let failed = Some(message(SentState::Failed, 1));
    assert_eq!(found(org, Provider::Twilio).await.expect("a read"), failed);
    assert_eq!(found(org, Provider::Resend).await.expect("a read"), None);
    assert_eq!(found(foreign, Provider::Twilio).await.expect("a read"), None);
    store.expire(day(1), 10).await.expect("a step");
    assert_eq!(found(org, Provider::Twilio).await.expect("a read"), None);
}

/// A plan follows the time of the events that told it, and stays cancelled within one second.
pub async fn plans_never_go_back(world: &World) {
    let (org, foreign) = (world.organization("shop").await, world.organization("other").await);
    let plan = |status, second| Plan {
        subscription: "sub_1".into(),
        price: Some("price_1".into()),
        status,
        period_end: Some(day(30)),
        ends_with_period: false,
        event_at: at(second),
    };
    let store = &world.store;
    assert_eq!(store.plan(org).await.expect("a read"), None);
    for (status, second, moves) in [
        (PlanStatus::Active, 10, true),
        (PlanStatus::Trialing, 9, false),
        (PlanStatus::PastDue, 10, true),
        (PlanStatus::Canceled, 10, true),
        (PlanStatus::Active, 10, false),
        (PlanStatus::Active, 11, true),
    ] {
        let moved = store.put_plan(org, plan(status, second)).await.expect("a write");
        assert_eq!(moved, moves, "{status} {second}");
    }
    assert_eq!(store.plan(org).await.expect("a read"), Some(plan(PlanStatus::Active, 11)));
    assert_eq!(store.plan(foreign).await.expect("a read"), None);
}

/// What ended long ago goes; what is pending stays.
pub async fn retention_removes_messages_that_ended(world: &World) {
    let org = world.organization("shop").await;
    let connection = world.connection(org).await;
    let done = world.take(&connection, "a", 1).await;
    let pending = world.take(&connection, "b", 2).await;
    world.store.claim_inbound(at(1), at(60), 10).await.expect("a claim");
    assert!(world.end(org, done, 1, ended(InboundStatus::Handled, 3)).await);
    world.store.expire(day(1), 10).await.expect("a step");
    let newest = page(10, Order::Descending);
    let left = world.store.inbound_messages(org, connection.id, Vec::new(), newest).await;
    let left: Vec<_> = left.expect("a list").items.iter().map(|each| each.id).collect();
    assert_eq!(left, [pending]);
}

/// Consumers are found by phone number and carry whether they are reached; orders are found by the
/// payment they were paid with.
pub async fn what_providers_name_is_found(world: &World) {
    let (org, _) = world.shop().await;
    let reach = Reach {
        email_bounced_at: Some(at(1)),
        email_complained_at: Some(at(2)),
        email_opted_out_at: Some(at(3)),
        sms_opted_out_at: Some(at(4)),
    };
    let phone = || Some("+491701234".to_owned());
    let one = Consumer { phone: phone(), reach, ..world.new_consumer(1) };
    let two = Consumer { phone: phone(), ..world.new_consumer(2) };
    let (first, second) = (one.clone(), two.clone());
    let found = world
        .change(org, move |tx| {
            tx.put_consumer(&first)?;
            tx.put_consumer(&second)?;
            tx.consumers_by_phone("+491701234")
        })
        .await;
    let mut expected = [one.id, two.id];
    expected.sort_unstable();
    let mut found = found;
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(world.store.consumer(org, one.id).await.expect("a read"), Some(one));
    let none = world.change(org, |tx| tx.consumers_by_phone("+49170123")).await;
    assert!(none.is_empty());
    let order = world.new_order(world.id(START), 1);
    let id = order.id;
    let reference = Some("pi_77".to_owned());
    let payment = Some(Payment { paid_at: at(2), provider: None, reference });
    world.put_orders(org, &[Bought { payment, ..order }]).await;
    let by = |reference: &'static str| world.change(org, move |tx| tx.order_by_payment(reference));
    assert_eq!(by("pi_77").await, Some(id));
    assert_eq!(by("pi_7").await, None);
}

/// Erasing a consumer takes the bodies of kept messages that name the person, and no others.
pub async fn erasing_takes_the_bodies_of_messages(world: &World) {
    let (org, _) = world.shop().await;
    let connection = world.connection(org).await;
    let ada = Consumer {
        email: Some("Ada@Shop.example".into()),
        phone: Some("+491701234".into()),
        ..world.new_consumer(1)
    };
    let put = ada.clone();
    world.change(org, move |tx| tx.put_consumer(&put)).await;
    let bodies = [
        format!(r#"{{"to":"{}"}}"#, ada.id),
        r#"{"to":["ada@shop.example"]}"#.to_owned(),
        "To=%2B491701234".to_owned(),
        "To=%2B4930".to_owned(),
    ];
    let mut ids = Vec::new();
    for (second, body) in (1..).zip(&bodies) {
        let key = format!("k{second}");
        let new = NewInbound {
            body: Bytes::from(body.clone()),
            ..world.new_inbound(&connection, &key, at(second))
        };
        ids.push(new.id);
        assert!(world.store.take_in(new).await.expect("a write"));
    }
    world.store.claim_inbound(at(9), at(60), 10).await.expect("a claim");
    for id in &ids {
        assert!(world.end(org, *id, 1, ended(InboundStatus::Failed, 10)).await);
    }
    let id = ada.id;
    let work = move |tx: &mut dyn crate::LaunchTx| Ok(tx.erase_consumer(id)?);
    assert!(world.store.launch(org, true, Box::new(work)).await.expect("work"));
    for id in &ids[..3] {
        let again = world.store.handle_again(org, *id, at(11), None).await.expect("a read");
        assert_eq!(again, Some(HandleAgain::Refused(InboundStatus::Failed)), "nothing is left");
    }
    let again = world.store.handle_again(org, ids[3], at(11), None).await.expect("a write");
    assert_eq!(again, Some(HandleAgain::Pending));
}
