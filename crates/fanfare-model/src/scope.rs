//! What somebody may do: an API key, or a person by the role.
//!
//! Keys have [`Scopes::KEYS`] at most. The others are rights of people alone; to a key they do not
//! exist, so that what keys may name stays what it was.

use std::fmt;
use std::str::FromStr;

macro_rules! scopes {
    ($($(#[$doc:meta])* $variant:ident = $bit:literal $text:literal,)*) => {
        /// One right.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Scope { $($(#[$doc])* $variant,)* }

        impl Scope {
            /// Every scope.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The text in JSON and on the command line.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            const fn bit(self) -> u32 {
                match self { $(Self::$variant => 1 << $bit,)* }
            }
        }
    };
}

scopes! {
    /// See webhooks and their figures.
    WebhooksRead = 0 "webhooks:read",
    /// Create, change, test and remove webhooks.
    WebhooksWrite = 1 "webhooks:write",
    /// See events and the catalogue.
    EventsRead = 2 "events:read",
    /// Publish events.
    EventsWrite = 3 "events:write",
    /// See deliveries, attempts and notices.
    DeliveriesRead = 4 "deliveries:read",
    /// Resend and cancel deliveries.
    DeliveriesWrite = 5 "deliveries:write",
    /// Create, list and revoke API keys.
    KeysWrite = 6 "keys:write",
    /// See consumers.
    ConsumersRead = 7 "consumers:read",
    /// Create, change and delete consumers.
    ConsumersWrite = 8 "consumers:write",
    /// See experiences and products.
    ExperiencesRead = 9 "experiences:read",
    /// Create, change, open and close experiences; create and change products.
    ExperiencesWrite = 10 "experiences:write",
    /// See distributions, their participants, draws and bids.
    DistributionsRead = 11 "distributions:read",
    /// Create and run distributions: join, admit, draw, bid, settle, complete.
    DistributionsWrite = 12 "distributions:write",
    /// See orders.
    OrdersRead = 13 "orders:read",
    /// Create, pay, fulfil and cancel orders.
    OrdersWrite = 14 "orders:write",
    /// See the audit log.
    AuditRead = 15 "audit:read",
    /// See who is a member, and who is invited. People only.
    MembersRead = 16 "members:read",
    /// Invite, change, suspend and remove members. People only.
    MembersWrite = 17 "members:write",
    /// See the organization's settings. People only.
    SettingsRead = 18 "settings:read",
    /// Change the organization's settings. People only.
    SettingsWrite = 19 "settings:write",
    /// Remove experiences. People only: a key may with `experiences:write`.
    ExperiencesDelete = 20 "experiences:delete",
    /// See connections to providers and what came in through them.
    IntegrationsRead = 21 "integrations:read",
    /// Create, change and remove connections to providers; have a message handled again.
    IntegrationsWrite = 22 "integrations:write",
}

/// A text that names no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope `{0}`; expected one of {known}", known = Scopes::KEYS)]
pub struct ParseScopeError(String);

impl FromStr for Scope {
    type Err = ParseScopeError;

    /// Reads the name of a right that a key can have.
    fn from_str(text: &str) -> Result<Self, ParseScopeError> {
        let found = Scopes::KEYS.iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| ParseScopeError(text.to_owned()))
    }
}

/// A set of scopes. Its bits are stable, so that stores may keep them as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u32);

impl Scopes {
    /// Every right there is.
    pub const ALL: Self = Self((1 << 23) - 1);
    /// Every right that an API key can have.
    pub const KEYS: Self = Self(((1 << 16) - 1) | (3 << 21));

    /// The stable bits.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// The set with these bits; unknown ones are dropped.
    pub const fn from_bits(bits: u32) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// Whether the scope is in the set.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether every scope of `other` is in this set.
    pub const fn covers(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// The scopes that are in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The scopes in the set.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.iter().map(Scope::as_str).collect();
        f.write_str(&names.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_every_scope_and_text_round_trips() {
        assert_eq!(Scope::ALL.iter().copied().collect::<Scopes>(), Scopes::ALL);
        for scope in Scope::ALL {
            let read = scope.as_str().parse::<Scope>();
            assert_eq!(read.ok(), Scopes::KEYS.contains(*scope).then_some(*scope));
        }
        let error = "carts:read".parse::<Scope>().unwrap_err().to_string();
        assert!(error.contains("unknown scope `carts:read`") && error.contains("keys:write"));
    }
}
