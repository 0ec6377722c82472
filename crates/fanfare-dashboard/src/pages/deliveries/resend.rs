//! Sending again, one delivery or all that match, and ending one that waits.

use axum::extract::State;
use fanfare_app::JobOrCount;
use fanfare_model::kinds::Delivery;

use super::filter;
use crate::ask::{Answer, Ask, PathId};
use crate::link;
use crate::nav::Place;
use crate::pages::confirm::Confirm;
use crate::state::Dashboard;
use crate::ui::count;

/// `POST /deliveries/{id}/resend`
pub(crate) async fn resend(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Delivery>,
    ask: Ask,
) -> Answer {
    match dashboard.app().resend(ask.caller(), id).await {
        Ok(created) => {
            let to = format!("/deliveries/{}", created.id);
            Ok(ask.done(&to, "Sent again, as this new delivery."))
        }
        Err(error) => ask.refused(&format!("/deliveries/{id}"), error),
    }
}

/// `POST /deliveries/{id}/cancel`
pub(crate) async fn cancel(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Delivery>,
    ask: Ask,
) -> Answer {
    let to = format!("/deliveries/{id}");
    match dashboard.app().cancel_delivery(ask.caller(), id).await {
        Ok(_) => Ok(ask.done(&to, "Cancelled. An attempt on its way may still arrive.")),
        Err(error) => ask.refused(&to, error),
    }
}

/// `POST /deliveries/resend`: counts what matches and asks, then begins the job.
pub(crate) async fn resend_matching(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let asked = filter::read(&ask.form, ask.now)?;
    let fields = filter::fixed(&ask.form, &asked);
    let pairs = fields.iter().map(|(name, value)| (*name, value.as_str()));
    let back = link::with("/deliveries", pairs);
    let dry_run = ask.form.get("sure") != "1";
    match dashboard.app().resend_matching(ask.caller(), asked, dry_run).await {
        Err(error) => ask.refused(&back, error),
        Ok(JobOrCount::Count(0)) => Ok(ask.done(&back, "Nothing matches any more.")),
        Ok(JobOrCount::Job(job)) => Ok(ask.done(&format!("/jobs/{}", job.id), "Begun.")),
        Ok(JobOrCount::Count(number)) => Confirm {
            chrome: ask
                .page("Send all of these again?", Place::Deliveries)
                .below("Deliveries", &back),
            texts: vec![
                format!(
                    "{} match the filter now. Each is sent again as a new delivery, except to \
                     webhooks that are disabled or deleted.",
                    match number {
                        1 => "1 delivery".to_owned(),
                        many => format!("{} deliveries", count(many)),
                    }
                ),
                "It runs as a job that can be stopped; what was sent by then stays sent."
                    .to_owned(),
            ],
            action: "/deliveries/resend".to_owned(),
            fields: fields.into_iter().chain([("sure", "1".to_owned())]).collect(),
            button: "Resend All",
            danger: false,
            back,
        }
        .ask(),
    }
}
