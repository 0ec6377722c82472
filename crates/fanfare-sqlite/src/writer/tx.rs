//! What an operation works with, and what follows from it after the commit.

use std::sync::Arc;

use fanfare_model::{DeliveryId, IdSource, OrganizationId, Timestamp, WebhookId};
use fanfare_store::{EditRefused, Figure, Handover, Leased, StoreError, Webhook};
use rusqlite::{Connection, OptionalExtension, Statement};

use super::{NewDelivery, NewRows};
use crate::fault::Fault;
use crate::launch::opened::Book;
use crate::state::{State, Subject, Tenant, Undo};

/// The statements that run thousands of times a second, prepared once.
pub(crate) struct Hot<'c> {
    pub(crate) begin: Statement<'c>,
    pub(crate) commit: Statement<'c>,
    pub(crate) rows: NewRows<'c>,
    pub(crate) end_delivery: Statement<'c>,
    pub(crate) scratch: Vec<u8>,
    /// The webhooks that an event goes to, while it is fanned out.
    pub(crate) matching: Vec<(u32, Arc<Webhook>)>,
}

/// A delivery leased in memory ends: no indexed column changes.
pub(crate) const END_DELIVERY: &str =
    "UPDATE deliveries SET status = ?2, attempts = 1, attempt = ?3 WHERE seq = ?1";

impl<'c> Hot<'c> {
    pub(crate) fn prepare(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            rows: NewRows::prepare(connection)?,
            end_delivery: connection.prepare(END_DELIVERY)?,
            scratch: Vec::new(),
            matching: Vec::new(),
        })
    }
}

/// A transaction as an operation sees it.
pub(crate) struct Tx<'a, 'c> {
    pub(crate) connection: &'c Connection,
    pub(crate) hot: &'a mut Hot<'c>,
    pub(crate) state: &'a mut State,
    pub(crate) effects: &'a mut Effects,
    /// What this transaction knows of the launch domain.
    pub(crate) book: &'a mut Book,
    pub(crate) handover: &'a dyn Handover,
    pub(crate) ids: &'a IdSource,
    /// Whether the transaction before this one could not be committed.
    pub(crate) failing: bool,
}

/// What is told after the commit, or taken back after a rollback.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Reserved with the hand-over.
    pub(crate) leased: Vec<Leased>,
    pub(crate) wake: bool,
    pub(crate) changed: Vec<(Arc<Webhook>, bool)>,
    pub(crate) cancelled: Vec<(WebhookId, DeliveryId)>,
    pub(crate) figures: Vec<(Subject, Figure)>,
    /// The figures gathered before this transaction are in it.
    pub(crate) figures_written: bool,
    /// A person was erased: what is left of it must be wiped.
    pub(crate) erased: bool,
}

impl Effects {
    pub(crate) fn apply(&mut self, state: &mut State, handover: &dyn Handover) {
        if std::mem::take(&mut self.figures_written) {
            state.figures.clear();
        }
        for (subject, figure) in self.figures.drain(..) {
            state.figures.add(subject, &figure);
        }
        for (webhook, deleted) in self.changed.drain(..) {
            handover.webhook_changed(&webhook, deleted);
        }
        if !self.leased.is_empty() {
            handover.deliver(std::mem::take(&mut self.leased));
        }
        for (webhook, delivery) in self.cancelled.drain(..) {
            handover.delivery_cancelled(webhook, delivery);
        }
        if std::mem::take(&mut self.wake) {
            handover.wake();
        }
    }

    pub(crate) fn give_up(&mut self, handover: &dyn Handover) {
        for leased in self.leased.drain(..) {
            handover.give_up(leased.webhook.id, leased.body.len());
        }
        self.wake = false;
        self.changed.clear();
        self.cancelled.clear();
        self.figures.clear();
        self.figures_written = false;
        self.erased = false;
    }
}

impl Tx<'_, '_> {
    /// The organization; one that a tool made beside this process is found as well.
    pub(crate) fn tenant(&mut self, id: OrganizationId) -> Result<Option<&Tenant>, Fault> {
        if !self.state.tenants.contains_key(&id) {
            let key: Option<i64> = self
                .connection
                .prepare_cached("SELECT key FROM organizations WHERE id = ?1")?
                .query_row([id.to_bytes()], |row| row.get(0))
                .optional()?;
            let Some(key) = key else { return Ok(None) };
            self.state.tenants.insert(id, Tenant { key, webhooks: Vec::new() });
            self.state.undo.push(Undo::Tenant(id));
        }
        Ok(self.state.tenants.get(&id))
    }

    /// The organization's key, or a refusal.
    pub(crate) fn tenant_key(&mut self, id: OrganizationId) -> Result<i64, Fault> {
        match self.tenant(id)? {
            Some(tenant) => Ok(tenant.key),
            None => Err(refusal("unknown_organization", "there is no such organization")),
        }
    }

    /// A delivery is made.
    pub(crate) fn push_delivery(&mut self, row: NewDelivery) -> Result<(), Fault> {
        let figure = Figure::made(row.created_at);
        self.effects.figures.push((Subject::Webhook(row.webhook), figure));
        Ok(self.hot.rows.push_delivery(row)?)
    }

    /// A delivery waits without a claim: claims are to find it.
    pub(crate) fn waits(&mut self, seq: i64, webhook: u32, due: Timestamp) {
        self.state.leases.waits(webhook, (due.as_millis(), seq));
        self.effects.wake = true;
    }

    /// Changes a webhook in memory and tells of it after the commit.
    pub(crate) fn webhook_changed(&mut self, key: u32, webhook: &Arc<Webhook>, deleted: bool) {
        let kept = (!deleted).then(|| webhook.clone());
        self.state.set_webhook(webhook.organization_id, webhook.id, key, kept);
        self.effects.changed.push((webhook.clone(), deleted));
    }
}

/// A refusal with a stable code.
pub(crate) fn refusal(code: &'static str, message: &str) -> Fault {
    Fault::Refused(StoreError::Refused(EditRefused { code, message: message.to_owned() }))
}
