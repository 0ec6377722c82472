//! Limits: requests in flight, rate, memory; and what a bad neighbour costs.

use std::time::Duration;

use fanfare_delivery::EngineOptions;
use fanfare_model::{DeliveryStatus, EventId, EventType};
use fanfare_store::DeliveryFilter;
use fanfare_testkit::{Answer, Received, Receiver};

use crate::rig::{Rig, until};

fn succeeded() -> DeliveryFilter {
    DeliveryFilter { status: vec![DeliveryStatus::Succeeded], ..DeliveryFilter::default() }
}

#[tokio::test]
async fn no_more_requests_in_flight_than_the_webhook_allows() {
    let rig = Rig::start().await;
    let receiver = Receiver::answering(Answer::OK.after(Duration::from_millis(5)));
    rig.webhook(&receiver.url("/"), |webhook| webhook.max_in_flight = 3).await;
    rig.publish(200).await;
    receiver.wait_for(200).await;
    assert_eq!(receiver.peak_in_flight(), 3);
    assert!(receiver.connections() <= 3, "connections are kept: {}", receiver.connections());
}

#[tokio::test]
async fn no_more_requests_per_second_than_the_webhook_allows() {
    let rig = Rig::start().await;
    let receiver = Receiver::start();
    rig.webhook(&receiver.url("/"), |webhook| webhook.rate_limit = Some(40)).await;
    rig.publish(60).await;
    let requests = receiver.wait_for(60).await;
    for (index, first) in requests.iter().enumerate() {
        let within = requests[index..]
            .iter()
            .filter(|request| request.at.duration_since(first.at) < Duration::from_millis(500));
        // Half a second's worth, the burst of a tenth of a second, and the one at the edge.
        assert!(within.count() <= 20 + 4 + 1);
    }
}

#[tokio::test]
async fn a_hanging_receiver_costs_its_neighbours_nothing() {
    let rig = Rig::start().await;
    let (hanging, healthy) = (Receiver::answering(Answer::Hang), Receiver::start());
    let stuck = rig.webhook(&hanging.url("/"), |_| {}).await;
    rig.webhook(&healthy.url("/"), |_| {}).await;
    rig.publish(500).await;
    healthy.wait_for(500).await;
    assert!(hanging.peak_in_flight() <= 8, "it never earned more than it started with");
    let delivery = rig.deliveries(stuck).await.remove(0);
    assert_eq!(delivery.status, DeliveryStatus::Pending);
}

/// What a launch is about: a receiver with thousands of joins before it hears of who won and who paid
/// next, even when memory has no room for one join more.
#[tokio::test]
async fn who_won_and_who_paid_pass_those_who_joined() {
    let options = EngineOptions { held_per_webhook: 300, ..EngineOptions::default() };
    let rig = Rig::with(options).await;
    let receiver = Receiver::answering(Answer::OK.after(Duration::from_millis(1)));
    rig.webhook(&receiver.url("/"), |webhook| webhook.max_in_flight = 1).await;
    rig.publish_of(EventType::DistributionJoined, 2_000).await;
    receiver.wait_for(20).await;
    let won = rig.publish_of(EventType::DistributionWinnerSelected, 20).await;
    let paid = rig.publish_of(EventType::OrderPaid, 20).await;
    let before = receiver.requests().len();
    let all = receiver.wait_for(2_040).await;
    let places = |ids: &[EventId]| {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        let is_one = |request: &&Received| {
            request.header("webhook-id").is_some_and(|id| ids.iter().any(|one| one == id))
        };
        all.iter()
            .enumerate()
            .filter(|(_, request)| is_one(request))
            .map(|(place, _)| place)
            .collect::<Vec<_>>()
    };
    let (won, paid) = (places(&won), places(&paid));
    assert_eq!((won.len(), paid.len()), (20, 20));
    // Forty of them, one that was on its way, and the share of those that wait.
    let last = won.iter().chain(&paid).max().copied();
    assert!(last < Some(before + 40 + 2 + 40 / 15 + 1), "{before}: {won:?} {paid:?}");
    assert!(all.len() == 2_040, "and nobody starved");
}

#[tokio::test]
async fn what_does_not_fit_into_memory_waits_in_the_store_and_is_delivered() {
    let options = EngineOptions { held: 40, held_per_webhook: 10, ..EngineOptions::default() };
    let rig = Rig::with(options).await;
    let receiver = Receiver::start();
    for path in ["/a", "/b", "/c"] {
        rig.webhook(&receiver.url(path), |_| {}).await;
    }
    for _ in 0..20 {
        rig.publish(50).await;
    }
    receiver.wait_for(3_000).await;
    until("all is recorded", async || (rig.count(succeeded()).await == 3_000).then_some(())).await;
    assert_eq!(receiver.count(), 3_000, "nothing twice");
    assert_eq!(rig.engine.figures().held, 0);
}

#[tokio::test]
async fn a_kept_connection_that_the_receiver_closed_is_no_failure() {
    let rig = Rig::start().await;
    let receiver = Receiver::answering(Answer::OK.then_close());
    rig.webhook(&receiver.url("/"), |webhook| webhook.max_in_flight = 1).await;
    rig.publish(30).await;
    until("all is recorded", async || (rig.count(succeeded()).await == 30).then_some(())).await;
    assert_eq!(rig.engine.figures().failed, 0);
    let more_than_one = rig.engine.figures().delivered;
    assert_eq!(more_than_one, 30);
}
