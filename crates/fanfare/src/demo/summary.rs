//! The end: figures, promises, and how to go on by hand.

use std::time::Duration;

use super::ledger::{Book, percentile};
use super::promises::{Promise, Recorded};
use super::screen::{Look, short, thousands};
use super::stage::{LOST_CAUSE, Stage};

/// Shows what happened. `played`: event types, and how long the burst took.
pub(super) fn show(
    stage: &Stage,
    book: &Book,
    recorded: &Recorded,
    (types, burst): (usize, Duration),
    promises: &[Promise],
) {
    let screen = stage.screen;
    let deliveries = book.arrived.len();
    let succeeded = deliveries - recorded.failed.len() - recorded.pending;
    let retried = book.arrived.values().filter(|arrivals| arrivals.len() > 1).count();
    let verified = book.attempts().filter(|arrival| arrival.seed_verified).count();
    let single = book.latencies(stage.shop.receiver.name(), false);
    let many = book.latencies(stage.shop.receiver.name(), true);

    screen.heading("What happened");
    let of = |count: usize, text: &str| format!("{:>6}  {text}", thousands(count));
    screen.row("events", &of(book.accepted.len(), &format!("of {types} types")));
    screen.row("deliveries", &of(deliveries, &format!("{} succeeded", thousands(succeeded))));
    screen.row("attempts", &of(book.attempts().count(), ""));
    screen.row("verified", &of(verified, ""));
    screen.row("retried", &of(retried, "deliveries"));
    screen.row("failed", &of(recorded.failed.len(), "deliveries, given up after 6 attempts"));
    screen.row("notices", &of(recorded.notices.len(), ""));
    screen.blank();
    screen.row(
        "one by one",
        &format!(
            "p50 {}, p99 {} from publishing to receipt",
            short(percentile(&single, 50)),
            short(percentile(&single, 99))
        ),
    );
    screen.row(
        "burst",
        &format!(
            "p50 {}, p99 {} and {} for the last one",
            short(percentile(&many, 50)),
            short(percentile(&many, 99)),
            short(burst)
        ),
    );

    let kept = promises.iter().all(|promise| promise.kept);
    screen.heading(if kept { "As promised" } else { "NOT as promised" });
    for Promise { text, kept } in promises {
        let width = screen.width().clamp(40, 96) - 6;
        for (index, line) in crate::config::wrap(text, width).iter().enumerate() {
            let mark = if index == 0 { screen.mark(*kept) } else { " ".to_owned() };
            screen.line(&format!("    {mark} {line}"));
        }
    }
}

/// Shows how to go on by hand, and brings the other receiver back, so that a resend succeeds.
pub(super) fn go_on(stage: &Stage) {
    stage.outage.receiver.repair();
    let screen = stage.screen;
    screen.heading("Go on by hand; Ctrl-C ends everything");
    screen
        .paragraph("The outage is over: a resend succeeds now and makes the webhook active again.");
    screen.blank();
    let comment = |text: &str| screen.line(&format!("  {}", screen.paint(Look::Dim, text)));
    screen.line(&format!("  export URL={}", stage.url));
    screen.line(&format!("  export KEY={}", stage.key));
    for (what, command) in [
        ("# the webhooks, and how they stand", r#"curl -s "$URL/api/webhooks" -H "Authorization: Bearer $KEY""#.to_owned()),
        ("# what was given up", r#"curl -s "$URL/api/deliveries?status=failed" -H "Authorization: Bearer $KEY""#.to_owned()),
        ("# send everything that was given up again", r#"curl -s "$URL/api/deliveries/resend" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '{"filter":{"status":["failed"]}}'"#.to_owned()),
        ("# publish an event", format!(r#"curl -s "$URL/api/events" -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '{{"type":"{LOST_CAUSE}","data":{{…}}}}'"#)),
    ] {
        screen.blank();
        comment(what);
        screen.line(&format!("  {command}"));
    }
    screen.blank();
    comment("# in a browser");
    screen.line(&format!("  {}/docs", stage.url));
    screen.blank();
}
