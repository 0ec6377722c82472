//! The clock's loop itself: it wakes for what is new, keeps apart what fails, and ends.

use std::time::Duration;

use fanfare_app::{Change, DistributionFields, NewExperience, RuleFields};
use fanfare_model::EventType;
use fanfare_model::launch::{
    DistributionKind, DistributionStatus, ExperienceStatus, ParticipantStatus,
};
use tokio_util::sync::CancellationToken;

use crate::stage::{SECOND, Stage};

#[tokio::test]
async fn it_wakes_for_what_becomes_due_earlier_than_it_knew() {
    let stage = Stage::new().await;
    let slow = stage.queue(Some(1), None).await;
    stage.joined(slow, 2).await;
    stage
        .while_driven(async {
            stage.done().await;
            // It sleeps for a minute now; this is due at once, and the clock stands still.
            let queue = stage.queue(Some(60), None).await;
            stage.joined(queue, 1).await;
            let admitted = async || stage.count(queue, ParticipantStatus::Admitted).await == 1;
            stage.world.until("the join wakes the clock", admitted).await;
        })
        .await;
}

#[tokio::test]
async fn a_changed_rate_counts_at_once() {
    let stage = Stage::new().await;
    let queue = stage.queue(None, None).await;
    stage.joined(queue, 3).await;
    let fields = DistributionFields {
        rules: RuleFields { admission_rate: Change::Set(60), ..RuleFields::default() },
        ..DistributionFields::default()
    };
    stage
        .while_driven(async {
            stage.pass(SECOND).await;
            assert_eq!(stage.count(queue, ParticipantStatus::Admitted).await, 0);
            let (app, caller) = (&stage.world.app, &stage.world.caller);
            app.update_distribution(caller, queue, fields).await.unwrap();
            stage.pass(2 * SECOND).await;
        })
        .await;
    assert_eq!(stage.count(queue, ParticipantStatus::Admitted).await, 3);
}

#[tokio::test]
async fn an_experience_opens_and_closes_at_its_times_with_its_distributions() {
    let stage = Stage::draft().await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    let new = NewExperience {
        name: "Timed".into(),
        open_at: Some(stage.now() + 10 * SECOND),
        close_at: Some(stage.now() + 20 * SECOND),
        ..NewExperience::default()
    };
    let experience = app.create_experience(caller, new).await.unwrap().id;
    let stage = Stage { experience, ..stage };
    let queue = stage.queue(Some(60), None).await;
    let consumers = stage.consumers(20).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    stage
        .while_driven(async {
            stage.pass(Duration::from_millis(9_990)).await;
            assert_eq!(stage.status(queue).await, DistributionStatus::Scheduled);
            stage.pass(Duration::from_millis(10)).await;
            assert_eq!(stage.status(queue).await, DistributionStatus::Open);
            app.join_batch(caller, queue, consumers).await.unwrap();
            for _ in 0..10 {
                stage.pass(SECOND).await;
            }
        })
        .await;
    let found = app.experience(caller, experience).await.unwrap();
    assert_eq!(found.status, ExperienceStatus::Completed);
    assert_eq!(stage.status(queue).await, DistributionStatus::Closed);
    assert_eq!(stage.count(queue, ParticipantStatus::Queued).await, 0);
    // At 10 s the first, then one each second; at 20 s it was over.
    let admitted = stage.count(queue, ParticipantStatus::Admitted).await;
    assert!((10..=11).contains(&admitted), "{admitted}");
    assert_eq!(stage.count(queue, ParticipantStatus::Lost).await, 20 - admitted);
    stage.hold_counts(queue).await;
}

#[tokio::test]
async fn what_fails_is_tried_again_and_keeps_nobody_waiting() {
    let stage = Stage::new().await;
    let (broken, whole) = (stage.queue(Some(60), None).await, stage.queue(Some(60), None).await);
    stage.joined(broken, 2).await;
    stage.joined(whole, 3).await;
    let set_kind = |kind: u8| {
        let file = rusqlite::Connection::open(stage.world.path()).unwrap();
        file.execute_batch("PRAGMA ignore_check_constraints = ON").unwrap();
        let sql = "UPDATE distributions SET kind = ?1 WHERE id = ?2";
        assert_eq!(file.execute(sql, (kind, broken.to_bytes())).unwrap(), 1);
    };
    let admitted = ParticipantStatus::Admitted;
    set_kind(99);
    stage
        .while_driven(async {
            for count in 1..=3 {
                let done = async || stage.count(whole, admitted).await == count;
                stage.world.until("the other goes on", done).await;
                stage.world.advance(SECOND);
            }
            set_kind(DistributionKind::Queue.code());
            stage.world.advance(SECOND);
            let done = async || stage.count(broken, admitted).await == 2;
            stage.world.until("what was mended goes on", done).await;
        })
        .await;
    assert_eq!(stage.told(EventType::DistributionAdmitted).await.len(), 5);
}

#[tokio::test]
async fn more_than_it_has_hands_for_is_done_all_the_same() {
    let stage = Stage::new().await;
    let mut queues = Vec::new();
    for _ in 0..90 {
        let queue = stage.queue(Some(60), None).await;
        stage.joined(queue, 2).await;
        queues.push(queue);
    }
    stage
        .while_driven(async {
            stage.done().await;
            stage.pass(SECOND).await;
        })
        .await;
    for queue in queues {
        assert_eq!(stage.count(queue, ParticipantStatus::Admitted).await, 2);
    }
}

#[tokio::test]
async fn two_clocks_do_everything_once() {
    let stage = Stage::new().await;
    let id = stage.draw(1_100, None).await;
    stage.joined(id, 1_500).await;
    let queue = stage.queue(Some(6_000), None).await;
    stage.joined(queue, 100).await;
    let (app, caller) = (&stage.world.app, &stage.world.caller);
    stage
        .while_driven(stage.while_driven(async {
            app.draw_now(caller, id).await.unwrap();
            for _ in 0..100 {
                stage.pass(Duration::from_millis(10)).await;
            }
        }))
        .await;
    assert_eq!(stage.told(EventType::DistributionWinnerSelected).await.len(), 1_100);
    assert_eq!(stage.count(id, ParticipantStatus::Selected).await, 1_100);
    let admitted = stage.count(queue, ParticipantStatus::Admitted).await;
    assert!((95..=100).contains(&admitted), "{admitted}");
    let told = stage.told(EventType::DistributionAdmitted).await;
    assert_eq!(told.len(), admitted as usize);
}

#[tokio::test]
async fn it_ends_when_it_is_told_to() {
    let stage = Stage::new().await;
    let queue = stage.queue(Some(1), None).await;
    stage.joined(queue, 2).await;
    let shutdown = CancellationToken::new();
    shutdown.cancel();
    stage.world.app.run_launch(shutdown).await;
}
