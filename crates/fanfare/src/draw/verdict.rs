//! Whether a draw's winners follow from what was published: pure, step by step.

use fanfare_model::Timestamp;
use fanfare_signing::draw::{ALGORITHM, commitment, from_hex, hex, rank};

use super::record::{Draw, Entrant, Record};
use crate::screen::thousands;

/// One step of the check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Step {
    /// What was checked, and what was found.
    pub(crate) text: String,
    /// Whether it is as it must be.
    pub(crate) holds: bool,
}

impl Step {
    fn new(text: impl Into<String>, complaint: Option<String>) -> Self {
        let text = text.into();
        match complaint {
            None => Self { text, holds: true },
            Some(complaint) => Self { text: format!("{text}: {complaint}"), holds: false },
        }
    }
}

/// An entrant with the rank that we computed.
struct Ranked<'r> {
    rank: [u8; 32],
    entrant: &'r Entrant,
}

/// Checks step by step; ends early when the next steps would have nothing to stand on.
pub(crate) fn judge(record: &Record) -> Vec<Step> {
    let Record { draw, entrants } = record;
    let known = draw.algorithm == ALGORITHM;
    let mut steps = vec![Step::new(
        format!("the algorithm is {ALGORITHM}"),
        (!known).then(|| format!("it is {:?}, which this version does not know", draw.algorithm)),
    )];
    let opened = open(draw);
    let seed = *opened.as_ref().unwrap_or(&[0; 32]);
    steps.push(Step::new("the seed has the SHA-256 that was committed to", opened.err()));
    let Some(drawn_at) = draw.drawn_at.filter(|_| steps.iter().all(|step| step.holds)) else {
        return steps;
    };
    let id = draw.distribution_id.to_string();
    let mut ranked: Vec<_> = entrants
        .iter()
        .map(|entrant| {
            let rank = rank(&seed, &id, &entrant.consumer_id.to_string());
            Ranked { rank, entrant }
        })
        .collect();
    ranked.sort_unstable_by_key(|one| one.rank);
    let repeated = record.repeated().map(|id| format!("{id} is listed twice"));
    steps.push(Step::new(
        format!("{} entrants are listed, each once", thousands(entrants.len())),
        repeated,
    ));
    steps.push(Step::new(
        "every rank follows from the seed and the entrant's id",
        false_rank(&ranked),
    ));
    ranked.retain(|one| stood(one.entrant, drawn_at));
    let standing = (ranked.len() != draw.entrants)
        .then(|| format!("{} stood in it, by the list {}", draw.entrants, ranked.len()));
    steps.push(Step::new(
        format!("{} of them stood in the draw when it began", thousands(ranked.len())),
        standing,
    ));
    steps.push(first_selection(draw, &ranked));
    steps.push(replacements(draw, &ranked));
    steps
}

/// The seed, if it is what was committed to.
fn open(draw: &Draw) -> Result<[u8; 32], String> {
    let shown = draw.seed.as_ref().ok_or("it is not published yet: the draw is not finished")?;
    let seed = from_hex(shown).ok_or("it is not 64 hex digits")?;
    let made = hex(&commitment(&seed));
    if made == draw.commitment {
        Ok(seed)
    } else {
        Err(format!("it is {made}, committed was {}", draw.commitment))
    }
}

fn stood(entrant: &Entrant, drawn_at: Timestamp) -> bool {
    entrant.left_at.is_none_or(|at| at > drawn_at)
}

fn false_rank(ranked: &[Ranked<'_>]) -> Option<String> {
    let wrong = |one: &&Ranked<'_>| one.entrant.rank.as_ref() != Some(&hex(&one.rank));
    let first = ranked.iter().find(wrong)?;
    let shown = first.entrant.rank.as_deref().unwrap_or("none");
    Some(format!("{} has {shown}, computed {}", first.entrant.consumer_id, hex(&first.rank)))
}

/// The first `winnerCount` by rank, and nobody else, were selected at first.
fn first_selection(draw: &Draw, ranked: &[Ranked<'_>]) -> Step {
    let count = draw.winner_count.min(ranked.len());
    let wrong = ranked.iter().enumerate().find_map(|(place, Ranked { entrant, .. })| {
        let selected = entrant.selected_at.is_some() && !entrant.is_backfill;
        let id = entrant.consumer_id;
        match (place < count, selected) {
            (true, false) => Some(format!("{id} has place {} and was not selected", place + 1)),
            (false, true) => Some(format!("{id} was selected with place {}", place + 1)),
            _ => None,
        }
    });
    Step::new(format!("the winners are the first {} by rank", thousands(count)), wrong)
}

/// Each replacement was the next by rank among those who were still there, and no more were
/// selected than places were given up.
fn replacements(draw: &Draw, ranked: &[Ranked<'_>]) -> Step {
    let later: Vec<_> = ranked.iter().skip(draw.winner_count).map(|one| one.entrant).collect();
    // One who was selected at first, by mistake or not, is the business of the first selection.
    let replaced_at = |entrant: &Entrant| entrant.selected_at.filter(|_| entrant.is_backfill);
    let replaced = later.iter().filter(|entrant| replaced_at(entrant).is_some()).count();
    let gave_up = |entrant: &Entrant| matches!(entrant.status.as_str(), "EXPIRED" | "LEFT");
    let selected = |one: &&Ranked<'_>| one.entrant.selected_at.is_some();
    let given_up = ranked.iter().filter(selected).filter(|one| gave_up(one.entrant)).count();
    // From the last rank on: when the earliest replacement after it was selected.
    let mut earliest: Option<Timestamp> = None;
    let mut wrong = None;
    for entrant in later.iter().rev() {
        match (replaced_at(entrant), earliest) {
            (Some(at), _) => earliest = Some(earliest.map_or(at, |known| known.min(at))),
            (None, Some(passed)) if entrant.left_at.is_none_or(|left| left > passed) => {
                wrong = Some(format!("{} was passed over", entrant.consumer_id));
            }
            (None, _) => {}
        }
    }
    let count = draw.winner_count.min(ranked.len()) + replaced;
    let wrong = wrong
        .or_else(|| {
            (replaced > given_up).then(|| format!("only {given_up} winners let their place go"))
        })
        .or_else(|| {
            (draw.selected != count)
                .then(|| format!("{} were selected in all, by the list {count}", draw.selected))
        });
    let text = match replaced {
        0 => "no winner had to be replaced".to_owned(),
        1 => "one winner was replaced, by the next by rank".to_owned(),
        _ => format!("{} winners were replaced, by the next by rank", thousands(replaced)),
    };
    Step::new(text, wrong)
}

#[cfg(test)]
mod tests;
