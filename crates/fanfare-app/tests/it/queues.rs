//! Queues: joining, leaving, and being let through by the clock and by hand.

use std::time::Duration;

use fanfare_app::{
    AdmitInput, Change, CompleteInput, DistributionFields, ErrorCode, NewDistribution, RuleFields,
};
use fanfare_model::launch::{DistributionKind, DistributionStatus, ParticipantStatus};
use fanfare_model::{ConsumerId, EventType};

use crate::stage::{SECOND, Stage};
use crate::world::{code, field};

use ParticipantStatus::{Admitted, Completed, Expired, Left, Lost, Queued};

#[tokio::test]
async fn the_clock_admits_one_after_the_other_at_the_rate_and_on_time() {
    let stage = Stage::new().await;
    let queue = stage.queue(Some(60), None).await;
    let consumers = stage.joined(queue, 5).await;
    let began = stage.now();
    stage
        .while_driven(async {
            stage.done().await;
            assert_eq!(stage.count(queue, Admitted).await, 1, "the first is not kept waiting");
            for admitted in 2..=5 {
                stage.pass(Duration::from_millis(990)).await;
                assert_eq!(stage.count(queue, Admitted).await, admitted - 1, "not early");
                stage.pass(Duration::from_millis(10)).await;
                assert_eq!(stage.count(queue, Admitted).await, admitted, "not late");
            }
            stage.pass(60 * SECOND).await;
            let late = stage.joined(queue, 4).await;
            stage.done().await;
            assert_eq!(stage.count(queue, Admitted).await, 6, "an idle minute is worth one");
            assert_eq!(stage.participant(queue, late[0]).await.status, Admitted);
        })
        .await;
    for (index, consumer) in consumers.iter().enumerate() {
        let participant = stage.participant(queue, *consumer).await;
        assert_eq!(participant.number as usize, index + 1);
        assert_eq!(participant.granted_at, Some(began + SECOND * index as u32));
        assert_eq!(participant.expires_at, None);
    }
    let told = stage.told(EventType::DistributionAdmitted).await;
    assert_eq!(told.len(), 6);
    assert_eq!(told[3]["consumer_id"], consumers[3].to_string());
    assert_eq!(told[3]["wait_time_seconds"], 3);
}

#[tokio::test]
async fn a_fast_queue_admits_at_its_rate() {
    let stage = Stage::new().await;
    let queue = stage.queue(Some(60_000), None).await;
    stage.joined(queue, 3_000).await;
    stage
        .while_driven(async {
            stage.done().await;
            for _ in 0..100 {
                stage.pass(Duration::from_millis(10)).await;
            }
        })
        .await;
    let admitted = stage.count(queue, Admitted).await;
    assert!((950..=1_001).contains(&admitted), "a thousand in a second: {admitted}");
    let admitted = stage.all(queue, Some(Admitted)).await;
    assert!(admitted.iter().map(|one| one.number).eq(1..=admitted.len() as u32), "in order");
    assert_eq!(stage.told(EventType::DistributionAdmitted).await.len(), admitted.len());
}

#[tokio::test]
async fn time_in_which_the_server_stood_still_is_not_made_up_for() {
    let stage = Stage::new().await;
    let queue = stage.queue(Some(60), None).await;
    stage.joined(queue, 100).await;
    stage.while_driven(stage.done()).await;
    stage.world.advance(600 * SECOND);
    stage.while_driven(stage.done()).await;
    assert!(stage.count(queue, Admitted).await <= 3);
}

#[tokio::test]
async fn admissions_end_in_time_and_the_queue_with_them() {
    let stage = Stage::new().await;
    let queue = stage.queue(Some(600), Some(60)).await;
    let consumers = stage.joined(queue, 3).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    stage
        .while_driven(async {
            stage.pass(Duration::from_millis(500)).await;
            assert_eq!(stage.count(queue, Admitted).await, 3);
            let input = CompleteInput::default();
            app.complete(caller, queue, consumers[0], input.clone()).await.unwrap();
            stage.pass(59 * SECOND).await;
            assert_eq!(stage.count(queue, Admitted).await, 2);
            app.complete_experience(caller, stage.experience).await.unwrap();
            stage.done().await;
            assert_eq!(stage.status(queue).await, DistributionStatus::Closed);
            app.complete(caller, queue, consumers[1], input.clone()).await.unwrap();
            assert_eq!(stage.status(queue).await, DistributionStatus::Closed);
            // The third's time is over, whether the clock has seen it or not.
            stage.world.advance(SECOND);
            let late = app.complete(caller, queue, consumers[2], input).await;
            assert_eq!(code(late), ErrorCode::IllegalTransition);
            stage.done().await;
        })
        .await;
    let third = stage.participant(queue, consumers[2]).await;
    assert_eq!((third.status, third.ended_at), (Expired, Some(stage.now())));
    assert_eq!(stage.count(queue, Completed).await, 2);
    assert_eq!(stage.status(queue).await, DistributionStatus::Completed);
    assert_eq!(stage.told(EventType::DistributionCompleted).await.len(), 2);
}

#[tokio::test]
async fn the_last_to_check_out_completes_the_queue_at_once() {
    let stage = Stage::new().await;
    let queue = stage.queue(None, None).await;
    let consumers = stage.joined(queue, 2).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    app.admit(caller, queue, AdmitInput::Count(1)).await.unwrap();
    app.complete_experience(caller, stage.experience).await.unwrap();
    stage.while_driven(stage.done()).await;
    assert_eq!(stage.participant(queue, consumers[1]).await.status, Lost, "waited for nothing");
    assert_eq!(stage.status(queue).await, DistributionStatus::Closed);
    app.complete(caller, queue, consumers[0], CompleteInput::default()).await.unwrap();
    assert_eq!(stage.status(queue).await, DistributionStatus::Completed);
}

#[tokio::test]
async fn who_waits_in_a_cancelled_launch_has_lost_and_who_was_admitted_has_expired() {
    let stage = Stage::new().await;
    let queue = stage.queue(None, Some(3_600)).await;
    let consumers = stage.joined(queue, 1_200).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    app.admit(caller, queue, AdmitInput::Count(10)).await.unwrap();
    app.leave(caller, queue, consumers[20]).await.unwrap();
    app.complete(caller, queue, consumers[0], CompleteInput::default()).await.unwrap();
    app.cancel_experience(caller, stage.experience).await.unwrap();
    assert_eq!(stage.status(queue).await, DistributionStatus::Cancelled, "at once");
    let input = CompleteInput::default();
    let late = app.complete(caller, queue, consumers[1], input).await;
    assert_eq!(code(late), ErrorCode::IllegalTransition, "before the clock has seen it, too");
    stage.while_driven(stage.done()).await;
    let counts = stage.view(queue).await.counts;
    assert_eq!(counts, [(Lost, 1_189), (Completed, 1), (Expired, 9), (Left, 1)]);
    stage.hold_counts(queue).await;
}

#[tokio::test]
async fn a_queue_that_closed_goes_on_admitting_while_its_experience_is_live() {
    let stage = Stage::new().await;
    let close_at = stage.now() + 2 * SECOND;
    let fields = DistributionFields {
        close_at: Change::Set(close_at),
        rules: RuleFields { admission_rate: Change::Set(60), ..RuleFields::default() },
        ..DistributionFields::default()
    };
    let queue = stage.create(DistributionKind::Queue, fields).await;
    stage.joined(queue, 4).await;
    let late = stage.consumers(1).await[0];
    stage
        .while_driven(async {
            stage.pass(2 * SECOND).await;
            assert_eq!(stage.status(queue).await, DistributionStatus::Closed);
            let refused = stage.world.app.join(&stage.world.caller, queue, late).await;
            assert_eq!(code(refused), ErrorCode::Conflict);
            for _ in 0..3 {
                stage.pass(SECOND).await;
            }
        })
        .await;
    assert_eq!(stage.count(queue, Admitted).await, 4);
}

#[tokio::test]
async fn nobody_comes_in_after_closing_even_before_the_clock_has_seen_it() {
    let stage = Stage::new().await;
    let close_at = stage.now() + SECOND;
    let fields =
        DistributionFields { close_at: Change::Set(close_at), ..DistributionFields::default() };
    let queue = stage.create(DistributionKind::Queue, fields).await;
    let consumers = stage.consumers(2).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    app.join(caller, queue, consumers[0]).await.unwrap();
    stage.world.advance(SECOND);
    let refused = app.join(caller, queue, consumers[1]).await.unwrap_err();
    assert!(refused.message().contains(&close_at.to_string()), "{refused}");
}

#[tokio::test]
async fn a_queue_opens_at_its_time_and_not_before_its_experience() {
    let stage = Stage::draft().await;
    let open_at = stage.now() + 10 * SECOND;
    let timed =
        DistributionFields { open_at: Change::Set(open_at), ..DistributionFields::default() };
    let timed = stage.create(DistributionKind::Queue, timed).await;
    let plain = stage.queue(None, None).await;
    let consumers = stage.consumers(3).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    let early = app.join(caller, plain, consumers[0]).await.unwrap_err();
    assert!(early.message().contains("experience is activated"), "{early}");
    let early = app.join(caller, timed, consumers[0]).await.unwrap_err();
    assert!(early.message().contains(&open_at.to_string()), "{early}");
    stage
        .while_driven(async {
            stage.pass(20 * SECOND).await;
            assert_eq!(stage.status(timed).await, DistributionStatus::Scheduled);
            app.activate_experience(caller, stage.experience).await.unwrap();
            assert_eq!(stage.status(timed).await, DistributionStatus::Open, "its time has come");
            assert_eq!(stage.status(plain).await, DistributionStatus::Open);
        })
        .await;

    let live = Stage::new().await;
    let (app, caller) = (&live.world.app, &live.world.caller);
    let open_at = live.now() + 10 * SECOND;
    let timed =
        DistributionFields { open_at: Change::Set(open_at), ..DistributionFields::default() };
    let timed = live.create(DistributionKind::Queue, timed).await;
    let consumers = live.consumers(2).await;
    live.world.advance(10 * SECOND);
    // The loop does not run yet: whoever comes in time is let in all the same.
    app.join(caller, timed, consumers[0]).await.unwrap();
    assert_eq!(live.status(timed).await, DistributionStatus::Open);
    live.while_driven(live.done()).await;
    app.join(caller, timed, consumers[1]).await.unwrap();
    assert_eq!(live.view(timed).await.distribution.joined, 2);
}

#[tokio::test]
async fn whoever_has_joined_does_not_join_again() {
    let stage = Stage::new().await;
    let queue = stage.queue(None, None).await;
    let consumers = stage.joined(queue, 2).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    assert_eq!(code(app.join(caller, queue, consumers[0]).await), ErrorCode::Conflict);
    let left = app.leave(caller, queue, consumers[1]).await.unwrap();
    assert_eq!((left.status, left.ended_at), (Left, Some(stage.now())));
    let again = app.join(caller, queue, consumers[1]).await.unwrap_err();
    assert!(again.message().contains("leaving is final"), "{again}");
    assert_eq!(code(app.leave(caller, queue, consumers[1]).await), ErrorCode::IllegalTransition);
    assert_eq!(stage.told(EventType::DistributionJoined).await.len(), 2);
    assert_eq!(stage.view(queue).await.distribution.joined, 2);
}

#[tokio::test]
async fn a_full_queue_takes_somebody_when_somebody_has_left() {
    let stage = Stage::new().await;
    let fields = DistributionFields { capacity: Change::Set(2), ..DistributionFields::default() };
    let queue = stage.create(DistributionKind::Queue, fields).await;
    let consumers = stage.consumers(4).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    let items = app.join_batch(caller, queue, consumers[..3].to_vec()).await.unwrap();
    assert_eq!(items[2].as_ref().unwrap_err().code, ErrorCode::Conflict);
    assert!(items[2].as_ref().unwrap_err().message.contains("all 2 places"));
    app.leave(caller, queue, consumers[0]).await.unwrap();
    let participant = app.join(caller, queue, consumers[3]).await.unwrap();
    assert_eq!(participant.number, 3, "a number is given once");
    assert_eq!(code(app.join(caller, queue, consumers[2]).await), ErrorCode::Conflict);
}

#[tokio::test]
async fn a_batch_lets_in_whom_it_can_and_says_why_not() {
    let stage = Stage::new().await;
    let queue = stage.queue(None, None).await;
    let consumers = stage.consumers(2).await;
    let nobody = ConsumerId::from_u128(7);
    let ids = vec![consumers[0], nobody, consumers[0], consumers[1]];
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    let items = app.join_batch(caller, queue, ids).await.unwrap();
    let numbers: Vec<_> =
        items.iter().map(|item| item.as_ref().map_or(0, |one| one.number)).collect();
    assert_eq!(numbers, [1, 0, 0, 2]);
    let refusal = items[1].as_ref().unwrap_err();
    assert_eq!(refusal.details[0].field, "consumerId");
    assert_eq!(items[2].as_ref().unwrap_err().code, ErrorCode::Conflict);
    assert_eq!(field(app.join_batch(caller, queue, Vec::new()).await), "consumerIds");
    assert_eq!(field(app.join_batch(caller, queue, vec![nobody; 1_001]).await), "consumerIds");
    assert_eq!(stage.told(EventType::DistributionJoined).await.len(), 2);
}

#[tokio::test]
async fn admitting_by_hand_takes_the_first_or_those_who_are_named() {
    let stage = Stage::new().await;
    let queue = stage.queue(None, Some(60)).await;
    let consumers = stage.joined(queue, 6).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    let admitted = app.admit(caller, queue, AdmitInput::Count(2)).await.unwrap();
    let admitted: Vec<_> = admitted.into_iter().map(Result::unwrap).collect();
    assert_eq!(admitted.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(admitted[0].expires_at, Some(stage.now() + 60 * SECOND));
    app.leave(caller, queue, consumers[3]).await.unwrap();
    let nobody = ConsumerId::from_u128(7);
    let named = vec![consumers[4], consumers[0], nobody, consumers[3], consumers[4]];
    let items = app.admit(caller, queue, AdmitInput::Consumers(named)).await.unwrap();
    let codes: Vec<_> =
        items.iter().map(|item| item.as_ref().err().map(|refused| refused.code)).collect();
    let illegal = Some(ErrorCode::IllegalTransition);
    assert_eq!(codes, [None, illegal, Some(ErrorCode::NotFound), illegal, illegal]);
    assert_eq!(stage.told(EventType::DistributionAdmitted).await.len(), 3);
    let rest = app.admit(caller, queue, AdmitInput::Count(1_000)).await.unwrap();
    assert_eq!(rest.len(), 2, "no more than wait");
    for count in [-1, 0, 1_001] {
        assert_eq!(field(app.admit(caller, queue, AdmitInput::Count(count)).await), "count");
    }
    let none = AdmitInput::Consumers(Vec::new());
    assert_eq!(field(app.admit(caller, queue, none).await), "consumerIds");
    stage.while_driven(stage.pass(60 * SECOND)).await;
    assert_eq!(stage.count(queue, Expired).await, 5, "what was admitted by hand expires too");
    assert_eq!(stage.count(queue, Queued).await, 0);
    stage.hold_counts(queue).await;
}

#[tokio::test]
async fn only_queues_admit_and_only_while_they_are_open_or_closed() {
    let stage = Stage::new().await;
    let draw = stage.draw(1, None).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    let refused = app.admit(caller, draw, AdmitInput::Count(1)).await;
    assert_eq!(code(refused), ErrorCode::Conflict);
    let open_at = Change::Set(stage.now() + SECOND);
    let new = NewDistribution {
        experience_id: stage.experience,
        kind: DistributionKind::Queue,
        fields: DistributionFields { open_at, ..DistributionFields::default() },
    };
    let queue = app.create_distribution(caller, new).await.unwrap().distribution.id;
    let refused = app.admit(caller, queue, AdmitInput::Count(1)).await;
    assert_eq!(code(refused), ErrorCode::Conflict);
}
