//! Webhooks: what customers configure.

use fanfare_model::{
    DeliveryStatus, DisabledReason, EventSelection, EventType, WebhookChannel, WebhookStatus,
    limits,
};

use super::world::{START, World, at, check_pages};
use crate::{
    CustomHeader, DeliveryFilter, EditRefused, PageRequest, PreviousSecret, Sealed, StoreError,
    Webhook, WebhookFilter,
};

/// Every field survives, on creation and on change, and the hand-over hears of both.
pub async fn a_webhook_comes_back_as_it_was_written(world: &World) {
    let org = world.organization("shop").await;
    let new = Webhook {
        channel: WebhookChannel::N8n,
        ..world.new_webhook(org, &["order.*", "consumer.created"])
    };
    let made = world.store.create_webhook(new.clone(), None).await.expect("a webhook");
    assert_eq!(*made, new);
    assert_eq!(*world.reload(org, new.id).await, new);
    let changes = world.engine.take_changes();
    assert_eq!((changes.len(), &*changes[0].0, changes[0].1), (1, &new, false));

    let other = Webhook {
        id: new.id,
        organization_id: org,
        channel: WebhookChannel::N8n,
        url: "https://shop.example/other".into(),
        description: None,
        events: EventSelection::parse(&["*"]).expect("patterns"),
        headers: Vec::new(),
        max_in_flight: 256,
        rate_limit: None,
        secret: Sealed(vec![9; 80]),
        previous_secret: Some(PreviousSecret {
            secret: Sealed(vec![8; 70]),
            until: at(86_400),
            signs_fanfare: true,
        }),
        status: WebhookStatus::Disabled,
        disabled_reason: Some(DisabledReason::Manual),
        status_changed_at: at(5),
        failing_since: Some(at(3)),
        created_at: START,
        updated_at: at(5),
        version: 2,
    };
    let wanted = other.clone();
    let edit = Box::new(move |webhook: &mut Webhook| {
        *webhook = wanted.clone();
        // What the store keeps for itself.
        webhook.id = fanfare_model::WebhookId::from_u128(1);
        webhook.organization_id = fanfare_model::OrganizationId::from_u128(1);
        webhook.channel = WebhookChannel::Api;
        webhook.created_at = at(99);
        webhook.version = 77;
        Ok(())
    });
    let changed = world.store.modify_webhook(org, new.id, at(5), edit, None).await;
    assert_eq!(*changed.expect("changed").expect("known"), other);
    assert_eq!(*world.reload(org, new.id).await, other);
    let changes = world.engine.take_changes();
    assert_eq!((changes.len(), &*changes[0].0, changes[0].1), (1, &other, false));
}

/// A change is a new version; what changes nothing is none.
pub async fn changes_count_versions(world: &World) {
    let (org, webhook) = world.shop().await;
    let describe = |text: &'static str| {
        Box::new(move |webhook: &mut Webhook| {
            webhook.description = Some(text.to_owned());
            Ok(())
        })
    };
    for (text, now, version, updated) in
        [("a", at(1), 2, at(1)), ("a", at(2), 2, at(1)), ("b", at(3), 3, at(3))]
    {
        let changed = world.store.modify_webhook(org, webhook, now, describe(text), None).await;
        let changed = changed.expect("changed").expect("known");
        assert_eq!((changed.version, changed.updated_at), (version, updated));
        assert_eq!(changed.status_changed_at, START);
    }
    world.set_status(org, webhook, WebhookStatus::Paused, at(4)).await;
    let paused = world.reload(org, webhook).await;
    assert_eq!((paused.version, paused.status_changed_at), (4, at(4)));
    let unknown = world.id(START);
    let nothing = world.store.modify_webhook(org, unknown, at(5), describe("c"), None).await;
    assert!(nothing.expect("an answer").is_none());
}

/// The edit's refusal comes back as it is; nothing is written or told.
pub async fn an_edit_may_refuse(world: &World) {
    let (org, webhook) = world.shop().await;
    let before = world.reload(org, webhook).await;
    world.engine.take_changes();
    let refused = EditRefused { code: "no", message: "not from here".into() };
    let answer = refused.clone();
    let edit = Box::new(move |webhook: &mut Webhook| {
        webhook.url = "https://elsewhere.example/".into();
        Err(answer.clone())
    });
    match world.store.modify_webhook(org, webhook, at(1), edit, None).await {
        Err(StoreError::Refused(error)) => assert_eq!(error, refused),
        other => panic!("{other:?}"),
    }
    assert_eq!(*world.reload(org, webhook).await, *before);
    assert!(world.engine.take_changes().is_empty());
}

/// URL and headers of every version that ever was, deleted webhooks included.
pub async fn versions_show_what_requests_were_made_from(world: &World) {
    let (org, webhook) = world.shop().await;
    world.set_status(org, webhook, WebhookStatus::Paused, at(1)).await;
    let edit = Box::new(|webhook: &mut Webhook| {
        webhook.url = "https://new.example/".into();
        webhook.headers = vec![CustomHeader { name: "x-new".into(), value: "a\"b".into() }];
        Ok(())
    });
    world.store.modify_webhook(org, webhook, at(2), edit, None).await.expect("changed");
    world.set_status(org, webhook, WebhookStatus::Active, at(3)).await;
    assert!(world.store.delete_webhook(org, webhook, at(4), None).await.expect("deleted"));
    for (version, url, header) in [
        (1, "https://shop.example/hooks", "x-shop"),
        (2, "https://shop.example/hooks", "x-shop"),
        (3, "https://new.example/", "x-new"),
        (4, "https://new.example/", "x-new"),
    ] {
        let found = world.store.webhook_version(org, webhook, version).await.expect("a read");
        let found = found.unwrap_or_else(|| panic!("version {version}"));
        assert_eq!((found.url.as_str(), found.headers[0].name.as_str()), (url, header));
    }
    for version in [0, 99] {
        let found = world.store.webhook_version(org, webhook, version).await.expect("a read");
        assert!(found.is_none(), "version {version}");
    }
}

/// The limit counts disabled webhooks, not deleted ones, and is per organization.
pub async fn there_is_a_limit(world: &World) {
    let org = world.organization("shop").await;
    let first = world.webhook(org, &["*"]).await;
    for _ in 1..limits::WEBHOOKS_PER_ORGANIZATION {
        world.webhook(org, &["*"]).await;
    }
    world.set_status(org, first, WebhookStatus::Disabled, at(1)).await;
    let one_more = world.store.create_webhook(world.new_webhook(org, &["*"]), None).await;
    match one_more {
        Err(StoreError::LimitReached { limit, .. }) => {
            assert_eq!(limit, limits::WEBHOOKS_PER_ORGANIZATION);
        }
        other => panic!("{other:?}"),
    }
    let other = world.organization("other").await;
    world.webhook(other, &["*"]).await;
    assert!(world.store.delete_webhook(org, first, at(2), None).await.expect("deleted"));
    world.webhook(org, &["*"]).await;
}

/// Not found by any name, its waiting deliveries cancelled, the hand-over told.
pub async fn a_deleted_webhook_is_gone(world: &World) {
    let (org, webhook) = world.shop().await;
    let event = world.publish_waiting(org, at(1)).await;
    world.engine.take_changes();
    assert!(world.store.delete_webhook(org, webhook, at(2), None).await.expect("deleted"));
    let changes = world.engine.take_changes();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].0.id, changes[0].1), (webhook, true));
    assert_eq!(changes[0].0.status, WebhookStatus::Disabled);
    assert!(!world.store.delete_webhook(org, webhook, at(3), None).await.expect("an answer"));
    assert!(world.store.webhook(org, webhook).await.expect("a read").is_none());
    let edit = Box::new(|_: &mut Webhook| Ok(()));
    let changed = world.store.modify_webhook(org, webhook, at(3), edit, None).await;
    assert!(changed.expect("an answer").is_none());
    let page = PageRequest::default();
    let list = world.store.webhooks(org, WebhookFilter::default(), page).await;
    assert!(list.expect("a list").items.is_empty());
    while world.store.cancel_unserved(10, at(4)).await.expect("a step") == 10 {}
    let deliveries = world.store.event_deliveries(org, event).await.expect("a list");
    assert_eq!(deliveries[0].status, DeliveryStatus::Cancelled);
    assert!(world.claim(at(5)).await.deliveries.is_empty());
}

/// From the commit on nothing is claimed; what waits is cancelled, what is in flight is not.
pub async fn disabling_cancels_what_waits(world: &World) {
    let (org, webhook) = world.shop().await;
    for _ in 0..4 {
        world.publish_waiting(org, at(1)).await;
    }
    let in_flight = world.claim_with(at(2), 1, 1, Vec::new()).await.deliveries.remove(0);
    world.set_status(org, webhook, WebhookStatus::Disabled, at(3)).await;
    assert!(world.claim(at(4)).await.deliveries.is_empty());
    while world.store.cancel_unserved(10, at(4)).await.expect("a step") == 10 {}
    let all = world.deliveries(org, DeliveryFilter::default()).await;
    for delivery in &all {
        let expected = if delivery.id == in_flight.id {
            DeliveryStatus::Pending
        } else {
            DeliveryStatus::Cancelled
        };
        assert_eq!(delivery.status, expected);
    }
    world.set_status(org, webhook, WebhookStatus::Active, at(5)).await;
    assert_eq!(world.reload(org, webhook).await.disabled_reason, None);
    assert!(world.claim(at(6)).await.deliveries.is_empty(), "cancelled is cancelled");
    assert_eq!(world.publish(org, EventType::OrderPaid, at(7)).await.1, 1);
}

/// Lists by status, in pages.
pub async fn lists_filter_and_page(world: &World) {
    let org = world.organization("shop").await;
    let mut ids = Vec::new();
    for _ in 0..7 {
        ids.push(world.webhook(org, &["*"]).await);
    }
    world.set_status(org, ids[2], WebhookStatus::Paused, at(1)).await;
    world.set_status(org, ids[4], WebhookStatus::Disabled, at(1)).await;
    let filter = WebhookFilter {
        status: vec![WebhookStatus::Paused, WebhookStatus::Disabled],
        ..WebhookFilter::default()
    };
    let listed = world.store.webhooks(org, filter, PageRequest::default()).await.expect("a list");
    let listed: Vec<_> = listed.items.iter().map(|webhook| webhook.id).collect();
    assert_eq!(listed, [ids[4], ids[2]], "newest first");
    let ids: Vec<_> = ids.iter().map(|id| id.as_u128()).collect();
    let store = world.store.clone();
    let list = |page| {
        let store = store.clone();
        async move { store.webhooks(org, WebhookFilter::default(), page).await }
    };
    check_pages(&ids, |webhook| webhook.id.as_u128(), list).await;
}

/// A URL on a channel is one webhook: the second time it is edited, not doubled.
pub async fn a_subscription_is_there_once(world: &World) {
    let org = world.organization("shop").await;
    let zap = |url: &str| Webhook {
        channel: WebhookChannel::Zapier,
        url: url.into(),
        ..world.new_webhook(org, &["order.*"])
    };
    let describe = || {
        Box::new(|webhook: &mut Webhook| {
            webhook.description = Some("again".into());
            Ok(())
        })
    };
    let new = zap("https://zap.example/1");
    let first =
        world.store.subscribe_webhook(new.clone(), describe(), (None, None)).await.expect("made");
    assert_eq!((&*first.webhook, first.is_new), (&new, true));
    assert_eq!(world.engine.take_changes().len(), 1);
    let again = Webhook { created_at: at(1), ..zap("https://zap.example/1") };
    let second =
        world.store.subscribe_webhook(again, describe(), (None, None)).await.expect("found");
    assert!(!second.is_new);
    let wanted =
        Webhook { description: Some("again".into()), version: 2, updated_at: at(1), ..new.clone() };
    assert_eq!(*second.webhook, wanted);
    assert_eq!(*world.reload(org, new.id).await, wanted);
    let changes = world.engine.take_changes();
    assert_eq!((changes.len(), &*changes[0].0), (1, &wanted));

    // Another URL, channel or organization is another subscription, and so is one that was deleted.
    let other = world.organization("other").await;
    let others = [
        zap("https://zap.example/2"),
        Webhook { channel: WebhookChannel::Make, ..zap("https://zap.example/1") },
        Webhook { organization_id: other, ..zap("https://zap.example/1") },
    ];
    for other in others {
        assert!(
            world
                .store
                .subscribe_webhook(other, describe(), (None, None))
                .await
                .expect("made")
                .is_new
        );
    }
    assert!(world.store.delete_webhook(org, new.id, at(2), None).await.expect("deleted"));
    let after = zap("https://zap.example/1");
    assert!(
        world.store.subscribe_webhook(after, describe(), (None, None)).await.expect("made").is_new
    );
}

/// Many who subscribe the same at the same time are one subscription.
pub async fn subscribing_at_once_makes_one(world: &World) {
    let org = world.organization("shop").await;
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, new) = (world.store.clone(), world.new_webhook(org, &["*"]));
        let new = Webhook { channel: WebhookChannel::Pipedream, ..new };
        asked.spawn(async move {
            store.subscribe_webhook(new, Box::new(|_| Ok(())), (None, None)).await
        });
    }
    let all: Vec<_> = asked.join_all().await.into_iter().map(|one| one.expect("done")).collect();
    assert_eq!(all.iter().filter(|one| one.is_new).count(), 1);
    assert!(all.iter().all(|one| one.webhook.id == all[0].webhook.id));
}

/// Lists by channel, together with the status.
pub async fn lists_filter_by_channel(world: &World) {
    let org = world.organization("shop").await;
    let mut ids = Vec::new();
    for channel in WebhookChannel::ALL {
        let new = Webhook { channel: *channel, ..world.new_webhook(org, &["*"]) };
        ids.push(world.store.create_webhook(new, None).await.expect("made").id);
    }
    world.set_status(org, ids[2], WebhookStatus::Paused, at(1)).await;
    let listed = async |status: &[WebhookStatus], channel: &[WebhookChannel]| {
        let filter = WebhookFilter { status: status.to_vec(), channel: channel.to_vec() };
        let list = world.store.webhooks(org, filter, PageRequest::default()).await.expect("a list");
        list.items.iter().map(|webhook| webhook.id).collect::<Vec<_>>()
    };
    let channels = [WebhookChannel::Zapier, WebhookChannel::N8n];
    assert_eq!(listed(&[], &channels).await, [ids[4], ids[2]]);
    assert_eq!(listed(&[WebhookStatus::Active], &channels).await, [ids[4]]);
    assert_eq!(listed(&[], &[]).await.len(), ids.len());
}
