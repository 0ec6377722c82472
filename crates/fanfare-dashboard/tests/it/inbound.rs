//! What a provider sent, as the front end that verifies it stores it.

use fanfare_app::{AppError, Done, ErrorCode, NewConnection, Received};
use fanfare_model::inbound::{InboundContent, InboundOutcome, Provider};
use fanfare_model::{ConnectionId, InboundId};

use crate::world::World;

/// Where connections are.
pub(crate) const CONNECTIONS: &str = "/settings/integrations/connections";

impl World {
    /// A connection with a secret.
    pub(crate) async fn connection(&self, provider: Provider) -> ConnectionId {
        let twilio = provider == Provider::Twilio;
        let secret = match provider {
            Provider::Resend => "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            _ => "0123456789abcdef0123456789abcdef",
        };
        let new = NewConnection {
            provider,
            name: format!("The {provider} of the shop"),
            secret: Some(secret.to_owned()),
            account: twilio.then(|| "AC0123".to_owned()),
            public_url: twilio.then(|| "https://hooks.example.com/base".to_owned()),
            livemode: None,
        };
        let made = self.app.create_connection(&self.caller().await, new).await.unwrap();
        made.connection.id
    }

    /// A request to a connection that came to this.
    pub(crate) async fn requested(
        &self,
        provider: Provider,
        connection: ConnectionId,
        outcome: InboundOutcome,
    ) {
        let listening = self.app.listening(provider, connection).await.unwrap();
        self.app.count_inbound(&listening.connection, outcome, "192.0.2.7");
    }

    /// A message that was verified and stored.
    pub(crate) async fn received(
        &self,
        provider: Provider,
        connection: ConnectionId,
        key: &str,
        body: &'static str,
    ) {
        let listening = self.app.listening(provider, connection).await.unwrap();
        let content = match provider {
            Provider::Twilio => InboundContent::Form,
            _ => InboundContent::Json,
        };
        let message = Received {
            key: key.to_owned(),
            kind: "checkout.session.completed".to_owned(),
            content,
            body: body.into(),
            ignored: None,
        };
        self.app.take_in(&listening.connection, message).await.unwrap();
        self.requested(provider, connection, InboundOutcome::Accepted).await;
    }

    /// Ends the message that is due.
    pub(crate) async fn ended(&self, done: Done) -> InboundId {
        let claimed = self.app.claim_inbound(1).await.unwrap().remove(0);
        assert!(self.app.end_inbound(&claimed, done).await.unwrap());
        claimed.id
    }

    /// A message of Stripe's that could not be handled.
    pub(crate) async fn failed_message(&self, connection: ConnectionId) -> InboundId {
        self.received(Provider::Stripe, connection, "evt_1", "{\"<b>\": \"<script>\"}").await;
        let error = AppError::new(ErrorCode::Conflict, "10 EUR were paid for <ord>, too little");
        self.ended(Done::Failed(error)).await
    }
}
