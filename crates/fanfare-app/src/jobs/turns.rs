//! Whose turn it is: running jobs take turns, one step each, and one whose step failed rests, so
//! that neither a long job nor a broken one keeps the others waiting.

use std::collections::HashMap;

use fanfare_model::{JobId, Timestamp};
use fanfare_store::{JobTurn, StoreError};

/// Where the turn is, and who rests.
#[derive(Debug, Default)]
pub(super) struct Turns {
    last: Option<JobTurn>,
    resting: HashMap<JobId, Timestamp>,
}

impl Turns {
    /// The next job that does not rest. `line` gives the running job after a place, or the first
    /// one after the last place. `None`: no job is running, or all rest.
    pub(super) async fn next(
        &mut self,
        now: Timestamp,
        line: impl AsyncFn(Option<JobTurn>) -> Result<Option<JobTurn>, StoreError>,
    ) -> Result<Option<JobId>, StoreError> {
        self.resting.retain(|_, until| now < *until);
        // After as many jobs that rest as there are, only one of them can come again.
        for _ in 0..=self.resting.len() {
            let Some(turn) = line(self.last).await? else { return Ok(None) };
            self.last = Some(turn);
            if !self.resting.contains_key(&turn.id) {
                return Ok(Some(turn.id));
            }
        }
        Ok(None)
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
    async fn order(turns: &mut Turns, now: i64, running: &[u128], count: usize) -> Vec<u128> {
        let mut order = Vec::new();
        for _ in 0..count {
            let line = async |after: Option<JobTurn>| {
                let later = running.iter().map(|number| turn(*number)).find(|it| Some(*it) > after);
                Ok(later.or_else(|| running.first().map(|number| turn(*number))))
            };
            let next = turns.next(Timestamp::from_millis(now), line).await.unwrap();
            order.extend(next.map(|id| id.as_u128()));
        }
        order
    }

    #[tokio::test]
    async fn jobs_take_turns_and_those_that_failed_rest() {
        let mut turns = Turns::default();
        assert!(order(&mut turns, 0, &[], 2).await.is_empty());
        assert_eq!(order(&mut turns, 0, &[1, 2, 3], 5).await, [1, 2, 3, 1, 2]);
        turns.rest(JobId::from_u128(1), Timestamp::from_millis(100));
        assert_eq!(order(&mut turns, 99, &[1, 2, 3], 4).await, [3, 2, 3, 2], "nobody waits for 1");
        turns.rest(JobId::from_u128(3), Timestamp::from_millis(100));
        assert_eq!(order(&mut turns, 99, &[1, 2, 3], 2).await, [2, 2]);
        assert_eq!(order(&mut turns, 99, &[1, 3], 2).await, [], "all rest");
        assert_eq!(order(&mut turns, 100, &[1, 3], 2).await.len(), 2, "all are tried again");
    }
}
