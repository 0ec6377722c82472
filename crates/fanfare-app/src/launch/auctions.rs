//! Auctions: bids one after the other, and who wins.
//!
//! **Promises.** Bids of an auction are taken one at a time, in the order of commits. Each one
//! taken is the highest: at least the starting price, then at least the highest bid and the
//! minimum increment, so of two equal bids the first stands and the second is refused. The refusal
//! says what the least acceptable amount is. A bid in the last `autoExtendSeconds` moves the end,
//! so that this much time remains to answer it. When the auction is settled the highest bid wins if it
//! reaches the reserve price; all others have lost.

use std::time::Duration;

use fanfare_model::launch::machine::{DistributionMove, ParticipantMove};
use fanfare_model::launch::{
    AuctionRules, Bid, BidStatus, Currency, Distribution, DistributionRules, Money, Participant,
    ParticipantStatus,
};
use fanfare_model::{ConsumerId, DistributionId, EventType, Scope, Timestamp};
use fanfare_store::{Page, PageRequest};
use serde_json::json;

use super::distributions::{DistributionView, not_found};
use super::joining::{need_open, need_place, newcomer, was_here};
use super::tending::{STEP, end, experience_of, make, tend};
use super::{Step, Stop, told};
use crate::complaints::Complaints;
use crate::{App, AppError, Caller, ErrorCode};

/// A bid to place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceBid {
    /// Who bids.
    pub consumer_id: ConsumerId,
    /// How much, with at most the decimals of the auction's currency.
    pub amount: Money,
    /// The auction's currency, for those who want it checked.
    pub currency: Option<Currency>,
}

/// A bid as its auction has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BidView {
    /// The bid.
    pub bid: Bid,
    /// In which currency.
    pub currency: Currency,
    /// Whether it is the highest.
    pub status: BidStatus,
}

impl App {
    /// Places a bid, or raises the consumer's own. Needs `distributions:write`. The first bid
    /// makes the consumer a participant.
    pub async fn place_bid(
        &self,
        caller: &Caller,
        id: DistributionId,
        place: PlaceBid,
    ) -> Result<BidView, AppError> {
        caller.require(Scope::DistributionsWrite)?;
        self.transact(caller, move |step| {
            let found = step.tx.distribution(id)?;
            let mut auction = found.ok_or_else(not_found)?;
            rules(&auction)?;
            need_open(step, &mut auction)?;
            judge(step, &auction, &place)?;
            let bid = take(step, auction, &place)?;
            let about = ("distribution.bid_placed", "distribution", id);
            let told = json!({ "bidId": bid.bid.id, "consumerId": bid.bid.consumer_id });
            step.tell_of_person(about, None, Some(&told))?;
            Ok(bid)
        })
        .await
    }

    /// The bids of an auction by number, newest first unless the page says otherwise. Needs
    /// `distributions:read`. A cursor is a bid's number.
    pub async fn bids(
        &self,
        caller: &Caller,
        id: DistributionId,
        page: PageRequest,
    ) -> Result<Page<BidView>, AppError> {
        caller.require(Scope::DistributionsRead)?;
        let organization = caller.organization_id;
        // The bids first: what is the highest of them may only have become lower since.
        let page = self.store().bids(organization, id, page).await?.ok_or_else(not_found)?;
        let (auction, _) =
            self.store().distribution(organization, id).await?.ok_or_else(not_found)?;
        let rules = rules(&auction)?;
        let (currency, highest) = (rules.currency, rules.highest.map(|bid| bid.number));
        let view = |bid: Bid| {
            let leads = highest == Some(bid.number);
            let status = if leads { BidStatus::Winning } else { BidStatus::Outbid };
            BidView { bid, currency, status }
        };
        Ok(Page { items: page.items.into_iter().map(view).collect(), has_more: page.has_more })
    }

    /// Ends an auction now: the highest bid wins, if it reaches the reserve price. Needs
    /// `distributions:write`.
    pub async fn settle(
        &self,
        caller: &Caller,
        id: DistributionId,
    ) -> Result<DistributionView, AppError> {
        caller.require(Scope::DistributionsWrite)?;
        self.transact(caller, move |step| {
            let found = step.tx.distribution(id)?;
            let before = found.ok_or_else(not_found)?;
            let mut auction = before.clone();
            rules(&auction)?;
            let experience = experience_of(step, &auction)?;
            make(step, &mut auction, DistributionMove::Settle)?;
            tend(step, &mut auction, &experience, STEP)?;
            step.tx.put_distribution(&auction)?;
            step.wake_clock();
            let about = ("distribution.settled", "distribution", id);
            step.tell_of_person(about, Some(&before), Some(&auction))
        })
        .await?;
        self.find_distribution(caller, id).await
    }
}

/// The rules of an auction; a refusal for other kinds.
fn rules(distribution: &Distribution) -> Result<&AuctionRules, AppError> {
    match &distribution.rules {
        DistributionRules::Auction(rules) => Ok(rules),
        DistributionRules::Queue(_) | DistributionRules::Draw(_) => {
            let kind = distribution.kind();
            let message =
                format!("this distribution is of type {kind}; only an auction takes bids");
            Err(AppError::new(ErrorCode::Conflict, message))
        }
    }
}

/// Refuses a bid that cannot be taken.
fn judge(step: &mut Step<'_>, auction: &Distribution, place: &PlaceBid) -> Result<(), Stop> {
    let (rules, amount) = (rules(auction)?, place.amount);
    if rules.settle_at <= step.now {
        let message = format!("bidding ended at {}", rules.settle_at);
        return Err(AppError::new(ErrorCode::Conflict, message).into());
    }
    let mut complaints = Complaints::default();
    if place.currency.is_some_and(|given| given != rules.currency) {
        complaints
            .add("currencyCode", format!("must be {}, the auction's currency", rules.currency));
    }
    complaints.decimals("amount", amount, rules.currency);
    complaints.judge()?;
    let least = match rules.highest {
        None => Some(rules.starting_price),
        Some(highest) => highest.amount.plus(rules.minimum_increment),
    };
    match least {
        Some(least) if amount >= least => {}
        Some(least) => {
            let message = format!("must be at least {least} {}", rules.currency);
            return Err(AppError::invalid_field("amount", message).into());
        }
        None => {
            let message = "no amount is high enough: the highest bid is as high as amounts can be";
            return Err(AppError::new(ErrorCode::Conflict, message).into());
        }
    }
    match step.tx.participant(auction.id, place.consumer_id)? {
        Some(known) if known.status.is_waiting() => Ok(()),
        Some(known) => Err(was_here(&known).into()),
        None => {
            step.need_consumer("consumerId", place.consumer_id)?;
            need_place(step, auction)
        }
    }
}

/// Takes a bid that was judged.
fn take(step: &mut Step<'_>, mut auction: Distribution, place: &PlaceBid) -> Result<BidView, Stop> {
    let (consumer, amount) = (place.consumer_id, place.amount);
    let rules = rules(&auction)?;
    let currency = rules.currency;
    let bid = Bid {
        id: step.id(),
        distribution_id: auction.id,
        consumer_id: consumer,
        amount,
        number: rules.bid_count + 1,
        placed_at: step.now,
    };
    if let Some(before) = rules.highest.filter(|before| before.consumer_id != consumer)
        && let Some(mut other) = step.tx.participant(auction.id, before.consumer_id)?
    {
        other.status = step.moved(other.status, ParticipantMove::Outbid)?;
        other.updated_at = step.now;
        step.tx.put_participant(&other)?;
    }
    lead(step, &mut auction, consumer, amount)?;
    step.tx.put_bid(&bid)?;
    if let DistributionRules::Auction(rules) = &mut auction.rules {
        rules.bid_count = bid.number;
        rules.highest = Some(bid);
    }
    extend(&mut auction, step.now);
    step.tx.put_distribution(&auction)?;
    let mut data = told::core(&auction, consumer);
    data["bid_id"] = json!(bid.id);
    data["amount"] = json!(amount);
    data["currency_code"] = json!(currency);
    data["bid_count"] = json!(bid.number);
    data["bid_status"] = json!(BidStatus::Winning);
    data["is_highest"] = json!(true);
    data["placed_at"] = json!(bid.placed_at);
    step.emit(EventType::DistributionBidPlaced, &data)?;
    Ok(BidView { bid, currency, status: BidStatus::Winning })
}

/// The bidder holds the highest bid now.
fn lead(
    step: &mut Step<'_>,
    auction: &mut Distribution,
    consumer: ConsumerId,
    amount: Money,
) -> Result<(), Stop> {
    let participant = match step.tx.participant(auction.id, consumer)? {
        Some(known) if known.status == ParticipantStatus::Winning => {
            Participant { amount: Some(amount), updated_at: step.now, ..known }
        }
        Some(known) => Participant {
            status: step.moved(known.status, ParticipantMove::Lead)?,
            amount: Some(amount),
            updated_at: step.now,
            ..known
        },
        None => {
            auction.joined += 1;
            Participant {
                status: ParticipantStatus::Winning,
                amount: Some(amount),
                ..newcomer(step, auction, consumer)
            }
        }
    };
    Ok(step.tx.put_participant(&participant)?)
}

/// Moves the end of bidding when too little time remains.
fn extend(auction: &mut Distribution, now: Timestamp) {
    let DistributionRules::Auction(rules) = &mut auction.rules else { return };
    let Some(seconds) = rules.auto_extend_seconds else { return };
    let end = now + Duration::from_secs(seconds.into());
    if rules.settle_at < end {
        rules.settle_at = end;
        auction.close_at = auction.close_at.map(|at| at.max(end));
    }
}

/// Finds the winner, at the settlement.
pub(crate) fn settle(step: &mut Step<'_>, auction: &mut Distribution) -> Result<(), Stop> {
    let rules = rules(auction)?;
    let Some(highest) = rules.highest else { return Ok(()) };
    let reached = rules.reserve_price.is_none_or(|reserve| highest.amount >= reserve);
    let holds = rules.win_expires_after;
    let Some(mut first) = step.tx.participant(auction.id, highest.consumer_id)? else {
        return Ok(());
    };
    if !reached {
        return end(step, &mut first, ParticipantMove::Lose);
    }
    first.status = step.moved(first.status, ParticipantMove::Win)?;
    first.granted_at = Some(step.now);
    first.expires_at = holds.map(|seconds| step.now + Duration::from_secs(seconds.into()));
    first.updated_at = step.now;
    Ok(step.tx.put_participant(&first)?)
}
