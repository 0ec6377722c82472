//! The end: figures, promises, and how to go on by hand.

use std::time::Duration;

use fanfare_model::DistributionId;
use fanfare_model::catalogue::example_data;
use serde_json::{Value, json};

use super::ledger::{Book, Part, percentile};
use super::promises::{Promise, Recorded};
use super::stage::{LOST_CAUSE, Stage};
use crate::screen::{Look, short, thousands};

/// Shows what happened. `burst`: how long it took.
pub(super) fn show(
    stage: &Stage,
    book: &Book,
    recorded: &Recorded,
    burst: Duration,
    promises: &[Promise],
) {
    let screen = stage.screen;
    let deliveries = book.arrived.len();
    let succeeded = deliveries - recorded.failed.len() - recorded.pending;
    let retried = book.arrived.values().filter(|arrivals| arrivals.len() > 1).count();
    let verified = book.attempts().filter(|arrival| arrival.seed_verified).count();
    let single = book.latencies(stage.shop.receiver.name(), Part::Story);
    let many = book.latencies(stage.shop.receiver.name(), Part::Burst);

    screen.heading("What happened");
    let failed = recorded.failed.len();
    let ends = format!("{} succeeded, {failed} failed", thousands(succeeded));
    screen.figure("events", book.accepted.len(), "");
    screen.figure("deliveries", deliveries, &ends);
    screen.figure("attempts", book.attempts().count(), "");
    screen.figure("verified", verified, "by their signature");
    screen.figure("retried", retried, "deliveries");
    screen.figure("failed", failed, &format!("after {} attempts", stage.attempts));
    screen.figure("notices", recorded.notices.len(), "");
    screen.blank();
    screen.row(
        "one by one",
        &format!(
            "p50 {}, p99 {} from the request to the receipt",
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
    screen.promises(promises.iter().map(|promise| (promise.text.as_str(), promise.kept)));
}

/// Shows how to go on by hand, and brings the other receiver back, so that a resend succeeds.
pub(super) fn go_on(stage: &Stage, draw: DistributionId) {
    stage.outage.receiver.repair();
    let screen = stage.screen;
    screen.heading("Go on by hand; Ctrl-C ends everything");
    screen.paragraph(
        "The outage is over: a resend succeeds now and makes its webhook active again. What \
         arrives is shown below.",
    );
    screen.blank();
    screen.line(&format!("  {}", screen.paint(Look::Dim, "# sign in, once, within 15 minutes")));
    screen.line(&format!("  {}", stage.sign_in));
    screen.blank();
    screen.line(&format!("  export URL={}", stage.url));
    screen.line(&format!("  export KEY={}", stage.key));
    let event = json!({"type": LOST_CAUSE.as_str(), "data": example_data(LOST_CAUSE)});
    let failed = json!({"filter": {"status": ["failed"]}});
    for (what, command) in [
        ("the webhooks, and how they stand", get("/api/webhooks")),
        ("what was given up", get("/api/deliveries?status=failed")),
        ("send what was given up again", post("/api/deliveries/resend", &failed)),
        ("publish an event", post("/api/events", &event)),
        ("who was selected in the draw", get(&format!("/api/distributions/{draw}/draw?limit=100"))),
        ("compute the winners again", client(&format!("draw verify --distribution {draw}"))),
        ("play a larger launch", client("simulate --consumers 5000")),
    ] {
        screen.blank();
        screen.line(&format!("  {}", screen.paint(Look::Dim, &format!("# {what}"))));
        screen.line(&format!("  {command}"));
    }
    screen.blank();
    screen
        .line(&format!("  {}", screen.paint(Look::Dim, "# the API's documentation, in a browser")));
    screen.line(&format!("  {}/docs", stage.url));
    screen.blank();
}

fn client(command: &str) -> String {
    format!(r#"FANFARE_URL="$URL" FANFARE_API_KEY="$KEY" fanfare {command}"#)
}

fn get(path: &str) -> String {
    format!(r#"curl -s "$URL{path}" -H "Authorization: Bearer $KEY""#)
}

fn post(path: &str, body: &Value) -> String {
    // A quote inside single quotes, as shells read it.
    let body = body.to_string().replace('\'', r"'\''");
    format!("{} -H 'Content-Type: application/json' -d '{body}'", get(path))
}
