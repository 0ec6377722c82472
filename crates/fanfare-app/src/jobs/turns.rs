//! Whose turn it is: running jobs take turns, one step each, and one whose step failed rests, so
//! that neither a long job nor a broken one keeps the others waiting.

use std::collections::HashMap;

use fanfare_model::{JobId, Timestamp};
use fanfare_store::JobTurn;

/// Where the turn is, and who rests.
#[derive(Debug, Default)]
pub(super) struct Turns {
    last: Option<JobTurn>,
    resting: HashMap<JobId, Timestamp>,
}

impl Turns {
    /// Begins to look for the next job: how many turns must be looked at until it is clear that
    /// all rest.
    pub(super) fn begin(&mut self, now: Timestamp) -> usize {
        self.resting.retain(|_, until| now < *until);
        self.resting.len() + 1
    }

    /// Whose turn was the last.
    pub(super) const fn last(&self) -> Option<JobTurn> {
        self.last
    }

    /// It is this one's turn: the job, if it does not rest.
    pub(super) fn take(&mut self, turn: JobTurn) -> Option<JobId> {
        self.last = Some(turn);
        (!self.resting.contains_key(&turn.id)).then_some(turn.id)
    }

    /// A step of this job failed: it rests until then.
    pub(super) fn rest(&mut self, id: JobId, until: Timestamp) {
        self.resting.insert(id, until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(number: u128) -> JobTurn {
        JobTurn { created_at: Timestamp::from_millis(1), id: JobId::from_u128(number) }
    }

    /// Who gets the next turns when these jobs run and nothing changes.
    fn order(turns: &mut Turns, now: i64, running: &[u128], count: usize) -> Vec<u128> {
        let running: Vec<_> = running.iter().map(|number| turn(*number)).collect();
        let mut order = Vec::new();
        for _ in 0..count {
            for _ in 0..turns.begin(Timestamp::from_millis(now)) {
                let later = running.iter().find(|turn| Some(**turn) > turns.last());
                let Some(next) = later.or(running.first()) else { break };
                if let Some(id) = turns.take(*next) {
                    order.push(id.as_u128());
                    break;
                }
            }
        }
        order
    }

    #[test]
    fn jobs_take_turns_and_those_that_failed_rest() {
        let mut turns = Turns::default();
        assert!(order(&mut turns, 0, &[], 2).is_empty());
        assert_eq!(order(&mut turns, 0, &[1, 2, 3], 5), [1, 2, 3, 1, 2]);
        turns.rest(JobId::from_u128(1), Timestamp::from_millis(100));
        assert_eq!(order(&mut turns, 99, &[1, 2, 3], 4), [3, 2, 3, 2], "nobody waits for 1");
        turns.rest(JobId::from_u128(3), Timestamp::from_millis(100));
        assert_eq!(order(&mut turns, 99, &[1, 2, 3], 2), [2, 2]);
        assert_eq!(order(&mut turns, 99, &[1, 3], 2), [], "all rest");
        assert_eq!(order(&mut turns, 100, &[1, 3], 2).len(), 2, "all are tried again");
    }
}
