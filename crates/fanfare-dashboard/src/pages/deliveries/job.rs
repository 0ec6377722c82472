//! A job's progress. With scripts the page looks again by itself while the job runs.

use askama::Template;
use axum::extract::State;
use fanfare_model::{JobId, Scope, kinds};
use fanfare_store::{Job, JobSpec, JobStatus};

use crate::ask::{Answer, Ask, PathId, page};
use crate::chrome::Chrome;
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Badge, Markup, Tone, count, since, stamp};

#[derive(Template)]
#[template(path = "deliveries/job.html")]
struct JobPage {
    chrome: Chrome,
    job: Progress,
    may_cancel: bool,
}

/// How far a job is: the part that a script asks for again.
#[derive(Template)]
#[template(path = "deliveries/progress.html")]
struct Progress {
    id: JobId,
    what: String,
    badge: Markup,
    running: bool,
    processed: u64,
    total: u64,
    processed_text: String,
    total_text: String,
    created_text: String,
    begun: Markup,
    moved: Markup,
}

/// `GET /jobs/{id}`
pub(crate) async fn job(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::Job>,
    ask: Ask,
) -> Answer {
    let job = dashboard.app().job(ask.caller(), id).await?;
    let progress = progress(&job, &ask);
    if ask.fragment {
        return page(&progress);
    }
    let title = match job.spec {
        JobSpec::Resend { .. } => "Resending",
        JobSpec::Replay(_) => "Replaying",
    };
    page(&JobPage {
        chrome: ask.page(title, Place::Deliveries).below("Deliveries", "/deliveries"),
        may_cancel: progress.running && ask.viewer.may(Scope::DeliveriesWrite),
        job: progress,
    })
}

fn progress(job: &Job, ask: &Ask) -> Progress {
    let badge = match job.status {
        JobStatus::Running => Badge::new(Tone::Busy, "Running"),
        JobStatus::Completed => Badge::new(Tone::Good, "Completed"),
        JobStatus::Cancelled => Badge::new(Tone::Quiet, "Stopped"),
    };
    let what = match &job.spec {
        JobSpec::Resend { .. } => "Sends deliveries that match a filter again.".to_owned(),
        JobSpec::Replay(replay) => {
            format!("Sends what a webhook missed since {}.", stamp(replay.since))
        }
    };
    Progress {
        id: job.id,
        what,
        badge: badge.html(),
        running: job.status == JobStatus::Running,
        processed: job.processed,
        total: job.total.max(job.processed).max(1),
        processed_text: count(job.processed),
        total_text: count(job.total),
        created_text: count(job.created),
        begun: since(job.created_at, ask.now),
        moved: since(job.updated_at, ask.now),
    }
}

/// `POST /jobs/{id}/cancel`
pub(crate) async fn cancel_job(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::Job>,
    ask: Ask,
) -> Answer {
    dashboard.app().cancel_job(ask.caller(), id).await?;
    Ok(ask.done(&format!("/jobs/{id}"), "Stopped. What was sent stays sent."))
}
