//! `fanfare audit`: the audit log, from the database itself, also beside a running server.

use anyhow::bail;
use fanfare_app::AuditVerdict;
use serde_json::json;

use crate::cli::{AuditWhat, Format};
use crate::exit::{Exit, Failure};
use crate::output;
use crate::tool::{self, Tool};

/// Runs one of the commands.
pub(crate) fn run(what: &AuditWhat) -> Result<Exit, Failure> {
    let (place, format) = match what {
        AuditWhat::Verify(args) => (&args.place, args.format),
        AuditWhat::Export(place) => (place, Format::Json),
    };
    tool::run(place, async |tool| match what {
        AuditWhat::Verify(_) => match tool.app.verify_audit(&tool.caller).await? {
            AuditVerdict::Whole { entries } if format == Format::Json => {
                Ok(format!("{}\n", json!({"whole": true, "entries": entries})))
            }
            AuditVerdict::Whole { entries } => {
                Ok(format!("The log is whole: {entries} entries, each as it was written.\n"))
            }
            AuditVerdict::Broken(broken) => {
                bail!("the log does not hold from entry {} on: {}", broken.number, broken.why)
            }
        },
        AuditWhat::Export(_) => export(tool).await,
    })
}

/// Prints page by page, so that a long log takes no room.
async fn export(tool: &Tool) -> anyhow::Result<String> {
    let mut after = 0;
    loop {
        let entries = tool.app.export_audit(&tool.caller, after).await?;
        let Some(last) = entries.last() else { return Ok(String::new()) };
        after = last.number;
        let lines: String = entries.iter().map(|entry| entry.line() + "\n").collect();
        output::print(&lines).map_err(|failure| failure.error)?;
    }
}
