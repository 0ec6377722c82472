//! People: their roles in an organization, and who can be named as having done something.
//!
//! What a role may do is one table, [`Role::scopes`]. What it cannot say are the rules about owners:
//! only an owner makes or unmakes one, and the last one stays ([`Role::may_manage`]).

use std::fmt;
use std::str::FromStr;

use crate::{ApiKeyId, Scope, Scopes, UserId};

/// What somebody is in an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Everything, owners included.
    Owner,
    /// Everything but making and unmaking owners.
    Admin,
    /// Runs launches and sees what webhooks do.
    Editor,
    /// Sees launches.
    Viewer,
}

/// The rights that each role adds to those of the roles after it.
const SEES_LAUNCHES: &[Scope] =
    &[Scope::ConsumersRead, Scope::ExperiencesRead, Scope::DistributionsRead, Scope::OrdersRead];
const RUNS_LAUNCHES: &[Scope] = &[
    Scope::ConsumersWrite,
    Scope::ExperiencesWrite,
    Scope::DistributionsWrite,
    Scope::OrdersWrite,
    Scope::WebhooksRead,
    Scope::EventsRead,
    Scope::DeliveriesRead,
    Scope::SettingsRead,
];
const MANAGES: &[Scope] = &[
    Scope::ExperiencesDelete,
    Scope::WebhooksWrite,
    Scope::EventsWrite,
    Scope::DeliveriesWrite,
    Scope::KeysWrite,
    Scope::AuditRead,
    Scope::MembersRead,
    Scope::MembersWrite,
    Scope::SettingsWrite,
    Scope::IntegrationsRead,
    Scope::IntegrationsWrite,
];

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Editor, Self::Viewer];

    /// What the role may do. Owner and admin differ only in [`Role::may_manage`].
    pub fn scopes(self) -> Scopes {
        let sets: &[&[Scope]] = match self {
            Self::Owner | Self::Admin => &[SEES_LAUNCHES, RUNS_LAUNCHES, MANAGES],
            Self::Editor => &[SEES_LAUNCHES, RUNS_LAUNCHES],
            Self::Viewer => &[SEES_LAUNCHES],
        };
        sets.iter().copied().flatten().copied().collect()
    }

    /// Whether somebody with this role may give the other one, or take it away.
    pub const fn may_manage(self, other: Self) -> bool {
        match self {
            Self::Owner => true,
            Self::Admin => !matches!(other, Self::Owner),
            Self::Editor | Self::Viewer => false,
        }
    }

    /// The stable number that stores keep.
    pub const fn code(self) -> u8 {
        match self {
            Self::Owner => 0,
            Self::Admin => 1,
            Self::Editor => 2,
            Self::Viewer => 3,
        }
    }

    /// The role with this number.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// The word in JSON, in forms and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Editor => "editor",
            Self::Viewer => "viewer",
        }
    }

    /// The word for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Admin => "Admin",
            Self::Editor => "Editor",
            Self::Viewer => "Viewer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown role `{0}`; expected one of owner, admin, editor, viewer")]
pub struct ParseRoleError(String);

impl FromStr for Role {
    type Err = ParseRoleError;

    fn from_str(text: &str) -> Result<Self, ParseRoleError> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| ParseRoleError(text.to_owned()))
    }
}

/// Where a member stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MemberStatus {
    /// May come in.
    Active,
    /// Was invited and has not come yet.
    Pending,
    /// May not come in until restored.
    Suspended,
}

impl MemberStatus {
    /// The word for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::Pending => "Pending",
            Self::Suspended => "Suspended",
        }
    }
}

/// Who did something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Actor {
    /// Whoever holds this API key.
    Key(ApiKeyId),
    /// A person who signed in.
    User(UserId),
    /// Whoever runs `fanfare` commands on the server.
    Console,
    /// The server itself, or somebody it does not know.
    System,
}

impl Actor {
    /// The word for its kind: `key`, `user`, `console` or `system`.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::User(_) => "user",
            Self::Console => "console",
            Self::System => "system",
        }
    }

    /// The 128 bits of its id, if it has one.
    pub const fn id_bits(self) -> Option<u128> {
        match self {
            Self::Key(id) => Some(id.as_u128()),
            Self::User(id) => Some(id.as_u128()),
            Self::Console | Self::System => None,
        }
    }

    /// The actor of this kind with this id.
    pub fn from_parts(kind: &str, bits: Option<u128>) -> Option<Self> {
        match (kind, bits) {
            ("key", Some(bits)) => Some(Self::Key(ApiKeyId::from_u128(bits))),
            ("user", Some(bits)) => Some(Self::User(UserId::from_u128(bits))),
            ("console", None) => Some(Self::Console),
            ("system", None) => Some(Self::System),
            _ => None,
        }
    }
}

impl fmt::Display for Actor {
    /// Its id, or the word for its kind.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(id) => id.fmt(f),
            Self::User(id) => id.fmt(f),
            Self::Console | Self::System => f.write_str(self.kind()),
        }
    }
}

impl FromStr for Actor {
    type Err = crate::ParseIdError;

    /// An API key's or a user's id, `console` or `system`.
    fn from_str(text: &str) -> Result<Self, crate::ParseIdError> {
        match text {
            "console" => Ok(Self::Console),
            "system" => Ok(Self::System),
            _ if text.starts_with("key_") => text.parse().map(Self::Key),
            _ => text.parse().map(Self::User),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The table of the roles, written out once more, so that a change of rights is a change here.
    #[test]
    fn each_role_has_exactly_the_documented_rights() {
        use Role::{Admin, Editor, Owner, Viewer};
        let everyone = [Owner, Admin, Editor, Viewer];
        let (runs, manages) = ([Owner, Admin, Editor], [Owner, Admin]);
        for scope in Scope::ALL {
            let holders: &[Role] = match scope {
                Scope::ConsumersRead
                | Scope::ExperiencesRead
                | Scope::DistributionsRead
                | Scope::OrdersRead => &everyone,
                Scope::ConsumersWrite
                | Scope::ExperiencesWrite
                | Scope::DistributionsWrite
                | Scope::OrdersWrite
                | Scope::WebhooksRead
                | Scope::EventsRead
                | Scope::DeliveriesRead
                | Scope::SettingsRead => &runs,
                Scope::ExperiencesDelete
                | Scope::WebhooksWrite
                | Scope::EventsWrite
                | Scope::DeliveriesWrite
                | Scope::KeysWrite
                | Scope::AuditRead
                | Scope::MembersRead
                | Scope::MembersWrite
                | Scope::SettingsWrite
                | Scope::IntegrationsRead
                | Scope::IntegrationsWrite => &manages,
            };
            for role in everyone {
                let may = role.scopes().contains(*scope);
                assert_eq!(may, holders.contains(&role), "{role} {}", scope.as_str());
            }
        }
    }

    #[test]
    fn only_an_owner_manages_owners_and_only_owners_and_admins_manage() {
        for role in Role::ALL {
            for other in Role::ALL {
                let may = match role {
                    Role::Owner => true,
                    Role::Admin => other != Role::Owner,
                    Role::Editor | Role::Viewer => false,
                };
                assert_eq!(role.may_manage(other), may, "{role} {other}");
            }
        }
    }

    #[test]
    fn texts_and_numbers_round_trip() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse::<Role>().unwrap(), role);
            assert_eq!(Role::from_code(role.code()), Some(role));
        }
        assert!("boss".parse::<Role>().unwrap_err().to_string().contains("owner, admin"));
        let actors = [
            Actor::Key(ApiKeyId::from_u128(7)),
            Actor::User(UserId::from_u128(8)),
            Actor::Console,
            Actor::System,
        ];
        for actor in actors {
            assert_eq!(Actor::from_parts(actor.kind(), actor.id_bits()), Some(actor));
            assert_eq!(actor.to_string().parse::<Actor>().unwrap(), actor);
        }
        assert!("nobody".parse::<Actor>().is_err());
    }
}
