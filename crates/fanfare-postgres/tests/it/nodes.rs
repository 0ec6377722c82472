//! What one node changes and gathers, another knows.

use std::collections::HashMap;
use std::time::Duration;

use fanfare_model::WebhookStatus;
use fanfare_store::{StatsBucket, StatsStore, StatsWidth, Webhook, WebhookStore};
use fanfare_testdb::administer;

use crate::shop::{NOW, Node, deliver, two_nodes};
use crate::support::{Database, new_webhook};

#[tokio::test]
async fn a_change_is_heard_of_once_on_every_node() {
    let database = Database::new().await;
    let (one, other, org) = two_nodes(&database).await;
    let webhook = new_webhook(&database, org);
    one.store.create_webhook(webhook.clone(), None).await.expect("a webhook");
    assert_eq!(other.hears(1, false).await.len(), 1);
    other.set_status(org, webhook.id, WebhookStatus::Paused).await;
    assert_eq!(other.hears(2, false).await.len(), 1);
    let heard = one.hears(2, false).await;
    assert_eq!(heard.iter().map(|(one, _)| one.version).collect::<Vec<_>>(), [1, 2]);
    one.engine.take_wakes();
    other.set_status(org, webhook.id, WebhookStatus::Active).await;
    assert_eq!(one.hears(3, false).await.len(), 1);
    tokio::time::timeout(Duration::from_secs(10), async {
        while one.engine.take_wakes() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("what waited is claimed");
    assert!(one.store.delete_webhook(org, webhook.id, NOW, None).await.expect("deleted"));
    assert_eq!(one.hears(4, true).await.len(), 1);
    other.hears(4, true).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    for node in [one, other] {
        assert!(node.engine.take_changes().is_empty(), "once is enough");
        node.store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn changes_are_heard_of_in_their_order() {
    const EACH: u32 = 20;
    let database = Database::new().await;
    let (one, other, org) = two_nodes(&database).await;
    let webhook = new_webhook(&database, org);
    one.store.create_webhook(webhook.clone(), None).await.expect("a webhook");
    let change = async |node: &Node, who: &'static str| {
        for number in 0..EACH {
            let edit = Box::new(move |webhook: &mut Webhook| {
                webhook.description = Some(format!("{who} {number}"));
                Ok(())
            });
            let changed = node.store.modify_webhook(org, webhook.id, NOW, edit, None).await;
            changed.expect("a change").expect("the webhook");
        }
    };
    tokio::join!(change(&one, "one"), change(&other, "other"));
    for node in [one, other] {
        let heard = node.hears(1 + 2 * EACH, false).await;
        assert!(heard.is_sorted_by(|(a, _), (b, _)| a.version < b.version), "{heard:?}");
        node.store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_commits_late_is_not_missed() {
    let database = Database::new().await;
    let (one, other, org) = two_nodes(&database).await;
    let (slow, quick) = (new_webhook(&database, org), new_webhook(&database, org));
    for webhook in [&slow, &quick] {
        one.store.create_webhook(webhook.clone(), None).await.expect("a webhook");
    }
    let (url, id) = (database.url.clone(), slow.id.as_u128());
    let late = tokio::task::spawn_blocking(move || {
        let sql = format!(
            "SET fanfare.organization = '*'; BEGIN; UPDATE fanfare.webhooks \
             SET version = 2, changed = pg_current_xact_id() \
             WHERE id = lpad('{id:x}', 32, '0')::uuid; SELECT pg_sleep(0.5); COMMIT"
        );
        administer(&url, &sql)
    });
    tokio::time::sleep(Duration::from_millis(150)).await;
    one.set_status(org, quick.id, WebhookStatus::Paused).await;
    let mut heard = other.hears(2, false).await;
    late.await.expect("committed");
    if !heard.iter().any(|(webhook, _)| webhook.id == slow.id && webhook.version == 2) {
        heard.extend(other.hears(2, false).await);
    }
    let latest: HashMap<_, _> = heard.iter().map(|(one, _)| (one.id, one.version)).collect();
    assert_eq!(latest, HashMap::from([(slow.id, 2), (quick.id, 2)]));
}

#[tokio::test]
async fn figures_of_all_nodes_add_up() {
    let database = Database::new().await;
    let (one, other, org) = two_nodes(&database).await;
    let webhook = new_webhook(&database, org);
    one.store.create_webhook(webhook.clone(), None).await.expect("a webhook");
    let bounds = (StatsWidth::Hour.begin(NOW), NOW + Duration::from_secs(3600));
    let stats = async |node: &Node| -> Vec<StatsBucket> {
        let [minutes, hours] =
            StatsWidth::ALL.map(|width| node.store.webhook_stats(org, webhook.id, width, bounds));
        let (minutes, hours) = (minutes.await.expect("figures"), hours.await.expect("figures"));
        assert_eq!(hours[0].succeeded, minutes.iter().map(|one| one.succeeded).sum::<u64>());
        let all = node.store.organization_stats(org, StatsWidth::Hour, bounds);
        let all = all.await.expect("figures");
        assert_eq!((all[0].succeeded, all[0].made), (hours[0].succeeded, hours[0].made));
        let accepted: u64 = all[0].accepted.values().sum();
        assert_eq!(accepted, hours[0].made, "each went to the only webhook");
        minutes
    };
    for node in [&one, &other, &one] {
        deliver(&database, node, org, NOW).await;
    }
    assert_eq!(stats(&one).await[0].succeeded, 2, "its own at once");
    one.store.close().await;
    let both = stats(&other).await;
    assert_eq!((both.len(), both[0].succeeded, both[0].codes[&200]), (1, 3, 3));
    deliver(&database, &other, org, NOW).await;
    other.store.close().await;
    let again = Node::start(&database).await;
    assert_eq!(stats(&again).await[0].succeeded, 4, "what was gathered is written at the end");
    again.store.close().await;
}
