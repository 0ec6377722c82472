//! The laws of the state machines, for every status and every move.

use std::collections::HashSet;
use std::fmt::Debug;

use fanfare_model::launch::machine::{
    DistributionMove, ExperienceMove, OrderMove, ParticipantMove,
};
use fanfare_model::launch::{
    DistributionStatus, ExperienceStatus, IllegalMove, Move, OrderStatus, ParticipantStatus,
};

/// Holds a machine to the laws, and its table to what is written here.
fn hold<M: Move + Debug>(
    statuses: &[M::Status],
    moves: &[M],
    first: &[M::Status],
    last: &[M::Status],
    legal: &[&str],
) where
    M::Status: Debug,
{
    let mut found = Vec::new();
    for from in statuses {
        for by in moves {
            match by.from(*from) {
                Ok(to) => {
                    assert_eq!(to, by.target(), "a move leads where it says");
                    assert_ne!(to, *from, "{by} from {from} is no move");
                    assert!(!last.contains(from), "{from} is the end, and {by} leads out");
                    found.push(format!("{from} {by} {to}"));
                }
                Err(refusal) => refused::<M>(*from, *by, &refusal),
            }
        }
    }
    let (found, legal): (HashSet<_>, HashSet<_>) =
        (found.into_iter().collect(), legal.iter().map(|row| (*row).to_owned()).collect());
    assert_eq!(found, legal);
    assert_eq!(M::TABLE.len(), legal.len(), "no row twice");
    let reached: HashSet<_> = M::TABLE.iter().map(|(.., to)| to.to_string()).collect();
    for status in statuses {
        let is_first = first.contains(status);
        assert_ne!(reached.contains(&status.to_string()), is_first, "{status} is never reached");
        let left = M::TABLE.iter().any(|(from, ..)| from == status);
        assert_ne!(left, last.contains(status), "{status} is never left");
    }
}

fn refused<M: Move>(from: M::Status, by: M, refusal: &IllegalMove) {
    assert_eq!(refusal.from, from.to_string());
    assert_eq!(refusal.to, by.target().to_string());
    assert!(refusal.why.len() > 4, "{refusal}");
    let sentence = refusal.to_string();
    for part in [M::NOUN, &by.to_string(), &refusal.from, &refusal.to, refusal.why] {
        assert!(sentence.contains(part), "{sentence} does not say {part}");
    }
}

#[test]
fn experiences() {
    use ExperienceStatus::{Active, Cancelled, Completed, Draft, Scheduled};
    hold::<ExperienceMove>(
        ExperienceStatus::ALL,
        ExperienceMove::ALL,
        &[],
        &[Completed, Cancelled],
        &[
            "draft schedule scheduled",
            "scheduled unschedule draft",
            "draft activate active",
            "scheduled activate active",
            "active complete completed",
            "draft cancel cancelled",
            "scheduled cancel cancelled",
            "active cancel cancelled",
        ],
    );
    assert_eq!(ExperienceMove::Activate.from(Draft), Ok(Active));
    let refusal = ExperienceMove::Complete.from(Scheduled).unwrap_err().to_string();
    assert_eq!(
        refusal,
        "cannot complete an experience that is scheduled (it would become completed): only an \
         active experience can be completed; cancel it if it is to go away"
    );
}

#[test]
fn distributions() {
    use DistributionStatus::{Cancelled, Completed, Scheduled};
    hold::<DistributionMove>(
        DistributionStatus::ALL,
        DistributionMove::ALL,
        &[Scheduled],
        &[Completed, Cancelled],
        &[
            "SCHEDULED open OPEN",
            "SCHEDULED close CLOSED",
            "OPEN close CLOSED",
            "OPEN draw DRAWN",
            "CLOSED draw DRAWN",
            "OPEN settle SETTLED",
            "CLOSED settle SETTLED",
            "CLOSED complete COMPLETED",
            "DRAWN complete COMPLETED",
            "SETTLED complete COMPLETED",
            "SCHEDULED cancel CANCELLED",
            "OPEN cancel CANCELLED",
            "CLOSED cancel CANCELLED",
            "DRAWN cancel CANCELLED",
            "SETTLED cancel CANCELLED",
        ],
    );
}

#[test]
fn participants() {
    use ParticipantStatus::{Completed, Entered, Expired, Left, Lost, Queued};
    hold::<ParticipantMove>(
        ParticipantStatus::ALL,
        ParticipantMove::ALL,
        &[Queued, Entered],
        &[Completed, Expired, Left, Lost],
        &[
            "QUEUED admit ADMITTED",
            "ENTERED select SELECTED",
            "OUTBID lead WINNING",
            "WINNING outbid OUTBID",
            "WINNING win WON",
            "QUEUED lose LOST",
            "ENTERED lose LOST",
            "WINNING lose LOST",
            "OUTBID lose LOST",
            "ADMITTED complete COMPLETED",
            "SELECTED complete COMPLETED",
            "WON complete COMPLETED",
            "ADMITTED expire EXPIRED",
            "SELECTED expire EXPIRED",
            "WON expire EXPIRED",
            "QUEUED leave LEFT",
            "ADMITTED leave LEFT",
            "ENTERED leave LEFT",
            "SELECTED leave LEFT",
            "OUTBID leave LEFT",
        ],
    );
    for status in ParticipantStatus::ALL {
        let may = ParticipantMove::Complete.from(*status).is_ok();
        assert_eq!(may, status.may_check_out(), "{status}");
        let waits = ParticipantMove::Lose.from(*status).is_ok();
        assert_eq!(waits, status.is_waiting(), "{status}");
    }
}

#[test]
fn orders() {
    use OrderStatus::{Cancelled, Created, Fulfilled};
    hold::<OrderMove>(
        OrderStatus::ALL,
        OrderMove::ALL,
        &[Created],
        &[Fulfilled, Cancelled],
        &[
            "created pay paid",
            "paid fulfill fulfilled",
            "created cancel cancelled",
            "paid cancel cancelled",
        ],
    );
}
