//! The audit log.

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use fanfare_app::{App, AppError, AuditVerdict, Caller};
use fanfare_store::{AuditEntry, AuditFilter};
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};

use crate::ask::{Answer, Ask, page, sentence};
use crate::chrome::Chrome;
use crate::list::{Pager, request_by_number};
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Markup, count, json_tree, since};

#[derive(Template)]
#[template(path = "settings/audit.html")]
struct AuditPage {
    chrome: Chrome,
    rows: Vec<Row>,
    pager: Pager,
    actor: String,
    action: String,
    resource: String,
    errors: Option<&'static str>,
    narrowed: bool,
    /// What a check of the whole chain found, when it was asked for.
    verdict: Option<Verdict>,
}

struct Row {
    number: u64,
    when: Markup,
    who: String,
    who_id: Option<String>,
    action: String,
    resource: String,
    ip: Option<String>,
    request_id: Option<String>,
    before: Option<Markup>,
    after: Option<Markup>,
    hash: String,
}

struct Verdict {
    holds: bool,
    text: String,
}

/// `GET /settings/audit-log`
pub(crate) async fn audit_log(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let asked = request_by_number(&ask.query)?;
    let actor = ask.query.given("actor").map(str::parse);
    let errors = matches!(actor, Some(Err(_)))
        .then_some("This is nobody: give the id of a user or an API key, console, or system.");
    let filter = AuditFilter {
        actor: actor.and_then(Result::ok),
        action: ask.query.given("action").map(str::to_owned),
        resource_id: ask.query.given("resource").map(str::to_owned),
        ..AuditFilter::default()
    };
    let narrowed = filter != AuditFilter::default();
    let found = dashboard.app().audit_entries(ask.caller(), filter, asked).await?;
    let pager = Pager::by_number(&ask, &asked, &found, |entry: &AuditEntry| entry.number.into());
    let verdict = match ask.query.has("check") {
        true => Some(verdict(dashboard.app().verify_audit(ask.caller()).await?)),
        false => None,
    };
    page(&AuditPage {
        rows: found.items.iter().map(|entry| row(entry, &ask)).collect(),
        pager,
        actor: ask.query.get("actor").to_owned(),
        action: ask.query.get("action").to_owned(),
        resource: ask.query.get("resource").to_owned(),
        errors,
        narrowed,
        verdict,
        chrome: ask.page("Audit log", Place::AuditLog),
    })
}

fn verdict(verdict: AuditVerdict) -> Verdict {
    match verdict {
        AuditVerdict::Whole { entries } => {
            let entries = match entries {
                1 => "1 entry".to_owned(),
                many => format!("{} entries", count(many)),
            };
            let text = format!("The chain holds: {entries}, none changed or missing.");
            Verdict { holds: true, text }
        }
        AuditVerdict::Broken(at) => Verdict {
            holds: false,
            text: format!("The chain is broken at entry {}. {}", at.number, sentence(at.why)),
        },
    }
}

fn row(entry: &AuditEntry, ask: &Ask) -> Row {
    let tree = |text: &Option<String>| {
        let value = serde_json::from_str(text.as_deref()?).ok()?;
        Some(json_tree(&value))
    };
    let who = entry.actor_name.clone();
    Row {
        number: entry.number,
        when: since(entry.at, ask.now),
        who: who.unwrap_or_else(|| entry.actor.kind().to_owned()),
        who_id: entry.actor_id(),
        action: entry.action.clone(),
        resource: entry.resource_id.clone(),
        ip: entry.ip.clone(),
        request_id: entry.request_id.clone(),
        before: tree(&entry.before),
        after: tree(&entry.after),
        hash: entry.hash_text(),
    }
}

/// `GET /settings/audit-log/export`: a line of JSON for each entry, oldest first, written while it
/// is read.
pub(crate) async fn export_audit(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let (app, caller) = (dashboard.app().clone(), *ask.caller());
    // The first page now, so that a refusal is a page.
    let first = app.export_audit(&caller, 0).await?;
    let pages = stream::try_unfold(Some(first), move |page| next(app.clone(), caller, page));
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson"),
        (CONTENT_DISPOSITION, "attachment; filename=\"audit-log.jsonl\""),
    ];
    let response: Response = (headers, Body::from_stream(pages)).into_response();
    Ok(response)
}

/// A page as lines, and the page after it.
async fn next(
    app: App,
    caller: Caller,
    page: Option<Vec<AuditEntry>>,
) -> Result<Option<(String, Option<Vec<AuditEntry>>)>, AppError> {
    let Some(page) = page.filter(|page| !page.is_empty()) else { return Ok(None) };
    let lines = page.iter().map(|entry| entry.line() + "\n").collect();
    let last = page.last().map_or(0, |entry| entry.number);
    let after = app.export_audit(&caller, last).await?;
    Ok(Some((lines, Some(after))))
}
