//! Participants and bids: in the orders in which use cases and customers look for them.

use fanfare_model::OrganizationId;
use fanfare_model::launch::{Distribution, Participant, ParticipantStatus};

use super::World;
use super::launch::money;
use super::world::{START, at, check_pages, page};
use crate::{Order, ParticipantFilter, ParticipantOrder, SortKey};

/// The participant with another number.
pub(crate) fn numbered(participant: &Participant, number: u32) -> Participant {
    Participant { number, ..participant.clone() }
}

async fn draw(world: &World, org: OrganizationId) -> Distribution {
    let experience = world.experience(org, 1).await;
    let draw = world.new_draw(&experience, 1);
    world.put_distribution(org, &draw).await;
    draw
}

/// A rank that sorts as this number does.
fn rank(first: u8) -> Option<[u8; 32]> {
    let mut rank = [9; 32];
    rank[0] = first;
    Some(rank)
}

/// A participant comes back as it was written, with everything and with nothing.
pub async fn a_participant_comes_back_as_it_was_written(world: &World) {
    let (org, _) = world.shop().await;
    let draw = draw(world, org).await.id;
    let bare = world.new_participant(draw, 1, 1);
    let full = Participant {
        status: ParticipantStatus::Completed,
        rank: rank(200),
        granted_at: Some(at(2)),
        expires_at: Some(at(3)),
        ended_at: Some(at(4)),
        is_backfill: true,
        order_id: Some(world.id(at(4))),
        amount: Some(money("12.340")),
        updated_at: at(4),
        ..numbered(&world.new_participant(draw, 2, 1), u32::MAX)
    };
    let less = Participant {
        status: ParticipantStatus::Selected,
        granted_at: None,
        expires_at: None,
        ended_at: None,
        is_backfill: false,
        order_id: None,
        amount: None,
        updated_at: at(5),
        ..full.clone()
    };
    for next in [bare.clone(), full.clone(), less, full] {
        world.put_participants(org, std::slice::from_ref(&next)).await;
        let id = next.consumer_id;
        let found = world.store.participant(org, draw, id).await.expect("a read");
        assert_eq!(found.as_ref(), Some(&next));
        assert_eq!(world.change(org, move |tx| tx.participant(draw, id)).await, found);
    }
    let (nobody, nowhere) = (world.id(START), world.id(START));
    for (distribution, consumer) in [(draw, nobody), (nowhere, bare.consumer_id)] {
        let found = world.store.participant(org, distribution, consumer).await;
        assert_eq!(found.expect("a read"), None);
        let found = world.change(org, move |tx| tx.participant(distribution, consumer)).await;
        assert_eq!(found, None);
    }
}

/// A consumer is in a distribution once, with one number that nobody else has.
pub async fn nobody_is_in_a_distribution_twice(world: &World) {
    let (org, _) = world.shop().await;
    let (queue, other) = (world.queue(org, 1).await.id, world.queue(org, 1).await.id);
    let joined = world.join(org, queue, 1..=1).await.remove(0);
    for wrong in [numbered(&joined, 2), world.new_participant(queue, 1, 2)] {
        let put = wrong.clone();
        let done = world.work(org, move |tx| Ok(tx.put_participant(&put)?)).await;
        assert!(matches!(done, Err(crate::StoreError::Failed(_))), "{wrong:?} {done:?}");
    }
    let elsewhere = Participant { distribution_id: other, ..joined };
    world.put_participants(org, &[elsewhere]).await;
    for id in [queue, other] {
        assert_eq!(world.numbers(org, id, Default::default(), SortKey::Created).await, [1]);
    }
}

/// By number, by rank, by the end of their time: only those with the status, no more than asked.
pub async fn participants_come_in_the_order_asked_for(world: &World) {
    use ParticipantStatus::{Entered, Selected};
    let (org, _) = world.shop().await;
    let draw = draw(world, org).await.id;
    let beside = self::draw(world, org).await.id;
    let with = |number: u32, status, first: u8, expires: Option<u64>| Participant {
        status,
        rank: rank(first),
        expires_at: expires.map(at),
        ..world.new_participant(draw, number, u64::from(number))
    };
    let all = [
        with(5, Entered, 30, None),
        with(2, Entered, 10, Some(90)),
        with(3, Selected, 5, Some(70)),
        with(9, Entered, 20, Some(80)),
        with(1, Selected, 40, None),
        Participant { rank: None, ..with(7, Entered, 0, Some(60)) },
        Participant { distribution_id: beside, ..with(4, Entered, 1, Some(1)) },
    ];
    world.put_participants(org, &all).await;
    let first = async |status, order, limit| {
        let found = world.change(org, move |tx| tx.participants(draw, status, order, limit)).await;
        found.iter().map(|participant| participant.number).collect::<Vec<_>>()
    };
    let (number, rank, expiry) =
        (ParticipantOrder::Number, ParticipantOrder::Rank, ParticipantOrder::Expiry);
    assert_eq!(first(Entered, number, 10).await, [2, 5, 7, 9]);
    assert_eq!(first(Entered, number, 2).await, [2, 5]);
    assert_eq!(first(Entered, rank, 10).await, [2, 9, 5]);
    assert_eq!(first(Entered, rank, 1).await, [2]);
    assert_eq!(first(Entered, expiry, 10).await, [7, 9, 2]);
    assert_eq!(first(Selected, number, 10).await, [1, 3]);
    assert_eq!(first(Selected, rank, 10).await, [3, 1]);
    assert_eq!(first(Selected, expiry, 10).await, [3]);
    assert!(first(ParticipantStatus::Left, number, 10).await.is_empty());
    assert!(first(Entered, number, 0).await.is_empty());
    let moved = Participant { status: Selected, ..all[1].clone() };
    world.put_participants(org, &[moved]).await;
    assert_eq!(first(Entered, number, 10).await, [5, 7, 9]);
    assert_eq!(first(Selected, expiry, 10).await, [3, 2]);
    let nowhere = world.id(START);
    let found = world.change(org, move |tx| tx.participants(nowhere, Entered, number, 9)).await;
    assert!(found.is_empty());
}

/// Everybody with a rank, whatever became of them, page by page.
pub async fn a_draw_shows_everybody_by_rank(world: &World) {
    let (org, _) = world.shop().await;
    let draw = draw(world, org).await.id;
    let ranks = [60, 20, 70, 10, 50, 30, 40_u8];
    let all: Vec<_> = (1..)
        .zip(ranks)
        .map(|(number, first)| Participant {
            status: ParticipantStatus::ALL[number as usize],
            rank: rank(first),
            ..world.new_participant(draw, number, 1)
        })
        .collect();
    world.put_participants(org, &all).await;
    world.put_participants(org, &[world.new_participant(draw, 8, 1)]).await;
    let page = async |after, limit| {
        let found = world.store.draw_order(org, draw, after, limit).await.expect("a read");
        let first = |one: &Participant| one.rank.expect("a rank")[0];
        found.expect("the draw").iter().map(first).collect::<Vec<_>>()
    };
    assert_eq!(page(None, 100).await, [10, 20, 30, 40, 50, 60, 70]);
    assert_eq!(page(None, 3).await, [10, 20, 30]);
    assert_eq!(page(rank(30), 3).await, [40, 50, 60]);
    assert_eq!(page(rank(60), 3).await, [70]);
    assert!(page(rank(70), 3).await.is_empty());
    assert_eq!(page(Some([0; 32]), 1).await, [10]);
    let nowhere = world.store.draw_order(org, world.id(START), None, 9).await;
    assert_eq!(nowhere.expect("a read"), None);
}

/// Every filter in both orders.
pub async fn lists_of_participants_filter(world: &World) {
    use ParticipantStatus::{Admitted, Left, Lost, Queued};
    let (org, _) = world.shop().await;
    let (queue, beside) = (world.queue(org, 1).await.id, world.queue(org, 1).await.id);
    world.join(org, beside, 1..=9).await;
    // They join an hour and a quarter apart, so that times out of order are not excused.
    let hour = |number: u32| u64::from(number) * 4_500;
    let mut joined: Vec<_> =
        (1..=8).map(|number| world.new_participant(queue, number, hour(number))).collect();
    world.put_participants(org, &joined).await;
    for (index, status, number) in [(6, Left, 9), (1, Admitted, 10), (4, Admitted, 11)] {
        joined[index].status = status;
        joined[index].updated_at = at(hour(number));
        world.put_participants(org, &joined[index..=index]).await;
    }
    let none = ParticipantFilter::default();
    let status = |status: &[_]| ParticipantFilter { status: status.to_vec(), ..none.clone() };
    let after = |number| Some(at(hour(number)));
    for (filter, by_number, by_change) in [
        (none.clone(), vec![1, 2, 3, 4, 5, 6, 7, 8], vec![1, 3, 4, 6, 8, 7, 2, 5]),
        (status(&[Admitted]), vec![2, 5], vec![2, 5]),
        (status(&[Left, Admitted]), vec![2, 5, 7], vec![7, 2, 5]),
        (status(&[Queued, Left]), vec![1, 3, 4, 6, 7, 8], vec![1, 3, 4, 6, 8, 7]),
        (status(&[Lost]), vec![], vec![]),
        (
            ParticipantFilter { created_after: after(5), ..none.clone() },
            vec![5, 6, 7, 8],
            vec![6, 8, 7, 5],
        ),
        (ParticipantFilter { created_before: after(3), ..none.clone() }, vec![1, 2], vec![1, 2]),
        (
            ParticipantFilter { created_after: after(2), ..status(&[Admitted]) },
            vec![2, 5],
            vec![2, 5],
        ),
        (ParticipantFilter { created_after: after(9), ..none.clone() }, vec![], vec![]),
        (
            ParticipantFilter { updated_after: after(8), ..none.clone() },
            vec![2, 5, 7, 8],
            vec![8, 7, 2, 5],
        ),
        (ParticipantFilter { updated_after: after(10), ..status(&[Left]) }, vec![], vec![]),
    ] {
        let listed = world.numbers(org, queue, filter.clone(), SortKey::Created).await;
        assert_eq!(listed, by_number, "{filter:?}");
        let listed = world.numbers(org, queue, filter.clone(), SortKey::Updated).await;
        assert_eq!(listed, by_change, "{filter:?}");
    }
    let all = page(9, Order::Ascending);
    let nowhere = world.store.participants(org, world.id(START), none, SortKey::Created, all).await;
    assert_eq!(nowhere.expect("a read"), None);
}

/// Cursors work in both directions: all, one status, several; by number and by change.
pub async fn pages_of_participants_are_stable(world: &World) {
    use ParticipantStatus::{Admitted, Left, Queued};
    let (org, _) = world.shop().await;
    let (queue, beside) = (world.queue(org, 1).await.id, world.queue(org, 1).await.id);
    world.join(org, beside, 1..=9).await;
    let mut joined = world.join(org, queue, 1..=18).await;
    for (index, participant) in joined.iter_mut().enumerate().rev() {
        participant.status = [Queued, Admitted, Left][index % 3];
    }
    joined.reverse();
    world.put_participants(org, &joined).await;
    for (status, step) in [(vec![], 1), (vec![Admitted], 3), (vec![Left, Queued], 2)] {
        let filter = ParticipantFilter { status: status.clone(), ..Default::default() };
        let list = |key| {
            let (store, filter) = (world.store.clone(), filter.clone());
            move |page| {
                let (store, filter) = (store.clone(), filter.clone());
                async move {
                    let page = store.participants(org, queue, filter, key, page).await;
                    page.map(|page| page.expect("the queue"))
                }
            }
        };
        let numbers: Vec<_> = joined
            .iter()
            .rev()
            .filter(|participant| status.is_empty() || status.contains(&participant.status))
            .map(|participant| u128::from(participant.number))
            .collect();
        assert!(numbers.len() >= 18 / step);
        let by_number = list(SortKey::Created);
        check_pages(&numbers, |listed| u128::from(listed.item.number), by_number).await;
        let all = list(SortKey::Updated)(page(100, Order::Descending)).await.expect("a list");
        let listed: Vec<_> =
            all.items.iter().map(|listed| u128::from(listed.item.number)).collect();
        assert_eq!(listed, numbers, "who was written last is first");
        let changes: Vec<_> = all.items.iter().rev().map(|one| u128::from(one.change)).collect();
        check_pages(&changes, |listed| u128::from(listed.change), list(SortKey::Updated)).await;
    }
}

/// Whoever follows the cursor of a list by number while others join meets everybody once.
pub async fn who_joins_while_a_list_is_read_is_met(world: &World) {
    let (org, _) = world.shop().await;
    let queue = world.queue(org, 1).await.id;
    let mut seen = Vec::new();
    let mut next = page(3, Order::Ascending);
    for round in 0..6_u32 {
        world.join(org, queue, round * 4 + 1..=round * 4 + 4).await;
        let filter = ParticipantFilter {
            status: vec![ParticipantStatus::Queued],
            ..ParticipantFilter::default()
        };
        let got = world.store.participants(org, queue, filter, SortKey::Created, next).await;
        let got = got.expect("a page").expect("the queue");
        assert!(got.has_more);
        seen.extend(got.items.iter().map(|listed| listed.item.number));
        next.after = seen.last().map(|number| u128::from(*number));
    }
    assert_eq!(seen, (1..=18).collect::<Vec<_>>());
}

/// Bids come back as they were made, in their order.
pub async fn bids_page_by_number(world: &World) {
    let (org, _) = world.shop().await;
    let experience = world.experience(org, 1).await;
    let (auction, beside) = (world.new_auction(&experience, 1), world.new_auction(&experience, 1));
    world.put_distribution(org, &auction).await;
    world.put_distribution(org, &beside).await;
    let made: Vec<_> =
        (1..=7).map(|number| world.new_bid(auction.id, number, &format!("{number}0.00"))).collect();
    let (all, other) = (made.clone(), world.new_bid(beside.id, 1, "1"));
    world
        .change(org, move |tx| {
            tx.put_bid(&other)?;
            all.iter().try_for_each(|bid| tx.put_bid(bid))
        })
        .await;
    let list = |page| {
        let store = world.store.clone();
        async move {
            let page = store.bids(org, auction.id, page).await;
            page.map(|page| page.expect("the auction"))
        }
    };
    assert_eq!(list(page(100, Order::Ascending)).await.expect("a list").items, made);
    let numbers: Vec<_> = (1..=7).collect();
    check_pages(&numbers, |bid| u128::from(bid.number), list).await;
    let nowhere = world.store.bids(org, world.id(START), page(1, Order::Ascending)).await;
    assert_eq!(nowhere.expect("a read"), None);
}
