//! Members and invitations.

use askama::Template;
use axum::extract::State;
use fanfare_app::{AppError, Invitation, OneTimeLink};
use fanfare_model::kinds;
use fanfare_model::{MemberStatus, Role, Scope};
use fanfare_store::Member;
use http::StatusCode;

use crate::ask::{Answer, Ask, PathId, page, page_with};
use crate::chrome::Chrome;
use crate::error::status_of;
use crate::list::{Pager, request};
use crate::nav::Place;
use crate::pages::confirm::Confirm;
use crate::state::Dashboard;
use crate::ui::{Badge, Errors, Markup, Tone, since};

const HOME: &str = "/settings/members";

#[derive(Template)]
#[template(path = "settings/members.html")]
struct MembersPage {
    chrome: Chrome,
    rows: Vec<Row>,
    pager: Pager,
    invitations: Vec<Invited>,
    roles: [Role; 4],
    /// What was typed, when it has to be mended.
    email: String,
    role: Role,
    errors: Errors,
    /// An invitation that was made by this very request: its link is shown once.
    made: Option<Made>,
}

struct Row {
    id: String,
    name: String,
    email: String,
    role: Role,
    badge: Markup,
    suspended: bool,
    joined: Markup,
    active: Option<Markup>,
    /// Whether it is the viewer.
    is_self: bool,
}

struct Invited {
    id: String,
    email: String,
    role: &'static str,
    expires: Markup,
}

struct Made {
    email: String,
    url: String,
    /// Whether it is on its way to them by mail.
    is_mailed: bool,
}

/// `GET /settings/members`
pub(crate) async fn members(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    page(&shown(&dashboard, &ask, Errors::default(), None).await?)
}

/// `POST /settings/members/invite`: answers with the list and the link, which no other page shows.
pub(crate) async fn invite(State(dashboard): State<Dashboard>, ask: Ask) -> Answer {
    let email = ask.form.get("email").trim();
    // What is no role is not in the form.
    let role = ask.form.get("role").parse().unwrap_or(Role::Viewer);
    match dashboard.app().invite_member(ask.caller(), email, role).await {
        Ok(link) => {
            let is_mailed = link.is_mailed;
            let made = Made { email: email.to_owned(), url: url(&dashboard, &link), is_mailed };
            let shown = shown(&dashboard, &ask, Errors::default(), Some(made)).await?;
            page_with(StatusCode::CREATED, &shown)
        }
        Err(error) => {
            let shown = shown(&dashboard, &ask, Errors::of(&error), None).await?;
            page_with(status_of(error.code()), &shown)
        }
    }
}

fn url(dashboard: &Dashboard, link: &OneTimeLink) -> String {
    format!("{}{}", dashboard.origin().as_str(), link.path())
}

async fn shown(
    dashboard: &Dashboard,
    ask: &Ask,
    errors: Errors,
    made: Option<Made>,
) -> Result<MembersPage, AppError> {
    let asked = request::<kinds::User>(&ask.query)?;
    let found = dashboard.app().members(ask.caller(), asked).await?;
    let pager = Pager::of(ask, &asked, &found, |member: &Member| member.membership.user_id);
    let invitations = match ask.viewer.may(Scope::MembersWrite) {
        true => dashboard.app().invitations(ask.caller()).await?,
        false => Vec::new(),
    };
    let typed = |name| if errors.is_empty() { "" } else { ask.form.get(name) };
    let (email, role) = (typed("email"), typed("role").parse().unwrap_or(Role::Editor));
    Ok(MembersPage {
        rows: found.items.iter().map(|member| row(member, ask)).collect(),
        pager,
        invitations: invitations.iter().map(|invitation| invited(invitation, ask)).collect(),
        roles: Role::ALL,
        email: email.to_owned(),
        role,
        errors,
        made,
        chrome: ask.page("Members", Place::Members),
    })
}

fn row(member: &Member, ask: &Ask) -> Row {
    let membership = &member.membership;
    let badge = match membership.status() {
        MemberStatus::Active => Badge::new(Tone::Good, "Active"),
        MemberStatus::Pending => Badge::new(Tone::Busy, "Pending"),
        MemberStatus::Suspended => Badge::new(Tone::Bad, "Suspended"),
    };
    Row {
        id: membership.user_id.to_string(),
        name: member.name.clone(),
        email: member.email.clone(),
        role: membership.role,
        badge: badge.html(),
        suspended: membership.suspended,
        joined: since(membership.joined_at, ask.now),
        active: membership.last_active_at.map(|at| since(at, ask.now)),
        is_self: membership.user_id == ask.viewer.signed_in.user.id,
    }
}

fn invited(invitation: &Invitation, ask: &Ask) -> Invited {
    Invited {
        id: invitation.id.to_string(),
        email: invitation.email.clone(),
        role: invitation.role.title(),
        expires: since(invitation.expires_at, ask.now),
    }
}

fn told(ask: &Ask, done: Result<(), AppError>, text: &str) -> Answer {
    match done {
        Ok(()) => Ok(ask.done(HOME, text)),
        Err(error) => ask.refused(HOME, error),
    }
}

/// `POST /settings/members/{id}/role`
pub(crate) async fn change_role(
    State(dashboard): State<Dashboard>,
    PathId(user): PathId<kinds::User>,
    ask: Ask,
) -> Answer {
    let Ok(role) = ask.form.get("role").parse::<Role>() else {
        return Err(AppError::invalid_field("role", "is no role").into());
    };
    let done = dashboard.app().change_role(ask.caller(), user, role).await;
    told(&ask, done, &format!("The role is {} now.", role.title()))
}

/// `POST /settings/members/{id}/suspend`
pub(crate) async fn suspend_member(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::User>,
    ask: Ask,
) -> Answer {
    let done = dashboard.app().suspend_member(ask.caller(), id).await;
    told(&ask, done, "The member is suspended and can come in no more until restored.")
}

/// `POST /settings/members/{id}/restore`
pub(crate) async fn restore_member(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::User>,
    ask: Ask,
) -> Answer {
    let done = dashboard.app().restore_member(ask.caller(), id).await;
    told(&ask, done, "The member may come in again.")
}

/// `GET /settings/members/{id}/remove`
pub(crate) async fn ask_remove_member(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::User>,
    ask: Ask,
) -> Answer {
    let member = dashboard.app().member(ask.caller(), id).await?;
    let organization = &ask.viewer.organization.name;
    Confirm {
        chrome: ask.page("Remove this member?", Place::Members).below("Members", HOME),
        texts: vec![
            format!("{} ({})", member.name, member.email),
            format!(
                "They are out of {organization} with their next click, and come in again only by a \
                 new invitation. To keep them out for a while, suspend them instead. What they did \
                 stays in the audit log."
            ),
        ],
        action: format!("{HOME}/{id}/remove"),
        fields: Vec::new(),
        button: "Remove Member",
        danger: true,
        back: HOME.to_owned(),
    }
    .ask()
}

/// `POST /settings/members/{id}/remove`
pub(crate) async fn remove_member(
    State(dashboard): State<Dashboard>,
    PathId(id): PathId<kinds::User>,
    ask: Ask,
) -> Answer {
    let done = dashboard.app().remove_member(ask.caller(), id).await;
    told(&ask, done, "The member is removed.")
}

/// `POST /settings/invitations/{id}/withdraw`
pub(crate) async fn withdraw_invitation(
    State(dashboard): State<Dashboard>,
    PathId(link): PathId<kinds::Link>,
    ask: Ask,
) -> Answer {
    let done = dashboard.app().withdraw_invitation(ask.caller(), link).await;
    told(&ask, done, "The invitation is withdrawn; its link leads nowhere.")
}
