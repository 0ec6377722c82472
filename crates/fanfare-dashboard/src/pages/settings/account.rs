//! One's own account: where one is signed in, and the password.

use askama::Template;
use axum::extract::State;
use fanfare_app::SessionView;
use fanfare_model::{Topic, Topics, kinds};

use crate::ask::{Answer, Ask, PathId, page, page_with};
use crate::chrome::Chrome;
use crate::error::status_of;
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Errors, Markup, since};

const HOME: &str = "/account";

#[derive(Template)]
#[template(path = "settings/account.html")]
struct AccountPage {
    chrome: Chrome,
    rows: Vec<Row>,
    /// What this person is mailed about; `None` when nobody mails this person.
    topics: Option<Vec<TopicRow>>,
    errors: Errors,
}

/// Something to be told of, or not.
struct TopicRow {
    name: &'static str,
    title: &'static str,
    ticked: bool,
}

/// A session.
struct Row {
    id: String,
    browser: String,
    ip: String,
    seen: Markup,
    created: Markup,
    current: bool,
}

/// `GET /account`
pub(crate) async fn account(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    page(&shown(&dashboard, &ask, Errors::default()).await?)
}

async fn shown(
    dashboard: &Dashboard,
    ask: &Ask,
    errors: Errors,
) -> Result<AccountPage, fanfare_app::AppError> {
    let app = dashboard.app();
    let sessions = app.sessions(&ask.viewer.signed_in).await?;
    let topics = match app.sends_mails() && app.is_mailed(ask.caller()) {
        true => Some(topics(app.muted_topics(ask.caller()).await?)),
        false => None,
    };
    Ok(AccountPage {
        rows: sessions.iter().map(|session| row(session, ask)).collect(),
        topics,
        errors,
        chrome: ask.page("Your account", Place::Nowhere),
    })
}

fn topics(muted: Topics) -> Vec<TopicRow> {
    let row = |topic: Topic| TopicRow {
        name: topic.as_str(),
        title: topic.title(),
        ticked: !muted.contains(topic),
    };
    Topic::ALL.into_iter().map(row).collect()
}

/// `POST /account/notices`
pub(crate) async fn choose_topics(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let ticked = |topic: &Topic| ask.form.all("topic").any(|name| name == topic.as_str());
    let wanted: Topics = Topic::ALL.into_iter().filter(ticked).collect();
    dashboard.app().mute_topics(ask.caller(), wanted.others()).await?;
    Ok(ask.done("/account#notices", "You are told what you chose."))
}

fn row(session: &SessionView, ask: &Ask) -> Row {
    let unknown = || "unknown".to_owned();
    Row {
        id: session.id.to_string(),
        browser: session.user_agent.as_deref().map_or_else(unknown, browser),
        ip: session.ip.clone().unwrap_or_else(unknown),
        seen: since(session.last_seen_at, ask.now),
        created: since(session.created_at, ask.now),
        current: session.current,
    }
}

/// The browser and the system, as far as they can be read from what it says of itself.
fn browser(agent: &str) -> String {
    let named = |known: &[(&str, &'static str)]| {
        known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    // Those that also claim to be another come first.
    let browsers = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("Windows", "Windows"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    match (named(&browsers), named(&systems)) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, _) => agent.chars().take(60).collect(),
    }
}

/// `POST /account/sessions/{id}/revoke`
pub(crate) async fn revoke_session(
    State(dashboard): State<Dashboard>,
    PathId(session): PathId<kinds::Session>,
    ask: Ask,
) -> Answer {
    dashboard.app().revoke_session(&ask.viewer.signed_in, session).await?;
    Ok(ask.done(HOME, "That browser is signed out."))
}

/// `POST /account/password`
pub(crate) async fn change_password(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let (current, new) = (ask.form.get("current"), ask.form.get("password"));
    match dashboard.app().change_password(&ask.viewer.signed_in, current, new).await {
        Ok(()) => Ok(ask.done(HOME, "The password is changed. Other browsers are signed out.")),
        Err(error) => {
            let shown = shown(&dashboard, &ask, Errors::of(&error)).await?;
            page_with(status_of(error.code()), &shown)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::browser;

    #[test]
    fn browsers_are_named() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0";
        assert_eq!(browser(firefox), "Firefox on Linux");
        let edge =
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140";
        assert_eq!(browser(edge), "Edge on Windows");
        assert_eq!(browser("curl/8.9"), "curl/8.9");
    }
}
