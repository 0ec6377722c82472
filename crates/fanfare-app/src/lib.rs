//! The use cases: what can be asked of Fanfare, whoever asks. Every front end (the API, later
//! the dashboard and the command line) calls these and holds no rule of its own.
//!
//! **Promises.** Each use case takes the [`Caller`] who asks and checks the needed scope itself.
//! Nothing of another organization is read or changed; its ids behave like ids that do not
//! exist. Input is checked whole before anything is written, and every complaint names its
//! field. What failed did nothing. Errors carry a stable [`ErrorCode`] and a text for the
//! customer; what only the operator may know is kept apart and of another type.
//!
//! **Takes** a store, a clock and ids, the way out ([`fanfare_egress::Egress`]) and the keys that
//! seal secrets. **Gives** what the store knows, in the types of `fanfare-model` and
//! `fanfare-store`, for the front ends to render.
//!
//! **Leaves out** HTTP, JSON shapes, status codes (front ends), and sending (`fanfare-delivery`,
//! which is told of new work by the store).
//!
//! **Map.** [`App`] carries the use cases, in one file for each noun. [`App::run_jobs`],
//! [`App::run_housekeeping`], [`App::run_launch`] and [`App::run_notices`] are the loops that the binary starts.

mod app;
mod authenticate;
mod automations;
mod backlog;
mod bootstrap;
mod caller;
mod change;
mod complaints;
mod deliveries;
mod error;
mod event_types;
mod events;
mod feed;
mod housekeeping;
mod idempotency;
mod inbound;
mod jobs;
mod keys;
mod launch;
mod notices;
mod organization;
mod people;
mod publish;
mod signature;
mod turn;
mod webhooks;

pub use app::{App, AppOptions, AppParts};
pub use automations::automation_scopes;
pub use backlog::{Attention, AttentionReason, BacklogView, NeedsAttention};
pub use bootstrap::Bootstrapped;
pub use caller::Caller;
pub use change::Change;
pub use deliveries::{AttemptView, DeliveryView, SentRequest};
pub use error::{AppError, ErrorCode, FieldError, OperatorContext};
pub use event_types::EventTypeRow;
pub use events::{
    EventOutcomes, EventSamples, EventView, NotDelivered, ResendEvent, WebhookOutcome,
};
/// Test or live: part of [`NewKey`].
pub use fanfare_signing::ApiKeyMode;
/// Part of [`ExplainSignature`], and what it leads to.
pub use fanfare_signing::{Family, Finding};
pub use feed::{CreatedFeedGroup, FeedBatch, FeedQuery, FeedReport, ReportedResult, SignedItem};
pub use idempotency::{Idempotent, IdempotentRequest, Started};
pub use inbound::{
    Address, ConnectionFigures, ConnectionView, CreatedConnection, Done, Effect, Listening, Mark,
    NewConnection, OrderChange, OrderName, Paid, Received, RotateConnection, Taken, TakenIn,
    Verification,
};
pub use jobs::{JobOrCount, ReplayInput};
pub use keys::{CreatedKey, NewKey};
pub use launch::{
    AdmitInput, BidView, CompleteInput, DistributionFields, DistributionView, DrawView, Fulfilment,
    NewConsumer, NewDistribution, NewExperience, NewOrder, NewProduct, PaymentInput, PlaceBid,
    RuleFields, Standing, UpdateConsumer, UpdateExperience, UpdateOrder, UpdateProduct,
};
pub use notices::{AboutWebhook, Letter, MailFailure, OutgoingMail, Unsubscribe};
pub use organization::Me;
pub use people::{
    AuditVerdict, BrokenLink, ClientInfo, Invitation, LinkView, MembershipView, NewPerson,
    NewSession, OneTimeLink, PasswordProof, RevealedSecret, SessionView, SignIn, SignedIn,
    UserView,
};
pub use publish::{BatchItem, EventInput, ItemResult, PublishReceipt, Published, RejectedItem};
pub use signature::ExplainSignature;
pub use webhooks::{
    CreateWebhook, CreatedWebhook, HeaderInput, OrganizationStats, Percentiles, RotateSecret,
    ShownHeader, Sparkline, StandardWebhooks, StatsPoint, StatsWindow, TestSent, UpdateWebhook,
    UrlCheck, WebhookStats, WebhookView,
};
