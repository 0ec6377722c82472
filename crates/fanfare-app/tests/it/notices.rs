//! Who is told what, and how often.

use std::time::Duration;

use fanfare_app::{AppOptions, Caller, ErrorCode, Letter, OutgoingMail, SignedIn};
use fanfare_model::{EventType, EventTypes, Role, Topic, Topics, WebhookId, WebhookStatus, limits};
use fanfare_store::{
    DeliveryQueue as _, EventFilter, NoticeStore as _, PageRequest, Record, RecordedAttempt,
    Verdict, Warning, WebhookStore as _,
};

use crate::world::World;

const HOUR: Duration = limits::FAILURE_MAIL_EVERY;
const DAY: Duration = Duration::from_secs(86_400);
const SOON: Duration = Duration::from_secs(6);

/// A world that sends mails, with its owner; another admin and an editor are members too.
async fn world() -> (World, SignedIn) {
    with(AppOptions { mails: true, ..AppOptions::default() }).await
}

async fn with(options: AppOptions) -> (World, SignedIn) {
    let world = World::with(options).await;
    let owner = world.owner().await;
    world.invited(&owner, "grace@shop.example", Role::Admin).await;
    world.invited(&owner, "editor@shop.example", Role::Editor).await;
    world.mails().await;
    (world, owner)
}

impl World {
    /// Tells everything there is to tell, and takes what is to be sent.
    async fn mails(&self) -> Vec<OutgoingMail> {
        while self.app.tell_people().await.unwrap() {}
        let mails = self.app.claim_mails(100).await.unwrap();
        for mail in &mails {
            assert!(self.app.mail_sent(mail, "250 ok".into()).await.unwrap());
        }
        mails
    }

    /// The letters, each of which must have gone to the owner and the admin.
    async fn letters(&self) -> Vec<Letter> {
        let mails = self.mails().await;
        let (mut letters, mut to): (Vec<Letter>, Vec<_>) = (Vec::new(), Vec::new());
        for mail in mails {
            assert!(mail.unsubscribe.is_some());
            if !letters.contains(&mail.letter) {
                letters.push(mail.letter);
            }
            to.push(mail.address);
        }
        to.sort();
        let mut expected =
            [vec!["ada@shop.example"; letters.len()], vec!["grace@shop.example"; letters.len()]]
                .concat();
        expected.sort_unstable();
        assert_eq!(to, expected);
        letters
    }

    async fn fail(&self, times: usize) {
        for _ in 0..times {
            self.publish(EventType::OrderPaid).await;
        }
        self.attempt_all(503).await;
    }

    async fn succeed(&self) {
        self.publish(EventType::OrderPaid).await;
        assert!(self.attempt_all(200).await > 0);
    }

    /// An attempt that fails and is tried again.
    async fn retry(&self) {
        self.publish(EventType::OrderPaid).await;
        self.verdict(Verdict::RetryAt(self.clock_now() + DAY * 30)).await;
    }

    async fn verdict(&self, verdict: Verdict) {
        let now = self.clock_now();
        let records = self.claim().await.into_iter().map(|leased| {
            let macs = self.macs(&leased);
            let attempt = RecordedAttempt {
                started_at: now,
                duration: Duration::from_millis(1),
                status_code: Some(410),
                error_class: Some(fanfare_model::ErrorClass::Http4xx),
                response_body: bytes::Bytes::new(),
                response_truncated: false,
                remote_addr: None,
                webhook_version: leased.webhook.version,
                signatures: fanfare_store::SentSignatures {
                    fanfare: macs.fanfare,
                    standard: macs.standard,
                },
            };
            let (id, lease, event_type) = (leased.id, leased.lease, leased.event_type);
            Record { id, lease, event_type, attempt, verdict }
        });
        self.store.record(records.collect(), DAY * 5, now).await.unwrap();
    }

    fn clock_now(&self) -> fanfare_model::Timestamp {
        fanfare_model::Clock::now(&self.clock)
    }
}

fn counts(letters: &[Letter]) -> Vec<u64> {
    let count = |letter: &Letter| match letter {
        Letter::Failed { count, .. } => *count,
        other => panic!("{other:?}"),
    };
    letters.iter().map(count).collect()
}

#[tokio::test]
async fn failures_of_a_webhook_are_one_mail_an_hour_with_their_count() {
    let (world, _) = world().await;
    let webhook = world.webhook(&["order.*"]).await;
    world.fail(3).await;
    assert!(world.letters().await.is_empty(), "what happens together is gathered");
    world.advance(SOON);
    let letters = world.letters().await;
    let [Letter::Failed { about, count, types, first, last }] = &letters[..] else {
        panic!("{letters:?}");
    };
    assert_eq!((about.id, *count), (webhook, 3));
    assert_eq!(*types, EventTypes::only(EventType::OrderPaid));
    assert_eq!(about.url.as_deref(), Some("https://hooks.example.com/fanfare"), "no query");
    assert_eq!((about.organization.as_str(), about.status), ("Acme", Some(WebhookStatus::Failed)));
    let words = "HTTP 503. The receiver failed.";
    assert_eq!(first.as_ref().map(|it| it.words.as_str()), Some(words));
    assert_eq!(last.as_ref().map(|it| it.words.as_str()), Some(words));

    world.advance(Duration::from_secs(60));
    world.fail(2).await;
    assert!(world.letters().await.is_empty(), "not within the hour");
    world.advance(HOUR - Duration::from_secs(120));
    world.fail(5).await;
    assert!(world.letters().await.is_empty(), "not within the hour");
    world.advance(Duration::from_secs(61));
    assert_eq!(counts(&world.letters().await), [7]);
    world.advance(HOUR * 3);
    assert!(world.letters().await.is_empty(), "nothing new");
    world.fail(1).await;
    world.letters().await;
    world.advance(SOON);
    assert_eq!(counts(&world.letters().await), [1]);
}

#[tokio::test]
async fn webhooks_are_limited_each_by_itself() {
    let (world, _) = world().await;
    world.webhook(&["order.paid"]).await;
    world.webhook(&["consumer.created"]).await;
    world.fail(2).await;
    world.publish(EventType::ConsumerCreated).await;
    world.attempt_all(500).await;
    world.letters().await;
    world.advance(SOON);
    let mut counts = counts(&world.letters().await);
    counts.sort_unstable();
    assert_eq!(counts, [1, 2]);
}

#[tokio::test]
async fn recovery_is_told_once_to_who_was_told_of_the_failure() {
    let (world, _) = world().await;
    let webhook = world.webhook(&["order.*"]).await;
    world.fail(1).await;
    world.succeed().await;
    assert!(world.letters().await.is_empty(), "nobody knew that it failed");
    world.advance(SOON);
    let letters = world.letters().await;
    assert_eq!(counts(&letters), [1], "what was given up is told all the same");
    let Letter::Failed { about, .. } = &letters[0] else { panic!("{letters:?}") };
    assert_eq!(about.status, Some(WebhookStatus::Active), "and that it works by now");

    world.fail(1).await;
    world.advance(HOUR);
    world.letters().await;
    world.succeed().await;
    let at = world.clock_now();
    let letters = world.letters().await;
    assert!(
        matches!(&letters[..], [Letter::Recovered { about, at: then }]
            if about.id == webhook && *then == at),
        "{letters:?}"
    );
    world.succeed().await;
    assert!(world.letters().await.is_empty());
}

#[tokio::test]
async fn disabling_is_warned_of_twice_and_told() {
    let (world, _) = world().await;
    let webhook = world.webhook(&["order.*"]).await;
    world.retry().await;
    let since = world.clock_now();
    let looks = async |after: Duration, expected: Option<Warning>| {
        world.clock.set(since + after);
        world.app.warn_of_disabling().await.unwrap();
        world.app.warn_of_disabling().await.unwrap();
        let letters = world.letters().await;
        let warned: Vec<_> = letters
            .iter()
            .map(|letter| match letter {
                Letter::Warned { about, warning, failing_since, ends_at } => {
                    assert_eq!((about.id, *failing_since), (webhook, since));
                    assert_eq!(*ends_at, since + DAY * 5);
                    *warning
                }
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(warned, Vec::from_iter(expected), "after {after:?}");
    };
    looks(DAY * 5 / 2 - Duration::from_millis(1), None).await;
    looks(DAY * 5 / 2, Some(Warning::Half)).await;
    looks(DAY * 3, None).await;
    looks(DAY * 4, Some(Warning::FourFifths)).await;
    looks(DAY * 9 / 2, None).await;
    world.clock.set(since + DAY * 5);
    world.retry().await;
    let letters = world.letters().await;
    assert!(
        matches!(&letters[..], [Letter::Disabled { about, gone: false, .. }]
            if about.id == webhook && about.status == Some(WebhookStatus::Disabled)),
        "{letters:?}"
    );
    world.app.warn_of_disabling().await.unwrap();
    assert!(world.letters().await.is_empty());
    let kinds = world.store.notices(world.caller.organization_id, PageRequest::default()).await;
    let kinds: Vec<_> = kinds.unwrap().items.iter().map(|notice| notice.kind.as_str()).collect();
    assert_eq!(kinds, ["webhook_disabled", "webhook_warned", "webhook_warned"], "and shown");
}

#[tokio::test]
async fn a_webhook_that_is_gone_is_told_at_once_with_what_was_not_told_yet() {
    let (world, _) = world().await;
    world.webhook(&["order.*"]).await;
    world.fail(2).await;
    world.letters().await;
    world.publish(EventType::OrderPaid).await;
    world.verdict(Verdict::Gone).await;
    let letters = world.letters().await;
    assert!(
        matches!(&letters[..], [Letter::Disabled { gone: true, untold: 2, .. }]),
        "{letters:?}"
    );
    world.advance(HOUR * 2);
    assert!(world.letters().await.is_empty(), "the two are told");
}

#[tokio::test]
async fn a_backlog_that_stays_is_told_once_until_it_was_gone() {
    let within = Duration::from_secs(600);
    let options = AppOptions { mails: true, drain_within: Some(within), ..AppOptions::default() };
    let (world, _) = with(options).await;
    let webhook = world.webhook(&["order.*"]).await;
    let look = async || {
        world.app.warn_of_backlogs().await.unwrap();
        world.letters().await
    };
    for _ in 0..20 {
        world.publish(EventType::OrderPaid).await;
    }
    assert!(look().await.is_empty(), "what is due since a moment is no backlog");
    world.advance(Duration::from_secs(90));
    world.publish(EventType::OrderPaid).await;
    let letters = look().await;
    assert!(
        matches!(&letters[..], [Letter::Backlog { about, waiting: 21, drains_in: None, within: 600 }]
            if about.id == webhook),
        "{letters:?}"
    );
    world.advance(Duration::from_secs(90));
    assert!(look().await.is_empty(), "told once");
    world.attempt_all(200).await;
    assert!(look().await.is_empty(), "it is gone");
    for _ in 0..5 {
        world.publish(EventType::OrderPaid).await;
    }
    world.advance(Duration::from_secs(600));
    assert_eq!(look().await.len(), 1, "the next one is told again");
}

#[tokio::test]
async fn who_mutes_or_leaves_gets_nothing() {
    let (world, owner) = world().await;
    world.webhook(&["order.*"]).await;
    let caller: Caller = owner.caller.unwrap();
    let muted: Topics = [Topic::Failures].into_iter().collect();
    world.app.mute_topics(&caller, muted).await.unwrap();
    assert_eq!(world.app.muted_topics(&caller).await.unwrap(), muted);
    let fail = async || {
        world.fail(1).await;
        world.mails().await;
        world.advance(HOUR);
        let mails = world.mails().await;
        mails.into_iter().map(|mail| (mail.address, mail.unsubscribe.unwrap())).collect::<Vec<_>>()
    };
    let mails = fail().await;
    let [(to, unsubscribe)] = &mails[..] else { panic!("{mails:?}") };
    assert_eq!(to, "grace@shop.example");
    world.succeed().await;
    assert_eq!(world.mails().await.len(), 2, "that it works again, both are told");

    let token = unsubscribe.strip_prefix("/unsubscribe?token=").unwrap();
    let link = world.app.unsubscribe_link(token).await.unwrap();
    assert_eq!((link.organization.as_str(), link.email.as_str()), ("Acme", "grace@shop.example"));
    assert!(!link.is_done);
    world.app.unsubscribe(token).await.unwrap();
    world.app.unsubscribe(token).await.unwrap();
    assert!(world.app.unsubscribe_link(token).await.unwrap().is_done);
    assert!(fail().await.is_empty());
    let mut other = token.to_owned();
    let last = if other.ends_with('0') { '1' } else { '0' };
    other.pop();
    other.push(last);
    for wrong in ["", "zz", &other, "é", &"00".repeat(300)] {
        let refused = world.app.unsubscribe(wrong).await;
        assert_eq!(refused.unwrap_err().code(), ErrorCode::NotFound, "{wrong}");
    }
    assert!(world.app.muted_topics(&world.caller).await.is_err(), "a key has no mails");
}

#[tokio::test]
async fn what_is_not_wanted_any_more_is_not_sent() {
    let (world, owner) = world().await;
    world.webhook(&["order.*"]).await;
    world.fail(1).await;
    world.app.tell_people().await.unwrap();
    world.advance(SOON);
    world.app.tell_people().await.unwrap();
    // Two mails wait now.
    let caller = owner.caller.unwrap();
    world.app.mute_topics(&caller, Topics::ALL).await.unwrap();
    let members = world.app.members(&caller, PageRequest::default()).await.unwrap().items;
    let grace = members.iter().find(|member| member.email == "grace@shop.example").unwrap();
    world.app.suspend_member(&caller, grace.membership.user_id).await.unwrap();
    assert!(world.mails().await.is_empty());
    world.app.restore_member(&caller, grace.membership.user_id).await.unwrap();
    world.advance(HOUR);
    assert!(world.mails().await.is_empty(), "they were given up");
}

#[tokio::test]
async fn a_mail_that_fails_is_tried_again_for_a_day() {
    let (world, _) = world().await;
    world.webhook(&["order.*"]).await;
    world.fail(1).await;
    world.app.tell_people().await.unwrap();
    world.advance(SOON);
    world.app.tell_people().await.unwrap();
    let begun = world.clock_now();
    let mut tries = 0;
    loop {
        let mails = world.app.claim_mails(1).await.unwrap();
        let Some(mail) = mails.first() else { break };
        if mail.address != "ada@shop.example" {
            world.app.mail_sent(mail, "250".into()).await.unwrap();
            continue;
        }
        assert_eq!(mail.attempts, tries);
        tries += 1;
        let again = world.clock_now() + HOUR;
        let tried_again = world.app.mail_failed(mail, Some(again), "451 later".into()).await;
        assert_eq!(tried_again.unwrap(), again < begun + limits::MAIL_LIFE);
        world.clock.set(again);
    }
    assert_eq!(tries, 24);
}

#[tokio::test]
async fn another_webhook_is_told_and_reports_cause_no_reports() {
    let (world, _) = world().await;
    let shop = world.webhook(&["order.*", "webhook.*"]).await;
    let watcher = world.webhook(&["webhook.failed", "webhook.recovered"]).await;
    let everything = world.webhook(&["*"]).await;
    let deaf = world.app.command_webhook(
        &world.caller,
        everything,
        fanfare_model::WebhookCommand::Disable,
    );
    deaf.await.unwrap();
    let got = async || {
        let mut got: Vec<(WebhookId, EventType)> = Vec::new();
        for leased in world.claim().await {
            got.push((leased.webhook.id, leased.event_type));
            world.record(&[leased], 200).await;
        }
        got
    };
    world.fail(3).await;
    world.mails().await;
    world.mails().await;
    assert_eq!(got().await, [(watcher, EventType::WebhookFailed)], "one, and not to itself");
    world.succeed().await;
    world.mails().await;
    assert_eq!(got().await, [(watcher, EventType::WebhookRecovered)]);

    // Reports that cannot be delivered: the watcher fails, people are told, no webhook is.
    world.fail(1).await;
    world.mails().await;
    assert_eq!(world.attempt_all(500).await, 1);
    let failed = world.store.webhook(world.caller.organization_id, watcher).await.unwrap();
    assert_eq!(failed.unwrap().status, WebhookStatus::Failed);
    world.mails().await;
    assert!(got().await.is_empty());
    world.advance(SOON);
    let mut told = counts(&world.letters().await);
    told.sort_unstable();
    assert_eq!(told, [1, 4], "people hear of both");

    let filter = EventFilter { types: EventTypes::REPORTS, ..EventFilter::default() };
    let events = world.app.events(&world.caller, filter, PageRequest::default()).await.unwrap();
    assert_eq!(events.items.len(), 3);
    let body: serde_json::Value = serde_json::from_slice(&events.items[2].body).unwrap();
    let data = &body["data"];
    assert_eq!(body["type"], "webhook.failed");
    assert_eq!(data["webhook_id"], shop.to_string());
    assert_eq!(data["status"], "failed");
    for event in &events.items {
        let body: serde_json::Value = serde_json::from_slice(&event.body).unwrap();
        let judged = fanfare_model::catalogue::validate(event.summary.event_type, &body["data"]);
        assert!(judged.is_ok(), "{judged:?}");
    }
}

#[tokio::test]
async fn reports_cannot_be_published() {
    let world = World::new().await;
    let data = fanfare_model::catalogue::example_data(EventType::WebhookFailed);
    let input = fanfare_app::EventInput { event_type: "webhook.failed", data: &data };
    let refused = world.app.publish(&world.caller, input, None).await;
    assert_eq!(crate::world::field(refused), "type");
}

#[tokio::test]
async fn invitations_and_forgotten_passwords_are_mailed_and_sealed_while_they_wait() {
    let (world, owner) = world().await;
    let caller = owner.caller.unwrap();
    let link = world.app.invite_member(&caller, "new@shop.example", Role::Viewer);
    let link = link.await.unwrap();
    assert!(link.is_mailed);
    let client = fanfare_app::ClientInfo::default();
    world.app.mail_reset_link(" Ada@shop.example", &client).await.unwrap();
    world.app.mail_reset_link("nobody@shop.example", &client).await.unwrap();
    let stored = |token: &str| {
        let folder = world.path().parent().unwrap().to_owned();
        let mut files = std::fs::read_dir(folder).unwrap().flatten();
        files.any(|file| {
            let bytes = std::fs::read(file.path()).unwrap();
            bytes.windows(token.len()).any(|window| window == token.as_bytes())
        })
    };
    assert!(stored("new@shop.example"), "the address is there");
    assert!(!stored(&link.token.expose()), "and the link is not");
    let mails = world.mails().await;
    let [invited, reset] = &mails[..] else { panic!("{mails:?}") };
    assert!(
        matches!(&invited.letter, Letter::Invitation { organization, role, path, .. }
            if organization == "Acme" && role == "Viewer" && *path == link.path()),
        "{invited:?}"
    );
    assert_eq!((invited.address.as_str(), &invited.unsubscribe), ("new@shop.example", &None));
    let Letter::Reset { path, .. } = &reset.letter else { panic!("{reset:?}") };
    let token = path.strip_prefix("/reset?token=").unwrap();
    world.app.reset_password(token, "another battery horse", &client).await.unwrap();
    assert_eq!(reset.address, "ada@shop.example");
    for _ in 0..limits::SIGN_INS_PER_EMAIL {
        let _refused_in_the_end = world.app.mail_reset_link("ada@shop.example", &client).await;
    }
    let refused = world.app.mail_reset_link("ada@shop.example", &client).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::RateLimited);
}

#[tokio::test]
async fn without_a_way_to_send_nothing_waits_and_nothing_is_sent_later() {
    let world = World::new().await;
    let owner = world.owner().await;
    world.webhook(&["order.*"]).await;
    let caller = owner.caller.unwrap();
    let link = world.app.invite_member(&caller, "new@shop.example", Role::Viewer);
    assert!(!link.await.unwrap().is_mailed);
    world.fail(2).await;
    assert!(world.mails().await.is_empty());
    world.advance(HOUR);
    assert!(world.mails().await.is_empty());
    assert!(!world.store.is_mark_due(world.clock_now() + DAY).await.unwrap());
    let client = fanfare_app::ClientInfo::default();
    let refused = world.app.mail_reset_link("ada@shop.example", &client);
    assert_eq!(refused.await.unwrap_err().code(), ErrorCode::Conflict);
    let notices = world.app.notices(&world.caller, PageRequest::default()).await.unwrap();
    assert_eq!(notices.items.len(), 2, "they are in the dashboard");
}
