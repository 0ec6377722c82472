//! `fanfare migrate`: the schema of a PostgreSQL database.

use anyhow::{Context as _, anyhow};
use fanfare_postgres::{PostgresOptions, SchemaStep, apply_schema, plan_schema, verify_schema};

use crate::cli::MigrateWhat;
use crate::config::{self, Database};
use crate::database::postgres_options;
use crate::exit::{Exit, Failure};
use crate::output;

/// Runs one of the commands.
pub(crate) fn run(what: &MigrateWhat) -> Result<Exit, Failure> {
    let (MigrateWhat::Plan(args) | MigrateWhat::Apply(args) | MigrateWhat::Verify(args)) = what;
    let config = config::load(&args.inputs())?.config;
    let Database::Postgres(url) = &config.database else {
        let hint = "the embedded store brings its file up to date when the server starts; \
                    `fanfare migrate` is for postgres://…";
        return Err(anyhow!(hint).into());
    };
    let options = postgres_options(&config, url);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot be started")?;
    let text =
        runtime.block_on(perform(what, &options)).with_context(|| config.database.to_string())?;
    output::print(&text)
}

async fn perform(what: &MigrateWhat, options: &PostgresOptions) -> anyhow::Result<String> {
    match what {
        MigrateWhat::Plan(_) => Ok(planned(&plan_schema(options).await?)),
        MigrateWhat::Apply(_) => {
            let before = plan_schema(options).await?;
            apply_schema(options).await?;
            Ok(applied(&before))
        }
        MigrateWhat::Verify(_) => {
            verify_schema(options).await?;
            Ok("The schema is the one that this version needs.\n".to_owned())
        }
    }
}

fn planned(steps: &[SchemaStep]) -> String {
    let mut text = String::new();
    for step in steps {
        let state = if step.applied { "applied" } else { "to be applied" };
        text += &format!("{:04} {}: {state}\n", step.number, step.name);
    }
    let missing = steps.iter().filter(|step| !step.applied).count();
    text + &match missing {
        0 => "Nothing to do.\n".to_owned(),
        count => format!("{count} to be applied, all or none: run `fanfare migrate apply`.\n"),
    }
}

fn applied(before: &[SchemaStep]) -> String {
    let mut text = String::new();
    for step in before.iter().filter(|step| !step.applied) {
        text += &format!("{:04} {}: applied\n", step.number, step.name);
    }
    if text.is_empty() { "Nothing to do.\n".to_owned() } else { text }
}
