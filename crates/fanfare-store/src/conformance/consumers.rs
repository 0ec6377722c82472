//! Consumers: found by id, address and the organization's own id; listed by creation and change.

use fanfare_model::launch::{Consumer, ConsumerSource};

use super::World;
use super::launch::items;
use super::world::{START, at, check_pages, page};
use crate::{ConsumerFilter, Order, PageRequest, SortKey, StoreError};

/// The consumer with the other's address.
pub(crate) fn with_email(consumer: Consumer, other: &Consumer) -> Consumer {
    let email = other.email.as_ref().map(|email| email.to_uppercase());
    Consumer { email, ..consumer }
}

/// Everything comes back, also nothing; a second put replaces all of it.
pub async fn a_consumer_comes_back_as_it_was_written(world: &World) {
    let (org, _) = world.shop().await;
    let full = world.consumer(org, 1).await;
    assert_eq!(world.store.consumer(org, full.id).await.expect("a read").as_ref(), Some(&full));
    let bare = Consumer {
        email: None,
        phone: None,
        full_name: None,
        external_id: None,
        metadata: None,
        source: ConsumerSource::ExperienceEntry,
        updated_at: at(2),
        ..full.clone()
    };
    for next in [bare, full.clone()] {
        let put = next.clone();
        world.change(org, move |tx| tx.put_consumer(&put)).await;
        let found = world.store.consumer(org, full.id).await.expect("a read");
        assert_eq!(found.as_ref(), Some(&next));
        let in_work = world.change(org, move |tx| tx.consumer(full.id)).await;
        assert_eq!(in_work, found);
    }
    let nobody = world.id(START);
    assert!(world.store.consumer(org, nobody).await.expect("a read").is_none());
    assert!(!world.change(org, move |tx| tx.has_consumer(nobody)).await);
}

/// Addresses are the same whatever the case of their letters; ids of other systems are exact.
pub async fn consumers_are_found_by_what_is_unique(world: &World) {
    let (org, _) = world.shop().await;
    let known = Consumer {
        email: Some("Zoë.ÅS@Shop.example".into()),
        external_id: Some("CRM-7".into()),
        ..world.new_consumer(1)
    };
    let put = known.clone();
    world.change(org, move |tx| tx.put_consumer(&put)).await;
    for (email, found) in [
        ("Zoë.ÅS@Shop.example", true),
        ("zoë.ås@shop.EXAMPLE", true),
        ("ZOË.ÅS@SHOP.EXAMPLE", true),
        ("zoe.as@shop.example", false),
        ("", false),
    ] {
        let by_email = world.change(org, move |tx| tx.consumer_by_email(email)).await;
        assert_eq!(by_email, found.then_some(known.id), "{email}");
    }
    for (id, found) in [("CRM-7", true), ("crm-7", false), ("", false)] {
        let by_id = world.change(org, move |tx| tx.consumer_by_external_id(id)).await;
        assert_eq!(by_id, found.then_some(known.id), "{id}");
    }
    let renamed = Consumer { email: Some("new@shop.example".into()), ..known.clone() };
    world.change(org, move |tx| tx.put_consumer(&renamed)).await;
    let old = world.change(org, |tx| tx.consumer_by_email("zoë.ås@shop.example")).await;
    assert_eq!(old, None, "the old address is free");
    let twin = Consumer { email: None, ..world.new_consumer(2) };
    let twin = Consumer { external_id: known.external_id, ..twin };
    let taken = world.work(org, move |tx| Ok(tx.put_consumer(&twin)?)).await;
    assert!(matches!(taken, Err(StoreError::Failed(_))), "{taken:?}");
}

/// Every filter, alone and together, in both orders.
pub async fn consumers_filter(world: &World) {
    let (org, _) = world.shop().await;
    let mut all = Vec::new();
    for second in [10, 20, 30, 40] {
        all.push(world.consumer(org, second).await);
    }
    all[1].updated_at = at(50);
    let changed = all[1].clone();
    world.change(org, move |tx| tx.put_consumer(&changed)).await;
    let none = ConsumerFilter::default();
    let email = all[2].email.as_ref().map(|email| email.to_uppercase());
    for (filter, expected) in [
        (none.clone(), vec![0, 1, 2, 3]),
        (ConsumerFilter { email: email.clone(), ..none.clone() }, vec![2]),
        (ConsumerFilter { email: Some("x@y.z".into()), ..none.clone() }, vec![]),
        (ConsumerFilter { external_id: all[3].external_id.clone(), ..none.clone() }, vec![3]),
        (
            ConsumerFilter {
                email: email.clone(),
                external_id: all[3].external_id.clone(),
                ..none.clone()
            },
            vec![],
        ),
        (ConsumerFilter { email, created_after: Some(at(31)), ..none.clone() }, vec![]),
        (ConsumerFilter { created_after: Some(at(20)), ..none.clone() }, vec![1, 2, 3]),
        (ConsumerFilter { created_before: Some(at(20)), ..none.clone() }, vec![0]),
        (ConsumerFilter { updated_after: Some(at(30)), ..none.clone() }, vec![1, 2, 3]),
        (ConsumerFilter { updated_after: Some(at(50)), ..none.clone() }, vec![1]),
        (ConsumerFilter { updated_after: Some(at(51)), ..none }, vec![]),
    ] {
        for key in [SortKey::Created, SortKey::Updated] {
            let page = page(100, Order::Ascending);
            let mut listed = items(world.store.consumers(org, filter.clone(), key, page).await);
            listed.sort_by_key(|consumer| consumer.id);
            let expected: Vec<_> = expected.iter().map(|index| all[*index].clone()).collect();
            assert_eq!(listed, expected, "{filter:?} {key:?}");
        }
    }
}

/// Cursors work in both directions, by creation and by change.
pub async fn pages_of_consumers_are_stable(world: &World) {
    let (org, _) = world.shop().await;
    let mut all = Vec::new();
    for second in 0..9 {
        all.push(world.consumer(org, second).await);
    }
    for (index, second) in [(3, 20), (0, 21), (7, 22)] {
        let changed = Consumer { updated_at: at(second), ..all[index].clone() };
        world.change(org, move |tx| tx.put_consumer(&changed)).await;
    }
    let list = |key| {
        let store = world.store.clone();
        move |page| {
            let store = store.clone();
            async move { store.consumers(org, ConsumerFilter::default(), key, page).await }
        }
    };
    let ids: Vec<_> = all.iter().map(|consumer| consumer.id.as_u128()).collect();
    check_pages(&ids, |listed| listed.item.id.as_u128(), list(SortKey::Created)).await;
    let by_change = list(SortKey::Updated)(page(100, Order::Ascending)).await.expect("a list");
    let order = [1, 2, 4, 5, 6, 8, 3, 0, 7].map(|index: usize| all[index].id);
    assert!(by_change.items.iter().map(|listed| listed.item.id).eq(order));
    let changes: Vec<_> = by_change.items.iter().map(|one| u128::from(one.change)).collect();
    check_pages(&changes, |listed| u128::from(listed.change), list(SortKey::Updated)).await;
}

/// Whoever follows the cursor while others write meets everybody once, and every change.
pub async fn a_poller_misses_nobody(world: &World) {
    const WRITERS: u64 = 4;
    const EACH: u64 = 25;
    let (org, _) = world.shop().await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let store = world.store.clone();
        let new: Vec<_> = (0..EACH).map(|n| world.new_consumer(writer + 10 * n)).collect();
        writers.spawn(async move {
            for consumer in new {
                let put = move |tx: &mut dyn crate::LaunchTx| Ok(tx.put_consumer(&consumer)?);
                assert!(store.launch(org, false, Box::new(put)).await.expect("work"));
            }
        });
    }
    let mut seen = Vec::new();
    let mut cursor = None;
    loop {
        let over = writers.is_empty();
        let next = PageRequest { after: cursor, ..page(7, Order::Ascending) };
        let got = world.store.consumers(org, ConsumerFilter::default(), SortKey::Updated, next);
        let got = got.await.expect("a page");
        cursor = got.items.last().map(|listed| u128::from(listed.change)).or(cursor);
        let empty = got.items.is_empty();
        seen.extend(got.items.into_iter().map(|listed| listed.item.id));
        if over && empty {
            break;
        }
        if empty {
            writers.join_next().await.expect("a writer").expect("no panic");
        }
    }
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!((all, seen.len() as u64), (seen.len(), WRITERS * EACH));
}
