//! Writing the figures that were gathered: minutes of webhooks, and the sums of them.
//!
//! Promises: one transaction adds a webhook's minute to the minute, its hour, and its
//! organization's minute and hour, so that each of these is the sum of what it is made of at any
//! time, also after a crash. What was gathered is forgotten only after the commit.

use std::collections::BTreeMap;

use fanfare_model::Timestamp;
use fanfare_store::{StatsWidth, Tally};
use rusqlite::{OptionalExtension, Statement};

use super::Tx;
use crate::fault::Fault;
use crate::state::Subject;

/// Kinds of rows in `rollups`.
pub(crate) const WEBHOOK_HOUR: u8 = 0;
pub(crate) const ORGANIZATION_MINUTE: u8 = 1;
pub(crate) const ORGANIZATION_HOUR: u8 = 2;

/// Kind, subject, beginning: a row's name in `rollups`.
type Sums = BTreeMap<(u8, i64, i64), Tally>;

impl Tx<'_, '_> {
    /// Adds the figures gathered so far to the tables.
    pub(crate) fn write_figures(&mut self) -> Result<(), Fault> {
        if std::mem::replace(&mut self.effects.figures_written, true) {
            return Ok(());
        }
        let mut whose =
            self.connection.prepare_cached("SELECT organization FROM webhooks WHERE key = ?1")?;
        let mut read = self
            .connection
            .prepare_cached("SELECT figures FROM stats WHERE webhook = ?1 AND minute = ?2")?;
        let mut write = self.connection.prepare_cached(
            "INSERT OR REPLACE INTO stats (webhook, minute, figures) VALUES (?1, ?2, ?3)",
        )?;
        let mut sums = Sums::new();
        for (subject, minute, gathered) in self.state.figures.iter() {
            let hour = StatsWidth::Hour.begin(Timestamp::from_millis(minute)).as_millis();
            let organization = match subject {
                Subject::Organization(key) => Some(key),
                Subject::Webhook(key) => {
                    add_to(&mut read, &mut write, (key, minute), gathered)?;
                    let key = i64::from(key);
                    sums.entry((WEBHOOK_HOUR, key, hour)).or_default().merge(gathered);
                    whose.query_row([key], |row| row.get(0)).optional()?
                }
            };
            if let Some(key) = organization {
                sums.entry((ORGANIZATION_MINUTE, key, minute)).or_default().merge(gathered);
                sums.entry((ORGANIZATION_HOUR, key, hour)).or_default().merge(gathered);
            }
        }
        self.write_sums(&sums)
    }

    fn write_sums(&self, sums: &Sums) -> Result<(), Fault> {
        let mut read = self.connection.prepare_cached(
            "SELECT figures FROM rollups WHERE kind = ?1 AND subject = ?2 AND at = ?3",
        )?;
        let mut write = self.connection.prepare_cached(
            "INSERT OR REPLACE INTO rollups (kind, subject, at, figures) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for ((kind, subject, at), gathered) in sums {
            let stored: Option<String> =
                read.query_row((kind, subject, at), |row| row.get(0)).optional()?;
            write.execute((kind, subject, at, sum(stored, gathered)?))?;
        }
        Ok(())
    }
}

fn add_to(
    read: &mut Statement<'_>,
    write: &mut Statement<'_>,
    (webhook, minute): (u32, i64),
    gathered: &Tally,
) -> Result<(), Fault> {
    let stored: Option<String> = read.query_row((webhook, minute), |row| row.get(0)).optional()?;
    write.execute((webhook, minute, sum(stored, gathered)?))?;
    Ok(())
}

/// What is stored and what was gathered, as it is kept.
fn sum(stored: Option<String>, gathered: &Tally) -> Result<String, Fault> {
    let mut sum = match stored {
        Some(text) => decode(&text)?,
        None => Tally::default(),
    };
    sum.merge(gathered);
    serde_json::to_string(&sum).map_err(|error| Fault::failed(error.to_string()))
}

/// Reads a tally.
pub(crate) fn decode(text: &str) -> Result<Tally, Fault> {
    serde_json::from_str(text).map_err(|error| Fault::corrupt(format!("figures: {error}")))
}
