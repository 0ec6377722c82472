//! Bids.

use fanfare_app::{BidView, PlaceBid};
use fanfare_model::launch::{BidStatus, Currency, Money};
use fanfare_model::{BidId, ConsumerId, DistributionId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A bid that was taken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Bid)]
pub(crate) struct BidJson {
    /// Its id.
    #[schema(value_type = String, example = "bid_01h455vb4pex5vsknk084sn02q")]
    id: BidId,
    /// The auction.
    #[schema(value_type = String, example = "dist_01h455vb4pex5vsknk084sn02q")]
    distribution_id: DistributionId,
    /// Who bid.
    #[schema(value_type = String, example = "con_01h455vb4pex5vsknk084sn02q")]
    consumer_id: ConsumerId,
    /// How much, as a decimal string.
    #[schema(value_type = String, example = "250.00")]
    amount: Money,
    /// In which currency (ISO 4217).
    #[schema(value_type = String, example = "USD")]
    currency_code: Currency,
    /// The how-manyeth of its auction, from 1.
    number: u32,
    /// `WINNING` for the highest, `OUTBID` for every other one.
    #[schema(value_type = BidStatusText)]
    status: BidStatus,
    /// When it was placed.
    #[schema(value_type = String, format = DateTime)]
    placed_at: Timestamp,
}

/// How a bid stands.
#[derive(ToSchema)]
#[schema(as = BidStatus, rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
enum BidStatusText {
    Winning,
    Outbid,
}

impl From<BidView> for BidJson {
    fn from(BidView { bid, currency, status }: BidView) -> Self {
        Self {
            id: bid.id,
            distribution_id: bid.distribution_id,
            consumer_id: bid.consumer_id,
            amount: bid.amount,
            currency_code: currency,
            number: bid.number,
            status,
            placed_at: bid.placed_at,
        }
    }
}

/// A bid to place.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PlaceBid, example = json!({
    "consumerId": "con_01h455vb4pex5vsknk084sn02q", "amount": "250.00", "currencyCode": "USD"
}))]
pub(crate) struct PlaceBidBody {
    /// Who bids.
    #[schema(value_type = String)]
    consumer_id: ConsumerId,
    /// How much, as a decimal string: at least the starting price, or the highest bid and the
    /// minimum increment. The refusal of a lower one says the least that is acceptable.
    #[schema(value_type = String)]
    amount: Money,
    /// The auction's currency, to have it checked.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    currency_code: Option<Currency>,
}

impl From<PlaceBidBody> for PlaceBid {
    fn from(body: PlaceBidBody) -> Self {
        Self { consumer_id: body.consumer_id, amount: body.amount, currency: body.currency_code }
    }
}
