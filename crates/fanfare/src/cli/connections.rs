//! What can be typed of connections to providers.

use clap::{Args, Subcommand};
use fanfare_model::inbound::Provider;
use fanfare_model::{ConnectionId, Timestamp};

use super::{Format, ServerArgs};

/// Who is asked, and how the answer is printed.
#[derive(Debug, Args)]
pub(crate) struct Asked {
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) server: ServerArgs,
}

/// What to do with connections.
#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionsWhat {
    /// List the connections, with the path to give to each provider.
    List {
        #[command(flatten)]
        asked: Asked,
    },
    /// Create a connection and print the path to give to the provider.
    Create(CreateConnectionArgs),
    /// Give a connection a new secret, or its first, read from the standard input.
    Rotate {
        /// The connection.
        #[arg(value_name = "CONN_ID")]
        id: ConnectionId,
        /// For how many seconds the old secret is accepted as well [default: a day]
        #[arg(long, value_name = "SECONDS")]
        overlap: Option<u32>,
        #[command(flatten)]
        asked: Asked,
    },
    /// Remove a connection with everything that came in through it.
    Delete {
        /// The connection.
        #[arg(value_name = "CONN_ID")]
        id: ConnectionId,
        #[command(flatten)]
        asked: Asked,
    },
}

/// A connection to create.
#[derive(Debug, Args)]
pub(crate) struct CreateConnectionArgs {
    /// Who sends: stripe, twilio or resend.
    #[arg(long)]
    pub(crate) provider: Provider,
    /// A name for people.
    #[arg(long)]
    pub(crate) name: String,
    /// Read the secret from the standard input. It can be given later: `rotate`.
    #[arg(long)]
    pub(crate) secret_stdin: bool,
    /// Twilio: the AccountSid that messages must be of.
    #[arg(long, value_name = "SID")]
    pub(crate) account: Option<String>,
    /// Twilio: where this server is for Twilio: the address before the path of the connection.
    #[arg(long, value_name = "URL")]
    pub(crate) public_url: Option<String>,
    /// Stripe: take messages of the test mode instead of the live mode.
    #[arg(long)]
    pub(crate) test_mode: bool,
    #[command(flatten)]
    pub(crate) asked: Asked,
}

/// What to do with Stripe.
#[derive(Debug, Subcommand)]
pub(crate) enum StripeWhat {
    /// Read Stripe's list of events and take in those that never arrived.
    ///
    /// What was known changes nothing, so it can be run again and again. Stripe keeps events for 30
    /// days. The secret key of Stripe is in the variable FANFARE_STRIPE_KEY; the API key needs
    /// integrations:write and orders:write.
    Reconcile(ReconcileArgs),
}

/// What to reconcile.
#[derive(Debug, Args)]
pub(crate) struct ReconcileArgs {
    /// The connection to Stripe that the events are of.
    #[arg(long, value_name = "CONN_ID")]
    pub(crate) connection: ConnectionId,
    /// From when on, for example 2026-11-23T10:00:00Z.
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Timestamp,
    /// Where Stripe's API is.
    #[arg(long, value_name = "URL", default_value = "https://api.stripe.com")]
    pub(crate) stripe_url: String,
    #[command(flatten)]
    pub(crate) asked: Asked,
}
