//! What people are told, and the outbox.

use std::time::Duration;

use fanfare_model::{
    EventType, EventTypes, OrganizationId, Role, Timestamp, Topic, Topics, WebhookStatus, limits,
};

use super::World;
use super::world::{at, attempt, day};
use crate::{
    ClaimedMail, Leased, MailEnd, NewMail, Notice, NoticeKind, NoticeMark, PageRequest, PeopleTx,
    Record, Sealed, Stopped, StoreError, Untold, Verdict, Warning,
};

type Seen<T> = std::sync::Arc<std::sync::Mutex<Option<T>>>;

impl World {
    /// What work of people sees.
    async fn seen<T: Send + 'static>(
        &self,
        read: impl Fn(&mut dyn PeopleTx) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let seen: Seen<T> = Seen::default();
        let kept = seen.clone();
        let work = move |tx: &mut dyn PeopleTx| {
            *kept.lock().expect("no panic") = Some(read(tx)?);
            Ok(())
        };
        assert!(self.people(work).await.expect("work"));
        let found = seen.lock().expect("no panic").take();
        found.expect("a value")
    }

    async fn untold(&self) -> Vec<Untold> {
        let untold = self.store.untold_notices(100).await.expect("a list");
        assert_eq!(self.seen(|tx| tx.untold_notices(100)).await, untold);
        untold
    }

    async fn tell_all(&self) {
        let tell = |tx: &mut dyn PeopleTx| {
            for untold in tx.untold_notices(100)? {
                tx.tell_notice(untold.organization_id, untold.notice.id)?;
            }
            Ok(())
        };
        assert!(self.people(tell).await.expect("work"));
    }

    /// One event of this type with one delivery, taken from the engine.
    async fn one_of(&self, org: OrganizationId, event_type: EventType, now: Timestamp) -> Leased {
        self.publish(org, event_type, now).await;
        let mut handed = self.engine.take();
        assert_eq!(handed.len(), 1);
        handed.remove(0)
    }

    fn mail(&self, address: &str, org: Option<OrganizationId>, now: Timestamp) -> NewMail {
        NewMail {
            id: self.id(now),
            organization_id: org,
            user_id: org.map(|_| self.id(now)),
            about: Some(self.id(now)),
            address: address.to_owned(),
            content: Sealed(vec![1, 2, 3]),
            created_at: now,
            ends_at: now + limits::MAIL_LIFE,
        }
    }

    async fn put(&self, mails: &[NewMail]) {
        let mails = mails.to_vec();
        let put = move |tx: &mut dyn PeopleTx| {
            mails.iter().try_for_each(|mail| tx.put_mail(mail)).map_err(Stopped::Store)
        };
        assert!(self.people(put).await.expect("work"));
    }

    async fn claim_mails(&self, now: Timestamp) -> Vec<ClaimedMail> {
        let until = now + limits::MAIL_LEASE;
        self.store.claim_mails(now, until, 100).await.expect("a claim")
    }

    async fn end_mail(&self, mail: &ClaimedMail, end: MailEnd, now: Timestamp) -> bool {
        let claim = (mail.mail.id, mail.until);
        self.store.end_mail(claim, end, "250 ok".into(), now).await.expect("ended")
    }
}

/// A notice is untold until it is told, with what a mail needs to know; its report is asked for by
/// the delivery that changed the webhook alone.
pub async fn notices_are_told_once(world: &World) {
    let (org, webhook) = world.shop().await;
    let first = world.publish_one(org, at(1)).await;
    world.record(&first, Verdict::Exhausted, at(2)).await;
    let second = world.publish_one(org, at(3)).await;
    world.record(&second, Verdict::Exhausted, at(4)).await;
    let third = world.publish_one(org, at(5)).await;
    world.record(&third, Verdict::Succeeded, at(6)).await;
    let untold = world.untold().await;
    assert_eq!(untold.len(), 3);
    let failed = |leased: &Leased| NoticeKind::DeliveryFailed {
        delivery_id: leased.id,
        event_id: leased.event_id,
    };
    let said: Vec<_> = untold
        .iter()
        .map(|one| (one.notice.kind, one.event_type, one.report, one.notice.created_at))
        .collect();
    let paid = Some(EventType::OrderPaid);
    assert_eq!(
        said,
        [
            (failed(&first), paid, true, at(2)),
            (failed(&second), paid, false, at(4)),
            (NoticeKind::WebhookRecovered, None, true, at(6)),
        ]
    );
    let whose: Vec<_> =
        untold.iter().map(|one| (one.organization_id, one.notice.webhook_id)).collect();
    assert_eq!(whose, [(org, webhook); 3]);
    assert_eq!(world.store.untold_notices(2).await.expect("a list"), untold[..2]);
    let told = untold[0];
    let other = world.organization("other").await;
    let tell = move |tx: &mut dyn PeopleTx| {
        tx.tell_notice(other, told.notice.id)?;
        Ok(tx.tell_notice(org, told.notice.id)?)
    };
    assert!(world.people(tell).await.expect("work"));
    assert_eq!(world.untold().await, untold[1..]);
    world.tell_all().await;
    assert!(world.untold().await.is_empty());
    let page = PageRequest { limit: 100, ..PageRequest::default() };
    assert_eq!(world.store.notices(org, page).await.expect("a list").items.len(), 3, "they stay");
}

/// What comes of the delivery of a report is told, and never reported.
pub async fn reports_cause_no_reports(world: &World) {
    let org = world.organization("shop").await;
    let webhook = world.webhook(org, &["webhook.*"]).await;
    let record = async |leased: &Leased, verdict, now| world.record(leased, verdict, now).await;
    let leased = world.one_of(org, EventType::WebhookFailed, at(1)).await;
    record(&leased, Verdict::Exhausted, at(2)).await;
    assert_eq!(world.reload(org, webhook).await.status, WebhookStatus::Failed);
    let leased = world.one_of(org, EventType::WebhookRecovered, at(3)).await;
    record(&leased, Verdict::Succeeded, at(4)).await;
    let leased = world.one_of(org, EventType::WebhookDisabled, at(5)).await;
    record(&leased, Verdict::Gone, at(6)).await;
    let kinds: Vec<_> =
        world.untold().await.iter().map(|one| (one.notice.kind.as_str(), one.report)).collect();
    let expected = ["delivery_failed", "webhook_recovered", "webhook_gone"];
    assert_eq!(kinds, expected.map(|kind| (kind, false)));
}

/// Everything does not include reports, their names do; one webhook can be left out.
pub async fn reports_go_to_who_asked_and_not_to_whom_they_are_about(world: &World) {
    let (org, _) = world.shop().await;
    let named = world.webhook(org, &["webhook.failed"]).await;
    let all = world.webhook(org, &["webhook.*", "order.*"]).await;
    let about = async |except| {
        let mut accept = world.accept_of(org, &[EventType::WebhookFailed], at(1));
        accept.except = except;
        world.store.accept(accept).await.expect("accepted");
        let mut got: Vec<_> = world.engine.take().iter().map(|one| one.webhook.id).collect();
        got.sort_unstable();
        got
    };
    let mut both = [named, all];
    both.sort_unstable();
    assert_eq!(about(None).await, both);
    assert_eq!(about(Some(all)).await, [named]);
    assert_eq!(about(Some(named)).await, [all]);
}

/// Notices that somebody else than the record writes are told from the start, and are read like the
/// others.
pub async fn notices_of_all_kinds_come_back(world: &World) {
    let (org, webhook) = world.shop().await;
    let kinds = [
        NoticeKind::WebhookWarned(Warning::Half),
        NoticeKind::WebhookWarned(Warning::FourFifths),
        NoticeKind::BacklogStays,
        NoticeKind::WebhookRecovered,
        NoticeKind::WebhookDisabled,
        NoticeKind::WebhookGone,
    ];
    let mut written: Vec<_> = kinds
        .iter()
        .zip(1..)
        .map(|(kind, now)| Notice {
            id: world.id(at(now)),
            kind: *kind,
            webhook_id: webhook,
            created_at: at(now),
        })
        .collect();
    let notices = written.clone();
    let put = move |tx: &mut dyn PeopleTx| {
        notices.iter().try_for_each(|one| tx.put_notice(org, one)).map_err(Stopped::Store)
    };
    assert!(world.people(put).await.expect("work"));
    assert!(world.untold().await.is_empty());
    written.reverse();
    let page = PageRequest { limit: 100, ..PageRequest::default() };
    assert_eq!(world.store.notices(org, page).await.expect("a list").items, written);
}

/// Marks are kept as they are; those with something to mail are found when it is time.
pub async fn marks_are_kept_and_come_due(world: &World) {
    let (org, webhook) = world.shop().await;
    let other = world.webhook(org, &["*"]).await;
    assert_eq!(world.seen(move |tx| tx.mark(org, webhook)).await, None);
    let whole = NoticeMark {
        mailed_at: Some(at(1)),
        told_failing: true,
        untold: 7,
        types: EventTypes::only(EventType::OrderPaid),
        first: Some((world.id(at(1)), world.id(at(1)))),
        last: Some(world.id(at(2))),
        warned: Some((at(1), Warning::FourFifths)),
        backlog_told_at: Some(at(3)),
        due_at: Some(at(50)),
        ..NoticeMark::new(org, webhook)
    };
    let early = NoticeMark { due_at: Some(at(40)), ..NoticeMark::new(org, other) };
    let (first, second) = (whole.clone(), early.clone());
    let put = move |tx: &mut dyn PeopleTx| {
        tx.put_mark(&NoticeMark { due_at: None, ..first.clone() })?;
        tx.put_mark(&first)?;
        Ok(tx.put_mark(&second)?)
    };
    assert!(world.people(put).await.expect("work"));
    assert_eq!(world.seen(move |tx| tx.mark(org, webhook)).await, Some(whole.clone()));
    let read = async |org| world.store.mark(org, webhook).await.expect("a read");
    assert_eq!(read(org).await, Some(whole.clone()));
    let foreign = world.organization("other").await;
    assert_eq!(world.seen(move |tx| tx.mark(foreign, webhook)).await, None);
    assert_eq!(read(foreign).await, None);
    for (now, found) in [(39, vec![]), (40, vec![early.clone()]), (50, vec![early, whole])] {
        assert_eq!(world.store.is_mark_due(at(now)).await.expect("a read"), !found.is_empty());
        assert_eq!(world.seen(move |tx| tx.marks_due(at(now), 10)).await, found, "at {now}");
    }
    assert_eq!(world.seen(move |tx| tx.marks_due(at(50), 1)).await.len(), 1);
}

/// Owners and admins who are not suspended are told, each with what they muted; who leaves and comes
/// back has muted nothing.
pub async fn owners_and_admins_are_told(world: &World) {
    let org = world.organization("shop").await;
    let owner = world.member(org, "owner@shop.example", Role::Owner).await;
    let admin = world.member(org, "admin@shop.example", Role::Admin).await;
    world.member(org, "editor@shop.example", Role::Editor).await;
    world.member(org, "viewer@shop.example", Role::Viewer).await;
    let away = world.member(org, "away@shop.example", Role::Admin).await;
    let other = world.organization("other").await;
    world.member(other, "owner@other.example", Role::Owner).await;
    let muted: Topics = [Topic::Recoveries, Topic::Backlogs].into_iter().collect();
    let (admin_id, away_id) = (admin.id, away.id);
    let suspend = move |tx: &mut dyn PeopleTx| {
        let membership = tx.membership(org, away_id)?.expect("a member");
        tx.put_membership(&crate::Membership { suspended: true, ..membership })?;
        tx.put_muted(org, admin_id, Topics::ALL)?;
        Ok(tx.put_muted(org, admin_id, muted)?)
    };
    assert!(world.people(suspend).await.expect("work"));
    let told: Vec<_> = world
        .seen(move |tx| tx.addressees(org))
        .await
        .into_iter()
        .map(|one| (one.user_id, one.email, one.muted))
        .collect();
    let mut expected =
        vec![(owner.id, owner.email, Topics::NONE), (admin.id, admin.email.clone(), muted)];
    expected.sort_by_key(|one| one.0);
    assert_eq!(told, expected);
    let muted_by = async |org| world.store.muted(org, admin_id).await.expect("a read");
    assert_eq!((muted_by(org).await, muted_by(other).await), (muted, Topics::NONE));
    let leave = move |tx: &mut dyn PeopleTx| {
        let membership = tx.membership(org, admin_id)?.expect("a member");
        tx.delete_membership(org, admin_id)?;
        Ok(tx.put_membership(&membership)?)
    };
    assert!(world.people(leave).await.expect("work"));
    assert_eq!(muted_by(org).await, Topics::NONE);
}

/// Served webhooks that fail are found, those that fail for longest first.
pub async fn failing_webhooks_are_found(world: &World) {
    let (org, first) = world.shop().await;
    let fail = async |now: u64| {
        for leased in {
            world.publish(org, EventType::OrderPaid, day(now)).await;
            world.engine.take()
        } {
            world.record(&leased, Verdict::RetryAt(day(30)), day(now)).await;
        }
    };
    fail(1).await;
    let second = world.webhook(org, &["*"]).await;
    fail(2).await;
    let found = async |now, skip, limit| {
        let found = world.store.failing_webhooks(day(now), (skip, limit)).await.expect("a list");
        found.iter().map(|webhook| webhook.id).collect::<Vec<_>>()
    };
    assert!(found(0, 0, 10).await.is_empty());
    assert_eq!(found(1, 0, 10).await, [first]);
    assert_eq!(found(2, 0, 10).await, [first, second]);
    assert_eq!((found(2, 0, 1).await, found(2, 1, 1).await), (vec![first], vec![second]));
    world.set_status(org, first, WebhookStatus::Paused, day(3)).await;
    assert_eq!(found(3, 0, 10).await, [second], "what is paused is not disabled");
    assert!(world.store.delete_webhook(org, second, day(3), None).await.expect("deleted"));
    assert!(found(3, 0, 10).await.is_empty());
}

/// A mail is claimed by one at a time, ended once, and forgotten after its time.
pub async fn mails_are_claimed_and_ended_once(world: &World) {
    let org = world.organization("shop").await;
    let mails =
        [world.mail("a@shop.example", Some(org), at(1)), world.mail("b@shop.example", None, at(2))];
    world.put(&mails).await;
    assert!(world.claim_mails(at(0)).await.is_empty(), "nothing is due");
    let claimed = world.claim_mails(at(10)).await;
    assert_eq!(claimed.iter().map(|one| one.mail.clone()).collect::<Vec<_>>(), mails);
    let until = at(10) + limits::MAIL_LEASE;
    assert!(claimed.iter().all(|one| (one.attempts, one.until) == (0, until)));
    assert!(world.claim_mails(at(11)).await.is_empty(), "claimed by somebody else");
    assert!(world.end_mail(&claimed[0], MailEnd::Later(at(60)), at(12)).await);
    assert!(!world.end_mail(&claimed[0], MailEnd::Sent, at(13)).await, "the claim is over");
    assert!(world.end_mail(&claimed[1], MailEnd::Sent, at(12)).await);
    assert!(!world.end_mail(&claimed[1], MailEnd::GivenUp, at(13)).await, "ended once");
    assert!(world.claim_mails(at(59)).await.is_empty());
    let again = world.claim_mails(at(60)).await;
    assert_eq!((again.len(), again[0].attempts), (1, 1));
    assert_eq!(again[0].mail, mails[0]);
    let late = world.claim_mails(at(60) + limits::MAIL_LEASE).await;
    assert_eq!((late.len(), late[0].attempts), (1, 2), "a claim that nobody ended is over");
    assert!(
        !world.end_mail(&again[0], MailEnd::Sent, at(300)).await,
        "and the old one counts nothing"
    );
    assert!(world.end_mail(&late[0], MailEnd::GivenUp, at(300)).await);
    assert!(world.claim_mails(day(9)).await.is_empty());
    world.put(&mails).await;
    assert!(world.claim_mails(day(9)).await.is_empty(), "each notice once to each address");
    assert_eq!(world.store.expire_mails(at(300), 10).await.expect("forgotten"), 1);
    assert_eq!(world.store.expire_mails(at(301), 10).await.expect("forgotten"), 1);
}

/// Of many who claim at the same time, each mail is one's.
pub async fn two_senders_never_share_a_mail(world: &World) {
    let mails: Vec<_> =
        (0..40).map(|n| world.mail(&format!("{n}@shop.example"), None, at(n))).collect();
    world.put(&mails).await;
    let claim = |n: u64| {
        let until = at(100) + limits::MAIL_LEASE + Duration::from_millis(n);
        world.store.claim_mails(at(100), until, 15)
    };
    let claims = tokio::join!(claim(1), claim(2), claim(3), claim(4));
    let claims = [claims.0, claims.1, claims.2, claims.3];
    let mut ids: Vec<_> = claims
        .into_iter()
        .flat_map(|claim| claim.expect("a claim"))
        .map(|one| one.mail.id)
        .collect();
    for rest in world.claim_mails(at(101)).await {
        ids.push(rest.mail.id);
    }
    ids.sort_unstable();
    let mut expected: Vec<_> = mails.iter().map(|mail| mail.id).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);
}

/// A batch of results in which a webhook fails is told of each delivery, and reported once.
pub async fn a_batch_is_reported_once(world: &World) {
    let (org, webhook) = world.shop().await;
    let mut records = Vec::new();
    for now in 1..=3 {
        let leased = world.publish_one(org, at(now)).await;
        records.push(Record {
            id: leased.id,
            lease: leased.lease,
            event_type: leased.event_type,
            attempt: attempt(Verdict::Exhausted, at(9)),
            verdict: Verdict::Exhausted,
        });
    }
    world.store.record(records, limits::DISABLE_AFTER, at(9)).await.expect("recorded");
    let untold = world.untold().await;
    assert_eq!(untold.len(), 3);
    assert_eq!(untold.iter().filter(|one| one.report).count(), 1);
    assert!(untold.iter().all(|one| one.notice.webhook_id == webhook));
}
