//! The tab with a webhook's configuration.

use askama::Template;
use axum::extract::State;
use fanfare_app::{AppError, Change, UpdateWebhook, WebhookView};
use fanfare_model::kinds::Webhook;
use http::StatusCode;

use super::form::{self, WebhookForm};
use super::head::{Head, Tab};
use super::list::HOME;
use super::new::{ScheduleStep, is_about_the_form, schedule};
use crate::ask::{Answer, Ask, PathId, page, page_with};
use crate::chrome::Chrome;
use crate::state::Dashboard;
use crate::ui::Errors;

#[derive(Template)]
#[template(path = "webhooks/settings.html")]
struct SettingsPage {
    chrome: Chrome,
    head: Head,
    form: WebhookForm,
    schedule: Vec<ScheduleStep>,
}

/// `GET /settings/integrations/webhooks/{id}/settings`
pub(crate) async fn settings(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let (chrome, head, view) = Head::find(&dashboard, &ask, id, Tab::Settings).await?;
    let form = WebhookForm::of(&view, &format!("{HOME}/{id}/settings"));
    page(&SettingsPage { chrome, head, form, schedule: schedule(&dashboard) })
}

/// `POST /settings/integrations/webhooks/{id}/settings`
pub(crate) async fn update(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<Webhook>,
    ask: Ask,
) -> Answer {
    let (chrome, head, view) = Head::find(&dashboard, &ask, id, Tab::Settings).await?;
    let action = format!("{HOME}/{id}/settings");
    let looks_only = ask.form.get("step") == "find";
    let errors = match looks_only {
        true => Errors::default(),
        false => match changed(&dashboard, &ask, &view).await? {
            Ok(()) => return Ok(ask.done(&action, "Saved. The next attempt uses it.")),
            Err(errors) => errors,
        },
    };
    let status = if looks_only { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    let form = WebhookForm::typed(&ask.form, &action, errors);
    page_with(status, &SettingsPage { chrome, head, form, schedule: schedule(&dashboard) })
}

/// Changes what was typed differently from what there is, or says what is wrong with the form.
async fn changed(
    dashboard: &Dashboard,
    ask: &Ask,
    view: &WebhookView,
) -> Result<Result<(), Errors>, AppError> {
    let typed = match form::read(&ask.form) {
        Ok(typed) => typed,
        Err(errors) => return Ok(Err(errors)),
    };
    let webhook = &view.webhook;
    let update = UpdateWebhook {
        // A URL that is set begins its record of failures anew, even the same one.
        url: Some(typed.url).filter(|url| *url != webhook.url),
        events: Some(typed.events),
        description: typed.description.map_or(Change::Clear, Change::Set),
        headers: Some(typed.headers),
        max_in_flight: typed.max_in_flight,
        rate_limit: typed.rate_limit.map_or(Change::Clear, Change::Set),
    };
    match dashboard.app().update_webhook(ask.caller(), webhook.id, update).await {
        Ok(_) => Ok(Ok(())),
        Err(error) if is_about_the_form(&error) => Ok(Err(Errors::of(&error))),
        Err(error) => Err(error),
    }
}
