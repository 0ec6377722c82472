//! Distributions: three kinds, their counts, and what the clock has to look at.

use std::time::Duration;

use fanfare_model::Timestamp;
use fanfare_model::launch::{
    AuctionRules, Distribution, DistributionKind, DistributionRules, DistributionStatus, DrawRules,
    DrawState, Experience, ExperienceStatus, ParticipantStatus, QueueRules, QueueState,
};

use super::World;
use super::launch::{metadata, money};
use super::world::{START, at, check_pages, page};
use crate::{DistributionFilter, Due, Order, ParticipantCounts};

fn full(world: &World, distribution: &Distribution) -> Distribution {
    let rules = match distribution.kind() {
        DistributionKind::Queue => DistributionRules::Queue(QueueRules {
            admission_rate: Some(600),
            admission_expires_after: Some(900),
            state: QueueState { granted_to: Some(at(60) + Duration::from_millis(1)) },
        }),
        DistributionKind::Draw => DistributionRules::Draw(DrawRules {
            winner_count: 5_000,
            draw_at: Some(at(70)),
            selection_expires_after: Some(3_600),
            replace_expired: true,
            state: DrawState {
                seed: [200; 32],
                drawn_at: Some(at(71)),
                finished_at: Some(at(72)),
                selected: 5_001,
                entrants: 100_000,
            },
        }),
        DistributionKind::Auction => DistributionRules::Auction(AuctionRules {
            currency: "KWD".parse().expect("a currency"),
            starting_price: money("10.500"),
            reserve_price: Some(money("100")),
            minimum_increment: money("0.005"),
            settle_at: at(80),
            auto_extend_seconds: Some(30),
            win_expires_after: Some(86_400),
            bid_count: 17,
            highest: Some(world.new_bid(distribution.id, 16, "999999999999.12345678")),
        }),
    };
    Distribution {
        product_id: Some(world.id(START)),
        name: Some("Erste Schlange".into()),
        rules,
        status: DistributionStatus::Closed,
        open_at: Some(at(50)),
        close_at: Some(at(60)),
        capacity: Some(u32::MAX),
        metadata: metadata(),
        joined: 12,
        wake_at: Some(at(55)),
        updated_at: at(56),
        ..distribution.clone()
    }
}

/// Each kind comes back as it was written, with everything and with nothing.
pub async fn distributions_come_and_go(world: &World) {
    let (org, _) = world.shop().await;
    let experience = world.experience(org, 1).await;
    for bare in [
        world.new_queue(&experience, 2),
        world.new_draw(&experience, 3),
        world.new_auction(&experience, 4),
    ] {
        let id = bare.id;
        for next in [bare.clone(), full(world, &bare), bare.clone()] {
            world.put_distribution(org, &next).await;
            let found = world.store.distribution(org, id).await.expect("a read");
            assert_eq!(found, Some((next.clone(), Vec::new())));
            assert_eq!(world.change(org, move |tx| tx.distribution(id)).await, Some(next));
        }
        world.change(org, move |tx| tx.delete_distribution(id)).await;
        assert_eq!(world.store.distribution(org, id).await.expect("a read"), None);
        assert_eq!(world.change(org, move |tx| tx.distribution(id)).await, None);
    }
    let left = world.change(org, move |tx| tx.distributions_of(experience.id)).await;
    assert!(left.is_empty());
}

/// An experience's own, oldest first; lists by experience, kind and status; cursors.
pub async fn lists_of_distributions_filter_and_page(world: &World) {
    let (org, _) = world.shop().await;
    let (one, other) = (world.experience(org, 0).await, world.experience(org, 0).await);
    let mut all = Vec::new();
    for second in 1..=9 {
        let experience = if second % 3 == 0 { &other } else { &one };
        let mut distribution = match second % 2 {
            0 => world.new_draw(experience, second),
            _ => world.new_queue(experience, second),
        };
        distribution.status = DistributionStatus::ALL[second as usize % 3];
        world.put_distribution(org, &distribution).await;
        all.push(distribution);
    }
    let first = one.id;
    let own = world.change(org, move |tx| tx.distributions_of(first)).await;
    let expected = [0, 1, 3, 4, 6, 7].map(|index: usize| all[index].clone());
    assert_eq!(own, expected);
    let list = |filter: DistributionFilter| {
        let store = world.store.clone();
        move |page| {
            let (store, filter) = (store.clone(), filter.clone());
            async move { store.distributions(org, filter, page).await }
        }
    };
    let none = DistributionFilter::default();
    let (scheduled, open) = (DistributionStatus::Scheduled, DistributionStatus::Open);
    let draws = DistributionFilter { kind: Some(DistributionKind::Draw), ..none.clone() };
    for (filter, expected) in [
        (none.clone(), vec![0, 1, 2, 3, 4, 5, 6, 7, 8]),
        (DistributionFilter { experience_id: Some(other.id), ..none.clone() }, vec![2, 5, 8]),
        (draws.clone(), vec![1, 3, 5, 7]),
        (DistributionFilter { experience_id: Some(other.id), ..draws }, vec![5]),
        (DistributionFilter { status: vec![open], ..none.clone() }, vec![0, 3, 6]),
        (
            DistributionFilter { status: vec![open, scheduled], ..none.clone() },
            vec![0, 2, 3, 5, 6, 8],
        ),
        (DistributionFilter { experience_id: Some(world.id(START)), ..none.clone() }, vec![]),
    ] {
        let got = list(filter.clone())(page(100, Order::Ascending)).await.expect("a list");
        let got: Vec<_> = got.items.into_iter().map(|(distribution, _)| distribution).collect();
        let expected: Vec<_> = expected.iter().map(|index| all[*index].clone()).collect();
        assert_eq!(got, expected, "{filter:?}");
    }
    let id = |listed: &(Distribution, ParticipantCounts)| listed.0.id.as_u128();
    let ids: Vec<_> = all.iter().map(|distribution| distribution.id.as_u128()).collect();
    check_pages(&ids, id, list(none.clone())).await;
    let of_one = DistributionFilter { experience_id: Some(one.id), ..none };
    let ids: Vec<_> = own.iter().map(|distribution| distribution.id.as_u128()).collect();
    check_pages(&ids, id, list(of_one)).await;
}

/// Counts follow every change of a status, whether the distribution is written with it or not.
pub async fn counts_follow_participants(world: &World) {
    use ParticipantStatus::{Admitted, Completed, Left, Queued};
    let (org, _) = world.shop().await;
    let (queue, beside) = (world.queue(org, 1).await, world.queue(org, 1).await);
    world.join(org, beside.id, 1..=2).await;
    let counts = async |id| {
        let found = world.store.distribution(org, id).await.expect("a read");
        let mut counts = found.expect("the queue").1;
        counts.sort_by_key(|(status, _)| status.code());
        counts
    };
    assert_eq!(counts(queue.id).await, []);
    let mut joined = world.join(org, queue.id, 1..=4).await;
    assert_eq!(counts(queue.id).await, [(Queued, 4)]);
    joined[0].status = Admitted;
    joined[1].status = Admitted;
    joined[2].status = Left;
    joined[3].updated_at = at(9);
    world.put_participants(org, &joined).await;
    assert_eq!(counts(queue.id).await, [(Queued, 1), (Admitted, 2), (Left, 1)]);
    joined[0].status = Completed;
    joined[1].status = Completed;
    let (again, id) = (joined.clone(), queue.id);
    let inside = world
        .change(org, move |tx| {
            again.iter().try_for_each(|participant| tx.put_participant(participant))?;
            [Queued, Admitted, Completed]
                .into_iter()
                .map(|status| tx.count_participants(id, status))
                .collect::<Result<Vec<_>, _>>()
        })
        .await;
    assert_eq!(inside, [1, 0, 2]);
    let expected = [(Queued, 1), (Completed, 2), (Left, 1)];
    assert_eq!(counts(queue.id).await, expected);
    assert_eq!(counts(beside.id).await, [(Queued, 2)]);
    let list = world.store.distributions(org, Default::default(), page(9, Order::Ascending)).await;
    let mut listed = list.expect("a list").items.remove(0);
    listed.1.sort_by_key(|(status, _)| status.code());
    assert_eq!(listed, (queue, expected.to_vec()));
    let unknown = world.id(START);
    assert_eq!(world.change(org, move |tx| tx.count_participants(unknown, Queued)).await, 0);
}

/// What is due comes earliest first, of every organization, and no more than asked for; then the
/// clock is told when to look again.
pub async fn what_is_due_comes_earliest_first(world: &World) {
    let (org, _) = world.shop().await;
    let (other, _) = world.shop().await;
    let due = async |second, limit| {
        let (due, next) = world.store.launch_due(at(second), limit).await.expect("a read");
        (due, next.map(|next: Timestamp| next.since(START).as_secs()))
    };
    assert_eq!(due(9_999, 10).await, (vec![], None));
    let opens = Experience {
        status: ExperienceStatus::Scheduled,
        open_at: Some(at(30)),
        ..world.new_experience(1)
    };
    let draft = Experience { open_at: Some(at(5)), ..world.new_experience(1) };
    let closes = Distribution { close_at: Some(at(20)), ..world.new_queue(&opens, 1) };
    let wakes = Distribution { wake_at: Some(at(40)), ..world.new_queue(&opens, 1) };
    let settles = world.new_auction(&opens, 1);
    let (first, second) = (opens.clone(), closes.clone());
    world
        .change(org, move |tx| {
            tx.put_experience(&first)?;
            tx.put_experience(&draft)?;
            tx.put_distribution(&second)?;
            tx.put_distribution(&settles)
        })
        .await;
    world.put_distribution(other, &wakes).await;
    let all = [
        (org, Due::Distribution(closes.id)),
        (org, Due::Experience(opens.id)),
        (other, Due::Distribution(wakes.id)),
    ];
    assert_eq!(due(19, 10).await, (vec![], Some(20)));
    assert_eq!(due(20, 10).await, (all[..1].to_vec(), Some(30)));
    assert_eq!(due(40, 10).await, (all.to_vec(), Some(9_000)));
    assert_eq!(due(40, 3).await, (all.to_vec(), Some(9_000)));
    assert_eq!(due(40, 2).await, (all[..2].to_vec(), None), "more is due");
    let over = Distribution { status: DistributionStatus::Completed, ..closes };
    world.put_distribution(org, &over).await;
    let opened = Experience { status: ExperienceStatus::Active, ..opens };
    world.change(org, move |tx| tx.put_experience(&opened)).await;
    assert_eq!(due(40, 10).await, (all[2..].to_vec(), Some(9_000)));
}
