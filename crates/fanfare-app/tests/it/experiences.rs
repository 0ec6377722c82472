//! Experiences by the clock, and with their distributions.

use std::time::Duration;

use fanfare_app::{Change, DistributionFields, ErrorCode, UpdateExperience};
use fanfare_model::launch::{DistributionStatus, Experience, ExperienceStatus};
use fanfare_model::{DistributionId, EventType, ExperienceId, ProductId, Timestamp};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::world::{World, at, code};

const SOON: Duration = Duration::from_secs(60);

fn in_a_minute() -> Timestamp {
    at("2024-06-20T15:31:00Z")
}

fn in_two() -> Timestamp {
    at("2024-06-20T15:32:00Z")
}

impl World {
    async fn status(&self, id: ExperienceId) -> ExperienceStatus {
        self.app.experience(&self.caller, id).await.unwrap().status
    }

    async fn becomes(&self, id: ExperienceId, status: ExperienceStatus) {
        self.until(status.as_str(), async || self.status(id).await == status).await;
    }

    async fn distribution_status(&self, id: DistributionId) -> DistributionStatus {
        self.app.distribution(&self.caller, id).await.unwrap().distribution.status
    }

    async fn distribution_becomes(&self, id: DistributionId, status: DistributionStatus) {
        let is = async || self.distribution_status(id).await == status;
        self.until(status.as_str(), is).await;
    }
}

#[tokio::test]
async fn it_opens_and_closes_by_its_times() {
    let world = World::new().await;
    let id = world.experience(Some(in_a_minute()), Some(in_two())).await.id;
    let go = async {
        world.advance(SOON - Duration::from_millis(1));
        assert_eq!(world.status(id).await, ExperienceStatus::Scheduled, "never early");
        world.advance(Duration::from_millis(1));
        world.becomes(id, ExperienceStatus::Active).await;
        world.advance(SOON);
        world.becomes(id, ExperienceStatus::Completed).await;
    };
    world.with_clock(go).await;
    let told = world.told().await;
    assert_eq!(told[1].1["activated_at"], "2024-06-20T15:31:00Z");
    assert_eq!(told[2].1["completed_at"], "2024-06-20T15:32:00Z");
    assert_eq!(told[2].1["reason"], "closed");
    assert_eq!(told.len(), 3, "{told:?}");
}

#[tokio::test]
async fn what_passed_while_nobody_looked_is_done_in_its_order_and_once() {
    let world = World::new().await;
    let id = world.experience(Some(in_a_minute()), Some(in_two())).await.id;
    let by_hand = world.experience(Some(in_a_minute()), Some(in_two())).await.id;
    world.app.activate_experience(&world.caller, by_hand).await.unwrap();
    world.app.complete_experience(&world.caller, by_hand).await.unwrap();
    world.advance(SOON * 10);
    // Two clocks, as of two nodes that start together.
    let shutdown = CancellationToken::new();
    let other = world.app.clone();
    let go = async {
        world.becomes(id, ExperienceStatus::Completed).await;
        world.advance(SOON);
        shutdown.cancel();
    };
    tokio::join!(world.app.run_launch(shutdown.clone()), other.run_launch(shutdown.clone()), go);
    let of = |told: &[(EventType, serde_json::Value)], id: ExperienceId| {
        let own = told.iter().filter(|(_, data)| data["experience_id"] == json!(id));
        own.map(|(event_type, _)| *event_type).collect::<Vec<_>>()
    };
    let told = world.told().await;
    let whole = [
        EventType::ExperienceCreated,
        EventType::ExperienceActivated,
        EventType::ExperienceCompleted,
    ];
    assert_eq!((of(&told, id), of(&told, by_hand)), (whole.to_vec(), whole.to_vec()));
}

#[tokio::test]
async fn a_time_that_is_moved_moves_what_it_drives() {
    let world = World::new().await;
    let id = world.experience(Some(at("2030-01-01T00:00:00Z")), None).await.id;
    let change =
        async |update| world.app.update_experience(&world.caller, id, update).await.unwrap();
    let go = async {
        let open_at = Change::Set(in_a_minute());
        change(UpdateExperience { open_at, ..Default::default() }).await;
        world.advance(SOON);
        world.becomes(id, ExperienceStatus::Active).await;
        let close_at = Change::Set(in_two());
        change(UpdateExperience { close_at, ..Default::default() }).await;
        world.advance(SOON);
        world.becomes(id, ExperienceStatus::Completed).await;
    };
    world.with_clock(go).await;
    let taken_away = world.experience(Some(at("2024-06-20T15:40:00Z")), None).await.id;
    let update = UpdateExperience { open_at: Change::Clear, ..Default::default() };
    world.app.update_experience(&world.caller, taken_away, update).await.unwrap();
    let seen = world.experience(Some(at("2024-06-20T15:41:00Z")), None).await.id;
    let go = async {
        world.advance(SOON * 10);
        world.becomes(seen, ExperienceStatus::Active).await;
    };
    world.with_clock(go).await;
    assert_eq!(world.status(taken_away).await, ExperienceStatus::Draft);
}

#[tokio::test]
async fn its_distributions_follow_it() {
    let world = World::new().await;
    let live = async |own: Option<Timestamp>| {
        let experience: Experience = world.experience(None, None).await;
        let queue = world.queue(&experience, DistributionFields::default()).await;
        let open_at = own.map_or(Change::Keep, Change::Set);
        let later = world.queue(&experience, DistributionFields { open_at, ..Default::default() });
        let later = later.await;
        assert_eq!(world.distribution_status(queue).await, DistributionStatus::Scheduled);
        world.app.activate_experience(&world.caller, experience.id).await.unwrap();
        assert_eq!(world.distribution_status(queue).await, DistributionStatus::Open);
        assert_eq!(world.distribution_status(later).await, DistributionStatus::Scheduled);
        (experience.id, queue, later)
    };
    let (ended, queue, later) = live(Some(in_a_minute())).await;
    world.joined(queue).await;
    let go = async {
        world.advance(SOON);
        world.distribution_becomes(later, DistributionStatus::Open).await;
    };
    world.with_clock(go).await;
    world.app.complete_experience(&world.caller, ended).await.unwrap();
    assert_eq!(world.distribution_status(queue).await, DistributionStatus::Closed);
    let nobody = world.distribution_status(later).await;
    assert_eq!(nobody, DistributionStatus::Completed, "nobody is left in it");

    let (off, queue, later) = live(Some(in_two())).await;
    world.app.cancel_experience(&world.caller, off).await.unwrap();
    for id in [queue, later] {
        assert_eq!(world.distribution_status(id).await, DistributionStatus::Cancelled);
    }
    assert_eq!(
        world.distribution_status(nobody_else(&world).await).await,
        DistributionStatus::Open
    );
}

/// A queue of an experience that has nothing to do with the others.
async fn nobody_else(world: &World) -> DistributionId {
    world.open_queue(DistributionFields::default()).await.1
}

#[tokio::test]
async fn what_is_in_use_is_not_removed() {
    let world = World::new().await;
    let experience = world.experience(None, None).await;
    let product = world.product().await;
    let fields =
        DistributionFields { product_id: Change::Set(product), ..DistributionFields::default() };
    let queue = world.queue(&experience, fields).await;
    let (app, caller) = (&world.app, &world.caller);
    assert_eq!(code(app.delete_experience(caller, experience.id).await), ErrorCode::Conflict);
    assert_eq!(code(app.delete_product(caller, product).await), ErrorCode::Conflict);
    app.delete_distribution(caller, queue).await.unwrap();
    app.delete_product(caller, product).await.unwrap();
    app.delete_experience(caller, experience.id).await.unwrap();
    let nobody: ProductId = world.ids.next();
    assert_eq!(code(app.delete_product(caller, nobody).await), ErrorCode::NotFound);
}

#[tokio::test]
async fn many_of_one_name_have_slugs_of_their_own() {
    let world = World::new().await;
    let mut slugs = std::collections::HashSet::new();
    for _ in 0..103 {
        slugs.insert(world.experience(None, None).await.slug);
    }
    assert_eq!(slugs.len(), 103);
    assert!(slugs.contains("drop-100") && !slugs.contains("drop-101"), "then unique at once");
}
