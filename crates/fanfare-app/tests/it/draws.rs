//! Draws: selected by rank, in steps, replaced, and computed again by whoever wants to.

use std::time::Duration;

use fanfare_app::{
    Change, CompleteInput, DistributionFields, DrawView, ErrorCode, RuleFields, Standing,
};
use fanfare_model::launch::{DistributionKind, DistributionStatus, Participant, ParticipantStatus};
use fanfare_model::{ConsumerId, DistributionId, EventType};
use fanfare_signing::draw;

use crate::stage::{SECOND, Stage};
use crate::told::hold;
use crate::world::code;

use ParticipantStatus::{Completed, Entered, Expired, Left, Lost, Selected};

async fn listed(
    stage: &Stage,
    id: DistributionId,
    which: Standing,
) -> (DrawView, Vec<Participant>) {
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    let view = app.draw(caller, id).await.unwrap();
    let mut all: Vec<Participant> = Vec::new();
    loop {
        let after = all.last().map(|last| view.cursor(last));
        let page = app.draw_page(caller, &view, which, after, 37).await.unwrap();
        all.extend(page.items);
        if !page.has_more {
            return (view, all);
        }
    }
}

/// Who wins by the published algorithm, from nothing but what is published.
async fn computed_again(stage: &Stage, id: DistributionId) -> Vec<ConsumerId> {
    let (view, entrants) = listed(stage, id, Standing::Entrants).await;
    let seed = draw::from_hex(view.seed.as_deref().unwrap()).unwrap();
    assert_eq!(draw::hex(&draw::commitment(&seed)), view.commitment);
    let drawn_at = view.rules.state.drawn_at;
    let stood = |one: &&Participant| {
        one.status != Left || one.granted_at.is_some() || one.ended_at > drawn_at
    };
    let mut ranked: Vec<_> = entrants
        .iter()
        .filter(stood)
        .map(|one| {
            let rank = draw::rank(&seed, &id.to_string(), &one.consumer_id.to_string());
            assert_eq!(view.rank(one), Some(draw::hex(&rank)));
            (rank, one.consumer_id)
        })
        .collect();
    assert_eq!(ranked.len(), view.rules.state.entrants as usize);
    ranked.sort_unstable();
    ranked.truncate(view.rules.winner_count as usize);
    ranked.into_iter().map(|(_, consumer)| consumer).collect()
}

fn ids(participants: &[Participant]) -> Vec<ConsumerId> {
    participants.iter().map(|one| one.consumer_id).collect()
}

#[tokio::test]
async fn winners_are_those_whom_the_seed_names() {
    let stage = Stage::new().await;
    let id = stage.draw(120, None).await;
    let consumers = stage.joined(id, 300).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    app.leave(caller, id, consumers[5]).await.unwrap();
    let before = app.draw(caller, id).await.unwrap();
    assert_eq!((&before.seed, before.rules.state.finished_at), (&None, None));
    let (_, entrants) = listed(&stage, id, Standing::Entrants).await;
    assert_eq!(ids(&entrants), consumers, "by number: the order gives nothing away");
    assert_eq!(before.rank(&entrants[0]), None);
    assert_eq!(listed(&stage, id, Standing::Winners).await.1, []);

    let drawn = app.draw_now(caller, id).await.unwrap();
    assert_eq!(drawn.commitment, before.commitment);
    stage.while_driven(stage.done()).await;
    let (view, winners) = listed(&stage, id, Standing::Winners).await;
    assert_eq!(ids(&winners), computed_again(&stage, id).await);
    assert_eq!((view.rules.state.selected, view.rules.state.entrants), (120, 299));
    assert!(winners.iter().all(|one| one.status == Selected && !one.is_backfill));
    assert_eq!(stage.count(id, Lost).await, 179, "the others have lost");
    stage.hold_counts(id).await;
    let told = stage.told(EventType::DistributionWinnerSelected).await;
    let told_of: Vec<_> = told.iter().map(|data| data["consumer_id"].clone()).collect();
    assert!(
        told_of.iter().eq(ids(&winners).iter().map(ToString::to_string).collect::<Vec<_>>().iter())
    );
    told.iter().for_each(|data| hold(EventType::DistributionWinnerSelected, data));
}

#[tokio::test]
async fn a_draw_is_drawn_at_its_time_in_steps_and_once() {
    let stage = Stage::new().await;
    let draw_at = stage.now() + 10 * SECOND;
    let fields = DistributionFields {
        close_at: Change::Set(stage.now() + 5 * SECOND),
        rules: RuleFields {
            winner_count: Change::Set(1_234),
            draw_at: Change::Set(draw_at),
            selection_expires_after: Change::Set(60),
            ..RuleFields::default()
        },
        ..DistributionFields::default()
    };
    let id = stage.create(DistributionKind::Draw, fields).await;
    stage.joined(id, 2_000).await;
    stage
        .while_driven(async {
            stage.pass(5 * SECOND).await;
            assert_eq!(stage.status(id).await, DistributionStatus::Closed);
            stage.pass(Duration::from_millis(4_990)).await;
            assert_eq!(stage.status(id).await, DistributionStatus::Closed, "not early");
            stage.pass(Duration::from_millis(10)).await;
            assert_eq!(stage.status(id).await, DistributionStatus::Drawn);
        })
        .await;
    let winners = stage.all(id, Some(Selected)).await;
    assert_eq!(winners.len(), 1_234);
    assert!(winners.iter().all(|one| one.granted_at == Some(draw_at)));
    assert!(winners.iter().all(|one| one.expires_at == Some(draw_at + 60 * SECOND)));
    assert_eq!(stage.count(id, Lost).await, 766);
    assert_eq!(stage.told(EventType::DistributionWinnerSelected).await.len(), 1_234);
    let again = stage.world.app.draw_now(&stage.world.caller, id).await;
    assert_eq!(code(again), ErrorCode::IllegalTransition);
    stage.while_driven(stage.pass(60 * SECOND)).await;
    assert_eq!(stage.count(id, Expired).await, 1_234);
    assert_eq!(stage.status(id).await, DistributionStatus::Completed);
    stage.hold_counts(id).await;
}

#[tokio::test]
async fn nobody_leaves_between_the_beginning_and_the_end_of_a_drawing() {
    let stage = Stage::new().await;
    let id = stage.draw(600, None).await;
    stage.joined(id, 700).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    // The loop does not run: the drawing stands after its first step.
    let view = app.draw_now(caller, id).await.unwrap();
    assert_eq!((view.rules.state.selected, &view.seed), (100, &None), "no seed before the end");
    assert_eq!(listed(&stage, id, Standing::Winners).await.1, []);
    let (waits, won) = (stage.all(id, Some(Entered)).await, stage.all(id, Some(Selected)).await);
    let refused = app.leave(caller, id, waits[0].consumer_id).await;
    assert_eq!(code(refused), ErrorCode::Conflict);
    app.leave(caller, id, won[0].consumer_id).await.unwrap();
    stage.while_driven(stage.done()).await;
    let (view, winners) = listed(&stage, id, Standing::Winners).await;
    assert_eq!((view.rules.state.selected, view.rules.state.entrants), (600, 700));
    assert_eq!(ids(&winners), computed_again(&stage, id).await);
    assert_eq!(stage.count(id, Selected).await, 599, "who left is not replaced in this draw");
    assert_eq!(stage.told(EventType::DistributionWinnerSelected).await.len(), 600);
}

#[tokio::test]
async fn with_fewer_entrants_than_winners_all_win() {
    let stage = Stage::new().await;
    let id = stage.draw(10, None).await;
    stage.joined(id, 4).await;
    let view = stage.world.app.draw_now(&stage.world.caller, id).await.unwrap();
    assert_eq!((view.rules.state.selected, view.status), (4, DistributionStatus::Drawn));
    assert!(view.seed.is_some(), "nobody is left to select");
    let empty = stage.draw(10, None).await;
    let view = stage.world.app.draw_now(&stage.world.caller, empty).await.unwrap();
    assert_eq!((view.rules.state.selected, view.status), (0, DistributionStatus::Completed));
}

#[tokio::test]
async fn who_lets_a_place_go_is_replaced_by_the_next_rank() {
    let stage = Stage::new().await;
    let id = stage.draw(3, Some(60)).await;
    stage.joined(id, 8).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    app.draw_now(caller, id).await.unwrap();
    let (view, by_rank) = listed(&stage, id, Standing::Entrants).await;
    let order = ids(&by_rank);
    assert!(by_rank.is_sorted_by_key(|one| view.cursor(one)));
    assert_eq!(stage.count(id, Entered).await, 5, "they stay in reserve");

    // The first winner leaves, and the first in reserve leaves too before the next vacancy.
    app.leave(caller, id, order[0]).await.unwrap();
    assert_eq!(stage.participant(id, order[3]).await.status, Selected, "in the same transaction");
    assert!(stage.participant(id, order[3]).await.is_backfill);
    app.leave(caller, id, order[4]).await.unwrap();
    app.complete(caller, id, order[1], CompleteInput::default()).await.unwrap();
    stage
        .while_driven(async {
            stage.pass(60 * SECOND).await;
            // The third and the first replacement ran out at the same time.
            for (consumer, status) in [(2, Expired), (3, Expired), (5, Selected), (6, Selected)] {
                assert_eq!(
                    stage.participant(id, order[consumer]).await.status,
                    status,
                    "{consumer}"
                );
            }
            app.complete(caller, id, order[5], CompleteInput::default()).await.unwrap();
            stage.pass(60 * SECOND).await;
            assert_eq!(stage.participant(id, order[6]).await.status, Expired);
            assert_eq!(stage.participant(id, order[7]).await.status, Selected);
            app.complete(caller, id, order[7], CompleteInput::default()).await.unwrap();
            stage.done().await;
        })
        .await;
    assert_eq!(stage.status(id).await, DistributionStatus::Completed);
    assert_eq!(computed_again(&stage, id).await, order[..3], "whoever left since stood in it");
    assert_eq!(stage.count(id, Completed).await, 3);
    let (view, winners) = listed(&stage, id, Standing::Winners).await;
    assert_eq!(view.rules.state.selected, 7);
    assert_eq!(ids(&winners), [0, 1, 2, 3, 5, 6, 7].map(|index| order[index]));
    let told = stage.told(EventType::DistributionWinnerSelected).await;
    let backfills: Vec<_> = told.iter().map(|data| data["is_backfill"] == true).collect();
    assert_eq!(backfills, [false, false, false, true, true, true, true]);
    stage.hold_counts(id).await;
}

#[tokio::test]
async fn a_reserve_that_is_not_needed_has_lost_in_the_end() {
    let stage = Stage::new().await;
    let id = stage.draw(1, Some(60)).await;
    stage.joined(id, 1_300).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    app.draw_now(caller, id).await.unwrap();
    let winner = stage.all(id, Some(Selected)).await[0].consumer_id;
    app.complete(caller, id, winner, CompleteInput::default()).await.unwrap();
    stage.while_driven(stage.done()).await;
    assert_eq!(stage.count(id, Lost).await, 1_299);
    assert_eq!(stage.status(id).await, DistributionStatus::Completed);
}

#[tokio::test]
async fn a_draw_is_still_drawn_when_its_experience_is_over() {
    let stage = Stage::new().await;
    let draw_at = stage.now() + 10 * SECOND;
    let rules = RuleFields {
        winner_count: Change::Set(1),
        draw_at: Change::Set(draw_at),
        ..RuleFields::default()
    };
    let id = stage.with_rules(DistributionKind::Draw, rules).await;
    stage.joined(id, 3).await;
    stage
        .while_driven(async {
            let (app, caller) = (&stage.world.app, &stage.world.caller);
            app.complete_experience(caller, stage.experience).await.unwrap();
            stage.done().await;
            assert_eq!(stage.status(id).await, DistributionStatus::Closed);
            assert_eq!(stage.count(id, Entered).await, 3);
            stage.pass(10 * SECOND).await;
        })
        .await;
    assert_eq!((stage.count(id, Selected).await, stage.count(id, Lost).await), (1, 2));
}

#[tokio::test]
async fn what_is_no_draw_is_not_drawn() {
    let stage = Stage::new().await;
    let queue = stage.queue(None, None).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    assert_eq!(code(app.draw_now(caller, queue).await), ErrorCode::Conflict);
    assert_eq!(code(app.draw(caller, queue).await), ErrorCode::Conflict);
    let nothing = DistributionId::from_u128(1);
    assert_eq!(code(app.draw(caller, nothing).await), ErrorCode::NotFound);
    assert_eq!(code(app.draw_now(caller, nothing).await), ErrorCode::NotFound);
    let early = Stage::draft().await;
    let id = early.draw(1, None).await;
    let refused = early.world.app.draw_now(&early.world.caller, id).await;
    assert_eq!(code(refused), ErrorCode::IllegalTransition);
}

#[tokio::test]
async fn every_draw_has_a_seed_of_its_own() {
    let stage = Stage::new().await;
    let mut commitments = std::collections::HashSet::new();
    for _ in 0..20 {
        let id = stage.draw(1, None).await;
        let view = stage.world.app.draw(&stage.world.caller, id).await.unwrap();
        assert_ne!(view.rules.state.seed, [0; 32]);
        assert_eq!(stage.view(id).await.commitment().as_ref(), Some(&view.commitment));
        assert!(commitments.insert(view.commitment));
    }
}
