//! `fanfare draw verify`: computes the winners of a draw again, from what anybody may know of it.

mod record;
mod verdict;

use anyhow::Context as _;

use crate::cli::{DrawWhat, Format, VerifyDrawArgs};
use crate::client::Api;
use crate::exit::{Exit, Failure};
use crate::output;

pub(crate) use record::Record;
pub(crate) use verdict::{Step, judge};

/// Runs one of the commands.
pub(crate) fn run(what: &DrawWhat) -> Result<Exit, Failure> {
    let DrawWhat::Verify(args) = what;
    let record = record_of(args)?;
    if let Some(path) = &args.save {
        record.write(path)?;
    }
    let steps = judge(&record);
    let holds = steps.iter().all(|step| step.holds);
    output::print(&match args.format {
        Format::Text => text(&record, &steps, holds),
        Format::Json => json(&record, &steps, holds),
    })?;
    Ok(if holds { Exit::Done } else { Exit::Failed })
}

fn record_of(args: &VerifyDrawArgs) -> anyhow::Result<Record> {
    let Some(id) = &args.distribution else {
        let path = args.file.as_ref().context("neither --distribution nor --file is given")?;
        return Record::read(path);
    };
    let server = args.server.server()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("the runtime cannot be started")?;
    runtime.block_on(Record::fetch(&mut Api::new(server), id))
}

fn text(record: &Record, steps: &[Step], holds: bool) -> String {
    let mut text = format!("Draw {}\n\n", record.id());
    for Step { text: what, holds } in steps {
        text += &format!("  {} {what}\n", if *holds { "✓" } else { "✗" });
    }
    text += match holds {
        true => "\nThe winners are those that the seed decides.\n",
        false => "\nThis draw does NOT hold.\n",
    };
    text
}

fn json(record: &Record, steps: &[Step], holds: bool) -> String {
    let steps: Vec<_> = steps
        .iter()
        .map(|step| serde_json::json!({"text": step.text, "holds": step.holds}))
        .collect();
    format!(
        "{}\n",
        serde_json::json!({"distributionId": record.id(), "holds": holds, "steps": steps})
    )
}
