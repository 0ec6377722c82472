//! What can be typed of keys, people and the audit log: commands on the database itself.

use clap::{Args, Subcommand, ValueEnum};
use fanfare_model::{ApiKeyId, OrganizationId, Role, Scope};

use super::{DatabasePlace, Format};

/// What to do with API keys.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysWhat {
    /// Create a key and print it, once.
    Create(CreateKeyArgs),
    /// List the keys, revoked ones included.
    List(PlaceArgs),
    /// Revoke a key: a running server refuses it within a second.
    Revoke {
        /// The key's id.
        #[arg(value_name = "KEY_ID")]
        id: ApiKeyId,
        #[command(flatten)]
        place: PlaceArgs,
    },
}

/// A key to create.
#[derive(Debug, Args)]
pub(crate) struct CreateKeyArgs {
    /// A name for people.
    #[arg(long)]
    pub(crate) name: String,
    /// What it may do, separated by commas [default: everything]
    #[arg(long, value_delimiter = ',', value_name = "SCOPES", value_parser = parse_scope)]
    pub(crate) scopes: Vec<Scope>,
    /// Whether it begins with sk_live_ or sk_test_.
    #[arg(long, value_enum, default_value_t = Mode::Live)]
    pub(crate) mode: Mode,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

/// What to do with people.
#[derive(Debug, Subcommand)]
pub(crate) enum UserWhat {
    /// Invite somebody: prints a link that works once, within a week.
    Invite {
        /// The e-mail address.
        email: String,
        /// As what: owner, admin, editor or viewer.
        #[arg(long, value_name = "ROLE")]
        role: Role,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Print a link with which somebody sets a new password, once, within an hour.
    Reset {
        /// The e-mail address.
        email: String,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// List the members and who is invited.
    List(PlaceArgs),
}

/// What to do with an audit log.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditWhat {
    /// Compute the hash of every entry again; the status is 1 if the log is not as it was written.
    Verify(PlaceArgs),
    /// Print every entry as a line of JSON, oldest first.
    Export(OrganizationPlace),
}

/// Where something of one organization is.
#[derive(Debug, Args)]
pub(crate) struct OrganizationPlace {
    /// The organization [default: the oldest]
    #[arg(long, value_name = "ORG_ID")]
    pub(crate) organization: Option<OrganizationId>,
    #[command(flatten)]
    pub(crate) database: DatabasePlace,
}

/// Where something is, and how it is printed.
#[derive(Debug, Args)]
pub(crate) struct PlaceArgs {
    #[command(flatten)]
    pub(crate) place: OrganizationPlace,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Live or test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    Live,
    Test,
}

fn parse_scope(text: &str) -> Result<Scope, String> {
    text.parse().map_err(|error: fanfare_model::ParseScopeError| error.to_string())
}
