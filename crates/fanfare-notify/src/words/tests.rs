use super::*;

#[test]
fn numbers_and_times_are_for_people() {
    assert_eq!(counted(1, "delivery", "deliveries"), "1 delivery");
    assert_eq!(counted(1_234_567, "delivery", "deliveries"), "1,234,567 deliveries");
    assert_eq!(length(Duration::from_secs(5 * 86_400)), "5 days");
    assert_eq!(length(Duration::from_secs(90)), "2 minutes");
    assert_eq!(length(Duration::from_millis(3)), "1 second");
    assert_eq!(moment(Timestamp::from_millis(1_795_428_000_000)), "2026-11-23 10:00 UTC");
}

#[test]
fn nobody_writes_our_sentences() {
    let about = AboutWebhook {
        organization: "Shop\r\nBcc: everybody@example.com".to_owned(),
        id: fanfare_model::WebhookId::from_u128(7),
        description: Some(format!("\u{202e}evil\u{2066}\n{}", "x".repeat(500))),
        url: Some("https://shop.example/hooks".to_owned()),
        status: Some(WebhookStatus::Failed),
    };
    let letter = Letter::Recovered { about, at: Timestamp::from_millis(0) };
    let words = Words::of(&letter, Duration::from_secs(1));
    assert!(words.subject.starts_with("[Shop  Bcc: everybody@example.com] evil "));
    assert!(!words.subject.contains(['\r', '\n', '\u{202e}', '\u{2066}']));
    assert!(words.subject.chars().count() < 200);
}

#[test]
fn what_happens_next_depends_on_where_the_webhook_stands() {
    let day = Duration::from_secs(86_400);
    let next = |status| what_is_next(status, day * 5);
    assert!(next(Some(WebhookStatus::Failed)).contains("for 5 days, it is disabled"));
    assert!(next(Some(WebhookStatus::Active)).contains("worked again"));
    assert!(next(Some(WebhookStatus::Disabled)).contains("disabled since then"));
    assert!(next(None).contains("deleted"));
}
