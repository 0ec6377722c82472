//! Connections to providers.
//!
//! A connection is made before its secret is known: its id is part of the URL that is given to the
//! provider, and most providers make the secret then. Until it has one every request is refused.
//! During a rotation two secrets are accepted; a third never joins, for it would silently end one
//! that the provider may still sign with.

use std::fmt;
use std::time::Duration;

use fanfare_model::inbound::{InboundOutcome, Provider};
use fanfare_model::{ConnectionId, OrganizationId, Scope, Timestamp, limits};
use fanfare_signing::{SealContext, SealError, Secret};
use fanfare_store::{Connection, EditRefused, InboundCount, RefusedInbound, Sealed};

use crate::complaints::Complaints;
use crate::{App, AppError, Caller, ErrorCode, OperatorContext};

/// A connection to create.
#[derive(Clone, PartialEq, Eq)]
pub struct NewConnection {
    /// Who sends.
    pub provider: Provider,
    /// A name for people: 1 to [`limits::NAME`] characters.
    pub name: String,
    /// What messages are verified with, if it is known already.
    pub secret: Option<String>,
    /// Twilio: the account that messages must be of.
    pub account: Option<String>,
    /// Twilio: where this server is for Twilio, to which the connection's path is added: Twilio
    /// signs the whole URL.
    pub public_url: Option<String>,
    /// Stripe: whether messages must be of the live mode.
    pub livemode: Option<bool>,
}

impl fmt::Debug for NewConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewConnection")
            .field("provider", &self.provider)
            .field("name", &self.name)
            .field("secret", &self.secret.as_ref().map(|_| "***"))
            .finish_non_exhaustive()
    }
}

/// A new secret for a connection.
#[derive(Clone, PartialEq, Eq)]
pub struct RotateConnection {
    /// The secret.
    pub secret: String,
    /// How long the old one is accepted beside it; `None`: [`limits::ROTATION_OVERLAP`]; zero: not
    /// at all; at most [`limits::ROTATION_OVERLAP_MAX`].
    pub overlap: Option<Duration>,
}

impl fmt::Debug for RotateConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotateConnection")
            .field("secret", &"***")
            .field("overlap", &self.overlap)
            .finish()
    }
}

/// A connection as people see it: without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionView {
    /// The connection as stored.
    pub connection: Connection,
    /// The path of the URL that the provider is given.
    pub path: String,
    /// Whether it has a secret.
    pub has_secret: bool,
    /// Until when an older secret is accepted as well.
    pub previous_until: Option<Timestamp>,
}

/// A connection that was created.
pub type CreatedConnection = ConnectionView;

/// What requests to a connection came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionFigures {
    /// How many came to what.
    pub counts: Vec<InboundCount>,
    /// The latest refusals, newest first.
    pub refused: Vec<RefusedInbound>,
}

/// Whether a provider gets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// The connection has no secret: every request is refused.
    NoSecret,
    /// Nothing came yet.
    Waiting,
    /// Requests came, and none of them was verified; why the last one was refused.
    Refused(InboundOutcome),
    /// A request was verified, the last one then.
    Verified(Timestamp),
}

impl ConnectionFigures {
    /// How many requests were verified, those included that were known already.
    pub fn accepted(&self) -> u64 {
        self.counts.iter().filter(|one| !one.outcome.is_refusal()).map(|one| one.count).sum()
    }

    /// How many requests were refused.
    pub fn refused_count(&self) -> u64 {
        self.counts.iter().filter(|one| one.outcome.is_refusal()).map(|one| one.count).sum()
    }

    /// Whether the provider of this connection gets through.
    pub fn verification(&self, of: &ConnectionView) -> Verification {
        if !of.has_secret {
            return Verification::NoSecret;
        }
        let verified = self.counts.iter().filter(|one| !one.outcome.is_refusal());
        if let Some(last) = verified.map(|one| one.last_at).max() {
            return Verification::Verified(last);
        }
        // What was refused while there was no secret says nothing of the secret.
        let refused = self.counts.iter().filter(|one| one.outcome != InboundOutcome::NoSecret);
        match refused.max_by_key(|one| one.last_at) {
            Some(last) => Verification::Refused(last.outcome),
            None => Verification::Waiting,
        }
    }
}

/// A connection with its opened secrets, for verifying a request.
#[derive(Debug)]
pub struct Listening {
    /// The connection as stored.
    pub connection: Connection,
    /// Those that are accepted now, the newest first. None: every request is refused.
    pub secrets: Vec<Secret>,
}

impl App {
    /// Creates a connection. Needs `integrations:write`. [`ErrorCode::ValidationFailed`] names every
    /// wrong field, [`ErrorCode::LimitReached`] beyond [`limits::CONNECTIONS_PER_ORGANIZATION`].
    pub async fn create_connection(
        &self,
        caller: &Caller,
        new: NewConnection,
    ) -> Result<CreatedConnection, AppError> {
        caller.require(Scope::IntegrationsWrite)?;
        let mut complaints = Complaints::default();
        let name = complaints.text("name", &new.name, limits::NAME);
        let secret = new.secret.as_deref();
        let secret = secret.and_then(|text| complaints.provider_secret(new.provider, text));
        let account = complaints.account(new.provider, new.account);
        let public_url = complaints.public_url(new.provider, new.public_url);
        if new.livemode.is_some() && new.provider != Provider::Stripe {
            complaints.add("livemode", "is only known of connections to Stripe");
        }
        complaints.judge()?;
        let (id, now) = (self.ids().next(), self.now());
        let organization_id = caller.organization_id;
        let secret = secret.map(|secret| self.seal_for_connection(organization_id, id, &secret));
        let connection = Connection {
            id,
            organization_id,
            provider: new.provider,
            name: name.unwrap_or_default(),
            account,
            public_url,
            // Test messages must not pay real orders unless somebody says so.
            livemode: (new.provider == Provider::Stripe).then(|| new.livemode.unwrap_or(true)),
            secret: secret.transpose()?,
            previous: None,
            created_at: now,
            updated_at: now,
        };
        let told = self.audit(caller, "connection.created", "connection", id);
        self.store().create_connection(connection.clone(), Some(told)).await?;
        Ok(self.shown(connection))
    }

    /// The organization's connections, oldest first. Needs `integrations:read`.
    pub async fn connections(&self, caller: &Caller) -> Result<Vec<ConnectionView>, AppError> {
        caller.require(Scope::IntegrationsRead)?;
        let all = self.store().connections(caller.organization_id).await?;
        Ok(all.into_iter().map(|connection| self.shown(connection)).collect())
    }

    /// A connection, and what requests to it came to. Needs `integrations:read`. What other nodes
    /// counted in the last seconds may be missing.
    pub async fn connection(
        &self,
        caller: &Caller,
        id: ConnectionId,
    ) -> Result<(ConnectionView, ConnectionFigures), AppError> {
        caller.require(Scope::IntegrationsRead)?;
        let connection = self.store().connection(caller.organization_id, id).await?;
        let connection = connection.ok_or_else(not_found)?;
        self.flush_tallies().await?;
        let (counts, refused) = self.store().tallies(caller.organization_id, id).await?;
        Ok((self.shown(connection), ConnectionFigures { counts, refused }))
    }

    /// Gives a connection a new secret, or its first. Needs `integrations:write`. While the overlap
    /// of an earlier rotation runs, [`ErrorCode::Conflict`], unless the overlap asked for is zero,
    /// which ends every older secret at once.
    pub async fn rotate_connection(
        &self,
        caller: &Caller,
        id: ConnectionId,
        rotate: RotateConnection,
    ) -> Result<ConnectionView, AppError> {
        caller.require(Scope::IntegrationsWrite)?;
        let organization_id = caller.organization_id;
        let found = self.store().connection(organization_id, id).await?.ok_or_else(not_found)?;
        let mut complaints = Complaints::default();
        let overlap = rotate.overlap.unwrap_or(limits::ROTATION_OVERLAP);
        if overlap > limits::ROTATION_OVERLAP_MAX {
            let most = limits::ROTATION_OVERLAP_MAX.as_secs();
            complaints.add("overlapSeconds", format!("must be from 0 to {most}"));
        }
        let secret = complaints.provider_secret(found.provider, &rotate.secret);
        complaints.judge()?;
        let Some(secret) = secret else {
            return Err(AppError::invalid_field("secret", "is missing"));
        };
        let sealed = self.seal_for_connection(organization_id, id, &secret)?;
        let now = self.now();
        let edit = Box::new(move |connection: &mut Connection| {
            replace_secret(connection, &sealed, overlap, now)
        });
        let told = Some(self.audit(caller, "connection.secret_rotated", "connection", id));
        let changed = self.store().modify_connection(organization_id, id, now, edit, told).await?;
        Ok(self.shown(changed.ok_or_else(not_found)?))
    }

    /// Removes a connection with everything that came in through it. Needs `integrations:write`.
    pub async fn delete_connection(
        &self,
        caller: &Caller,
        id: ConnectionId,
    ) -> Result<(), AppError> {
        caller.require(Scope::IntegrationsWrite)?;
        let told = Some(self.audit(caller, "connection.deleted", "connection", id));
        let gone = self.store().delete_connection(caller.organization_id, id, told).await?;
        if gone { Ok(()) } else { Err(not_found()) }
    }

    /// The connection of this provider that a request names, with its secrets. For requests that
    /// prove themselves by their signature.
    pub async fn listening(
        &self,
        provider: Provider,
        id: ConnectionId,
    ) -> Result<Listening, AppError> {
        let connection = self.store().connection_of_any(id).await?;
        let connection = connection.filter(|found| found.provider == provider);
        let connection = connection.ok_or_else(not_found)?;
        let now = self.now();
        let previous = connection.previous.as_ref().filter(|(_, until)| *until > now);
        let sealed = connection.secret.iter().chain(previous.map(|(secret, _)| secret));
        let open = |sealed| self.open_for_connection(&connection, sealed);
        let secrets = sealed.map(open).collect::<Result<_, _>>().map_err(|error| {
            AppError::internal(OperatorContext::new(format_args!("{}: {error}", connection.id)))
        })?;
        Ok(Listening { connection, secrets })
    }

    fn seal_for_connection(
        &self,
        organization: OrganizationId,
        connection: ConnectionId,
        secret: &Secret,
    ) -> Result<Sealed, AppError> {
        let (organization, connection) = (organization.to_string(), connection.to_string());
        let place = SealContext::connection_secret(&organization, &connection);
        self.seal_at(place, secret)
    }

    fn open_for_connection(
        &self,
        connection: &Connection,
        sealed: &Sealed,
    ) -> Result<Secret, SealError> {
        let organization = connection.organization_id.to_string();
        let id = connection.id.to_string();
        self.open_at(SealContext::connection_secret(&organization, &id), sealed)
    }

    fn shown(&self, connection: Connection) -> ConnectionView {
        let now = self.now();
        ConnectionView {
            path: format!("/api/integrations/{}/webhooks/{}", connection.provider, connection.id),
            has_secret: connection.secret.is_some(),
            previous_until: connection
                .previous
                .as_ref()
                .map(|(_, until)| *until)
                .filter(|until| *until > now),
            connection,
        }
    }
}

fn not_found() -> AppError {
    AppError::not_found("connection")
}

fn replace_secret(
    connection: &mut Connection,
    new: &Sealed,
    overlap: Duration,
    now: Timestamp,
) -> Result<(), EditRefused> {
    let running = connection.previous.as_ref().filter(|(_, until)| *until > now);
    if let Some((_, until)) = running
        && !overlap.is_zero()
    {
        let message = format!(
            "the overlap of an earlier rotation runs until {until}; rotate again after that, or \
             with an overlap of 0, which ends every older secret at once"
        );
        return Err(EditRefused { code: ErrorCode::Conflict.as_str(), message });
    }
    let old = connection.secret.replace(new.clone());
    connection.previous = old.filter(|_| !overlap.is_zero()).map(|secret| (secret, now + overlap));
    Ok(())
}

impl Complaints {
    /// A provider's secret; spaces around it, a common accident, are dropped.
    fn provider_secret(&mut self, provider: Provider, given: &str) -> Option<Secret> {
        let secret = self.secret(given.trim())?;
        if provider == Provider::Resend && secret.standard_key().is_none() {
            self.add("secret", "must be `whsec_` and base64 of 24 to 64 bytes, as Resend shows it");
            return None;
        }
        Some(secret)
    }

    fn account(&mut self, provider: Provider, given: Option<String>) -> Option<String> {
        match (provider, given) {
            (Provider::Twilio, Some(account)) => {
                let visible = account.chars().all(|letter| letter.is_ascii_alphanumeric());
                let max = limits::PROVIDER_ACCOUNT;
                if !visible || account.is_empty() || account.len() > max {
                    let message = format!("must be 1 to {max} letters and digits: an AccountSid");
                    self.add("account", message);
                }
                Some(account)
            }
            (Provider::Twilio, None) => {
                self.add("account", "is missing: the AccountSid that messages are of");
                None
            }
            (_, Some(_)) => {
                self.add("account", "is only known of connections to Twilio");
                None
            }
            (_, None) => None,
        }
    }

    fn public_url(&mut self, provider: Provider, given: Option<String>) -> Option<String> {
        match (provider, given) {
            (Provider::Twilio, Some(url)) => {
                let url = self.link("publicUrl", url)?;
                if url.contains(['?', '#']) {
                    self.add("publicUrl", "must have no query and no fragment");
                }
                Some(url.trim_end_matches('/').to_owned())
            }
            (Provider::Twilio, None) => {
                let message = "is missing: where this server is for Twilio, such as \
                     https://hooks.shop.example; Twilio signs the URL that it calls";
                self.add("publicUrl", message);
                None
            }
            (_, Some(_)) => {
                self.add("publicUrl", "is only known of connections to Twilio");
                None
            }
            (_, None) => None,
        }
    }
}
