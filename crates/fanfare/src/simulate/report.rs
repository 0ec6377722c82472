//! What happened, for people and for programs.

use std::time::Duration;

use serde_json::{Value, json};

use super::judge::{Counts, Found, Promise};
use super::lag::Webhook;
use super::plan::{Plan, money};
use super::play::Launch;
use super::tally::Tally;
use crate::cli::Play;
use crate::screen::{Look, Screen, short, thousands};

/// Everything there is to say.
pub(super) struct Report<'r> {
    pub(super) url: &'r str,
    pub(super) plan: Plan,
    pub(super) launch: &'r Launch,
    pub(super) tally: &'r Tally,
    pub(super) found: &'r Found,
    pub(super) webhooks: &'r [Webhook],
    pub(super) promises: &'r [Promise],
    pub(super) took: Duration,
}

impl Report<'_> {
    /// Whether everything was as promised.
    pub(super) fn kept(&self) -> bool {
        self.promises.iter().all(|promise| promise.kept)
    }

    /// As text.
    pub(super) fn show(&self, screen: Screen) {
        let name = play_name(self.plan.play);
        screen.heading(&format!("Simulated launch \"{name}\", seed {}", self.plan.seed));
        screen.blank();
        screen.row("experience", &self.launch.experience);
        screen.row("took", &short(self.took));
        screen.blank();
        screen.figure("consumers", self.plan.consumers as usize, "");
        let tally = self.tally;
        if !tally.joins.is_empty() {
            let rate = thousands(tally.join_rate() as usize);
            let (p50, p99) = (tally.join_percentile(50), tally.join_percentile(99));
            let text = format!("{rate} per second, p50 {}, p99 {}", short(p50), short(p99));
            screen.figure("joins", tally.joins.len(), &text);
        }
        self.distributions(screen);
        let orders = tally.orders;
        let text = format!(
            "{} paid, {} fulfilled, {} cancelled",
            thousands(size(orders.paid)),
            thousands(size(orders.fulfilled)),
            thousands(size(orders.cancelled))
        );
        screen.figure("orders", size(orders.created), &text);
        screen.figure("events", size(tally.all_events()), "");
        let text = format!("{} answered 429 or 503 and sent again", thousands(size(tally.refused)));
        screen.figure("requests", size(tally.requests), &text);
        self.deliveries(screen);
        self.verdict(screen);
    }

    fn distributions(&self, screen: Screen) {
        let (tally, at) = (self.tally, |counts: &Counts, status: &str| {
            size(counts.get(status).copied().unwrap_or(0))
        });
        if let Some(counts) = &self.found.queue {
            let text = format!(
                "{} checked out, {} left, {} got nothing",
                thousands(at(counts, "COMPLETED")),
                thousands(at(counts, "LEFT")),
                thousands(at(counts, "LOST"))
            );
            let admitted = tally.events.get(&fanfare_model::EventType::DistributionAdmitted);
            screen.figure("admitted", size(admitted.copied().unwrap_or(0)), &text);
        }
        if let Some(counts) = &self.found.draw {
            let won = at(counts, "SELECTED") + at(counts, "COMPLETED");
            let entrants = counts.values().sum::<u64>();
            let text = format!(
                "of {} entrants; {} checked out",
                thousands(size(entrants)),
                thousands(at(counts, "COMPLETED"))
            );
            screen.figure("winners", won, &text);
        }
        if self.found.auction.is_some() {
            let text =
                format!("{} too low; the highest {} USD", tally.low_bids, money(tally.highest));
            screen.figure("bids", tally.bids as usize, &text);
        }
    }

    fn deliveries(&self, screen: Screen) {
        if self.webhooks.is_empty() {
            screen.figure("webhooks", 0, "nobody is told of all this: create one at /api/webhooks");
            return;
        }
        screen.heading("Webhooks");
        screen.blank();
        for webhook in self.webhooks {
            let milliseconds = |ms: u64| short(Duration::from_millis(ms));
            let tried = match webhook.caught_up_ms {
                Some(ms) => format!("everything tried {} after the end", milliseconds(ms)),
                None => "not everything tried yet".to_owned(),
            };
            screen.line(&format!(
                "    {} {}",
                screen.paint(Look::Cyan, &webhook.url),
                screen.paint(Look::Dim, &webhook.status)
            ));
            let text = format!(
                "{} delivered, {} attempts failed and are repeated, {} given up; most lag {}, {tried}",
                thousands(size(webhook.succeeded)),
                thousands(size(webhook.retried)),
                thousands(size(webhook.failed)),
                milliseconds(webhook.most_lag_ms),
            );
            for line in crate::config::wrap(&text, screen.width().clamp(40, 96) - 6) {
                screen.line(&format!("      {line}"));
            }
        }
    }

    fn verdict(&self, screen: Screen) {
        let kept = self.kept();
        screen.heading(if kept { "As promised" } else { "NOT as promised" });
        screen.promises(self.promises.iter().map(|promise| (promise.text.as_str(), promise.kept)));
        for surprise in &self.tally.surprised_by {
            screen.line(&format!("      {surprise}"));
        }
        if let Some(draw) = self.launch.draw.as_ref().filter(|_| kept) {
            screen.blank();
            screen.paragraph("To check the draw again:");
            // Whole, so that it can be copied.
            let command = format!("fanfare draw verify --url {} --distribution {draw}", self.url);
            screen.line(&format!("  {command}"));
        }
        screen.blank();
    }

    /// As JSON, on one line.
    pub(super) fn json(&self) -> String {
        let tally = self.tally;
        let thousandths = |number: f64| (number * 1e3).round() / 1e3;
        let milliseconds = |time: Duration| thousandths(time.as_secs_f64() * 1e3);
        let orders = tally.orders;
        let events: serde_json::Map<String, Value> = tally
            .events
            .iter()
            .map(|(event_type, count)| (event_type.as_str().to_owned(), (*count).into()))
            .collect();
        let value = json!({
            "experience": play_name(self.plan.play),
            "experienceId": self.launch.experience,
            "drawId": self.launch.draw,
            "seed": self.plan.seed,
            "consumers": self.plan.consumers,
            "seconds": thousandths(self.took.as_secs_f64()),
            "joins": {
                "count": tally.joins.len(),
                "perSecond": thousandths(tally.join_rate()),
                "p50Ms": milliseconds(tally.join_percentile(50)),
                "p99Ms": milliseconds(tally.join_percentile(99)),
            },
            "participants": self.found,
            "bids": {
                "taken": tally.bids, "tooLow": tally.low_bids, "highest": money(tally.highest),
            },
            "orders": {
                "created": orders.created, "paid": orders.paid,
                "fulfilled": orders.fulfilled, "cancelled": orders.cancelled,
            },
            "events": events,
            "requests": tally.requests,
            "refused": tally.refused,
            "surprises": tally.surprised_by,
            "webhooks": self.webhooks,
            "promises": self.promises,
            "kept": self.kept(),
        });
        format!("{value}\n")
    }
}

const fn play_name(play: Play) -> &'static str {
    match play {
        Play::Drop => "drop",
        Play::Queue => "queue",
        Play::Draw => "draw",
        Play::Auction => "auction",
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
