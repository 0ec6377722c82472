//! Draws, as anybody can check them.

use fanfare_app::DrawView;
use fanfare_model::launch::{DistributionStatus, Participant, ParticipantStatus};
use fanfare_model::{ConsumerId, DistributionId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use crate::list::Listing;

/// How a draw stands. The winners follow from the seed: the rank of an entrant is the HMAC-SHA256
/// with the seed as the key over `distributionId:consumerId`; entrants are selected in ascending
/// order of their ranks. `commitment` is the SHA-256 of the seed and is shown from the beginning.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DrawState)]
pub(crate) struct DrawStateJson {
    /// Which draw.
    #[schema(value_type = String, example = "dist_01h455vb4pex5vsknk084sn02q")]
    distribution_id: DistributionId,
    /// Where it stands.
    #[schema(value_type = super::distribution::DistributionStatusText)]
    status: DistributionStatus,
    /// How the winners follow from the seed.
    #[schema(example = "hmac-sha256-rank")]
    algorithm: &'static str,
    /// The SHA-256 of the seed, in hex.
    commitment: String,
    /// The seed, in hex; `null` until the first selection is finished.
    #[schema(required)]
    seed: Option<String>,
    /// When the drawing began. Who left at that time or before did not stand in it.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    drawn_at: Option<Timestamp>,
    /// When the first selection was finished.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    finished_at: Option<Timestamp>,
    /// How many win.
    winner_count: u32,
    /// Winners selected so far, replacements included.
    selected: u32,
    /// How many consumers stood in the draw when it began.
    entrants: u32,
}

/// A draw with a page of its winners, by rank; there are none until it is finished.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Draw)]
pub(crate) struct DrawJson {
    #[serde(flatten)]
    pub(crate) state: DrawStateJson,
    #[serde(flatten)]
    pub(crate) winners: Listing<EntrantJson>,
}

/// Somebody who entered a draw.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Entrant)]
pub(crate) struct EntrantJson {
    /// Who.
    #[schema(value_type = String, example = "con_01h455vb4pex5vsknk084sn02q")]
    consumer_id: ConsumerId,
    /// The rank, in hex; `null` until the draw is finished.
    #[schema(required)]
    rank: Option<String>,
    /// Where the consumer stands now.
    #[schema(value_type = super::participant::ParticipantStatusText)]
    status: ParticipantStatus,
    /// When the consumer entered.
    #[schema(value_type = String, format = DateTime)]
    joined_at: Timestamp,
    /// When the consumer was selected.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    selected_at: Option<Timestamp>,
    /// Whether the selection replaces one that ran out or left.
    is_backfill: bool,
    /// When the consumer left.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    left_at: Option<Timestamp>,
}

impl From<&DrawView> for DrawStateJson {
    fn from(view: &DrawView) -> Self {
        let state = &view.rules.state;
        Self {
            distribution_id: view.id,
            status: view.status,
            algorithm: view.algorithm,
            commitment: view.commitment.clone(),
            seed: view.seed.clone(),
            drawn_at: state.drawn_at,
            finished_at: state.finished_at,
            winner_count: view.rules.winner_count,
            selected: state.selected,
            entrants: state.entrants,
        }
    }
}

impl EntrantJson {
    /// An entrant of this draw.
    pub(crate) fn new(view: &DrawView, entrant: &Participant) -> Self {
        let left = entrant.status == ParticipantStatus::Left;
        Self {
            consumer_id: entrant.consumer_id,
            rank: view.rank(entrant),
            status: entrant.status,
            joined_at: entrant.joined_at,
            selected_at: entrant.granted_at,
            is_backfill: entrant.is_backfill,
            left_at: entrant.ended_at.filter(|_| left),
        }
    }
}
