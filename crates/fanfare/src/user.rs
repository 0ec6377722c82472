//! `fanfare user`: people who sign in, in the database itself, also beside a running server.

use fanfare_model::limits;
use fanfare_store::{Order, PageRequest};

use crate::cli::UserWhat;
use crate::exit::{Exit, Failure};
use crate::output;
use crate::tool::{self, Tool};

/// Runs one of the commands.
pub(crate) fn run(what: &UserWhat) -> Result<Exit, Failure> {
    let (UserWhat::Invite { place, .. } | UserWhat::Reset { place, .. } | UserWhat::List { place }) =
        what;
    tool::run(place, async |tool| match what {
        UserWhat::Invite { email, role, .. } => {
            let link = tool.app.invite_member(&tool.caller, email, *role).await?;
            Ok(shown(tool, &link, "become a member"))
        }
        UserWhat::Reset { email, .. } => {
            let link = tool.app.reset_link(email).await?;
            Ok(shown(tool, &link, "set a new password"))
        }
        UserWhat::List { .. } => list(tool).await,
    })
}

fn shown(tool: &Tool, link: &fanfare_app::OneTimeLink, what: &str) -> String {
    let url = tool.config.link(link);
    let until = link.expires_at;
    format!("{url}\nThis link lets whoever has it {what}, once, until {until}.\n")
}

async fn list(tool: &Tool) -> anyhow::Result<String> {
    let head = ["ID", "E-MAIL", "ROLE", "STATUS", "LAST ACTIVE", "NAME"].map(str::to_owned);
    let (mut rows, mut after) = (vec![head], None);
    loop {
        let page =
            PageRequest { limit: limits::PAGE, order: Order::Ascending, after, before: None };
        let page = tool.app.members(&tool.caller, page).await?;
        after = page.items.last().map(|member| member.membership.user_id.as_u128());
        rows.extend(page.items.into_iter().map(|member| {
            let it = member.membership;
            let active = it.last_active_at.map_or("never".to_owned(), |at| at.to_string());
            let (role, status) = (it.role.to_string(), it.status().title().to_lowercase());
            [it.user_id.to_string(), member.email, role, status, active, member.name]
        }));
        if !page.has_more {
            break;
        }
    }
    for invited in tool.app.invitations(&tool.caller).await? {
        let status = "pending".to_owned();
        let (id, role) = (invited.id.to_string(), invited.role.to_string());
        rows.push([id, invited.email, role, status, "never".to_owned(), String::new()]);
    }
    Ok(output::columns(&rows))
}
