use super::*;

fn waiting(webhook: u128, waiting: u64, oldest_due: Option<i64>) -> WebhookBacklog {
    WebhookBacklog {
        webhook_id: WebhookId::from_u128(webhook),
        waiting,
        more: false,
        oldest_due: oldest_due.map(Timestamp::from_millis),
        next_due: None,
    }
}

#[test]
fn a_backlog_drains_at_the_rate_of_the_last_five_minutes() {
    let one = view(waiting(1, 600, None), (100, 400));
    assert_eq!(one.drains_in, Some(Duration::from_secs(600)));
    assert_eq!((one.made_per_minute, one.ended_per_minute), (20.0, 80.0));
    assert!(!one.grows());
    let same = view(waiting(1, 1, None), (7, 7));
    assert_eq!((same.drains_in, same.grows()), (None, false), "neither more nor less");
    let more = view(waiting(1, 1, None), (8, 7));
    assert_eq!((more.drains_in, more.grows()), (None, true));
    let none = view(waiting(1, 0, None), (8, 7));
    assert_eq!((none.drains_in, none.grows()), (Some(Duration::ZERO), false));
}
