//! Everything that is published of one draw: from the API, or from a file.

use std::collections::HashSet;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use fanfare_model::{ConsumerId, DistributionId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::client::Api;

/// How often a draw that changes while it is read is read again.
const TRIES: u32 = 5;

/// A draw and everybody who entered it. Its JSON is what the API gives, put together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The answer to `GET …/draw`, without its page of winners: they are among the entrants.
    pub(super) draw: Draw,
    /// All pages of `GET …/draw/entrants`.
    pub(super) entrants: Vec<Entrant>,
}

/// How the draw stands. Fields that are not needed to check it are passed over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Draw {
    pub(super) distribution_id: DistributionId,
    pub(super) algorithm: String,
    pub(super) commitment: String,
    pub(super) seed: Option<String>,
    pub(super) drawn_at: Option<Timestamp>,
    pub(super) winner_count: usize,
    pub(super) selected: usize,
    pub(super) entrants: usize,
}

/// Somebody who entered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entrant {
    pub(super) consumer_id: ConsumerId,
    pub(super) rank: Option<String>,
    pub(super) status: String,
    pub(super) selected_at: Option<Timestamp>,
    pub(super) is_backfill: bool,
    pub(super) left_at: Option<Timestamp>,
}

impl Record {
    /// Which draw.
    pub(crate) const fn id(&self) -> DistributionId {
        self.draw.distribution_id
    }

    /// Asks a server for everything, again if a winner is replaced meanwhile.
    pub(crate) async fn fetch(api: &mut Api, id: &DistributionId) -> anyhow::Result<Self> {
        for _ in 0..TRIES {
            let record = Self::fetch_once(api, id).await?;
            if draw(api, id).await? == record.draw {
                return Ok(record);
            }
        }
        bail!("the draw does not stand still; try again later")
    }

    async fn fetch_once(api: &mut Api, id: &DistributionId) -> anyhow::Result<Self> {
        let mut record = Self { draw: draw(api, id).await?, entrants: Vec::new() };
        let path = format!("/api/distributions/{id}/draw");
        let mut after = String::new();
        loop {
            let page = api.get(&format!("{path}/entrants?limit=100{after}")).await?;
            let entrants: Vec<Entrant> = serde_json::from_value(page["data"].clone())
                .context("an entrant is not as expected")?;
            record.entrants.extend(entrants);
            match (&page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"].as_str()) {
                (Value::Bool(true), Some(cursor)) => after = format!("&after={cursor}"),
                _ => return Ok(record),
            }
        }
    }

    /// Reads a file that [`Record::write`] or somebody else has put together.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| {
            format!(
                "{} is not {{\"draw\": answer of GET …/draw, \"entrants\": data of all pages of \
                 GET …/draw/entrants}}",
                path.display()
            )
        })
    }

    /// Writes a file that [`Record::read`] takes. A file that is there already is left alone.
    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        ensure!(!path.exists(), "{} is there already", path.display());
        let text = serde_json::to_string_pretty(self)?;
        std::fs::write(path, text + "\n")
            .with_context(|| format!("cannot write {}", path.display()))
    }

    /// Who is named more than once.
    pub(super) fn repeated(&self) -> Option<&ConsumerId> {
        let mut seen = HashSet::with_capacity(self.entrants.len());
        let mut ids = self.entrants.iter().map(|entrant| &entrant.consumer_id);
        ids.find(|id| !seen.insert(**id))
    }
}

async fn draw(api: &mut Api, id: &DistributionId) -> anyhow::Result<Draw> {
    let shown = api.get(&format!("/api/distributions/{id}/draw?limit=1")).await?;
    serde_json::from_value(shown).context("the draw is not as expected")
}
