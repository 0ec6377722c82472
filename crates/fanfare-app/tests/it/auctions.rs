//! Auctions: bids one after the other, extensions, and who wins.

use std::time::Duration;

use fanfare_app::{
    BidView, Change, CompleteInput, DistributionFields, ErrorCode, PlaceBid, RuleFields,
};
use fanfare_model::launch::{
    BidStatus, DistributionKind, DistributionRules, DistributionStatus, ParticipantStatus,
};
use fanfare_model::{ConsumerId, DistributionId, EventType, Timestamp};
use fanfare_store::PageRequest;
use serde_json::json;

use crate::stage::{SECOND, Stage};
use crate::told::hold;
use crate::world::{code, field};

use ParticipantStatus::{Lost, Outbid, Winning, Won};

fn rules(settle_at: Timestamp) -> RuleFields {
    RuleFields {
        currency: Change::Set("EUR".parse().unwrap()),
        starting_price: Change::Set("100".parse().unwrap()),
        reserve_price: Change::Set("200".parse().unwrap()),
        minimum_increment: Change::Set("5.00".parse().unwrap()),
        settle_at: Change::Set(settle_at),
        auto_extend_seconds: Change::Set(60),
        win_expires_after: Change::Set(600),
        ..RuleFields::default()
    }
}

/// An auction that is settled in an hour.
async fn auction(stage: &Stage) -> DistributionId {
    let rules = rules(stage.now() + 3_600 * SECOND);
    stage.with_rules(DistributionKind::Auction, rules).await
}

fn bid(consumer_id: ConsumerId, amount: &str) -> PlaceBid {
    PlaceBid { consumer_id, amount: amount.parse().unwrap(), currency: None }
}

async fn placed(stage: &Stage, id: DistributionId, who: ConsumerId, amount: &str) -> BidView {
    stage.world.app.place_bid(&stage.world.caller, id, bid(who, amount)).await.unwrap()
}

async fn settle_at(stage: &Stage, id: DistributionId) -> Timestamp {
    match stage.view(id).await.distribution.rules {
        DistributionRules::Auction(rules) => rules.settle_at,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_bid_is_higher_than_the_one_before_and_a_refusal_says_by_how_much() {
    let stage = Stage::new().await;
    let id = auction(&stage).await;
    let who = stage.consumers(3).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    let refused = async |place: PlaceBid, least: &str| {
        let error = app.place_bid(caller, id, place).await.unwrap_err();
        assert_eq!(error.details()[0].field, "amount");
        assert!(error.details()[0].message.contains(least), "{:?}", error.details());
    };
    refused(bid(who[0], "99.99"), "at least 100 EUR").await;
    let first = placed(&stage, id, who[0], "100").await;
    assert_eq!((first.bid.number, first.status), (1, BidStatus::Winning));
    refused(bid(who[1], "100"), "at least 105.00 EUR").await;
    refused(bid(who[1], "104.99"), "at least 105.00 EUR").await;
    refused(bid(who[1], "105.001"), "at most 2 decimals").await;
    let second = placed(&stage, id, who[1], "105").await;
    assert_eq!(stage.participant(id, who[0]).await.status, Outbid);
    refused(bid(who[0], "0"), "at least 110.00 EUR").await;
    // One's own bid may be raised, by the same rule.
    refused(bid(who[1], "106"), "at least 110.00 EUR").await;
    placed(&stage, id, who[1], "110.00").await;
    assert_eq!(stage.participant(id, who[1]).await.status, Winning);
    placed(&stage, id, who[0], "115").await;
    let statuses = [who[0], who[1]].map(|one| stage.participant(id, one));
    let [leads, outbid] = statuses;
    assert_eq!((leads.await.status, outbid.await.status), (Winning, Outbid));

    let page = app.bids(caller, id, PageRequest::default()).await.unwrap();
    let shown: Vec<_> =
        page.items.iter().map(|view| (view.bid.amount.to_string(), view.status)).collect();
    let (winning, outbid) = (BidStatus::Winning, BidStatus::Outbid);
    let amounts = ["115", "110.00", "105", "100"].map(str::to_owned);
    assert!(shown.into_iter().eq(amounts.into_iter().zip([winning, outbid, outbid, outbid])));
    let told = stage.told(EventType::DistributionBidPlaced).await;
    assert_eq!(told.len(), 4);
    told.iter().for_each(|data| hold(EventType::DistributionBidPlaced, data));
    assert_eq!(told[1]["bid_id"], json!(second.bid.id));
    assert_eq!((&told[1]["amount"], &told[1]["currency_code"]), (&json!("105"), &json!("EUR")));
    assert_eq!((&told[1]["bid_count"], &told[1]["is_highest"]), (&json!(2), &json!(true)));
    assert_eq!(stage.told(EventType::DistributionJoined).await.len(), 0);
    assert_eq!(stage.view(id).await.distribution.joined, 2);
    stage.hold_counts(id).await;
}

#[tokio::test]
async fn of_many_bids_at_once_the_highest_stands_and_of_equal_ones_the_first() {
    let stage = Stage::new().await;
    let id = auction(&stage).await;
    let who = stage.consumers(60).await;
    let mut tasks = tokio::task::JoinSet::new();
    for (index, consumer) in who.iter().enumerate() {
        // Twenty amounts, three times each.
        let place = bid(*consumer, &(100 + 5 * (index % 20)).to_string());
        let (app, caller) = (stage.world.app.clone(), stage.world.caller);
        tasks.spawn(async move { app.place_bid(&caller, id, place).await });
    }
    let results = tasks.join_all().await;
    let taken: Vec<_> = results.iter().flatten().collect();
    assert!(results.iter().filter_map(|one| one.as_ref().err()).all(|error| {
        error.code() == ErrorCode::ValidationFailed && error.details()[0].field == "amount"
    }));
    let highest = taken.iter().max_by_key(|view| view.bid.number).unwrap();
    assert_eq!(highest.bid.amount.to_string(), "195");
    let mut by_number: Vec<_> =
        taken.iter().map(|view| (view.bid.number, view.bid.amount)).collect();
    by_number.sort_unstable();
    assert!(by_number.windows(2).all(|two| two[0].1 < two[1].1), "each is above the one before");
    assert!(by_number.iter().map(|one| one.0).eq(1..=taken.len() as u32));
    let leads = stage.all(id, Some(Winning)).await;
    assert_eq!(leads.len(), 1);
    assert_eq!(leads[0].consumer_id, highest.bid.consumer_id);
    assert_eq!(stage.told(EventType::DistributionBidPlaced).await.len(), taken.len());
    stage.hold_counts(id).await;
}

#[tokio::test]
async fn a_bid_in_the_last_moments_moves_the_end() {
    let stage = Stage::new().await;
    let began = stage.now();
    let end = began + 300 * SECOND;
    let fields = DistributionFields {
        close_at: Change::Set(end),
        rules: rules(end),
        ..DistributionFields::default()
    };
    let id = stage.create(DistributionKind::Auction, fields).await;
    let who = stage.consumers(2).await;
    stage
        .while_driven(async {
            stage.pass(240 * SECOND).await;
            placed(&stage, id, who[0], "100").await;
            assert_eq!(settle_at(&stage, id).await, end, "a minute remains");
            stage.pass(30 * SECOND).await;
            placed(&stage, id, who[1], "300").await;
            let moved = began + 330 * SECOND;
            assert_eq!(settle_at(&stage, id).await, moved);
            assert_eq!(stage.view(id).await.distribution.close_at, Some(moved));
            stage.pass(Duration::from_millis(59_990)).await;
            assert_eq!(stage.status(id).await, DistributionStatus::Open);
            stage.pass(Duration::from_millis(10)).await;
            assert_eq!(stage.status(id).await, DistributionStatus::Settled);
        })
        .await;
    let winner = stage.participant(id, who[1]).await;
    assert_eq!((winner.status, winner.granted_at), (Won, Some(began + 330 * SECOND)));
    assert_eq!(winner.expires_at, Some(began + 930 * SECOND));
    assert_eq!(stage.participant(id, who[0]).await.status, Lost);
    let refused = stage.world.app.place_bid(&stage.world.caller, id, bid(who[0], "400")).await;
    assert_eq!(code(refused), ErrorCode::Conflict);
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    app.complete(caller, id, who[1], CompleteInput::default()).await.unwrap();
    assert_eq!(stage.status(id).await, DistributionStatus::Completed);
    let told = stage.told(EventType::DistributionCompleted).await;
    assert_eq!((told.len(), &told[0]["distribution_type"]), (1, &json!("auction")));
}

#[tokio::test]
async fn nobody_wins_below_the_reserve_price() {
    let stage = Stage::new().await;
    let id = auction(&stage).await;
    let who = stage.consumers(2).await;
    placed(&stage, id, who[0], "100").await;
    placed(&stage, id, who[1], "199.99").await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    let view = app.settle(caller, id).await.unwrap();
    assert_eq!(view.distribution.status, DistributionStatus::Completed, "nothing is left to do");
    assert_eq!(view.counts, [(Lost, 2)]);
    assert_eq!(code(app.settle(caller, id).await), ErrorCode::IllegalTransition);
}

#[tokio::test]
async fn at_the_reserve_price_the_highest_wins() {
    let stage = Stage::new().await;
    let id = auction(&stage).await;
    let who = stage.consumers(520).await;
    for (index, one) in who.iter().enumerate() {
        placed(&stage, id, *one, &(100 + 5 * index).to_string()).await;
    }
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    let view = app.settle(caller, id).await.unwrap();
    assert_eq!(view.distribution.status, DistributionStatus::Settled);
    assert_eq!(stage.participant(id, who[519]).await.status, Won);
    stage.while_driven(stage.done()).await;
    assert_eq!(stage.count(id, Lost).await, 519, "in more than one step");
    stage.while_driven(stage.pass(600 * SECOND)).await;
    assert_eq!(stage.participant(id, who[519]).await.status, ParticipantStatus::Expired);
    assert_eq!(stage.status(id).await, DistributionStatus::Completed);
    stage.hold_counts(id).await;
}

#[tokio::test]
async fn an_auction_is_bid_in_not_joined_and_its_leader_does_not_leave() {
    let stage = Stage::new().await;
    let id = auction(&stage).await;
    let who = stage.consumers(2).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    let refused = app.join(caller, id, who[0]).await.unwrap_err();
    assert!(refused.message().contains(&format!("/api/distributions/{id}/bids")), "{refused}");
    placed(&stage, id, who[0], "100").await;
    assert_eq!(code(app.leave(caller, id, who[0]).await), ErrorCode::IllegalTransition);
    placed(&stage, id, who[1], "105").await;
    app.leave(caller, id, who[0]).await.unwrap();
    let again = app.place_bid(caller, id, bid(who[0], "200")).await.unwrap_err();
    assert!(again.message().contains("leaving is final"), "{again}");
    stage.hold_counts(id).await;
}

#[tokio::test]
async fn bids_that_cannot_be_taken_change_nothing() {
    let stage = Stage::new().await;
    let id = auction(&stage).await;
    let who = stage.consumers(1).await[0];
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    let dollars = PlaceBid { currency: Some("USD".parse().unwrap()), ..bid(who, "100") };
    assert_eq!(field(app.place_bid(caller, id, dollars).await), "currencyCode");
    let nobody = bid(ConsumerId::from_u128(7), "100");
    assert_eq!(field(app.place_bid(caller, id, nobody).await), "consumerId");
    let queue = stage.queue(None, None).await;
    assert_eq!(code(app.place_bid(caller, queue, bid(who, "100")).await), ErrorCode::Conflict);
    assert_eq!(code(app.bids(caller, queue, PageRequest::default()).await), ErrorCode::Conflict);
    assert_eq!(code(app.settle(caller, queue).await), ErrorCode::Conflict);
    let nothing = DistributionId::from_u128(1);
    assert_eq!(code(app.place_bid(caller, nothing, bid(who, "100")).await), ErrorCode::NotFound);
    assert_eq!(code(app.settle(caller, nothing).await), ErrorCode::NotFound);
    placed(&stage, id, who, "999999999999").await;
    let other = stage.consumers(1).await[0];
    let refused = app.place_bid(caller, id, bid(other, "999999999999.99")).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict, "no amount is high enough");
    let view = stage.view(id).await;
    assert_eq!((view.distribution.joined, view.counts), (1, vec![(Winning, 1)]));
    // The end has come, and the clock has not seen it yet.
    stage.world.advance(3_600 * SECOND);
    let refused = app.place_bid(caller, id, bid(other, "100")).await.unwrap_err();
    assert!(refused.message().contains("bidding ended"), "{refused}");
    assert_eq!(stage.told(EventType::DistributionBidPlaced).await.len(), 1);
}
