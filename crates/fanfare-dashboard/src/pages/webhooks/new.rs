//! Adding a webhook: the three fields of Settings → Integrations → Webhooks, and what else there is.

use std::time::Duration;

use askama::Template;
use axum::extract::State;
use fanfare_app::{AppError, CreateWebhook, CreatedWebhook, ErrorCode};
use fanfare_model::{Timestamp, WebhookChannel};
use http::StatusCode;

use super::form::{self, UrlTried, WebhookForm};
use super::list::HOME;
use super::secret::SecretPage;
use crate::ask::{Answer, Ask, page, page_with, sentence};
use crate::chrome::Chrome;
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Errors, duration};

#[derive(Template)]
#[template(path = "webhooks/new.html")]
struct NewPage {
    chrome: Chrome,
    form: WebhookForm,
    schedule: Vec<ScheduleStep>,
}

/// An attempt of the schedule.
pub(crate) struct ScheduleStep {
    pub(crate) number: usize,
    /// The wait before it.
    pub(crate) wait: String,
}

/// When attempts come, if each fails.
pub(crate) fn schedule(dashboard: &Dashboard) -> Vec<ScheduleStep> {
    let times = dashboard.app().preview_schedule();
    let text =
        |after: Duration| if after.is_zero() { "at once".to_owned() } else { duration(after) };
    let step = |(index, at): (usize, &Timestamp)| ScheduleStep {
        number: index + 1,
        wait: text(at.since(times[index.saturating_sub(1)])),
    };
    times.iter().enumerate().map(step).collect()
}

/// `GET /settings/integrations/webhooks/new`
pub(crate) async fn new(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    show(&dashboard, &ask, StatusCode::OK, WebhookForm::empty(HOME))
}

/// `POST /settings/integrations/webhooks`
pub(crate) async fn create(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let typed = |errors: Errors| WebhookForm::typed(&ask.form, HOME, errors);
    // Two buttons of the form only look.
    match ask.form.get("step") {
        "find" => return show(&dashboard, &ask, StatusCode::OK, typed(Errors::default())),
        "check" => {
            let mut form = typed(Errors::default());
            form.check = Some(tried(&dashboard, &ask, &form.url).await?);
            return show(&dashboard, &ask, StatusCode::OK, form);
        }
        _ => {}
    }
    match made(&dashboard, &ask).await? {
        Ok(created) => shown(&ask, &created),
        Err(errors) => show(&dashboard, &ask, StatusCode::BAD_REQUEST, typed(errors)),
    }
}

fn show(dashboard: &Dashboard, ask: &Ask, status: StatusCode, form: WebhookForm) -> Answer {
    let chrome = ask.page("Add Webhook", Place::Webhooks).below("Webhooks", HOME);
    page_with(status, &NewPage { chrome, form, schedule: schedule(dashboard) })
}

/// The webhook, or what is wrong with the form.
async fn made(
    dashboard: &Dashboard,
    ask: &Ask,
) -> Result<Result<CreatedWebhook, Errors>, AppError> {
    let typed = match form::read(&ask.form) {
        Ok(typed) => typed,
        Err(errors) => return Ok(Err(errors)),
    };
    let webhook = CreateWebhook {
        channel: WebhookChannel::Dashboard,
        url: typed.url,
        events: typed.events,
        secret: typed.secret,
        description: typed.description,
        headers: typed.headers,
        max_in_flight: typed.max_in_flight,
        rate_limit: typed.rate_limit,
    };
    match dashboard.app().create_webhook(ask.caller(), webhook).await {
        Ok(created) => Ok(Ok(created)),
        Err(error) if is_about_the_form(&error) => Ok(Err(Errors::of(&error))),
        Err(error) => Err(error),
    }
}

/// Whether the form is to be shown again with what the refusal says.
pub(crate) fn is_about_the_form(error: &AppError) -> bool {
    matches!(
        error.code(),
        ErrorCode::ValidationFailed | ErrorCode::Conflict | ErrorCode::LimitReached
    )
}

/// A generated secret is shown this once; with an own one there is nothing to show.
fn shown(ask: &Ask, created: &CreatedWebhook) -> Answer {
    let id = created.view.webhook.id;
    let Some(secret) = &created.generated_secret else {
        return Ok(ask.done(&format!("{HOME}/{id}/test"), "Webhook added. Send it a test event."));
    };
    SecretPage::generated(ask, &created.view, secret.expose(), true)
}

async fn tried(dashboard: &Dashboard, ask: &Ask, url: &str) -> Result<UrlTried, AppError> {
    match dashboard.app().check_url(ask.caller(), url.trim()).await {
        Ok(check) => Ok(check.into()),
        Err(error) if error.code() == ErrorCode::RateLimited => {
            Ok(UrlTried { good: false, text: sentence(error.message()) })
        }
        Err(error) if is_about_the_form(&error) => {
            Ok(UrlTried { good: false, text: Errors::of(&error).on("url") })
        }
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "webhooks/check.html")]
struct CheckPart {
    check: Option<UrlTried>,
}

/// `POST /settings/integrations/webhooks/check`: the part of the form that tells of the URL, for
/// scripts.
pub(crate) async fn check_url(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let check = Some(tried(&dashboard, &ask, ask.form.get("url")).await?);
    page(&CheckPart { check })
}
