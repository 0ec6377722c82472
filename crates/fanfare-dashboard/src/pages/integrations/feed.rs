//! The pull feed: groups, how far each is, what it reported.

use askama::Template;
use axum::extract::{Path, State};
use fanfare_app::{AppError, CreatedFeedGroup};
use fanfare_model::{Scope, limits};
use fanfare_store::{FeedGroup, FeedLag, FeedResult};
use futures_util::future::try_join_all;
use http::StatusCode;

use crate::ask::{Answer, Ask, page, page_with};
use crate::chrome::Chrome;
use crate::error::status_of;
use crate::nav::Place;
use crate::pages::confirm::Confirm;
use crate::pages::webhooks::is_about_the_form;
use crate::state::{Dashboard, Origin};
use crate::ui::{Badge, Errors, Markup, Tone, count, counted, duration, since};

const HOME: &str = "/settings/integrations/feed";

#[derive(Template)]
#[template(path = "integrations/feed.html")]
struct FeedPage {
    chrome: Chrome,
    rows: Vec<Row>,
    /// The name as it was typed, when it has to be mended.
    typed: String,
    errors: Errors,
}

struct Row {
    name: String,
    behind: String,
    badge: Markup,
    oldest: Option<Markup>,
    position: String,
    committed: Option<Markup>,
    created: Markup,
}

fn row(group: &FeedGroup, lag: &FeedLag, ask: &Ask) -> Row {
    let events = counted(lag.events as u64, "event");
    Row {
        name: group.name.clone(),
        behind: match (lag.events, lag.is_at_least) {
            (0, false) => "nothing".to_owned(),
            (_, false) => events,
            (_, true) => format!("at least {events}"),
        },
        badge: match (lag.events, group.committed_at) {
            (0, _) if !lag.is_at_least => Badge::new(Tone::Good, "At the end"),
            (_, None) => Badge::new(Tone::Warn, "Never committed"),
            (_, Some(_)) => Badge::new(Tone::Busy, "Behind"),
        }
        .html(),
        oldest: lag.oldest_at.map(|at| since(at, ask.now)),
        position: group.position.to_string(),
        committed: group.committed_at.map(|at| since(at, ask.now)),
        created: since(group.created_at, ask.now),
    }
}

/// `GET /settings/integrations/feed`
pub(crate) async fn feed(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    page(&list(&dashboard, &ask, Errors::default()).await?)
}

async fn list(dashboard: &Dashboard, ask: &Ask, errors: Errors) -> Result<FeedPage, AppError> {
    let app = dashboard.app();
    let groups = app.feed_groups(ask.caller()).await?;
    let lags = try_join_all(groups.iter().map(|group| app.feed_lag(ask.caller(), group))).await?;
    Ok(FeedPage {
        chrome: ask.page("Pull feed", Place::Feed).below("Integrations", super::HOME),
        rows: groups.iter().zip(&lags).map(|(group, lag)| row(group, lag, ask)).collect(),
        typed: ask.form.get("name").to_owned(),
        errors,
    })
}

/// `POST /settings/integrations/feed`: answers with the group and its secret, which is shown once.
pub(crate) async fn create_group(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    match dashboard.app().create_feed_group(ask.caller(), ask.form.get("name").trim()).await {
        Ok(made) => with_secret(&dashboard, &ask, &made, StatusCode::CREATED).await,
        Err(error) if is_about_the_form(&error) => {
            let shown = list(&dashboard, &ask, Errors::of(&error)).await?;
            page_with(status_of(error.code()), &shown)
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "integrations/group.html")]
struct GroupPage {
    chrome: Chrome,
    row: Row,
    results: Vec<ResultRow>,
    listen: String,
    curl: String,
    /// The secret, when it was made by this very request.
    secret: Option<String>,
    may_write: bool,
}

struct ResultRow {
    event: String,
    badge: Markup,
    said: String,
    took: String,
    tries: String,
    at: Markup,
}

/// `GET /settings/integrations/feed/{name}`
pub(crate) async fn group(
    State(dashboard): State<Dashboard>,
    Path(name): Path<String>,
    ask: Ask,
) -> Answer {
    let group = dashboard.app().feed_group(ask.caller(), &name).await?;
    page(&one(&dashboard, &ask, &group, None).await?)
}

async fn with_secret(
    dashboard: &Dashboard,
    ask: &Ask,
    made: &CreatedFeedGroup,
    status: StatusCode,
) -> Answer {
    let secret = Some(made.secret.expose().to_owned());
    page_with(status, &one(dashboard, ask, &made.group, secret).await?)
}

async fn one(
    dashboard: &Dashboard,
    ask: &Ask,
    group: &FeedGroup,
    secret: Option<String>,
) -> Result<GroupPage, AppError> {
    let app = dashboard.app();
    let lag = app.feed_lag(ask.caller(), group).await?;
    let results = app.feed_results(ask.caller(), &group.name, limits::PAGE).await?;
    let chrome = ask.page(&group.name, Place::Feed).below("Integrations", super::HOME);
    Ok(GroupPage {
        chrome: chrome.below("Pull feed", HOME),
        row: row(group, &lag, ask),
        results: results.iter().map(|result| result_row(result, ask)).collect(),
        listen: listen(dashboard.origin(), &group.name),
        curl: curl(dashboard.origin(), &group.name),
        secret,
        may_write: ask.viewer.may(Scope::WebhooksWrite),
    })
}

fn result_row(result: &FeedResult, ask: &Ask) -> ResultRow {
    let badge = match result.status_code {
        Some(200..=299) => Badge::new(Tone::Good, "Succeeded"),
        Some(_) => Badge::new(Tone::Bad, "Failed"),
        None => Badge::new(Tone::Bad, "No answer"),
    };
    let code = result.status_code.map(|code| code.to_string());
    ResultRow {
        event: result.event_id.to_string(),
        badge: badge.html(),
        said: code.into_iter().chain(result.error.clone()).collect::<Vec<_>>().join(" "),
        took: duration(result.duration),
        tries: count(result.tries.into()),
        at: since(result.at, ask.now),
    }
}

/// Names of groups need no quotes: letters, digits, `-` and `_`.
fn listen(server: &Origin, name: &str) -> String {
    format!(
        "export FANFARE_URL={} FANFARE_API_KEY=sk_live_…\n\
         fanfare listen --group {name} --forward-to http://localhost:3000/hooks",
        server.as_str()
    )
}

fn curl(server: &Origin, name: &str) -> String {
    let server = server.as_str();
    let key = "-H \"Authorization: Bearer $FANFARE_API_KEY\"";
    format!(
        "curl \"{server}/api/feed?group={name}&wait=25\" \\\n  {key}\n\
         curl {server}/api/feed/groups/{name}/commit \\\n  {key} \\\n  \
         -H 'Content-Type: application/json' \\\n  -d '{{\"cursor\": \"the cursor of the answer\"}}'"
    )
}

/// `POST /settings/integrations/feed/{name}/rotate`
pub(crate) async fn rotate_group(
    State(dashboard): State<Dashboard>,
    Path(name): Path<String>,
    ask: Ask,
) -> Answer {
    let made = dashboard.app().rotate_feed_secret(ask.caller(), &name).await?;
    with_secret(&dashboard, &ask, &made, StatusCode::OK).await
}

/// `GET /settings/integrations/feed/{name}/remove`
pub(crate) async fn ask_remove_group(
    State(dashboard): State<Dashboard>,
    Path(name): Path<String>,
    ask: Ask,
) -> Answer {
    let group = dashboard.app().feed_group(ask.caller(), &name).await?;
    let home = format!("{HOME}/{}", group.name);
    Confirm {
        chrome: ask
            .page("Remove this group?", Place::Feed)
            .below("Pull feed", HOME)
            .below(group.name, home.clone()),
        texts: vec![
            "How far it read, what it reported and its secret are gone. A new group of the same \
             name begins with what happens from then on. This cannot be taken back."
                .to_owned(),
        ],
        action: format!("{home}/remove"),
        fields: Vec::new(),
        button: "Remove Group",
        danger: true,
        back: home,
    }
    .ask()
}

/// `POST /settings/integrations/feed/{name}/remove`
pub(crate) async fn remove_group(
    State(dashboard): State<Dashboard>,
    Path(name): Path<String>,
    ask: Ask,
) -> Answer {
    dashboard.app().delete_feed_group(ask.caller(), &name).await?;
    Ok(ask.done(HOME, format!("The group “{name}” is removed.")))
}
