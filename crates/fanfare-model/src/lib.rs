//! What the system is about, without any way to reach the outside world.
//!
//! Ids, times, the launch domain, the event catalogue, the envelope, the retry schedule, what an attempt's
//! outcome means, statuses and limits. Nothing here does I/O, is `async`, or reads a clock or
//! randomness except through [`Clock`] and [`Entropy`]. Everything else in the workspace stands
//! on this crate; it stands on none of them.

pub mod catalogue;
mod clock;
mod delivery;
mod entropy;
mod envelope;
mod id;
pub mod inbound;
pub mod launch;
pub mod limits;
mod outcome;
mod people;
mod schedule;
mod scope;
pub mod strict_json;
mod time;
mod topic;
mod webhook;
pub mod wire_headers;

pub use catalogue::{EventSelection, EventType, EventTypes};
pub use clock::{Clock, SystemClock};
pub use delivery::{DeliveryOrigin, DeliveryStatus, ErrorClass};
pub use entropy::{Entropy, IdSource};
pub use envelope::Envelope;
pub use id::{
    ApiKeyId, AuditEntryId, BidId, ConnectionId, ConsumerId, DeliveryId, DistributionId, EventId,
    ExperienceId, Id, IdKind, InboundId, JobId, LinkId, MailId, NoticeId, OrderId, OrganizationId,
    ParseIdError, ProductId, RequestId, SessionId, UserId, WebhookId, kinds,
};
pub use outcome::{AttemptFacts, Outcome, classify};
pub use people::{Actor, MemberStatus, ParseRoleError, Role};
pub use schedule::{ParseScheduleError, RetrySchedule};
pub use scope::{ParseScopeError, Scope, Scopes};
pub use time::{ParseTimestampError, Timestamp, time_zone};
pub use topic::{Topic, Topics};
pub use webhook::{
    DisabledReason, IllegalTransition, WebhookChannel, WebhookCommand, WebhookStatus,
};
