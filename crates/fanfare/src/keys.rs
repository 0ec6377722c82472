//! `fanfare keys`: API keys, in the database itself, also beside a running server.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use fanfare_app::{App, AppOptions, AppParts, Caller, NewKey};
use fanfare_model::{Actor, Entropy, IdSource, Scopes, limits};
use fanfare_signing::{ApiKeyMode, EncryptionKey, Keyring};
use fanfare_store::{ApiKey, NoHandover, Order, Origin, PageRequest};

use crate::cli::{CreateKeyArgs, KeysPlace, KeysWhat, Mode};
use crate::clock::system_clock;
use crate::config::{self, Config, Database};
use crate::database::Opened;
use crate::entropy::OsEntropy;
use crate::exit::{Exit, Failure};
use crate::node::egress;
use crate::output;

/// Runs one of the commands.
pub(crate) fn run(what: &KeysWhat) -> Result<Exit, Failure> {
    let place = match what {
        KeysWhat::Create(args) => &args.place,
        KeysWhat::List { place, .. } | KeysWhat::Revoke { place, .. } => place,
    };
    let config = config::load(&place.database.inputs())?.config;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot be started")?;
    let text = runtime.block_on(async {
        let database = Keys::open(&config, place).await?;
        let text = database.perform(what).await;
        database.opened.close().await;
        text
    })?;
    output::print(&text)
}

/// The database's keys, as one of its organizations.
struct Keys {
    app: App,
    opened: Opened,
    caller: Caller,
}

impl Keys {
    async fn open(config: &Config, place: &KeysPlace) -> anyhow::Result<Self> {
        if let Database::Sqlite(path) = &config.database
            && !path.exists()
        {
            let shown = path.display();
            return Err(anyhow!("there is no database {shown}: start the server once"));
        }
        let clock = system_clock();
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy::new());
        let ids = Arc::new(IdSource::new(clock.clone(), entropy));
        let opened = Opened::tool(config, Arc::new(NoHandover), &ids).await?;
        let organizations = opened.store().organizations().await?;
        let found = match place.organization {
            Some(wanted) => organizations.into_iter().find(|each| each.id == wanted),
            None => organizations.into_iter().next(),
        };
        let organization = match (found, place.organization) {
            (Some(found), _) => found,
            (None, Some(wanted)) => return Err(anyhow!("there is no organization {wanted}")),
            (None, None) => {
                return Err(anyhow!("the database has no organization yet: start the server once"));
            }
        };
        let app = App::new(AppParts {
            store: opened.store(),
            clock,
            egress: egress(config, None),
            // Keys are hashed, not sealed: this key is never used, and the real one not needed.
            keyring: Arc::new(Keyring::new(&EncryptionKey::from_bytes(ids.random()))),
            ids,
            options: AppOptions::default(),
        });
        // Whoever may write to the file may do everything; no key of the database stands for it.
        let caller = Caller {
            organization_id: organization.id,
            actor: Actor::Console,
            scopes: Scopes::ALL,
            origin: Origin::default(),
        };
        Ok(Self { app, opened, caller })
    }

    async fn perform(&self, what: &KeysWhat) -> anyhow::Result<String> {
        match what {
            KeysWhat::Create(args) => self.create(args).await,
            KeysWhat::List { json, .. } => self.list(*json).await,
            KeysWhat::Revoke { id, .. } => {
                let key = self.app.revoke_key(&self.caller, *id).await?;
                Ok(format!("Revoked {} ({}…, {}).\n", key.id, key.prefix, key.name))
            }
        }
    }

    async fn create(&self, args: &CreateKeyArgs) -> anyhow::Result<String> {
        let scopes = args.scopes.iter().copied().collect();
        let new = NewKey {
            name: args.name.clone(),
            scopes: if args.scopes.is_empty() { Scopes::KEYS } else { scopes },
            mode: match args.mode {
                Mode::Live => ApiKeyMode::Live,
                Mode::Test => ApiKeyMode::Test,
            },
        };
        let created = self.app.create_key(&self.caller, new).await?;
        Ok(format!(
            "id: {}\nAPI key: {}\nThis key is shown only now. It may do: {}.\n",
            created.key.id,
            created.secret.expose(),
            created.key.scopes,
        ))
    }

    async fn list(&self, json: bool) -> anyhow::Result<String> {
        let (mut keys, mut after) = (Vec::new(), None);
        loop {
            let page =
                PageRequest { limit: limits::PAGE, order: Order::Ascending, after, before: None };
            let page = self.app.keys(&self.caller, page).await?;
            after = page.items.last().map(|key| key.id.as_u128());
            keys.extend(page.items);
            if !page.has_more {
                break;
            }
        }
        Ok(if json { keys.iter().map(as_json).collect() } else { table(&keys) })
    }
}

/// One key as a line of JSON, in the words of the HTTP API.
fn as_json(key: &ApiKey) -> String {
    let scopes: Vec<_> = key.scopes.iter().map(fanfare_model::Scope::as_str).collect();
    let key = serde_json::json!({
        "id": key.id.to_string(),
        "name": key.name,
        "prefix": key.prefix,
        "scopes": scopes,
        "createdAt": key.created_at,
        "lastUsedAt": key.last_used_at,
        "revokedAt": key.revoked_at,
    });
    format!("{key}\n")
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
