//! Products and experiences.

use fanfare_model::ProductId;
use fanfare_model::launch::{Experience, ExperienceStatus, Product};

use super::World;
use super::launch::metadata;
use super::world::{START, at, check_pages, page};
use crate::{ExperienceFilter, Order};

/// A product comes back as it was written, until it is removed.
pub async fn products_come_and_go(world: &World) {
    let (org, _) = world.shop().await;
    let product = world.product(org, 1).await;
    let id = product.id;
    let read = async || world.store.product(org, id).await.expect("a read");
    assert_eq!(read().await, Some(product.clone()));
    let bare = Product { name: "Shoe".into(), url: None, metadata: None, ..product };
    let put = bare.clone();
    world.change(org, move |tx| tx.put_product(&put)).await;
    assert_eq!(read().await, Some(bare.clone()));
    assert_eq!(world.change(org, move |tx| tx.product(id)).await, Some(bare));
    world.change(org, move |tx| tx.delete_product(id)).await;
    assert_eq!(read().await, None);
    assert_eq!(world.change(org, move |tx| tx.product(id)).await, None);
}

/// Whatever names a product uses it.
pub async fn what_names_a_product_uses_it(world: &World) {
    let (org, _) = world.shop().await;
    let mut products = Vec::new();
    for second in 0..4 {
        products.push(world.product(org, second).await.id);
    }
    let [in_experience, in_distribution, in_order, unused] = products[..] else { panic!("four") };
    let mut experience = world.new_experience(1);
    experience.product_ids = vec![in_experience];
    let mut queue = world.new_queue(&experience, 1);
    queue.product_id = Some(in_distribution);
    let mut order = world.new_order(world.id(START), 1);
    order.product_id = Some(in_order);
    let used = async |id: ProductId| world.change(org, move |tx| tx.product_is_used(id)).await;
    for product in &products {
        assert!(!used(*product).await);
    }
    let put = experience.clone();
    world
        .change(org, move |tx| {
            tx.put_experience(&put)?;
            tx.put_distribution(&queue)?;
            tx.put_order(&order)
        })
        .await;
    for product in [in_experience, in_distribution, in_order] {
        assert!(used(product).await);
    }
    assert!(!used(unused).await);
    experience.product_ids = vec![unused];
    world.change(org, move |tx| tx.put_experience(&experience)).await;
    assert!(used(unused).await && !used(in_experience).await);
}

/// Cursors work in both directions.
pub async fn pages_of_products_are_stable(world: &World) {
    let (org, _) = world.shop().await;
    let mut ids = Vec::new();
    for second in 0..7 {
        ids.push(world.product(org, second).await.id.as_u128());
    }
    let store = world.store.clone();
    let list = |page| {
        let store = store.clone();
        async move { store.products(org, page).await }
    };
    check_pages(&ids, |product| product.id.as_u128(), list).await;
}

/// An experience comes back as it was written, its products in their order; it is found by its
/// slug.
pub async fn experiences_come_and_go(world: &World) {
    let (org, _) = world.shop().await;
    let bare = world.experience(org, 1).await;
    let (id, slug) = (bare.id, bare.slug.clone());
    let read = async || world.store.experience(org, id).await.expect("a read");
    assert_eq!(read().await, Some(bare.clone()));
    let full = Experience {
        name: "Nächster Drop".into(),
        slug: "next-drop".into(),
        status: ExperienceStatus::Completed,
        open_at: Some(at(10)),
        close_at: Some(at(20)),
        time_zone: Some("Europe/Berlin".into()),
        product_ids: vec![world.id(at(9)), world.id(at(8)), world.id(at(9))],
        created_by: Some("key_1".into()),
        metadata: metadata(),
        activated_at: Some(at(11)),
        ended_at: Some(at(12)),
        updated_at: at(12),
        ..bare.clone()
    };
    for next in [full.clone(), bare, full] {
        let put = next.clone();
        world.change(org, move |tx| tx.put_experience(&put)).await;
        assert_eq!(read().await.as_ref(), Some(&next));
        assert_eq!(world.change(org, move |tx| tx.experience(id)).await, Some(next));
    }
    let by_slug = async |slug: &str| {
        let slug = slug.to_owned();
        world.change(org, move |tx| tx.experience_by_slug(&slug)).await
    };
    assert_eq!(by_slug("next-drop").await, Some(id));
    assert_eq!(by_slug(&slug).await, None, "the old one is free");
    let product = read().await.expect("it").product_ids[0];
    world.change(org, move |tx| tx.delete_experience(id)).await;
    assert_eq!(read().await, None);
    assert_eq!(by_slug("next-drop").await, None);
    assert!(!world.change(org, move |tx| tx.product_is_used(product)).await);
}

/// Filters by status; cursors in both directions.
pub async fn lists_of_experiences_filter_and_page(world: &World) {
    let (org, _) = world.shop().await;
    let mut all = Vec::new();
    for second in 0..8 {
        let mut experience = world.new_experience(second);
        experience.status = ExperienceStatus::ALL[second as usize % 5];
        experience.product_ids = vec![world.id(at(second))];
        let put = experience.clone();
        world.change(org, move |tx| tx.put_experience(&put)).await;
        all.push(experience);
    }
    let list = |status: Vec<ExperienceStatus>| {
        let (store, filter) = (world.store.clone(), ExperienceFilter { status });
        move |page| {
            let (store, filter) = (store.clone(), filter.clone());
            async move { store.experiences(org, filter, page).await }
        }
    };
    for (status, expected) in [
        (vec![], vec![0, 1, 2, 3, 4, 5, 6, 7]),
        (vec![ExperienceStatus::Draft], vec![0, 5]),
        (vec![ExperienceStatus::Active, ExperienceStatus::Cancelled], vec![2, 4, 7]),
    ] {
        let got = list(status)(page(100, Order::Ascending)).await.expect("a list");
        let expected: Vec<_> = expected.iter().map(|index| all[*index].clone()).collect();
        assert_eq!(got.items, expected);
    }
    let ids: Vec<_> = all.iter().map(|experience| experience.id.as_u128()).collect();
    check_pages(&ids, |experience| experience.id.as_u128(), list(vec![])).await;
}
