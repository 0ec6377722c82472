//! The use cases on the database itself, also beside a running server: what `keys`, `user` and `audit`
//! stand on. Whoever may open the database may do everything in it.

use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use fanfare_app::{App, AppOptions, AppParts, Caller};
use fanfare_model::{Actor, Entropy, IdSource, Scopes};
use fanfare_signing::{EncryptionKey, Keyring};
use fanfare_store::{NoHandover, Origin};

use crate::cli::OrganizationPlace;
use crate::clock::system_clock;
use crate::config::{self, Config, Database};
use crate::database::Opened;
use crate::entropy::OsEntropy;
use crate::exit::{Exit, Failure};
use crate::node::egress;
use crate::output;

/// Opens the database, has `perform` do something, closes it and prints what there is to say.
pub(crate) fn run(
    place: &OrganizationPlace,
    perform: impl AsyncFnOnce(&Tool) -> anyhow::Result<String>,
) -> Result<Exit, Failure> {
    let config = config::load(&place.database.inputs())?.config;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot be started")?;
    let text = runtime.block_on(async {
        let tool = Tool::open(config, place).await?;
        let text = perform(&tool).await;
        tool.opened.close().await;
        text
    })?;
    output::print(&text)
}

/// The use cases, as one of the database's organizations.
pub(crate) struct Tool {
    pub(crate) app: App,
    pub(crate) caller: Caller,
    pub(crate) config: Config,
    opened: Opened,
}

impl Tool {
    async fn open(config: Config, place: &OrganizationPlace) -> anyhow::Result<Self> {
        if let Database::Sqlite(path) = &config.database
            && !path.exists()
        {
            let shown = path.display();
            return Err(anyhow!("there is no database {shown}: start the server once"));
        }
        let clock = system_clock();
        let entropy: Arc<dyn Entropy> = Arc::new(OsEntropy::new());
        let ids = Arc::new(IdSource::new(clock.clone(), entropy));
        let opened = Opened::tool(&config, Arc::new(NoHandover), &ids).await?;
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
            egress: egress(&config, None),
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
        Ok(Self { app, caller, config, opened })
    }
}
