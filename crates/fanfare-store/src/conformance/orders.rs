//! Orders: found by id and by the shop's number, listed by whatever narrows them most.

use fanfare_model::launch::{Order, OrderStatus, Payment, Tracking};

use super::World;
use super::launch::{items, metadata, money};
use super::world::{START, at, check_pages, page};
use crate::Order as Sort;
use crate::{OrderFilter, SortKey, StoreError};

fn full(world: &World, order: &Order) -> Order {
    Order {
        external_order_id: Some("#1001".into()),
        distribution_id: Some(world.id(START)),
        experience_id: Some(world.id(START)),
        product_id: Some(world.id(START)),
        status: OrderStatus::Cancelled,
        total_amount: money("0.10"),
        currency: "JPY".parse().expect("a currency"),
        metadata: metadata(),
        payment: Some(Payment {
            paid_at: at(3),
            provider: Some("stripe".into()),
            reference: Some("pi_1".into()),
        }),
        tracking: Tracking {
            carrier: Some("DHL".into()),
            number: Some("00340".into()),
            url: Some("https://dhl.example/00340".into()),
        },
        fulfilled_at: Some(at(4)),
        cancelled_at: Some(at(5)),
        cancel_reason: Some("lost".into()),
        updated_at: at(5),
        ..order.clone()
    }
}

/// An order comes back as it was written, with everything and with nothing.
pub async fn an_order_comes_back_as_it_was_written(world: &World) {
    let (org, _) = world.shop().await;
    let bare = world.new_order(world.id(START), 1);
    let id = bare.id;
    let paid = Order {
        payment: Some(Payment { paid_at: at(2), provider: None, reference: None }),
        ..bare.clone()
    };
    for next in [bare.clone(), paid, full(world, &bare), bare.clone()] {
        world.put_orders(org, std::slice::from_ref(&next)).await;
        let found = world.store.order(org, id).await.expect("a read");
        assert_eq!(found.as_ref(), Some(&next));
        assert_eq!(world.change(org, move |tx| tx.order(id)).await, found);
    }
    assert_eq!(world.store.order(org, world.id(START)).await.expect("a read"), None);
}

/// The shop's number names one order.
pub async fn orders_are_found_by_the_shops_number(world: &World) {
    let (org, _) = world.shop().await;
    let order = full(world, &world.new_order(world.id(START), 1));
    world.put_orders(org, std::slice::from_ref(&order)).await;
    for (number, found) in [("#1001", Some(order.id)), ("1001", None), ("", None)] {
        let id = world.change(org, move |tx| tx.order_by_external_id(number)).await;
        assert_eq!(id, found, "{number}");
    }
    let twin = full(world, &world.new_order(world.id(START), 1));
    let taken = world.work(org, move |tx| Ok(tx.put_order(&twin)?)).await;
    assert!(matches!(taken, Err(StoreError::Failed(_))), "{taken:?}");
}

/// Every filter, alone and together, in both orders.
pub async fn lists_of_orders_filter(world: &World) {
    use OrderStatus::{Cancelled, Created, Paid};
    let (org, _) = world.shop().await;
    let (buyer, other) = (world.id(START), world.id(START));
    let queue = world.id(START);
    let mut all = Vec::new();
    for second in [10, 20, 30, 40, 50] {
        let consumer = if second == 30 { other } else { buyer };
        all.push(world.new_order(consumer, second));
    }
    all[1].distribution_id = Some(queue);
    all[2].distribution_id = Some(queue);
    all[4].external_order_id = Some("#7".into());
    world.put_orders(org, &all).await;
    all[0].status = Paid;
    all[0].updated_at = at(60);
    all[1].status = Cancelled;
    all[1].updated_at = at(70);
    world.put_orders(org, &all[..2]).await;
    let none = OrderFilter::default();
    let of_buyer = OrderFilter { consumer_id: Some(buyer), ..none.clone() };
    let of_queue = OrderFilter { distribution_id: Some(queue), ..none.clone() };
    let number = OrderFilter { external_order_id: Some("#7".into()), ..none.clone() };
    let status = |status: &[_]| OrderFilter { status: status.to_vec(), ..none.clone() };
    for (filter, by_id, by_change) in [
        (none.clone(), vec![0, 1, 2, 3, 4], vec![2, 3, 4, 0, 1]),
        (of_buyer.clone(), vec![0, 1, 3, 4], vec![3, 4, 0, 1]),
        (of_queue.clone(), vec![1, 2], vec![2, 1]),
        (OrderFilter { consumer_id: Some(buyer), ..of_queue.clone() }, vec![1], vec![1]),
        (number.clone(), vec![4], vec![4]),
        (OrderFilter { consumer_id: Some(other), ..number }, vec![], vec![]),
        (status(&[Paid]), vec![0], vec![0]),
        (status(&[Created, Paid]), vec![0, 2, 3, 4], vec![2, 3, 4, 0]),
        (OrderFilter { status: vec![Created], ..of_queue }, vec![2], vec![2]),
        (OrderFilter { status: vec![Created], ..of_buyer }, vec![3, 4], vec![3, 4]),
        (OrderFilter { created_after: Some(at(30)), ..none.clone() }, vec![2, 3, 4], vec![2, 3, 4]),
        (OrderFilter { created_before: Some(at(20)), ..none.clone() }, vec![0], vec![0]),
        (OrderFilter { updated_after: Some(at(60)), ..none.clone() }, vec![0, 1], vec![0, 1]),
        (OrderFilter { updated_after: Some(at(50)), ..status(&[Created]) }, vec![4], vec![4]),
        (OrderFilter { distribution_id: Some(world.id(START)), ..none }, vec![], vec![]),
    ] {
        for (key, expected) in [(SortKey::Created, by_id), (SortKey::Updated, by_change)] {
            let page = page(100, Sort::Ascending);
            let listed = items(world.store.orders(org, filter.clone(), key, page).await);
            let expected: Vec<_> = expected.iter().map(|index| all[*index].clone()).collect();
            assert_eq!(listed, expected, "{filter:?} {key:?}");
        }
    }
}

/// Cursors work in both directions, whatever a list goes through.
pub async fn pages_of_orders_are_stable(world: &World) {
    let (org, _) = world.shop().await;
    let (buyer, queue) = (world.id(START), world.id(START));
    let mut all: Vec<_> = (0..16).map(|second| world.new_order(buyer, second)).collect();
    for order in &mut all {
        order.distribution_id = Some(queue);
    }
    world.put_orders(org, &all).await;
    for (index, order) in all.iter_mut().enumerate() {
        order.status = OrderStatus::ALL[index % 2];
    }
    let backwards: Vec<_> = all.iter().rev().cloned().collect();
    world.put_orders(org, &backwards).await;
    let none = OrderFilter::default();
    let (paid, created) = (OrderStatus::Paid, OrderStatus::Created);
    for filter in [
        none.clone(),
        OrderFilter { consumer_id: Some(buyer), ..none.clone() },
        OrderFilter { distribution_id: Some(queue), ..none.clone() },
        OrderFilter { status: vec![paid], ..none.clone() },
        OrderFilter { status: vec![paid, created], ..none.clone() },
        OrderFilter { status: vec![created], consumer_id: Some(buyer), ..none },
    ] {
        let list = |key| {
            let (store, filter) = (world.store.clone(), filter.clone());
            move |page| {
                let (store, filter) = (store.clone(), filter.clone());
                async move { store.orders(org, filter, key, page).await }
            }
        };
        let ids: Vec<_> = all
            .iter()
            .filter(|order| filter.status.is_empty() || filter.status.contains(&order.status))
            .map(|order| order.id.as_u128())
            .collect();
        check_pages(&ids, |listed| listed.item.id.as_u128(), list(SortKey::Created)).await;
        let newest = list(SortKey::Updated)(page(100, Sort::Descending)).await.expect("a list");
        let listed: Vec<_> = newest.items.iter().map(|one| one.item.id.as_u128()).collect();
        assert_eq!(listed, ids, "who was written last is first");
        let changes: Vec<_> = newest.items.iter().rev().map(|one| u128::from(one.change)).collect();
        check_pages(&changes, |listed| u128::from(listed.change), list(SortKey::Updated)).await;
    }
}
