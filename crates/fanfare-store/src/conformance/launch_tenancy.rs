//! The launch domain of one organization is nothing to another.

use fanfare_model::launch::ParticipantStatus;

use super::World;
use super::world::{START, page};
use crate::{
    ConsumerFilter, DistributionFilter, ExperienceFilter, Order, OrderFilter, ParticipantOrder,
    SortKey,
};

/// Every read with the right id and the wrong organization, inside and outside of work.
pub async fn foreign_launches_do_not_exist(world: &World) {
    let (org, _) = world.shop().await;
    let (foreign, _) = world.shop().await;
    let (consumer, product) = (world.consumer(org, 1).await, world.product(org, 1).await);
    let mut experience = world.new_experience(1);
    experience.product_ids = vec![product.id];
    let auction = world.new_auction(&experience, 1);
    let mut participant = world.new_participant(auction.id, 1, 1);
    participant.consumer_id = consumer.id;
    participant.rank = Some([1; 32]);
    let bid = world.new_bid(auction.id, 1, "10");
    let mut order = world.new_order(consumer.id, 1);
    order.external_order_id = Some("#1".into());
    let (a, b, c, d) = (experience.clone(), auction.clone(), participant.clone(), order.clone());
    world
        .change(org, move |tx| {
            tx.put_experience(&a)?;
            tx.put_distribution(&b)?;
            tx.put_participant(&c)?;
            tx.put_bid(&bid)?;
            tx.put_order(&d)
        })
        .await;
    let (auction, order) = (auction.id, order.id);
    for other in [foreign, world.id(START)] {
        let store = &world.store;
        assert!(store.consumer(other, consumer.id).await.expect("a read").is_none());
        assert!(store.product(other, product.id).await.expect("a read").is_none());
        assert!(store.experience(other, experience.id).await.expect("a read").is_none());
        assert!(store.distribution(other, auction).await.expect("a read").is_none());
        let found = store.participant(other, auction, consumer.id).await;
        assert!(found.expect("a read").is_none());
        let all = page(9, Order::Ascending);
        let list = store.participants(other, auction, Default::default(), SortKey::Created, all);
        assert!(list.await.expect("a read").is_none());
        assert!(store.draw_order(other, auction, None, 9).await.expect("a read").is_none());
        assert!(store.bids(other, auction, all).await.expect("a read").is_none());
        assert!(store.order(other, order).await.expect("a read").is_none());
    }
    let (email, external) = (consumer.email.clone(), consumer.external_id.clone());
    let slug = experience.slug.clone();
    world
        .change(foreign, move |tx| {
            assert!(tx.consumer(consumer.id)?.is_none() && !tx.has_consumer(consumer.id)?);
            assert!(tx.consumer_by_email(email.as_ref().expect("one"))?.is_none());
            assert!(tx.consumer_by_external_id(external.as_ref().expect("one"))?.is_none());
            assert!(tx.product(product.id)?.is_none() && !tx.product_is_used(product.id)?);
            assert!(tx.experience(experience.id)?.is_none());
            assert!(tx.experience_by_slug(&slug)?.is_none());
            assert!(tx.distribution(auction)?.is_none());
            assert!(tx.distributions_of(experience.id)?.is_empty());
            assert!(tx.participant(auction, consumer.id)?.is_none());
            let (status, by) = (ParticipantStatus::Queued, ParticipantOrder::Number);
            assert!(tx.participants(auction, status, by, 9)?.is_empty());
            assert_eq!(tx.count_participants(auction, status)?, 0);
            assert!(tx.order(order)?.is_none() && tx.order_by_external_id("#1")?.is_none());
            tx.delete_product(product.id)?;
            tx.delete_experience(experience.id)?;
            tx.delete_distribution(auction)
        })
        .await;
    let erased =
        world.store.launch(foreign, true, Box::new(move |tx| Ok(tx.erase_consumer(consumer.id)?)));
    assert!(erased.await.expect("work"));
    assert!(world.store.consumer(org, consumer.id).await.expect("a read").is_some());
    assert!(world.store.product(org, product.id).await.expect("a read").is_some());
    assert!(world.store.experience(org, experience.id).await.expect("a read").is_some());
    assert!(world.store.distribution(org, auction).await.expect("a read").is_some());
}

/// Lists show an organization's own; the same address, slug and numbers may be the other's too.
pub async fn lists_of_launches_show_only_their_own(world: &World) {
    let (org, _) = world.shop().await;
    let (other, _) = world.shop().await;
    for owner in [org, other] {
        let mut consumer = world.new_consumer(1);
        consumer.email = Some("ada@shop.example".into());
        consumer.external_id = Some("7".into());
        let mut experience = world.new_experience(1);
        experience.slug = "drop".into();
        let queue = world.new_queue(&experience, 1);
        let mut order = world.new_order(consumer.id, 1);
        order.external_order_id = Some("#1".into());
        order.distribution_id = Some(queue.id);
        world.product(owner, 1).await;
        world
            .change(owner, move |tx| {
                tx.put_consumer(&consumer)?;
                tx.put_experience(&experience)?;
                tx.put_distribution(&queue)?;
                tx.put_order(&order)
            })
            .await;
    }
    let (store, all) = (&world.store, page(9, Order::Ascending));
    for key in [SortKey::Created, SortKey::Updated] {
        for owner in [org, other] {
            for filter in [
                ConsumerFilter::default(),
                ConsumerFilter { email: Some("ADA@shop.example".into()), ..Default::default() },
                ConsumerFilter { external_id: Some("7".into()), ..Default::default() },
            ] {
                let list = store.consumers(owner, filter, key, all).await.expect("a list");
                assert_eq!(list.items.len(), 1);
            }
            let list = store.orders(owner, OrderFilter::default(), key, all).await;
            let mine = list.expect("a list").items.remove(0).item;
            let not_mine = if owner == org { other } else { org };
            let same = OrderFilter { external_order_id: Some("#1".into()), ..Default::default() };
            assert_eq!(store.orders(owner, same, key, all).await.expect("a list").items.len(), 1);
            for filter in [
                OrderFilter { consumer_id: Some(mine.consumer_id), ..Default::default() },
                OrderFilter { distribution_id: mine.distribution_id, ..Default::default() },
            ] {
                let list = store.orders(not_mine, filter, key, all).await.expect("a list");
                assert!(list.items.is_empty());
            }
        }
    }
    assert_eq!(store.products(org, all).await.expect("a list").items.len(), 1);
    let list = store.experiences(org, ExperienceFilter::default(), all).await;
    let mine = list.expect("a list").items;
    assert_eq!(mine.len(), 1);
    let list = store.distributions(org, DistributionFilter::default(), all).await;
    assert_eq!(list.expect("a list").items.len(), 1);
    let of_mine = DistributionFilter { experience_id: Some(mine[0].id), ..Default::default() };
    assert!(store.distributions(other, of_mine, all).await.expect("a list").items.is_empty());
}
