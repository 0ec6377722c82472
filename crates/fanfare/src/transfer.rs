//! `fanfare export` and `fanfare import`: an installation moves from the embedded store to
//! PostgreSQL, through a folder.
//!
//! **Promises.** Both can be killed at any moment and run again: they go on after the last whole
//! chunk. Nothing is imported from a folder that is not whole and as the export wrote it. An import
//! is done only when every row was read back from the database and compared; before that no server
//! starts on it. The folder holds customers' data: only its owner can read it. Secrets in it stay
//! sealed.
//!
//! **Map.** `folder` is what lies in the folder, `chunks` one of its files; `export` and `import` are
//! the commands.

mod chunks;
mod export;
mod folder;
mod import;

use anyhow::Context as _;

use crate::cli::{ExportArgs, ImportArgs};
use crate::config::{self, Database};
use crate::database;
use crate::exit::{Exit, Failure};
use crate::output;

/// Writes an installation into a folder.
pub(crate) fn export(args: &ExportArgs) -> Result<Exit, Failure> {
    let config = config::load(&args.place.inputs())?.config;
    let source = database::source(&config)?;
    let manifest = export::run(&*source, &args.to)?;
    let key = match &config.database {
        Database::Sqlite(path) if config.encryption_key.is_none() => {
            format!("the content of {}.key", path.display())
        }
        _ => "the one that is set here".to_owned(),
    };
    output::print(&format!(
        "{}\nExported to {to}. It holds customers' data: keep it as you keep the database, and remove\n\
         it when the import is done. Secrets in it are sealed: servers on the new database need the\n\
         same FANFARE_ENCRYPTION_KEY ({key}).\n\
         Go on with: fanfare import --database-url postgres://… --from {to}\n",
        manifest.table(),
        to = args.to.display(),
    ))
}

/// Loads what [`export()`] wrote into a database.
pub(crate) fn import(args: &ImportArgs) -> Result<Exit, Failure> {
    let config = config::load(&args.place.inputs())?.config;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot be started")?;
    let text = runtime.block_on(async {
        let mut target = database::target(&config).await?;
        import::run(&mut *target, &args.from).await
    })?;
    output::print(&text)
}
