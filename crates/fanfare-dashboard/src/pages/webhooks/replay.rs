//! Sending events of the past: what is missing since a time, what failed since a time.

use std::time::Duration;

use axum::extract::State;
use fanfare_app::{AppError, JobOrCount, ReplayInput};
use fanfare_model::kinds::Webhook;
use fanfare_model::{DeliveryStatus, Timestamp};
use fanfare_store::DeliveryFilter;

use super::list::HOME;
use crate::ask::{Answer, Ask, PathId};
use crate::nav::Place;
use crate::pages::confirm::Confirm;
use crate::state::Dashboard;
use crate::ui::{counted, stamp};

/// How far back somebody can ask, in hours, as the form offers it.
fn since(ask: &Ask) -> Result<Timestamp, AppError> {
    let hours = ask.form.get("hours").parse::<u32>().ok().filter(|hours| (1..=720).contains(hours));
    let hours = hours.ok_or_else(|| AppError::invalid_field("hours", "must be from 1 to 720"))?;
    Ok(ask.now.minus(Duration::from_secs(u64::from(hours) * 3600)))
}

/// The moment that was confirmed, so that the answer means what the question said.
fn confirmed(ask: &Ask) -> Option<Timestamp> {
    ask.form.get("since").parse().ok()
}

/// `POST /settings/integrations/webhooks/{id}/replay`: counts and asks, then begins.
pub(crate) async fn replay(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let known = confirmed(&ask);
    let since = known.map_or_else(|| since(&ask), Ok)?;
    let dry_run = known.is_none();
    let input = ReplayInput { since, until: None, types: None, only_missing: true, dry_run };
    let text = |count: u64| {
        format!(
            "{} accepted since {} reached this webhook neither then nor later. A job makes a new \
             delivery for each.",
            counted(count, "event"),
            stamp(since)
        )
    };
    let done = dashboard.app().replay(ask.caller(), id, input).await;
    let path = format!("{HOME}/{id}/replay");
    asked_or_begun(
        &ask,
        done,
        &path,
        since,
        &format!("{HOME}/{id}"),
        text,
        "Replay what is missing",
    )
}

/// `POST /settings/integrations/webhooks/{id}/recover`: counts and asks, then begins.
pub(crate) async fn recover(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let known = confirmed(&ask);
    let since = known.map_or_else(|| since(&ask), Ok)?;
    let filter = DeliveryFilter {
        status: vec![DeliveryStatus::Failed],
        webhook_id: Some(id),
        since: Some(since),
        ..DeliveryFilter::default()
    };
    let text = |count: u64| {
        format!(
            "{} made since {} failed. A job sends each again, as a new delivery.",
            counted(count, "delivery").replace("deliverys", "deliveries"),
            stamp(since)
        )
    };
    dashboard.app().webhook(ask.caller(), id).await?;
    let done = dashboard.app().resend_matching(ask.caller(), filter, known.is_none()).await;
    let path = format!("{HOME}/{id}/recover");
    asked_or_begun(&ask, done, &path, since, &format!("{HOME}/{id}"), text, "Recover what failed")
}

/// A dry run becomes a question, a job its page.
fn asked_or_begun(
    ask: &Ask,
    done: Result<JobOrCount, AppError>,
    action: &str,
    since: Timestamp,
    back: &str,
    text: impl Fn(u64) -> String,
    button: &'static str,
) -> Answer {
    match done {
        Err(error) => ask.refused(back, error),
        Ok(JobOrCount::Count(0)) => Ok(ask.done(back, "Nothing is missing since then.")),
        Ok(JobOrCount::Count(count)) => Confirm {
            chrome: ask.page(button, Place::Webhooks).below("Webhooks", HOME),
            texts: vec![text(count)],
            action: action.to_owned(),
            fields: vec![("since", since.to_string())],
            button,
            danger: false,
            back: back.to_owned(),
        }
        .ask(),
        Ok(JobOrCount::Job(job)) => Ok(ask.done(&format!("/jobs/{}", job.id), "Begun.")),
    }
}
