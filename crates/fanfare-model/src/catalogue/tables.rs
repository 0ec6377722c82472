//! The tables: which fields the `data` of each event type has.
//!
//! Rules: the ids and the facts a receiver needs to act; names end in `_at` for moments; money is
//! a decimal string beside its `currency_code`. Required is only what no receiver can do without,
//! and what every publisher knows. A deleted consumer's event names nobody. Never in a table:
//! verification codes, admission grants or tokens, geo data, access codes, seeds.

use super::EventType;
use super::field::Example::{Boolean, Integer, Object, Text, Texts};
use super::field::{Field, Kind};
use crate::limits;

const ACTOR_LENGTH: usize = 128;

const CONSUMER_ID: Field =
    Field::id("consumer_id", "con_", "con_123", "The consumer it is about.").required();
const DISTRIBUTION_ID: Field =
    Field::id("distribution_id", "dist_", "dist_456", "The queue, draw, auction or timed release.");
const EXPERIENCE_ID: Field =
    Field::id("experience_id", "exp_", "exp_789", "The experience: the launch as a whole.");
const PRODUCT_ID: Field =
    Field::id("product_id", "prod_", "prod_012", "The product that is launched.").nullable();
const SEQUENCE_ID: Field = Field::id(
    "sequence_id",
    "seq_",
    "seq_345",
    "The sequence, or access path, that led the consumer to the distribution.",
)
.nullable();
const ORDER_ID: Field = Field::id("order_id", "ord_", "ord_678", "The order.");
const EXTERNAL_ORDER_ID: Field = Field::text(
    "external_order_id",
    limits::EXTERNAL_ID,
    "YOUR-ORDER-123",
    "The order's number in the shop that reported it.",
)
.nullable();

const AMOUNT_NOTE: &str = "What the order costs in all, in `currency_code`.";
const ORDERED_AT: Field =
    Field::time("created_at", "2024-06-20T15:35:00Z", "When the order was created.");
const TOTAL_AMOUNT: Field = Field::new("total_amount", Kind::Money, Text("149.99"), AMOUNT_NOTE);
const CURRENCY_CODE: Field = Field::new(
    "currency_code",
    Kind::Currency,
    Text("USD"),
    "The currency of the amount (ISO 4217).",
);

const NAME: Field =
    Field::text("name", limits::NAME, "Summer Drop", "The experience's name.").nullable();
const SLUG: Field = Field::text(
    "slug",
    limits::SLUG,
    "summer-drop",
    "The experience's name as it stands in addresses.",
)
.nullable();
const OPEN_AT: Field =
    Field::time("open_at", "2024-06-20T15:00:00Z", "When it opens, if that is set.").nullable();
const CLOSE_AT: Field =
    Field::time("close_at", "2024-06-20T18:00:00Z", "When it closes, if that is set.").nullable();
const CREATED_AT: Field = Field::time("created_at", "2024-06-20T14:00:00Z", "When it was created.");
const ADMITTED_AT: Field = Field::time(
    "admitted_at",
    "2024-06-20T15:30:00Z",
    "When the consumer was admitted to checkout.",
);
const ENTERED_AT: Field =
    Field::time("entered_at", "2024-06-20T15:02:00Z", "When the consumer joined the distribution.");
const EXPIRES_AT: Field = Field::time(
    "expires_at",
    "2024-06-20T15:40:00Z",
    "Until when the consumer may check out, if there is an end.",
)
.nullable();

const fn distribution_type(words: &'static [&'static str]) -> Field {
    Field::one_of("distribution_type", words, "What kind of distribution it is.")
}

const fn order_status(words: &'static [&'static str]) -> Field {
    Field::one_of("status", words, "The order's status after this event.")
}

const EMAIL: Field =
    Field::new("email", Kind::Email, Text("ada@example.com"), "The consumer's e-mail address.")
        .nullable();
const PHONE: Field = Field::new(
    "phone",
    Kind::Phone,
    Text("+15550100123"),
    "The consumer's phone number, where possible in E.164.",
)
.nullable();
const FULL_NAME: Field =
    Field::text("full_name", limits::NAME, "Ada Lovelace", "The consumer's name.").nullable();
const EXTERNAL_ID: Field = Field::text(
    "external_id",
    limits::EXTERNAL_ID,
    "crm-4711",
    "The consumer's id in the organization's own system.",
)
.nullable();
const METADATA: Field = Field::new(
    "metadata",
    Kind::Object,
    Object(&[("tier", "gold")]),
    "What the organization keeps with the consumer.",
)
.nullable();
const SOURCE: Field = Field::one_of(
    "source",
    &["api", "manual", "import", "klaviyo", "experience_entry"],
    "How the consumer came in.",
)
.nullable();

const CHANGED_FIELDS: Field = Field::new(
    "changed_fields",
    Kind::Array { of: &Kind::Text { max: 64 }, max: 100 },
    Texts(&["email", "metadata"]),
    "Names of the fields that changed.",
);

static CONSUMER_CREATED: [Field; 8] =
    [CONSUMER_ID, EMAIL, PHONE, FULL_NAME, EXTERNAL_ID, METADATA, SOURCE, CREATED_AT];

static CONSUMER_UPDATED: [Field; 10] = [
    CONSUMER_ID,
    EMAIL,
    PHONE,
    FULL_NAME,
    EXTERNAL_ID,
    METADATA,
    SOURCE,
    CREATED_AT,
    Field::time("updated_at", "2024-06-20T15:30:00Z", "When it was updated."),
    CHANGED_FIELDS,
];

static CONSUMER_DELETED: [Field; 3] = [
    CONSUMER_ID,
    EXTERNAL_ID,
    Field::time("deleted_at", "2024-06-20T15:30:00Z", "When the consumer was removed."),
];

static EXPERIENCE_CREATED: [Field; 10] = [
    EXPERIENCE_ID.required(),
    NAME,
    SLUG,
    Field::one_of("status", &["draft", "scheduled", "active"], "The experience's status."),
    OPEN_AT,
    CLOSE_AT,
    Field::text(
        "time_zone",
        limits::TIME_ZONE,
        "Europe/Paris",
        "The time zone of its dates (IANA).",
    )
    .nullable(),
    Field::new(
        "product_ids",
        Kind::Array { of: &Kind::Id("prod_"), max: 1_000 },
        Texts(&["prod_012"]),
        "The products that are launched.",
    ),
    Field::text("created_by", ACTOR_LENGTH, "usr_901", "Who created it.").nullable(),
    CREATED_AT,
];

static EXPERIENCE_ACTIVATED: [Field; 7] = [
    EXPERIENCE_ID.required(),
    NAME,
    SLUG,
    Field::one_of("status", &["active"], "The experience's status."),
    OPEN_AT,
    CLOSE_AT,
    Field::time("activated_at", "2024-06-20T15:00:00Z", "When it went live."),
];

static EXPERIENCE_COMPLETED: [Field; 6] = [
    EXPERIENCE_ID.required(),
    NAME,
    Field::one_of("status", &["completed"], "The experience's status."),
    CLOSE_AT,
    Field::time("completed_at", "2024-06-20T18:00:00Z", "When it was over."),
    Field::one_of(
        "reason",
        &["closed", "ended_early"],
        "Whether it closed at its time or was ended before.",
    ),
];

static EXPERIENCE_CANCELLED: [Field; 6] = [
    EXPERIENCE_ID.required(),
    NAME,
    Field::one_of("status", &["cancelled"], "The experience's status."),
    Field::one_of(
        "previous_status",
        &["scheduled", "draft", "active", "paused"],
        "The status it was cancelled in.",
    ),
    Field::time("cancelled_at", "2024-06-20T14:30:00Z", "When it was cancelled."),
    Field::text("cancelled_by", ACTOR_LENGTH, "usr_901", "Who cancelled it.").nullable(),
];

static DISTRIBUTION_JOINED: [Field; 9] = [
    CONSUMER_ID,
    DISTRIBUTION_ID.required(),
    EXPERIENCE_ID.required(),
    PRODUCT_ID,
    distribution_type(&["queue", "draw"]),
    SEQUENCE_ID,
    Field::one_of(
        "status",
        &["QUEUED", "ENTERED"],
        "The participant's status: `QUEUED` in a queue, `ENTERED` in a draw.",
    ),
    Field::new(
        "position",
        Kind::Integer { min: 0 },
        Integer(42),
        "The consumer's place in the queue; null in a draw.",
    )
    .nullable(),
    Field::time("joined_at", "2024-06-20T15:30:00Z", "When the consumer joined."),
];

static DISTRIBUTION_ADMITTED: [Field; 10] = [
    CONSUMER_ID,
    DISTRIBUTION_ID.required(),
    EXPERIENCE_ID.required(),
    PRODUCT_ID,
    distribution_type(&["queue"]),
    SEQUENCE_ID,
    ENTERED_AT,
    ADMITTED_AT,
    EXPIRES_AT,
    Field::new(
        "wait_time_seconds",
        Kind::Integer { min: 0 },
        Integer(1_680),
        "How long the consumer waited, in seconds.",
    ),
];

static DISTRIBUTION_WINNER_SELECTED: [Field; 10] = [
    CONSUMER_ID,
    DISTRIBUTION_ID.required(),
    EXPERIENCE_ID.required(),
    PRODUCT_ID,
    distribution_type(&["draw"]),
    SEQUENCE_ID,
    ENTERED_AT,
    Field::time("selected_at", "2024-06-20T15:30:00Z", "When the winner was selected."),
    EXPIRES_AT,
    Field::new(
        "is_backfill",
        Kind::Boolean,
        Boolean(false),
        "Whether the winner replaces one whose time ran out.",
    ),
];

static DISTRIBUTION_BID_PLACED: [Field; 13] = [
    CONSUMER_ID,
    DISTRIBUTION_ID.required(),
    EXPERIENCE_ID.required(),
    PRODUCT_ID,
    distribution_type(&["auction"]),
    SEQUENCE_ID,
    Field::id("bid_id", "bid_", "bid_234", "The bid.").required(),
    Field::new("amount", Kind::Money, Text("250.00"), "What was bid, in `currency_code`.")
        .required(),
    CURRENCY_CODE.required(),
    Field::new(
        "bid_count",
        Kind::Integer { min: 0 },
        Integer(17),
        "How many bids the auction has, this one included.",
    ),
    Field::one_of("bid_status", &["WINNING", "ACTIVE", "OUTBID"], "How the bid stands."),
    Field::new("is_highest", Kind::Boolean, Boolean(true), "Whether no bid is higher."),
    Field::time("placed_at", "2024-06-20T15:30:00Z", "When the bid was placed."),
];

static DISTRIBUTION_COMPLETED: [Field; 12] = [
    CONSUMER_ID,
    DISTRIBUTION_ID.required(),
    EXPERIENCE_ID.required(),
    PRODUCT_ID,
    distribution_type(&["queue", "draw", "auction", "timed_release"]),
    SEQUENCE_ID,
    ORDER_ID.nullable(),
    EXTERNAL_ORDER_ID,
    Field::new("order_amount", Kind::Money, Text("149.99"), AMOUNT_NOTE),
    CURRENCY_CODE,
    ADMITTED_AT.nullable(),
    Field::time("completed_at", "2024-06-20T15:36:00Z", "When the consumer completed checkout."),
];

static ORDER_CREATED: [Field; 10] = [
    ORDER_ID.required(),
    EXTERNAL_ORDER_ID,
    CONSUMER_ID,
    DISTRIBUTION_ID.nullable(),
    EXPERIENCE_ID.nullable(),
    PRODUCT_ID,
    order_status(&["created", "paid"]),
    TOTAL_AMOUNT.required(),
    CURRENCY_CODE.required(),
    ORDERED_AT,
];

static ORDER_PAID: [Field; 13] = [
    ORDER_ID.required(),
    EXTERNAL_ORDER_ID,
    CONSUMER_ID,
    DISTRIBUTION_ID.nullable(),
    EXPERIENCE_ID.nullable(),
    PRODUCT_ID,
    order_status(&["paid"]),
    TOTAL_AMOUNT.required(),
    CURRENCY_CODE.required(),
    ORDERED_AT,
    Field::time("paid_at", "2024-06-20T15:36:00Z", "When the payment was confirmed."),
    Field::text("payment_provider", limits::PAYMENT_PROVIDER, "stripe", "Who took the payment.")
        .nullable(),
    Field::text(
        "payment_reference",
        limits::PAYMENT_REFERENCE,
        "pi_567",
        "The payment's id at the provider.",
    )
    .nullable(),
];

static ORDER_FULFILLED: [Field; 14] = [
    ORDER_ID.required(),
    EXTERNAL_ORDER_ID,
    CONSUMER_ID,
    DISTRIBUTION_ID.nullable(),
    EXPERIENCE_ID.nullable(),
    PRODUCT_ID,
    order_status(&["fulfilled"]),
    TOTAL_AMOUNT,
    CURRENCY_CODE,
    ORDERED_AT,
    Field::time("fulfilled_at", "2024-06-22T09:00:00Z", "When it was marked as fulfilled."),
    Field::text("tracking_carrier", limits::TRACKING_CARRIER, "DHL", "Who carries the parcel.")
        .nullable(),
    Field::text("tracking_number", limits::TRACKING_NUMBER, "JD0146000034", "The parcel's number.")
        .nullable(),
    Field::text(
        "tracking_url",
        limits::URL,
        "https://carrier.example/track/JD0146000034",
        "Where the parcel can be followed.",
    )
    .nullable(),
];

static ORDER_CANCELLED: [Field; 13] = [
    ORDER_ID.required(),
    EXTERNAL_ORDER_ID,
    CONSUMER_ID,
    DISTRIBUTION_ID.nullable(),
    EXPERIENCE_ID.nullable(),
    PRODUCT_ID,
    order_status(&["cancelled"]),
    Field::one_of("previous_status", &["created", "paid"], "The status it was cancelled in."),
    TOTAL_AMOUNT,
    CURRENCY_CODE,
    ORDERED_AT,
    Field::time("cancelled_at", "2024-06-20T16:00:00Z", "When it was cancelled."),
    Field::text(
        "cancel_reason",
        limits::CANCEL_REASON,
        "Refund requested",
        "Why it was cancelled.",
    )
    .nullable(),
];

const REPORTED_ID: Field =
    Field::id("webhook_id", "whk_", "whk_123", "The webhook it is about.").required();
const WEBHOOK_DESCRIPTION: Field = Field::text(
    "webhook_description",
    limits::DESCRIPTION,
    "Fulfilment",
    "What people call the webhook, if they call it something.",
)
.nullable();

const fn webhook_status(words: &'static [&'static str]) -> Field {
    Field::one_of("status", words, "The webhook's status after it.")
}

static WEBHOOK_FAILED: [Field; 6] = [
    REPORTED_ID,
    WEBHOOK_DESCRIPTION,
    webhook_status(&["failed"]),
    Field::id("delivery_id", "dlv_", "dlv_456", "The delivery that was given up."),
    Field::id("event_id", "wh_evt_", "wh_evt_789", "The event it would have delivered."),
    Field::time("failed_at", "2024-06-20T15:30:00Z", "When it was given up."),
];

static WEBHOOK_RECOVERED: [Field; 4] = [
    REPORTED_ID,
    WEBHOOK_DESCRIPTION,
    webhook_status(&["active"]),
    Field::time("recovered_at", "2024-06-20T15:45:00Z", "When a delivery succeeded again."),
];

static WEBHOOK_DISABLED: [Field; 5] = [
    REPORTED_ID,
    WEBHOOK_DESCRIPTION,
    webhook_status(&["disabled"]),
    Field::one_of(
        "reason",
        &["failing", "gone"],
        "Why: nothing but failures for too long, or the receiver answered 410.",
    ),
    Field::time("disabled_at", "2024-06-25T15:30:00Z", "When it was disabled."),
];

/// The table of an event type. At most 32 fields, since the check notes in 32 bits which of
/// them it has seen.
pub(super) const fn fields(event_type: EventType) -> &'static [Field] {
    match event_type {
        EventType::ConsumerCreated => &CONSUMER_CREATED,
        EventType::ConsumerUpdated => &CONSUMER_UPDATED,
        EventType::ConsumerDeleted => &CONSUMER_DELETED,
        EventType::ExperienceCreated => &EXPERIENCE_CREATED,
        EventType::ExperienceActivated => &EXPERIENCE_ACTIVATED,
        EventType::ExperienceCompleted => &EXPERIENCE_COMPLETED,
        EventType::ExperienceCancelled => &EXPERIENCE_CANCELLED,
        EventType::DistributionJoined => &DISTRIBUTION_JOINED,
        EventType::DistributionAdmitted => &DISTRIBUTION_ADMITTED,
        EventType::DistributionWinnerSelected => &DISTRIBUTION_WINNER_SELECTED,
        EventType::DistributionBidPlaced => &DISTRIBUTION_BID_PLACED,
        EventType::DistributionCompleted => &DISTRIBUTION_COMPLETED,
        EventType::OrderCreated => &ORDER_CREATED,
        EventType::OrderPaid => &ORDER_PAID,
        EventType::OrderFulfilled => &ORDER_FULFILLED,
        EventType::OrderCancelled => &ORDER_CANCELLED,
        EventType::WebhookFailed => &WEBHOOK_FAILED,
        EventType::WebhookRecovered => &WEBHOOK_RECOVERED,
        EventType::WebhookDisabled => &WEBHOOK_DISABLED,
    }
}
