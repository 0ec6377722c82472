//! Distributions.

use std::collections::BTreeMap;

use fanfare_app::{Change, DistributionFields, DistributionView, NewDistribution, RuleFields};
use fanfare_model::launch::{
    AuctionRules, Bid, Currency, DistributionKind, DistributionRules, DistributionStatus, Metadata,
    Money,
};
use fanfare_model::{BidId, ConsumerId, DistributionId, ExperienceId, ProductId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A queue, a draw or an auction in an experience.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Distribution)]
pub(crate) struct DistributionJson {
    /// Its id.
    #[schema(value_type = String, example = "dist_01h455vb4pex5vsknk084sn02q")]
    pub(crate) id: DistributionId,
    /// The experience it belongs to.
    #[schema(value_type = String, example = "exp_01h455vb4pex5vsknk084sn02q")]
    experience_id: ExperienceId,
    /// The product it shares out.
    #[schema(value_type = Option<String>, required, example = "prod_01h455vb4pex5vsknk084sn02q")]
    product_id: Option<ProductId>,
    /// Its name.
    #[schema(required, example = "Early access")]
    name: Option<String>,
    /// `queue`, `draw` or `auction`.
    #[serde(rename = "type")]
    #[schema(value_type = DistributionTypeText)]
    kind: DistributionKind,
    /// `SCHEDULED` until it opens, `OPEN` while it takes consumers or bids, then `CLOSED`; a draw
    /// is `DRAWN` and an auction `SETTLED` once their winners are known; `COMPLETED` when nobody
    /// waits and nobody may check out any more, `CANCELLED` with its experience.
    #[schema(value_type = DistributionStatusText)]
    status: DistributionStatus,
    /// When it opens by itself, once its experience is live; `null`: with its experience.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    open_at: Option<Timestamp>,
    /// When it closes by itself; `null`: with its experience.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    close_at: Option<Timestamp>,
    /// How many consumers it takes; who leaves gives a place back. `null`: any number.
    #[schema(required, example = 10_000)]
    capacity: Option<u32>,
    /// How many have joined so far, those who left included.
    joined: u32,
    /// How many participants have each status; statuses that nobody has are left out.
    #[schema(value_type = BTreeMap<String, u32>, example = json!({"QUEUED": 42, "ADMITTED": 8}))]
    participant_counts: BTreeMap<&'static str, u32>,
    /// The rules of its type, and how it stands by them.
    #[serde(flatten)]
    rules: RulesJson,
    /// What you keep with it.
    #[schema(value_type = Option<Object>, required)]
    metadata: Option<Metadata>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed or changed its status.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// The fields of one type of distribution.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = DistributionRules)]
enum RulesJson {
    /// Of a queue.
    #[serde(rename_all = "camelCase")]
    Queue {
        /// How many are admitted per minute by the clock; `null`: only by hand.
        #[schema(required, example = 600)]
        admission_rate: Option<u32>,
        /// For how many seconds an admission holds; `null`: without an end.
        #[schema(required, example = 600)]
        admission_expires_after: Option<u32>,
    },
    /// Of a draw.
    #[serde(rename_all = "camelCase")]
    Draw {
        /// How many win.
        winner_count: u32,
        /// When the winners are selected; `null`: by hand.
        #[schema(value_type = Option<String>, format = DateTime, required)]
        draw_at: Option<Timestamp>,
        /// For how many seconds a selection holds; `null`: without an end.
        #[schema(required, example = 600)]
        selection_expires_after: Option<u32>,
        /// Whether winners whose time ran out, or who left, are replaced.
        replace_expired: bool,
        /// The SHA-256 of the seed that decides the draw, in hex: fixed before anybody entered.
        #[schema(required)]
        commitment: Option<String>,
        /// When the drawing began.
        #[schema(value_type = Option<String>, format = DateTime, required)]
        drawn_at: Option<Timestamp>,
        /// When the first selection was finished: `GET …/draw` shows the seed since then.
        #[schema(value_type = Option<String>, format = DateTime, required)]
        finished_at: Option<Timestamp>,
        /// Winners selected so far, replacements included.
        selected: u32,
    },
    /// Of an auction.
    #[serde(rename_all = "camelCase")]
    Auction {
        /// The currency of all amounts (ISO 4217).
        #[schema(value_type = String, example = "USD")]
        currency_code: Currency,
        /// The least first bid.
        #[schema(value_type = String, example = "100.00")]
        starting_price: Money,
        /// Below this nobody wins; shown to you alone.
        #[schema(value_type = Option<String>, required, example = "250.00")]
        reserve_price: Option<Money>,
        /// How much a bid must be above the highest one.
        #[schema(value_type = String, example = "5.00")]
        minimum_increment: Money,
        /// When the highest bid wins.
        #[schema(value_type = String, format = DateTime)]
        settle_at: Timestamp,
        /// A bid in the last so many seconds moves the end so that as many remain.
        #[schema(required, example = 60)]
        auto_extend_seconds: Option<u32>,
        /// For how many seconds the winner may check out; `null`: without an end.
        #[schema(required, example = 3600)]
        win_expires_after: Option<u32>,
        /// Bids so far.
        bid_count: u32,
        /// The highest bid.
        #[schema(required)]
        highest_bid: Option<HighestBidJson>,
    },
}

/// The highest bid of an auction.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = HighestBid)]
struct HighestBidJson {
    /// The bid.
    #[schema(value_type = String, example = "bid_01h455vb4pex5vsknk084sn02q")]
    id: BidId,
    /// Whose it is.
    #[schema(value_type = String, example = "con_01h455vb4pex5vsknk084sn02q")]
    consumer_id: ConsumerId,
    /// How much.
    #[schema(value_type = String, example = "250.00")]
    amount: Money,
    /// When it was placed.
    #[schema(value_type = String, format = DateTime)]
    placed_at: Timestamp,
}

impl From<Bid> for HighestBidJson {
    fn from(bid: Bid) -> Self {
        Self {
            id: bid.id,
            consumer_id: bid.consumer_id,
            amount: bid.amount,
            placed_at: bid.placed_at,
        }
    }
}

/// What kind of distribution it is.
#[derive(ToSchema)]
#[schema(as = DistributionType, rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
enum DistributionTypeText {
    Queue,
    Draw,
    Auction,
}

/// Where a distribution stands.
#[derive(ToSchema)]
#[schema(as = DistributionStatus, rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
pub(super) enum DistributionStatusText {
    Scheduled,
    Open,
    Closed,
    Drawn,
    Settled,
    Completed,
    Cancelled,
}

impl RulesJson {
    fn of(rules: DistributionRules, commitment: Option<String>) -> Self {
        match rules {
            DistributionRules::Queue(queue) => Self::Queue {
                admission_rate: queue.admission_rate,
                admission_expires_after: queue.admission_expires_after,
            },
            DistributionRules::Draw(draw) => Self::Draw {
                winner_count: draw.winner_count,
                draw_at: draw.draw_at,
                selection_expires_after: draw.selection_expires_after,
                replace_expired: draw.replace_expired,
                commitment,
                drawn_at: draw.state.drawn_at,
                finished_at: draw.state.finished_at,
                selected: draw.state.selected,
            },
            DistributionRules::Auction(auction) => Self::auction(auction),
        }
    }

    fn auction(auction: AuctionRules) -> Self {
        Self::Auction {
            currency_code: auction.currency,
            starting_price: auction.starting_price,
            reserve_price: auction.reserve_price,
            minimum_increment: auction.minimum_increment,
            settle_at: auction.settle_at,
            auto_extend_seconds: auction.auto_extend_seconds,
            win_expires_after: auction.win_expires_after,
            bid_count: auction.bid_count,
            highest_bid: auction.highest.map(Into::into),
        }
    }
}

impl From<DistributionView> for DistributionJson {
    fn from(view: DistributionView) -> Self {
        let commitment = view.commitment();
        let DistributionView { distribution, counts } = view;
        Self {
            id: distribution.id,
            experience_id: distribution.experience_id,
            product_id: distribution.product_id,
            kind: distribution.kind(),
            name: distribution.name,
            status: distribution.status,
            open_at: distribution.open_at,
            close_at: distribution.close_at,
            capacity: distribution.capacity,
            joined: distribution.joined,
            participant_counts: counts
                .into_iter()
                .map(|(status, count)| (status.as_str(), count))
                .collect(),
            rules: RulesJson::of(distribution.rules, commitment),
            metadata: distribution.metadata,
            created_at: distribution.created_at,
            updated_at: distribution.updated_at,
        }
    }
}

/// Declares a body that has the fields of a distribution, after some of its own.
macro_rules! distribution_body {
    ($(#[$meta:meta])* $name:ident { $($head:tt)* }) => {
        #[derive(Deserialize, ToSchema)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        $(#[$meta])*
        pub(crate) struct $name {
            $($head)*
            /// Its name.
            #[serde(default)]
            #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
            name: Change<String>,
            /// The product it shares out. Stays once it has opened.
            #[serde(default)]
            #[schema(value_type = Option<String>)]
            product_id: Change<ProductId>,
            /// When it opens by itself, once its experience is live; left out: with its
            /// experience. Stays once it has opened.
            #[serde(default)]
            #[schema(value_type = Option<String>, format = DateTime)]
            open_at: Change<Timestamp>,
            /// When it closes by itself, after `openAt`; left out: with its experience. Stays
            /// once it has opened.
            #[serde(default)]
            #[schema(value_type = Option<String>, format = DateTime)]
            close_at: Change<Timestamp>,
            /// How many consumers it takes; never fewer than there are.
            #[serde(default)]
            #[schema(value_type = Option<u32>, minimum = 1, maximum = 10_000_000)]
            capacity: Change<i64>,
            /// What you keep with it: at most 16 KiB of JSON.
            #[serde(default)]
            #[schema(value_type = Option<Object>)]
            metadata: Change<Metadata>,
            /// Queue: how many are admitted per minute by the clock; left out: only by hand.
            #[serde(default)]
            #[schema(value_type = Option<u32>, minimum = 1, maximum = 1_000_000)]
            admission_rate: Change<i64>,
            /// Queue: for how many seconds an admission holds. Stays once it has opened, as all
            /// that follow do.
            #[serde(default)]
            #[schema(value_type = Option<u32>, minimum = 1, maximum = 2_592_000)]
            admission_expires_after: Change<i64>,
            /// Draw, which has it: how many win.
            #[serde(default)]
            #[schema(value_type = Option<u32>, minimum = 1, maximum = 10_000_000)]
            winner_count: Change<i64>,
            /// Draw: when the winners are selected, not before `closeAt`; left out: by hand.
            #[serde(default)]
            #[schema(value_type = Option<String>, format = DateTime)]
            draw_at: Change<Timestamp>,
            /// Draw: for how many seconds a selection holds.
            #[serde(default)]
            #[schema(value_type = Option<u32>, minimum = 1, maximum = 2_592_000)]
            selection_expires_after: Change<i64>,
            /// Draw: whether winners whose time ran out, or who left, are replaced.
            #[serde(default)]
            #[schema(value_type = Option<bool>)]
            replace_expired: Change<bool>,
            /// Auction, which has it: the currency of all amounts (ISO 4217).
            #[serde(default)]
            #[schema(value_type = Option<String>)]
            currency_code: Change<Currency>,
            /// Auction, which has it: the least first bid, as a decimal string.
            #[serde(default)]
            #[schema(value_type = Option<String>)]
            starting_price: Change<Money>,
            /// Auction: below this nobody wins.
            #[serde(default)]
            #[schema(value_type = Option<String>)]
            reserve_price: Change<Money>,
            /// Auction: how much a bid must be above the highest one; left out: the currency's
            /// smallest amount.
            #[serde(default)]
            #[schema(value_type = Option<String>)]
            minimum_increment: Change<Money>,
            /// Auction, which has it: when the highest bid wins, not before `closeAt`.
            #[serde(default)]
            #[schema(value_type = Option<String>, format = DateTime)]
            settle_at: Change<Timestamp>,
            /// Auction: a bid in the last so many seconds moves the end so that as many remain.
            #[serde(default)]
            #[schema(value_type = Option<u32>, minimum = 1, maximum = 86_400)]
            auto_extend_seconds: Change<i64>,
            /// Auction: for how many seconds the winner may check out.
            #[serde(default)]
            #[schema(value_type = Option<u32>, minimum = 1, maximum = 2_592_000)]
            win_expires_after: Change<i64>,
        }

        impl $name {
            fn fields(self) -> DistributionFields {
                DistributionFields {
                    name: self.name,
                    product_id: self.product_id,
                    open_at: self.open_at,
                    close_at: self.close_at,
                    capacity: self.capacity,
                    metadata: self.metadata,
                    rules: RuleFields {
                        admission_rate: self.admission_rate,
                        admission_expires_after: self.admission_expires_after,
                        winner_count: self.winner_count,
                        draw_at: self.draw_at,
                        selection_expires_after: self.selection_expires_after,
                        replace_expired: self.replace_expired,
                        currency: self.currency_code,
                        starting_price: self.starting_price,
                        reserve_price: self.reserve_price,
                        minimum_increment: self.minimum_increment,
                        settle_at: self.settle_at,
                        auto_extend_seconds: self.auto_extend_seconds,
                        win_expires_after: self.win_expires_after,
                    },
                }
            }
        }
    };
}

distribution_body! {
    /// A distribution to create. The fields of other types are refused.
    #[schema(as = CreateDistribution, example = json!({
        "experienceId": "exp_01h455vb4pex5vsknk084sn02q",
        "type": "queue",
        "name": "Early access",
        "admissionRate": 600,
        "admissionExpiresAfter": 600
    }))]
    CreateDistributionBody {
        /// The experience it belongs to, which is not over.
        #[schema(value_type = String)]
        experience_id: ExperienceId,
        /// `queue`, `draw` or `auction`; it stays so.
        #[serde(rename = "type")]
        #[schema(value_type = DistributionTypeText)]
        kind: DistributionKind,
    }
}

distribution_body! {
    /// Changes to a distribution. What is left out stays as it is; `null` removes what may be
    /// missing.
    #[schema(as = UpdateDistribution, example = json!({"admissionRate": 1200}))]
    UpdateDistributionBody {}
}

impl From<CreateDistributionBody> for NewDistribution {
    fn from(body: CreateDistributionBody) -> Self {
        Self { experience_id: body.experience_id, kind: body.kind, fields: body.fields() }
    }
}

impl From<UpdateDistributionBody> for DistributionFields {
    fn from(body: UpdateDistributionBody) -> Self {
        body.fields()
    }
}
