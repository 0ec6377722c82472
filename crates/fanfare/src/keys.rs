//! `fanfare keys`: API keys, in the database itself, also beside a running server.

use fanfare_app::NewKey;
use fanfare_model::{Scopes, limits};
use fanfare_signing::ApiKeyMode;
use fanfare_store::{ApiKey, Order, PageRequest};
use serde_json::{Value, json};

use crate::cli::{CreateKeyArgs, Format, KeysWhat, Mode};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::tool::{self, Tool};

/// Runs one of the commands.
pub(crate) fn run(what: &KeysWhat) -> Result<Exit, Failure> {
    let args = match what {
        KeysWhat::Create(args) => &args.place,
        KeysWhat::List(args) | KeysWhat::Revoke { place: args, .. } => args,
    };
    let format = args.format;
    tool::run(&args.place, async |tool| match what {
        KeysWhat::Create(args) => create(tool, args, format).await,
        KeysWhat::List(_) => list(tool, format).await,
        KeysWhat::Revoke { id, .. } => {
            let key = tool.app.revoke_key(&tool.caller, *id).await?;
            Ok(match format {
                Format::Json => format!("{}\n", as_json(&key)),
                Format::Text => format!("Revoked {} ({}…, {}).\n", key.id, key.prefix, key.name),
            })
        }
    })
}

async fn create(tool: &Tool, args: &CreateKeyArgs, format: Format) -> anyhow::Result<String> {
    let scopes = args.scopes.iter().copied().collect();
    let new = NewKey {
        name: args.name.clone(),
        scopes: if args.scopes.is_empty() { Scopes::KEYS } else { scopes },
        mode: match args.mode {
            Mode::Live => ApiKeyMode::Live,
            Mode::Test => ApiKeyMode::Test,
        },
    };
    let created = tool.app.create_key(&tool.caller, new).await?;
    if format == Format::Json {
        let mut key = as_json(&created.key);
        key["key"] = created.secret.expose().into();
        return Ok(format!("{key}\n"));
    }
    Ok(format!(
        "id: {}\nAPI key: {}\nThis key is shown only now. It may do: {}.\n",
        created.key.id,
        created.secret.expose(),
        created.key.scopes,
    ))
}

async fn list(tool: &Tool, format: Format) -> anyhow::Result<String> {
    let (mut keys, mut after) = (Vec::new(), None);
    loop {
        let page =
            PageRequest { limit: limits::PAGE, order: Order::Ascending, after, before: None };
        let page = tool.app.keys(&tool.caller, page).await?;
        after = page.items.last().map(|key| key.id.as_u128());
        keys.extend(page.items);
        if !page.has_more {
            break;
        }
    }
    Ok(match format {
        Format::Json => keys.iter().map(|key| format!("{}\n", as_json(key))).collect(),
        Format::Text => table(&keys),
    })
}

/// A key in the words of the HTTP API.
fn as_json(key: &ApiKey) -> Value {
    let scopes: Vec<_> = key.scopes.iter().map(fanfare_model::Scope::as_str).collect();
    json!({
        "id": key.id.to_string(),
        "name": key.name,
        "prefix": key.prefix,
        "scopes": scopes,
        "createdAt": key.created_at,
        "lastUsedAt": key.last_used_at,
        "revokedAt": key.revoked_at,
    })
}

fn table(keys: &[ApiKey]) -> String {
    let row = |key: &ApiKey| {
        let used = key.last_used_at.map_or("never".to_owned(), |at| at.to_string());
        let state = key.revoked_at.map_or("active".to_owned(), |at| format!("revoked {at}"));
        let scopes = match key.scopes {
            Scopes::KEYS => "everything".to_owned(),
            some => some.to_string(),
        };
        [key.id.to_string(), format!("{}…", key.prefix), state, used, scopes, key.name.clone()]
    };
    let head = ["ID", "KEY", "STATE", "LAST USED", "SCOPES", "NAME"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(keys.iter().map(row)).collect();
    output::columns(&rows)
}
