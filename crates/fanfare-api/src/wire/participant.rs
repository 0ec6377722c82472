//! Participants: one consumer in one distribution.

use fanfare_app::{AdmitInput, CompleteInput};
use fanfare_model::launch::{Currency, DistributionKind, Money, Participant, ParticipantStatus};
use fanfare_model::{ConsumerId, DistributionId, OrderId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One consumer in one distribution.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Participant)]
pub(crate) struct ParticipantJson {
    /// Where.
    #[schema(value_type = String, example = "dist_01h455vb4pex5vsknk084sn02q")]
    distribution_id: DistributionId,
    /// Who.
    #[schema(value_type = String, example = "con_01h455vb4pex5vsknk084sn02q")]
    consumer_id: ConsumerId,
    /// In a queue `QUEUED`, then `ADMITTED`; in a draw `ENTERED`, then `SELECTED`; in an auction
    /// `WINNING` or `OUTBID`, then `WON`. `LOST`: got nothing. `COMPLETED`: has checked out.
    /// `EXPIRED`: did not check out in time. `LEFT`: left, for good.
    #[schema(value_type = ParticipantStatusText)]
    status: ParticipantStatus,
    /// The how-manyeth to join, from 1: the place in the line of a queue.
    position: u32,
    /// When the consumer joined, entered or first bid.
    #[schema(value_type = String, format = DateTime)]
    joined_at: Timestamp,
    /// What there is in a distribution of its type.
    #[serde(flatten)]
    granted: GrantedJson,
    /// Until when the consumer may check out; `null` without an end.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    expires_at: Option<Timestamp>,
    /// When the consumer checked out.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    completed_at: Option<Timestamp>,
    /// When it was over: by checking out, running out of time, losing or leaving.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    ended_at: Option<Timestamp>,
    /// The order that completed it.
    #[schema(value_type = Option<String>, required, example = "ord_01h455vb4pex5vsknk084sn02q")]
    order_id: Option<OrderId>,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// What participants of one type of distribution have.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = ParticipantGrant)]
enum GrantedJson {
    /// In a queue.
    #[serde(rename_all = "camelCase")]
    Queue {
        /// When the consumer was let through.
        #[schema(value_type = Option<String>, format = DateTime, required)]
        admitted_at: Option<Timestamp>,
    },
    /// In a draw.
    #[serde(rename_all = "camelCase")]
    Draw {
        /// When the consumer was selected.
        #[schema(value_type = Option<String>, format = DateTime, required)]
        selected_at: Option<Timestamp>,
        /// Whether the selection replaces one that ran out or left.
        is_backfill: bool,
    },
    /// In an auction.
    #[serde(rename_all = "camelCase")]
    Auction {
        /// When the consumer won.
        #[schema(value_type = Option<String>, format = DateTime, required)]
        won_at: Option<Timestamp>,
        /// The highest amount the consumer has bid.
        #[schema(value_type = Option<String>, required, example = "250.00")]
        amount: Option<Money>,
    },
}

/// Where a consumer stands in a distribution.
#[derive(ToSchema)]
#[schema(as = ParticipantStatus, rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
pub(super) enum ParticipantStatusText {
    Queued,
    Admitted,
    Entered,
    Selected,
    Winning,
    Outbid,
    Won,
    Lost,
    Completed,
    Expired,
    Left,
}

impl From<Participant> for ParticipantJson {
    fn from(participant: Participant) -> Self {
        let granted_at = participant.granted_at;
        let completed = participant.status == ParticipantStatus::Completed;
        Self {
            distribution_id: participant.distribution_id,
            consumer_id: participant.consumer_id,
            status: participant.status,
            position: participant.number,
            joined_at: participant.joined_at,
            granted: match participant.kind() {
                DistributionKind::Queue => GrantedJson::Queue { admitted_at: granted_at },
                DistributionKind::Draw => GrantedJson::Draw {
                    selected_at: granted_at,
                    is_backfill: participant.is_backfill,
                },
                DistributionKind::Auction => {
                    GrantedJson::Auction { won_at: granted_at, amount: participant.amount }
                }
            },
            expires_at: participant.expires_at,
            completed_at: participant.ended_at.filter(|_| completed),
            ended_at: participant.ended_at,
            order_id: participant.order_id,
            updated_at: participant.updated_at,
        }
    }
}

/// Who joins.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Join, example = json!({"consumerId": "con_01h455vb4pex5vsknk084sn02q"}))]
pub(crate) struct JoinBody {
    /// The consumer.
    #[schema(value_type = String)]
    pub(crate) consumer_id: ConsumerId,
}

/// Many who join, in this order.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = JoinMany, example = json!({"consumerIds": ["con_01h455vb4pex5vsknk084sn02q"]}))]
pub(crate) struct JoinManyBody {
    /// 1 to 1,000 consumers.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 1000)]
    pub(crate) consumer_ids: Vec<ConsumerId>,
}

/// Whom to admit: a count or names, not both.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = Admit, example = json!({"count": 50}))]
pub(crate) struct AdmitBody {
    /// So many, the first in line.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 1000)]
    count: Option<i64>,
    /// These, in this order: 1 to 1,000.
    #[serde(default)]
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 1000)]
    consumer_ids: Option<Vec<ConsumerId>>,
}

impl AdmitBody {
    /// Whom to admit, or why that is not clear.
    pub(crate) fn input(self) -> Result<AdmitInput, &'static str> {
        match (self.count, self.consumer_ids) {
            (Some(count), None) => Ok(AdmitInput::Count(count)),
            (None, Some(ids)) => Ok(AdmitInput::Consumers(ids)),
            (None, None) => Err("is required, or `consumerIds`"),
            (Some(_), Some(_)) => Err("cannot be given together with `consumerIds`"),
        }
    }
}

/// With what a checkout ended, as far as it is to be told: an order that is here, or the number
/// and amount of one that is not.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CompleteParticipant, example = json!({
    "externalOrderId": "YOUR-ORDER-123", "orderAmount": "149.99", "currencyCode": "USD"
}))]
pub(crate) struct CompleteBody {
    /// An order of the consumer; nothing else is given then.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    order_id: Option<OrderId>,
    /// The order's number in the shop.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    external_order_id: Option<String>,
    /// What it costs in all, as a decimal string, together with its currency.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    order_amount: Option<Money>,
    /// In which currency (ISO 4217).
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    currency_code: Option<Currency>,
}

impl From<CompleteBody> for CompleteInput {
    fn from(body: CompleteBody) -> Self {
        Self {
            order_id: body.order_id,
            external_order_id: body.external_order_id,
            order_amount: body.order_amount,
            currency: body.currency_code,
        }
    }
}
