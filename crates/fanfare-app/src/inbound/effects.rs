//! What a message of a provider does, in our words.

use fanfare_model::inbound::{Plan, Provider, SentMessage};
use fanfare_model::launch::{Currency, Money};
use fanfare_model::{OrganizationId, Scope, Timestamp};

use crate::{App, AppError, Caller};

/// One thing that a message does. Doing it again changes nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Something happened to the payment of an order.
    Order {
        /// Which order.
        order: OrderName,
        /// What happened.
        change: OrderChange,
    },
    /// A sent message is in another state.
    Sent(SentMessage),
    /// A person is reached, or not, at an address.
    Mark {
        /// At which address.
        address: Address,
        /// What became known.
        mark: Mark,
        /// When.
        at: Timestamp,
    },
    /// The organization has another plan.
    Plan(Plan),
}

/// How a message names an order: by what it was given when the payment began, by the payment itself,
/// or both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrderName {
    /// The order's id, or its number in the shop.
    pub given: Option<String>,
    /// The payment's id.
    pub payment: Option<String>,
}

/// What happened to the payment of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrderChange {
    /// It was made.
    Paid(Paid),
    /// It failed; it may be tried again.
    Failed {
        /// Why, in the provider's words.
        reason: String,
    },
    /// It will not be made.
    GivenUp {
        /// Why.
        reason: String,
    },
    /// All of the money went back.
    Returned {
        /// Why.
        reason: String,
    },
    /// Something that an order has no status for.
    Noted {
        /// What.
        note: String,
    },
}

/// A payment that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paid {
    /// Its id at the provider.
    pub reference: Option<String>,
    /// What was paid, if it has to fit the order: whoever pays can put another order's name into some
    /// links to payments. `None`: the order was named by the organization itself.
    pub amount: Option<(Money, Currency)>,
    /// When.
    pub at: Timestamp,
}

/// Where messages to a person go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An e-mail address.
    Email(String),
    /// A phone number in E.164.
    Phone(String),
}

/// What became known of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// It refused a message for good.
    Bounced,
    /// The person called a message spam.
    Complained,
    /// The person asked for no more messages.
    OptedOut,
    /// The person asked for messages again.
    OptedIn,
}

impl App {
    /// Does what a message does; says what there is to say of it. [`crate::ErrorCode::NotFound`] when
    /// there is no such order, [`crate::ErrorCode::IllegalTransition`] when its status does not allow
    /// it, [`crate::ErrorCode::Conflict`] when the payment does not fit the order.
    pub async fn apply_effect(
        &self,
        organization: OrganizationId,
        effect: Effect,
    ) -> Result<Option<String>, AppError> {
        match effect {
            Effect::Order { order, change } => {
                self.change_payment(organization, order, change).await
            }
            Effect::Sent(message) => {
                let state = message.state;
                let moved = self.store().move_sent(organization, message).await?;
                Ok((!moved).then(|| format!("{state}: it was as far before")))
            }
            Effect::Mark { address, mark, at } => self.mark(organization, address, mark, at).await,
            Effect::Plan(plan) => {
                let status = plan.status;
                let moved = self.store().put_plan(organization, plan).await?;
                Ok((!moved).then(|| format!("{status}: a newer event told of the plan before")))
            }
        }
    }

    /// A message that was sent through a provider. Needs `integrations:read`.
    pub async fn sent_message(
        &self,
        caller: &Caller,
        provider: Provider,
        id: String,
    ) -> Result<SentMessage, AppError> {
        caller.require(Scope::IntegrationsRead)?;
        let organization = caller.organization_id;
        // No store can hold a NUL in a text.
        if id.contains('\0') {
            return Err(AppError::not_found("message"));
        }
        let found = self.store().sent_message(organization, provider, id).await?;
        found.ok_or_else(|| AppError::not_found("message"))
    }

    /// The organization's plan. Needs `integrations:read`.
    pub async fn plan(&self, caller: &Caller) -> Result<Plan, AppError> {
        caller.require(Scope::IntegrationsRead)?;
        let found = self.store().plan(caller.organization_id).await?;
        found.ok_or_else(|| AppError::not_found("plan"))
    }
}
