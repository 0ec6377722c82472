//! What the writer knows by heart: organizations, webhooks, what is handed over in memory,
//! the next row numbers, figures not yet written.
//!
//! Only the writer thread changes it, together with the transaction: every change notes how it
//! is undone, so that after a rollback memory and database agree again.

mod erased;
mod figures;
mod leases;
mod window;

use std::collections::HashMap;
use std::sync::Arc;

use fanfare_model::{ConsumerId, OrganizationId, Timestamp, WebhookId};
use fanfare_store::Webhook;

pub(crate) use erased::Erased;
pub(crate) use figures::{Figures, Subject};
pub(crate) use leases::{Lease, Leases};
pub(crate) use window::Window;

/// An organization.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tenant {
    /// Its key in the database.
    pub(crate) key: i64,
    /// The keys of its webhooks that are not deleted, oldest first.
    pub(crate) webhooks: Vec<u32>,
}

/// See the file's text.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) tenants: HashMap<OrganizationId, Tenant>,
    /// Webhooks that are not deleted, by key.
    pub(crate) webhooks: HashMap<u32, Arc<Webhook>>,
    pub(crate) webhook_keys: HashMap<WebhookId, u32>,
    pub(crate) window: Window,
    pub(crate) leases: Leases,
    pub(crate) next_event: i64,
    /// The last change number that was given, and up to which number they may be given before
    /// the meta row must say so.
    pub(crate) last_change: i64,
    pub(crate) changes_reserved: i64,
    /// The lease of everything handed over in memory.
    pub(crate) memory_lease: u64,
    pub(crate) last_lease: u64,
    pub(crate) figures: Figures,
    pub(crate) erased: Erased,
    /// The webhook that was looked at last by a claim that had to stop.
    pub(crate) claimed_last: u32,
    /// The event that was looked at last by a step of the retention.
    pub(crate) expired_to: i64,
    /// The greatest time an operation brought.
    pub(crate) heard: Timestamp,
    /// Whether the meta row is behind.
    pub(crate) meta_behind: bool,
    pub(crate) undo: Vec<Undo>,
}

/// How one change is taken back.
#[derive(Debug)]
pub(crate) enum Undo {
    /// A row of the window was ended.
    Row(i64, u32),
    /// A claim was made or ended.
    Lease(i64, Option<Lease>),
    /// A webhook was made, changed or removed.
    Webhook(OrganizationId, WebhookId, u32, Option<Arc<Webhook>>),
    /// An organization was made.
    Tenant(OrganizationId),
    /// A delivery's answer is not to be kept.
    ErasedDelivery(i64),
    /// And that was done.
    EndedErased(i64),
    /// A consumer was erased.
    ErasedConsumer,
}

/// Where the counters stood when a transaction began.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mark {
    next_event: i64,
    next_delivery: i64,
    last_change: i64,
    changes_reserved: i64,
    expired_to: i64,
}

impl State {
    /// Empty, with the next rows' numbers and the lease of this process.
    pub(crate) fn new(next_event: i64, next_delivery: i64, memory_lease: u64) -> Self {
        Self {
            tenants: HashMap::new(),
            webhooks: HashMap::new(),
            webhook_keys: HashMap::new(),
            window: Window::starting_at(next_delivery),
            leases: Leases::default(),
            next_event,
            last_change: 0,
            changes_reserved: 0,
            memory_lease,
            last_lease: memory_lease,
            figures: Figures::default(),
            erased: Erased::default(),
            claimed_last: 0,
            expired_to: 0,
            heard: Timestamp::from_millis(0),
            meta_behind: true,
            undo: Vec::new(),
        }
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark {
            next_event: self.next_event,
            next_delivery: self.window.end(),
            last_change: self.last_change,
            changes_reserved: self.changes_reserved,
            expired_to: self.expired_to,
        }
    }

    /// Takes everything back that changed since the mark.
    pub(crate) fn roll_back(&mut self, mark: Mark) {
        while let Some(undo) = self.undo.pop() {
            match undo {
                Undo::Row(seq, webhook) => self.window.set(seq, webhook),
                Undo::Lease(seq, None) => {
                    self.leases.free(seq);
                }
                Undo::Lease(seq, before) => {
                    self.leases.set(seq, before);
                }
                Undo::Webhook(organization, id, key, before) => {
                    self.place(organization, id, key, before);
                }
                Undo::Tenant(id) => {
                    self.tenants.remove(&id);
                }
                Undo::ErasedDelivery(seq) => {
                    self.erased.end_delivery(seq);
                }
                Undo::EndedErased(seq) => {
                    self.erased.add_delivery(seq);
                }
                Undo::ErasedConsumer => self.erased.remove_last_consumer(),
            }
        }
        self.window.truncate(mark.next_delivery);
        self.next_event = mark.next_event;
        self.last_change = mark.last_change;
        self.changes_reserved = mark.changes_reserved;
        self.expired_to = mark.expired_to;
    }

    /// The changes are durable.
    pub(crate) fn keep(&mut self, mark: Mark) {
        self.undo.clear();
        let (window, leases) = (&self.window, &self.leases);
        self.erased.retain(|seq| window.get(seq).is_some() || leases.get(seq).is_some());
        self.meta_behind |= self.window.end() != mark.next_delivery;
        let first = self.window.first();
        self.window.advance();
        self.meta_behind |= self.window.first() != first;
    }

    /// Notes the time an operation brought.
    pub(crate) fn hear(&mut self, now: Timestamp) {
        self.heard = self.heard.max(now);
    }

    /// A new lease, greater than every one before.
    pub(crate) fn next_lease(&mut self) -> u64 {
        self.last_lease += 1;
        self.last_lease
    }

    /// Sets or (`None`) ends the claim on a row.
    pub(crate) fn set_lease(&mut self, seq: i64, lease: Option<Lease>) {
        let before = self.leases.set(seq, lease);
        if before.is_some() || lease.is_some() {
            self.undo.push(Undo::Lease(seq, before));
        }
    }

    /// Ends the claim on a row that goes on waiting where it is.
    pub(crate) fn free_lease(&mut self, seq: i64) {
        let before = self.leases.free(seq);
        self.undo.push(Undo::Lease(seq, before));
    }

    /// The person in this delivery's body was erased: if it is under way, what is answered to it
    /// is not kept.
    pub(crate) fn erase_answer_of(&mut self, seq: i64) {
        let (window, leases) = (&self.window, &self.leases);
        let is_under_way = |seq| window.get(seq).is_some() || leases.get(seq).is_some();
        if is_under_way(seq) && self.erased.add_delivery(seq) {
            self.undo.push(Undo::ErasedDelivery(seq));
        }
    }

    /// The delivery's attempt has ended. Gives whether its answer must not be kept.
    pub(crate) fn end_erased(&mut self, seq: i64) -> bool {
        let erased = self.erased.end_delivery(seq);
        if erased {
            self.undo.push(Undo::EndedErased(seq));
        }
        erased
    }

    /// The consumer was erased: answers that hold it are not kept, also those to requests that
    /// still run.
    pub(crate) fn erase_consumer(&mut self, id: ConsumerId) {
        if self.erased.add_consumer(id, self.heard) {
            self.undo.push(Undo::ErasedConsumer);
        }
    }

    /// Ends a row of the window; gives its webhook if it was live.
    pub(crate) fn end_row(&mut self, seq: i64) -> Option<u32> {
        let webhook = self.window.get(seq)?;
        self.window.set(seq, 0);
        self.undo.push(Undo::Row(seq, webhook));
        Some(webhook)
    }

    /// Makes, replaces or (`None`) removes a webhook.
    pub(crate) fn set_webhook(
        &mut self,
        organization: OrganizationId,
        id: WebhookId,
        key: u32,
        webhook: Option<Arc<Webhook>>,
    ) {
        let before = self.place(organization, id, key, webhook);
        self.undo.push(Undo::Webhook(organization, id, key, before));
    }

    fn place(
        &mut self,
        organization: OrganizationId,
        id: WebhookId,
        key: u32,
        webhook: Option<Arc<Webhook>>,
    ) -> Option<Arc<Webhook>> {
        let tenant = self.tenants.entry(organization).or_default();
        tenant.webhooks.retain(|other| *other != key || webhook.is_some());
        match webhook {
            Some(webhook) => {
                if let Err(place) = tenant.webhooks.binary_search(&key) {
                    tenant.webhooks.insert(place, key);
                }
                self.webhook_keys.insert(id, key);
                self.webhooks.insert(key, webhook)
            }
            None => {
                self.webhook_keys.remove(&id);
                self.webhooks.remove(&key)
            }
        }
    }

    /// A webhook of this organization that is not deleted, with its key.
    pub(crate) fn webhook(
        &self,
        organization: OrganizationId,
        id: WebhookId,
    ) -> Option<(u32, Arc<Webhook>)> {
        let key = *self.webhook_keys.get(&id)?;
        let webhook = self.webhooks.get(&key)?;
        (webhook.organization_id == organization).then(|| (key, webhook.clone()))
    }
}
