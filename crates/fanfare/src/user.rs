//! `fanfare user`: people who sign in, in the database itself, also beside a running server.

use fanfare_app::OneTimeLink;
use fanfare_model::{Timestamp, limits};
use fanfare_store::{Order, PageRequest};
use serde_json::json;

use crate::cli::{Format, UserWhat};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::tool::{self, Tool};

/// Runs one of the commands.
pub(crate) fn run(what: &UserWhat) -> Result<Exit, Failure> {
    let (UserWhat::Invite { place: args, .. }
    | UserWhat::Reset { place: args, .. }
    | UserWhat::List(args)) = what;
    let format = args.format;
    tool::run(&args.place, async |tool| match what {
        UserWhat::Invite { email, role, .. } => {
            let link = tool.app.invite_member(&tool.caller, email, *role).await?;
            Ok(shown(tool, &link, "become a member", format))
        }
        UserWhat::Reset { email, .. } => {
            let link = tool.app.reset_link(email).await?;
            Ok(shown(tool, &link, "set a new password", format))
        }
        UserWhat::List(_) => list(tool, format).await,
    })
}

fn shown(tool: &Tool, link: &OneTimeLink, what: &str, format: Format) -> String {
    let url = tool.config.link(link);
    let until = link.expires_at;
    match format {
        Format::Json => format!("{}\n", json!({"url": url, "expiresAt": until})),
        Format::Text => {
            format!("{url}\nThis link lets whoever has it {what}, once, until {until}.\n")
        }
    }
}

/// Somebody in a list.
struct Person {
    id: String,
    email: String,
    role: String,
    status: String,
    active: Option<Timestamp>,
    name: String,
}

async fn list(tool: &Tool, format: Format) -> anyhow::Result<String> {
    let (mut people, mut after) = (Vec::new(), None);
    loop {
        let page =
            PageRequest { limit: limits::PAGE, order: Order::Ascending, after, before: None };
        let page = tool.app.members(&tool.caller, page).await?;
        after = page.items.last().map(|member| member.membership.user_id.as_u128());
        people.extend(page.items.into_iter().map(|member| {
            let it = member.membership;
            Person {
                id: it.user_id.to_string(),
                email: member.email,
                role: it.role.to_string(),
                status: it.status().title().to_lowercase(),
                active: it.last_active_at,
                name: member.name,
            }
        }));
        if !page.has_more {
            break;
        }
    }
    let invited = tool.app.invitations(&tool.caller).await?.into_iter().map(|invited| Person {
        id: invited.id.to_string(),
        email: invited.email,
        role: invited.role.to_string(),
        status: "pending".to_owned(),
        active: None,
        name: String::new(),
    });
    people.extend(invited);
    Ok(match format {
        Format::Json => people.iter().map(line).collect(),
        Format::Text => table(people),
    })
}

fn line(person: &Person) -> String {
    let Person { id, email, role, status, active, name } = person;
    let person = json!({
        "id": id, "email": email, "role": role, "status": status, "lastActiveAt": active,
        "name": name,
    });
    format!("{person}\n")
}

fn table(people: Vec<Person>) -> String {
    let head = ["ID", "E-MAIL", "ROLE", "STATUS", "LAST ACTIVE", "NAME"].map(str::to_owned);
    let row = |person: Person| {
        let active = person.active.map_or("never".to_owned(), |at| at.to_string());
        [person.id, person.email, person.role, person.status, active, person.name]
    };
    let rows: Vec<_> = std::iter::once(head).chain(people.into_iter().map(row)).collect();
    output::columns(&rows)
}
