//! The audit log: one chain for each organization, written with the changes that it tells of.

use fanfare_model::{Actor, OrganizationId, Role, Timestamp, WebhookId, WebhookStatus};
use serde_json::json;

use super::World;
use super::world::{START, at, check_pages};
use crate::{
    AuditDraft, AuditEntry, AuditFilter, AuditHead, Order, Origin, PageRequest, Resource, Stopped,
    Webhook, WebhookEdit,
};

impl World {
    fn draft(&self, actor: Actor, action: &'static str, id: impl ToString) -> AuditDraft {
        AuditDraft {
            id: self.id(START),
            at: at(1),
            actor,
            origin: Origin {
                ip: Some("192.0.2.7".parse().expect("an address")),
                request_id: Some(self.id(START)),
            },
            action,
            resource: Resource { kind: "webhook", id: id.to_string() },
            before: None,
            after: None,
        }
    }

    async fn entries(&self, org: OrganizationId) -> Vec<AuditEntry> {
        let page = PageRequest { limit: 100, order: Order::Ascending, ..PageRequest::default() };
        self.store.audit_entries(org, AuditFilter::default(), page).await.expect("a list").items
    }

    /// The log, which must be a whole chain.
    async fn chain(&self, org: OrganizationId) -> Vec<AuditEntry> {
        let entries = self.entries(org).await;
        let mut last = AuditHead::default();
        for entry in &entries {
            assert_eq!((entry.number, entry.previous_hash), (last.number + 1, last.hash));
            assert_eq!(entry.hash, entry.computed_hash(), "{entry:?}");
            last = AuditHead { number: entry.number, hash: entry.hash };
        }
        assert_eq!(self.store.audit_head(org).await.expect("a read"), last);
        entries
    }
}

fn describe(text: &'static str) -> WebhookEdit {
    Box::new(move |webhook: &mut Webhook| {
        webhook.description = Some(text.into());
        Ok(())
    })
}

/// Creation, change and removal, each with its entry, without secrets; the actor by name.
pub async fn a_change_and_its_entry_are_one(world: &World) {
    let org = world.organization("shop").await;
    let user = world.member(org, "ada@shop.example", Role::Owner).await;
    let new = world.new_webhook(org, &["*"]);
    let told = world.draft(Actor::User(user.id), "webhook.created", new.id);
    world.store.create_webhook(new.clone(), Some(told.clone())).await.expect("a webhook");
    let changed = world.draft(Actor::Console, "webhook.updated", new.id);
    let edit = describe("gifts");
    world.store.modify_webhook(org, new.id, at(2), edit, Some(changed)).await.expect("changed");
    let gone = world.draft(Actor::System, "webhook.deleted", new.id);
    assert!(world.store.delete_webhook(org, new.id, at(3), Some(gone)).await.expect("deleted"));

    let entries = world.chain(org).await;
    let [created, updated, deleted] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((created.id, created.at, created.actor), (told.id, told.at, told.actor));
    assert_eq!(created.actor_name.as_deref(), Some(&*user.name));
    assert_eq!((&*created.action, &*created.resource_kind), ("webhook.created", "webhook"));
    assert_eq!(created.resource_id, new.id.to_string());
    assert_eq!(created.ip.as_deref(), Some("192.0.2.7"));
    assert_eq!(created.request_id, told.origin.request_id.map(|id| id.to_string()));
    assert_eq!(created.before, None);
    assert!(created.after.as_ref().is_some_and(|text| text.contains("https://shop.example/hooks")));
    let holds = |text: &Option<String>, part: &str| text.as_ref().is_some_and(|t| t.contains(part));
    assert!(holds(&updated.before, "orders") && holds(&updated.after, "gifts"), "{updated:?}");
    assert_eq!((updated.actor, updated.actor_name.as_deref()), (Actor::Console, None));
    assert!(holds(&deleted.before, "gifts") && deleted.after.is_none(), "{deleted:?}");
}

/// What was refused, changed nothing or named nothing has no entry.
pub async fn what_did_not_happen_is_not_told(world: &World) {
    let (org, webhook) = world.shop().await;
    let told = |world: &World| Some(world.draft(Actor::Console, "webhook.updated", webhook));
    let same: WebhookEdit = Box::new(|_| Ok(()));
    let unchanged = world.store.modify_webhook(org, webhook, at(2), same, told(world)).await;
    assert!(unchanged.expect("an answer").is_some());
    let refuse: WebhookEdit = Box::new(|webhook| {
        webhook.status = WebhookStatus::Paused;
        Err(crate::EditRefused { code: "conflict", message: "no".into() })
    });
    assert!(world.store.modify_webhook(org, webhook, at(2), refuse, told(world)).await.is_err());
    let unknown: WebhookId = world.id(START);
    let nothing = world.store.modify_webhook(org, unknown, at(2), describe("x"), told(world)).await;
    assert!(nothing.expect("an answer").is_none());
    assert!(!world.store.delete_webhook(org, unknown, at(2), told(world)).await.expect("none"));
    let none = world.store.cancel(org, world.id(START), at(2), told(world)).await;
    assert!(none.expect("an answer").is_none());
    assert!(world.chain(org).await.is_empty());
}

/// Many who write at the same time write one chain.
pub async fn entries_of_many_writers_are_one_chain(world: &World) {
    let (org, webhook) = world.shop().await;
    let mut running = tokio::task::JoinSet::new();
    for number in 0..16 {
        let (store, text) = (world.store.clone(), ["one", "other"][number % 2]);
        let told = world.draft(Actor::Console, "webhook.updated", webhook);
        running.spawn(async move {
            if number % 4 == 3 {
                return store.append_audit(org, told).await.expect("told");
            }
            let edit: WebhookEdit = Box::new(move |webhook: &mut Webhook| {
                webhook.description = Some(format!("{text} {number}"));
                Ok(())
            });
            let changed = store.modify_webhook(org, webhook, at(2), edit, Some(told)).await;
            assert!(changed.expect("changed").is_some());
        });
    }
    while let Some(done) = running.join_next().await {
        done.expect("no panic");
    }
    assert_eq!(world.chain(org).await.len(), 16);
}

/// By actor, action, resource and time, and page by page.
pub async fn entries_filter_and_page(world: &World) {
    let (org, webhook) = world.shop().await;
    let user = world.member(org, "ada@shop.example", Role::Owner).await;
    let tell = async |actor, action, id: &str, when: Timestamp| {
        let draft = AuditDraft { at: when, ..world.draft(actor, action, id) };
        world.store.append_audit(org, draft).await.expect("told");
    };
    tell(Actor::Console, "webhook.updated", "whk_1", at(1)).await;
    tell(Actor::User(user.id), "webhook.updated", "whk_2", at(2)).await;
    tell(Actor::User(user.id), "webhook.paused", "whk_1", at(3)).await;
    tell(Actor::System, "webhook.paused", "whk_3", at(4)).await;
    tell(Actor::Console, "webhook.updated", &webhook.to_string(), at(5)).await;
    let filters = [
        (AuditFilter { actor: Some(Actor::User(user.id)), ..Default::default() }, vec![2, 3]),
        (AuditFilter { actor: Some(Actor::Console), ..Default::default() }, vec![1, 5]),
        (AuditFilter { action: Some("webhook.paused".into()), ..Default::default() }, vec![3, 4]),
        (AuditFilter { resource_id: Some("whk_1".into()), ..Default::default() }, vec![1, 3]),
        (AuditFilter { since: Some(at(2)), until: Some(at(4)), ..Default::default() }, vec![2, 3]),
        (
            AuditFilter {
                resource_id: Some("whk_1".into()),
                actor: Some(Actor::User(user.id)),
                action: Some("webhook.paused".into()),
                ..Default::default()
            },
            vec![3],
        ),
        (
            AuditFilter {
                resource_id: Some("whk_1".into()),
                action: Some("webhook.created".into()),
                ..Default::default()
            },
            vec![],
        ),
    ];
    let page = PageRequest { order: Order::Ascending, ..PageRequest::default() };
    for (filter, expected) in filters {
        let found = world.store.audit_entries(org, filter.clone(), page).await.expect("a list");
        let numbers: Vec<_> = found.items.iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, expected, "{filter:?}");
    }
    let store = world.store.clone();
    let list = |page| {
        let store = store.clone();
        async move { store.audit_entries(org, AuditFilter::default(), page).await }
    };
    check_pages(&[1, 2, 3, 4, 5], |entry| entry.number.into(), list).await;
}

/// Each organization has its own numbers and chain, and sees no other's.
pub async fn logs_belong_to_their_organizations(world: &World) {
    let (org, other) = (world.organization("one").await, world.organization("other").await);
    for (org, count) in [(org, 2), (other, 1)] {
        for _ in 0..count {
            let told = world.draft(Actor::Console, "webhook.tested", "whk_1");
            world.store.append_audit(org, told).await.expect("told");
        }
    }
    assert_eq!(world.chain(org).await.len(), 2);
    assert_eq!(world.chain(other).await.len(), 1);
    let unknown = world.id(START);
    assert!(world.chain(unknown).await.is_empty());
    let told = world.draft(Actor::Console, "webhook.tested", "whk_1");
    assert!(world.store.append_audit(unknown, told).await.is_err(), "there is no such log");
}

/// Work of the launch domain and of people writes its entries with what it does, or neither.
pub async fn work_tells_in_its_transaction(world: &World) {
    let (org, _) = world.shop().await;
    let told = world.draft(Actor::Console, "product.created", "prod_1");
    let done = world.work(org, move |tx| {
        let mut told = told.clone();
        told.after = Some(json!({ "name": "Boots" }));
        Ok(tx.audit(told)?)
    });
    assert!(done.await.expect("work"));
    let told = world.draft(Actor::Console, "product.created", "prod_2");
    let failed = world.work(org, move |tx| {
        tx.audit(told.clone())?;
        Err(Stopped::Refused)
    });
    assert!(failed.await.is_err(), "it refused after a write");
    let told = world.draft(Actor::Console, "member.joined", "usr_1");
    assert!(world.people(move |tx| Ok(tx.audit(org, told.clone())?)).await.expect("work"));
    let told = world.draft(Actor::Console, "member.joined", "usr_2");
    let failed = world.people(move |tx| {
        tx.audit(org, told.clone())?;
        Err(Stopped::Refused)
    });
    assert!(failed.await.is_err());
    let ids: Vec<_> = world.chain(org).await.into_iter().map(|entry| entry.resource_id).collect();
    assert_eq!(ids, ["prod_1", "usr_1"]);
}
