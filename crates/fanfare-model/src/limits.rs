//! Every limit of the product in one place. Each one answers with a clear error, never with
//! silence; the number is part of the message.

use std::time::Duration;

/// Largest body of one request to our API, in bytes (batches included).
pub const REQUEST_BODY: usize = 4 * 1024 * 1024;
/// Largest `data` of one event, in bytes of JSON as received.
pub const EVENT_DATA: usize = 256 * 1024;
/// Most events in one batch.
pub const BATCH_EVENTS: usize = 1_000;
/// Most items in a batch of changes: consumers, participants.
pub const BATCH_ITEMS: usize = 1_000;
/// Longest name of a person, product, experience or distribution, in characters.
pub const NAME: usize = 200;
/// Longest slug, in characters.
pub const SLUG: usize = 200;
/// Longest id or number in the organization's own system, in characters.
pub const EXTERNAL_ID: usize = 255;
/// Longest name of a time zone, in characters.
pub const TIME_ZONE: usize = 64;
/// Most bytes of JSON in one `metadata`.
pub const METADATA: usize = 16 * 1024;
/// Most products of one experience.
pub const PRODUCTS_PER_EXPERIENCE: usize = 100;
/// Most distributions of one experience.
pub const DISTRIBUTIONS_PER_EXPERIENCE: usize = 100;
/// Most places of a distribution, and most winners of a draw.
pub const CAPACITY: u32 = 10_000_000;
/// Most consumers that a queue's clock admits per minute.
pub const ADMISSION_RATE: u32 = 1_000_000;
/// Longest time to check out, in seconds: 30 days.
pub const CHECKOUT_SECONDS: u32 = 30 * 24 * 3600;
/// Longest extension of an auction by one bid, in seconds.
pub const EXTENSION_SECONDS: u32 = 24 * 3600;
/// Longest name of who took a payment, in characters.
pub const PAYMENT_PROVIDER: usize = 64;
/// Longest id of a payment at its provider, in characters.
pub const PAYMENT_REFERENCE: usize = 255;
/// Longest name of who carries a parcel, in characters.
pub const TRACKING_CARRIER: usize = 100;
/// Longest number of a parcel, in characters.
pub const TRACKING_NUMBER: usize = 255;
/// Longest reason for cancelling an order, in characters.
pub const CANCEL_REASON: usize = 500;
/// Deepest nesting of a request's JSON.
pub const JSON_DEPTH: usize = 64;
/// Most connections to providers of one organization.
pub const CONNECTIONS_PER_ORGANIZATION: usize = 50;
/// Largest body that a provider may send, in bytes.
pub const INBOUND_BODY: usize = 1024 * 1024;
/// Longest id and longest type of a message that a provider sends, in bytes.
pub const INBOUND_NAME: usize = 300;
/// Longest note on what became of a message that came in, in characters.
pub const INBOUND_NOTE: usize = 300;
/// How many refused requests are kept for each connection, without their bodies.
pub const REFUSALS_KEPT: usize = 50;
/// Longest id of an account at a provider, in characters.
pub const PROVIDER_ACCOUNT: usize = 64;
/// Most webhooks of one organization, disabled ones included.
pub const WEBHOOKS_PER_ORGANIZATION: usize = 50;
/// Most patterns in a webhook's `events`.
pub const EVENTS_PER_WEBHOOK: usize = 100;
/// Most custom headers of one webhook.
pub const CUSTOM_HEADERS: usize = 16;
/// Longest name of a custom header, in bytes.
pub const CUSTOM_HEADER_NAME: usize = 64;
/// Longest value of a custom header, in bytes.
pub const CUSTOM_HEADER_VALUE: usize = 1_024;
/// Longest `description`, in characters.
pub const DESCRIPTION: usize = 500;
/// Longest URL of a webhook, a product or a parcel's page, in bytes.
pub const URL: usize = 2_048;
/// Largest and default page of a list.
pub const PAGE: usize = 100;
/// Page size when a request names none.
pub const PAGE_DEFAULT: usize = 20;
/// Longest `Idempotency-Key`, in bytes.
pub const IDEMPOTENCY_KEY: usize = 255;
/// How long a response is kept for its `Idempotency-Key`.
pub const IDEMPOTENCY_RETENTION: Duration = Duration::from_secs(24 * 3600);
/// How long an unfinished request holds its `Idempotency-Key`.
pub const IDEMPOTENCY_HOLD: Duration = Duration::from_secs(60);
/// Bytes of a receiver's response body that are kept.
pub const RESPONSE_KEPT: usize = 16 * 1024;
/// Bytes of a receiver's response body after which reading stops.
pub const RESPONSE_READ: usize = 64 * 1024;
/// Time for one attempt, headers and body together.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Time to resolve, connect and agree on TLS, within the attempt's time.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Requests in flight to one webhook when it names no number.
pub const IN_FLIGHT_DEFAULT: u16 = 64;
/// Most requests in flight that a webhook may ask for.
pub const IN_FLIGHT_MAX: u16 = 256;
/// Highest rate a webhook may ask for, in requests per second.
pub const RATE_MAX: u32 = 10_000;
/// Most API keys of one organization.
pub const KEYS_PER_ORGANIZATION: usize = 100;
/// Most groups of one organization that pull the feed.
pub const FEED_GROUPS_PER_ORGANIZATION: usize = 50;
/// Longest name of such a group, in bytes.
pub const FEED_GROUP_NAME: usize = 64;
/// How many results a group keeps: those of the newest events.
pub const FEED_RESULTS: usize = 1_000;
/// Longest reason in a result, in characters.
pub const FEED_RESULT_ERROR: usize = 500;
/// Longest time that a request for the feed waits for an event.
pub const FEED_WAIT: Duration = Duration::from_secs(25);
/// Most requests of one organization that wait for the feed at a time, on one node.
pub const FEED_WAITERS_PER_ORGANIZATION: usize = 50;
/// Most jobs of one organization that run at a time.
pub const JOBS_PER_ORGANIZATION: usize = 5;
/// How long an old secret stays alive after a rotation when the request names no time.
pub const ROTATION_OVERLAP: Duration = Duration::from_secs(24 * 3600);
/// Longest overlap a rotation may ask for.
pub const ROTATION_OVERLAP_MAX: Duration = Duration::from_secs(7 * 24 * 3600);
/// A webhook that has failed for this long without one success is disabled.
pub const DISABLE_AFTER: Duration = Duration::from_secs(5 * 24 * 3600);
/// How long events, deliveries and attempts are kept.
pub const RETENTION: Duration = Duration::from_secs(30 * 24 * 3600);

/// Most members of one organization, suspended ones included.
pub const MEMBERS_PER_ORGANIZATION: usize = 1_000;
/// Most organizations that one person is a member of.
pub const ORGANIZATIONS_PER_USER: usize = 50;
/// Most invitations of one organization that wait for an answer.
pub const INVITATIONS_PER_ORGANIZATION: usize = 100;
/// Most sessions of one person; the one that was not seen for longest ends for a new one.
pub const SESSIONS_PER_USER: usize = 50;
/// Longest e-mail address of a person who signs in, in bytes.
pub const SIGN_IN_EMAIL: usize = 254;
/// Shortest password, in characters.
pub const PASSWORD_MIN: usize = 12;
/// Longest password, in characters.
pub const PASSWORD_MAX: usize = 256;
/// A session that was not used for this long ends.
pub const SESSION_IDLE: Duration = Duration::from_secs(30 * 60);
/// A session ends after this time, however much it is used.
pub const SESSION_LIFE: Duration = Duration::from_secs(12 * 3600);
/// How long a password that was given counts as fresh.
pub const PASSWORD_FRESH: Duration = Duration::from_secs(5 * 60);
/// How long an invitation, and the link to set an installation up, can be answered.
pub const INVITATION_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a link to reset a password works.
pub const RESET_LIFE: Duration = Duration::from_secs(3600);
/// How long a link that signs in works.
pub const SIGN_IN_LINK_LIFE: Duration = Duration::from_secs(15 * 60);
/// Within this time, so many attempts to sign in are counted together.
pub const SIGN_IN_WINDOW: Duration = Duration::from_secs(15 * 60);
/// Attempts to sign in that may fail for one e-mail address within the window.
pub const SIGN_INS_PER_EMAIL: u32 = 10;
/// Attempts to sign in that may fail from one address of the network within the window.
pub const SIGN_INS_PER_IP: u32 = 50;
/// Longest description of a browser that is kept with a session, in bytes.
pub const USER_AGENT: usize = 255;
/// Between two mails about failures of one webhook.
pub const FAILURE_MAIL_EVERY: Duration = Duration::from_secs(3600);
/// How long a notice of the organization is tried to be sent.
pub const MAIL_LIFE: Duration = Duration::from_secs(24 * 3600);
/// How long it is kept that a mail was sent, and to whom.
pub const MAILS_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How long a mail that is being sent is left alone by others. Longer than sending may take.
pub const MAIL_LEASE: Duration = Duration::from_secs(120);
/// How long figures by the minute are kept.
pub const MINUTES_KEPT: Duration = Duration::from_secs(48 * 3600);
/// How long figures by the hour are kept: the longest window and a day.
pub const HOURS_KEPT: Duration = Duration::from_secs(32 * 24 * 3600);
