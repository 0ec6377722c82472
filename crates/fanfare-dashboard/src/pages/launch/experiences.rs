//! Experiences, and one with its distributions.

use askama::Template;
use axum::extract::State;
use fanfare_app::{AppError, DistributionView};
use fanfare_model::kinds;
use fanfare_model::launch::machine::{ExperienceMove, Move as _};
use fanfare_model::launch::{Experience, ExperienceStatus};
use fanfare_model::{ExperienceId, Timestamp, limits};
use fanfare_store::{DistributionFilter, ExperienceFilter, Order, PageRequest};

use super::{ask_again, words};
use crate::ask::{Answer, Ask, PathId, page};
use crate::chrome::Chrome;
use crate::list::{Choice, Pager, choices, request};
use crate::nav::Place;
use crate::state::Dashboard;
use crate::ui::{Markup, counted, since};

#[derive(Template)]
#[template(path = "launch/experiences.html")]
struct ListPage {
    chrome: Chrome,
    rows: Vec<Row>,
    pager: Pager,
    statuses: Vec<Choice>,
    narrowed: bool,
}

struct Row {
    id: String,
    name: String,
    slug: String,
    badge: Markup,
    opens: Option<Markup>,
    closes: Option<Markup>,
}

/// `GET /experiences`
pub(crate) async fn experiences(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let asked = request::<kinds::Experience>(&ask.query)?;
    let status = ask.query.all("status").filter_map(|text| text.parse().ok());
    let filter = ExperienceFilter { status: status.collect() };
    let narrowed = !filter.status.is_empty();
    let found = dashboard.app().experiences(ask.caller(), filter, asked).await?;
    let pager = Pager::of(&ask, &asked, &found, |experience: &Experience| experience.id);
    let statuses = ExperienceStatus::ALL.iter();
    let statuses = statuses.map(|each| (each.as_str(), words::of_experience(*each).text));
    page(&ListPage {
        statuses: choices(&ask.query, "status", statuses),
        rows: found.items.iter().map(|experience| row(experience, &ask)).collect(),
        pager,
        narrowed,
        chrome: ask.page("Experiences", Place::Experiences),
    })
}

fn row(experience: &Experience, ask: &Ask) -> Row {
    Row {
        id: experience.id.to_string(),
        name: experience.name.clone(),
        slug: experience.slug.clone(),
        badge: words::of_experience(experience.status).html(),
        opens: shown(experience.activated_at.or(experience.open_at), ask),
        closes: shown(experience.ended_at.or(experience.close_at), ask),
    }
}

fn shown(at: Option<Timestamp>, ask: &Ask) -> Option<Markup> {
    at.map(|at| since(at, ask.now))
}

#[derive(Template)]
#[template(path = "launch/experience.html")]
struct ShowPage {
    chrome: Chrome,
    row: Row,
    description: String,
    created: Markup,
    distributions: Vec<Part>,
    may_activate: bool,
    may_complete: bool,
    may_cancel: bool,
}

/// A distribution, in the list of its experience.
struct Part {
    id: String,
    name: String,
    kind: &'static str,
    badge: Markup,
    joined: String,
}

/// `GET /experiences/{id}`
pub(crate) async fn experience(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::Experience>,
    ask: Ask,
) -> Answer {
    let experience = dashboard.app().experience(ask.caller(), id).await?;
    let filter =
        DistributionFilter { experience_id: Some(experience.id), ..DistributionFilter::default() };
    let all = PageRequest {
        limit: limits::DISTRIBUTIONS_PER_EXPERIENCE,
        order: Order::Ascending,
        after: None,
        before: None,
    };
    let parts = dashboard.app().distributions(ask.caller(), filter, all).await?;
    let may = |by: ExperienceMove| by.from(experience.status).is_ok();
    page(&ShowPage {
        row: row(&experience, &ask),
        description: counted(experience.product_ids.len() as u64, "product"),
        created: since(experience.created_at, ask.now),
        distributions: parts.items.iter().map(part).collect(),
        may_activate: may(ExperienceMove::Activate),
        may_complete: may(ExperienceMove::Complete),
        may_cancel: may(ExperienceMove::Cancel),
        chrome: ask.page(&experience.name, Place::Experiences).below("Experiences", "/experiences"),
    })
}

fn part(view: &DistributionView) -> Part {
    let distribution = &view.distribution;
    let kind = words::kind(distribution.kind());
    Part {
        id: distribution.id.to_string(),
        name: distribution.name.clone().unwrap_or_else(|| kind.to_owned()),
        kind,
        badge: words::of_distribution(distribution.status).html(),
        joined: crate::ui::count(distribution.joined.into()),
    }
}

/// `POST /experiences/{id}/activate`
pub(crate) async fn activate(
    State(dashboard): State<Dashboard>,
    PathId(experience): PathId<kinds::Experience>,
    ask: Ask,
) -> Answer {
    let moved = dashboard.app().activate_experience(ask.caller(), experience).await;
    told(&ask, experience, moved, "is live")
}

/// `GET /experiences/{id}/complete`
pub(crate) async fn ask_complete(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::Experience>,
    ask: Ask,
) -> Answer {
    let experience = dashboard.app().experience(ask.caller(), id).await?;
    let told = format!(
        "“{}” ends now. Its queues, draws and auctions take nobody any more. This cannot be taken \
         back.",
        experience.name
    );
    let back = format!("/experiences/{}", experience.id);
    let chrome = ask.page("Complete this experience?", Place::Experiences);
    ask_again(chrome, told, "Complete Experience", "complete", back)
}

/// `POST /experiences/{id}/complete`
pub(crate) async fn complete(
    State(dashboard): State<Dashboard>,
    PathId(experience): PathId<kinds::Experience>,
    ask: Ask,
) -> Answer {
    let moved = dashboard.app().complete_experience(ask.caller(), experience).await;
    told(&ask, experience, moved, "is completed")
}

/// `GET /experiences/{id}/cancel`
pub(crate) async fn ask_cancel(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::Experience>,
    ask: Ask,
) -> Answer {
    let experience = dashboard.app().experience(ask.caller(), id).await?;
    let told = format!(
        "“{}” is called off, and its queues, draws and auctions with it. Orders stay as they are. \
         This cannot be taken back.",
        experience.name
    );
    let back = format!("/experiences/{}", experience.id);
    let chrome = ask.page("Cancel this experience?", Place::Experiences);
    ask_again(chrome, told, "Cancel Experience", "cancel", back)
}

/// `POST /experiences/{id}/cancel`
pub(crate) async fn cancel(
    State(dashboard): State<Dashboard>,
    PathId(experience): PathId<kinds::Experience>,
    ask: Ask,
) -> Answer {
    let moved = dashboard.app().cancel_experience(ask.caller(), experience).await;
    told(&ask, experience, moved, "is cancelled")
}

fn told(ask: &Ask, id: ExperienceId, moved: Result<Experience, AppError>, now: &str) -> Answer {
    let place = format!("/experiences/{id}");
    match moved {
        Ok(experience) => Ok(ask.done(&place, format!("“{}” {now}.", experience.name))),
        Err(error) => ask.refused(&place, error),
    }
}
