//! A launch, run by hand: experiences, distributions, orders, consumers.

use std::time::Duration;

use fanfare_app::{
    Change, DistributionFields, NewConsumer, NewDistribution, NewExperience, NewOrder, PlaceBid,
    RuleFields,
};
use fanfare_model::launch::DistributionKind;
use fanfare_model::{
    Clock as _, ConsumerId, DistributionId, EventType, ExperienceId, OrderId, Role,
};
use fanfare_store::{EventFilter, PageRequest};
use http::StatusCode;

use crate::world::World;

impl World {
    async fn experience(&self) -> ExperienceId {
        let new = NewExperience { name: "Spring <Drop>".into(), ..NewExperience::default() };
        self.app.create_experience(&self.caller().await, new).await.unwrap().id
    }

    async fn distribution(
        &self,
        experience_id: ExperienceId,
        kind: DistributionKind,
        rules: RuleFields,
    ) -> DistributionId {
        let fields = DistributionFields { rules, ..DistributionFields::default() };
        let new = NewDistribution { experience_id, kind, fields };
        let made = self.app.create_distribution(&self.caller().await, new).await;
        made.unwrap().distribution.id
    }

    async fn consumer(&self, name: &str) -> ConsumerId {
        let new = NewConsumer {
            full_name: Some(name.into()),
            email: Some(format!("{name}@shop.example")),
            external_id: Some(format!("no-{name}")),
            ..NewConsumer::default()
        };
        self.app.create_consumer(&self.caller().await, new).await.unwrap().id
    }

    async fn joined(&self, distribution: DistributionId, names: &[&str]) -> Vec<ConsumerId> {
        let mut all = Vec::new();
        for name in names {
            all.push(self.consumer(name).await);
        }
        let caller = self.caller().await;
        let joined = self.app.join_batch(&caller, distribution, all.clone()).await.unwrap();
        assert!(joined.iter().all(Result::is_ok));
        all
    }

    async fn order(&self, consumer_id: ConsumerId, number: &str) -> OrderId {
        let new = NewOrder {
            consumer_id,
            distribution_id: None,
            product_id: None,
            external_order_id: Some(number.into()),
            total_amount: "149.90".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            metadata: None,
        };
        self.app.create_order(&self.caller().await, new).await.unwrap().id
    }

    /// How many events of a type there are.
    async fn told(&self, event_type: EventType) -> usize {
        let page = PageRequest { limit: 100, ..PageRequest::default() };
        let all = self.app.events(&self.caller().await, EventFilter::default(), page).await;
        let all = all.unwrap().items;
        all.iter().filter(|event| event.summary.event_type == event_type).count()
    }
}

#[tokio::test]
async fn an_experience_goes_live_and_ends_by_hand() {
    let world = World::new().await;
    world.get(&world.owner, "/experiences").await.has("No experiences yet");
    let id = world.experience().await;
    let list = world.get(&world.owner, "/experiences?status=draft").await;
    list.has("Spring &#60;Drop&#62;");
    world.get(&world.owner, "/experiences?status=active").await.has("No experience matches");
    let path = format!("/experiences/{id}");
    let page = world.get(&world.owner, &path).await;
    page.has("No distributions yet");
    page.has(&format!("action=\"{path}/activate\""));
    let live = world.follow(&world.owner, &format!("{path}/activate"), &[]).await;
    live.has("is live.");
    live.has_not("/activate\"");
    assert_eq!(world.told(EventType::ExperienceActivated).await, 1);
    let again = world.follow(&world.owner, &format!("{path}/activate"), &[]).await;
    again.has("class=\"flash bad\"");
    for (act, event_type, done) in [
        ("complete", EventType::ExperienceCompleted, "is completed."),
        ("cancel", EventType::ExperienceCancelled, "class=\"flash bad\""),
    ] {
        let before = world.told(event_type).await;
        let asked = world.get(&world.owner, &format!("{path}/{act}")).await;
        asked.has(&format!("action=\"{path}/{act}\""));
        asked.has("cannot be taken back");
        assert_eq!(world.told(event_type).await, before, "asking changes nothing");
        world.follow(&world.owner, &format!("{path}/{act}"), &[]).await.has(done);
    }
    assert_eq!(world.told(EventType::ExperienceCompleted).await, 1);
    assert_eq!(world.told(EventType::ExperienceCancelled).await, 0, "it had ended");
}

#[tokio::test]
async fn a_queue_is_admitted_by_hand() {
    let world = World::new().await;
    let experience = world.experience().await;
    let queue =
        world.distribution(experience, DistributionKind::Queue, RuleFields::default()).await;
    let caller = world.caller().await;
    world.app.activate_experience(&caller, experience).await.unwrap();
    world.joined(queue, &["ada", "bob", "eve"]).await;
    let path = format!("/distributions/{queue}");
    let page = world.get(&world.owner, &path).await;
    assert_eq!(page.page().matches("data-row=").count(), 3);
    page.has(&format!("action=\"{path}/admit\""));
    let admit = format!("{path}/admit");
    let done = world.follow(&world.owner, &admit, &[("count", "2")]).await;
    done.has("2 consumers admitted.");
    let admitted = world.get(&world.owner, &format!("{path}?status=ADMITTED")).await;
    assert_eq!(admitted.page().matches("data-row=").count(), 2);
    for wrong in ["0", "", "many", "1001"] {
        let refused = world.follow(&world.owner, &admit, &[("count", wrong)]).await;
        refused.has("class=\"flash bad\"");
    }
    assert_eq!(world.told(EventType::DistributionAdmitted).await, 2);
    for act in ["draw", "settle"] {
        let refused = world.follow(&world.owner, &format!("{path}/{act}"), &[]).await;
        refused.has("class=\"flash bad\"");
    }
}

#[tokio::test]
async fn a_draw_is_drawn_by_hand() {
    let world = World::new().await;
    let experience = world.experience().await;
    let rules = RuleFields { winner_count: Change::Set(2), ..RuleFields::default() };
    let draw = world.distribution(experience, DistributionKind::Draw, rules).await;
    world.app.activate_experience(&world.caller().await, experience).await.unwrap();
    world.joined(draw, &["ada", "bob", "eve"]).await;
    let path = format!("/distributions/{draw}");
    let page = world.get(&world.owner, &path).await;
    page.has("Commitment");
    page.has(&format!("fanfare draw verify {draw}"));
    let asked = world.get(&world.owner, &format!("{path}/draw")).await;
    asked.has("among 3 entrants");
    let done = world.follow(&world.owner, &format!("{path}/draw"), &[]).await;
    done.has("The winners are being selected.");
    let page = world.get(&world.owner, &format!("{path}?status=SELECTED")).await;
    assert_eq!(page.page().matches("data-row=").count(), 2);
    page.has_not(&format!("href=\"{path}/draw\""));
    assert_eq!(world.told(EventType::DistributionWinnerSelected).await, 2);
}

#[tokio::test]
async fn an_auction_is_settled_by_hand() {
    let world = World::new().await;
    let experience = world.experience().await;
    let rules = RuleFields {
        currency: Change::Set("EUR".parse().unwrap()),
        starting_price: Change::Set("100".parse().unwrap()),
        settle_at: Change::Set(world.clock.now() + Duration::from_secs(3_600)),
        ..RuleFields::default()
    };
    let auction = world.distribution(experience, DistributionKind::Auction, rules).await;
    let caller = world.caller().await;
    world.app.activate_experience(&caller, experience).await.unwrap();
    for (name, amount) in [("ada", "100"), ("bob", "120.50")] {
        let consumer_id = world.consumer(name).await;
        let bid = PlaceBid { consumer_id, amount: amount.parse().unwrap(), currency: None };
        world.app.place_bid(&caller, auction, bid).await.unwrap();
    }
    let path = format!("/distributions/{auction}");
    let page = world.get(&world.owner, &path).await;
    page.has("120.50 EUR");
    page.has(&format!("href=\"{path}/settle\""));
    world.get(&world.owner, &format!("{path}/settle")).await.has("The highest bid wins now");
    let done = world.follow(&world.owner, &format!("{path}/settle"), &[]).await;
    done.has("The auction is settled.");
    let won = world.get(&world.owner, &format!("{path}?status=WON")).await;
    assert_eq!(won.page().matches("data-row=").count(), 1);
    won.has("120.50 EUR");
    won.has_not(&format!("href=\"{path}/settle\""));
}

#[tokio::test]
async fn an_order_is_paid_and_fulfilled_by_hand() {
    let world = World::new().await;
    world.get(&world.owner, "/orders").await.has("No orders yet");
    let ada = world.consumer("ada").await;
    let order = world.order(ada, "R-1").await;
    world.order(ada, "R-2").await;
    let list = world.get(&world.owner, "/orders?number=R-1").await;
    assert_eq!(list.page().matches("data-row=").count(), 1);
    world.get(&world.owner, "/orders?status=paid").await.has("No order matches");
    let path = format!("/orders/{order}");
    let page = world.get(&world.owner, &path).await;
    page.has("149.90 USD");
    page.has_not("Mark as fulfilled");
    let early = world.follow(&world.owner, &format!("{path}/fulfil"), &[]).await;
    early.has("class=\"flash bad\"");
    let paid = world.follow(&world.owner, &format!("{path}/pay"), &[]).await;
    paid.has("The order is marked as paid.");
    paid.has_not("Mark as paid");
    world.post(&world.owner, &format!("{path}/pay"), &[]).await.redirects();
    assert_eq!(world.told(EventType::OrderPaid).await, 1, "a second click is nothing");
    let wrong = [("carrier", "Post"), ("number", "<1>"), ("url", "javascript:alert(1)")];
    let refused = world.post(&world.owner, &format!("{path}/fulfil"), &wrong).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    for text in ["id=\"url-error\"", "value=\"Post\"", "value=\"&#60;1&#62;\"", "javascript:alert"]
    {
        refused.has(text);
    }
    let right = [("carrier", "Post"), ("number", "7"), ("url", "https://post.example/7")];
    let done = world.follow(&world.owner, &format!("{path}/fulfil"), &right).await;
    for text in ["The order is marked as fulfilled.", "Post", "https://post.example/7"] {
        done.has(text);
    }
    assert_eq!(world.told(EventType::OrderFulfilled).await, 1);
    let late = world.follow(&world.owner, &format!("{path}/cancel"), &[]).await;
    late.has("class=\"flash bad\"");
}

#[tokio::test]
async fn an_order_is_cancelled_with_a_reason() {
    let world = World::new().await;
    let ada = world.consumer("ada").await;
    let path = format!("/orders/{}", world.order(ada, "R-1").await);
    let asked = world.get(&world.owner, &format!("{path}/cancel")).await;
    asked.has("Cancel this order?");
    let long = "x".repeat(501);
    let refused = world.post(&world.owner, &format!("{path}/cancel"), &[("reason", &long)]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    refused.has("id=\"reason-error\"");
    refused.has(&long);
    let reason = [("reason", "called <off>")];
    let done = world.follow(&world.owner, &format!("{path}/cancel"), &reason).await;
    done.has("The order is cancelled.");
    done.has("called &#60;off&#62;");
    assert_eq!(world.told(EventType::OrderCancelled).await, 1);
}

#[tokio::test]
async fn consumers_are_found_by_the_whole_address_or_id() {
    let world = World::new().await;
    world.get(&world.owner, "/consumers").await.has("No consumers yet");
    let (ada, bob) = (world.consumer("ada").await, world.consumer("bob").await);
    world.order(ada, "R-1").await;
    let list = world.get(&world.owner, "/consumers").await;
    assert_eq!(list.page().matches("data-row=").count(), 2);
    for query in ["email=ada%40shop.example", "external_id=no-ada"] {
        let found = world.get(&world.owner, &format!("/consumers?{query}")).await;
        found.has(&format!("data-row=\"{ada}\""));
        found.has_not(&format!("data-row=\"{bob}\""));
    }
    world.get(&world.owner, "/consumers?email=ada").await.has("Nobody matches");
    world.get(&world.owner, &format!("/consumers/{ada}")).await.has("R-1");
    world.get(&world.owner, &format!("/consumers/{bob}")).await.has("has bought nothing yet");
}

/// Who may not change a launch sees it without buttons; another organization sees nothing of it.
#[tokio::test]
async fn a_launch_of_others_is_not_there_and_a_viewer_changes_nothing() {
    let world = World::new().await;
    let experience = world.experience().await;
    let queue =
        world.distribution(experience, DistributionKind::Queue, RuleFields::default()).await;
    let ada = world.consumer("ada").await;
    let order = world.order(ada, "R-1").await;
    let (stranger, viewer) = (world.stranger().await, world.member(Role::Viewer).await);
    let pages = [
        format!("/experiences/{experience}"),
        format!("/distributions/{queue}"),
        format!("/orders/{order}"),
        format!("/consumers/{ada}"),
    ];
    for path in &pages {
        assert_eq!(world.get(&stranger, path).await.status, StatusCode::NOT_FOUND, "{path}");
        let seen = world.get(&viewer, path).await;
        if seen.status != StatusCode::FORBIDDEN {
            for way in ["action", "href"] {
                seen.has_not(&format!("{way}=\"{path}/"));
            }
        }
    }
    let acts = [
        (&pages[0], "activate", false),
        (&pages[0], "complete", true),
        (&pages[0], "cancel", true),
        (&pages[1], "admit", false),
        (&pages[1], "draw", true),
        (&pages[1], "settle", true),
        (&pages[2], "pay", false),
        (&pages[2], "fulfil", false),
        (&pages[2], "cancel", true),
    ];
    for (path, act, asks) in acts {
        let path = format!("{path}/{act}");
        let fields = [("count", "1")];
        let done = world.post(&stranger, &path, &fields).await;
        assert_eq!(done.status, StatusCode::NOT_FOUND, "{path}");
        let done = world.post(&viewer, &path, &fields).await;
        assert_eq!(done.status, StatusCode::FORBIDDEN, "{path}");
        if asks {
            assert_eq!(world.get(&stranger, &path).await.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(world.get(&viewer, &path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
}
