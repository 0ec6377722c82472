//! How fast a queue's clock admits.
//!
//! **Promises**, for a queue that admits `rate` consumers per minute:
//! - From one look of the clock to another, never more are admitted than the rate allows for the
//!   time between, plus one.
//! - Nobody is owed anything for time in which nobody waited: the longest idle time is worth one
//!   admission, which is why the first to join an idle queue is admitted within a millisecond.
//! - Nobody starves: while somebody waits and the clock looks when it is told to, the queue
//!   admits at its rate. It falls short by less than a millisecond for each look, hence by less
//!   than 2 %.
//! - A clock that stood still, because the server did, makes up for [`CATCH_UP`] at most, beside
//!   the admission that was next; shops are not overrun when it comes back.
//!
//! **How.** [`QueueState::granted_to`] is the moment up to which the rate is used up. An admission
//! uses a minute divided by the rate, rounded up to the millisecond for all that one look admits.
//! A fast queue is looked at every [`PAUSE`] for all that became due meanwhile.

use std::time::Duration;

use super::QueueState;
use crate::Timestamp;

/// How often a queue is looked at when more than one admission falls into this time.
pub const PAUSE: Duration = Duration::from_millis(50);
/// How much time a clock that looks late makes up for.
pub const CATCH_UP: Duration = Duration::from_secs(1);

const MINUTE: u64 = 60_000;

/// The pace of a queue: so many consumers per minute, at least one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    rate: u64,
}

impl Pace {
    /// The pace of a queue that admits so many consumers per minute; 0 counts as 1.
    pub const fn per_minute(rate: u32) -> Self {
        Self { rate: if rate == 0 { 1 } else { rate as u64 } }
    }

    /// How many admissions are due now, at most `most`, and where the queue stands once they are
    /// given. `waiting_since`: when the first in line joined. Fewer than that may be given, when
    /// fewer wait; the queue then stands where it would have stood, for nobody waits any more.
    pub fn due(
        self,
        state: QueueState,
        waiting_since: Timestamp,
        now: Timestamp,
        most: u32,
    ) -> (u32, QueueState) {
        let forgiven = now.minus(CATCH_UP + self.time_of(1));
        let from = self.from(state, waiting_since).max(forgiven);
        let due = u64::try_from(now.since(from).as_millis()).unwrap_or(u64::MAX);
        let due = due.saturating_mul(self.rate) / MINUTE;
        let given = u32::try_from(due).unwrap_or(u32::MAX).min(most);
        if given == 0 {
            return (0, state);
        }
        (given, QueueState { granted_to: Some(from + self.time_of(given.into())) })
    }

    /// When the clock has to look next, while somebody waits since `waiting_since`.
    pub fn next_look(self, state: QueueState, waiting_since: Timestamp) -> Timestamp {
        let pause = PAUSE.as_millis() as u64;
        let at_a_time = (pause * self.rate).div_ceil(MINUTE);
        self.from(state, waiting_since) + self.time_of(at_a_time)
    }

    /// From when on admissions are counted.
    fn from(self, state: QueueState, waiting_since: Timestamp) -> Timestamp {
        // Rounded down: a millisecond more would be one admission too many.
        let idle = waiting_since.minus(Duration::from_millis(MINUTE / self.rate));
        state.granted_to.map_or(idle, |granted| granted.max(idle))
    }

    /// The time that so many admissions use, rounded up.
    fn time_of(self, admissions: u64) -> Duration {
        Duration::from_millis(admissions.saturating_mul(MINUTE).div_ceil(self.rate))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NEVER: QueueState = QueueState { granted_to: None };

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    #[test]
    fn one_a_second_is_one_each_second() {
        let pace = Pace::per_minute(60);
        assert_eq!(pace.next_look(NEVER, at(5_000)), at(5_000), "the first goes through at once");
        let (given, state) = pace.due(NEVER, at(5_000), at(5_000), 100);
        assert_eq!((given, state.granted_to), (1, Some(at(5_000))));
        assert_eq!(pace.due(state, at(5_000), at(5_999), 100).0, 0);
        assert_eq!(pace.next_look(state, at(5_000)), at(6_000));
        // A look that comes late does not move the ones after it.
        let (given, state) = pace.due(state, at(5_000), at(6_007), 100);
        assert_eq!((given, state.granted_to), (1, Some(at(6_000))));
    }

    #[test]
    fn a_fast_queue_is_looked_at_in_strides() {
        let pace = Pace::per_minute(60_000);
        assert_eq!(pace.next_look(NEVER, at(0)), at(49), "one was owed");
        let (given, state) = pace.due(NEVER, at(0), at(49), 1_000);
        assert_eq!((given, state.granted_to), (50, Some(at(49))));
        assert_eq!(pace.due(state, at(0), at(99), 20).0, 20, "no more than one look may give");
    }

    #[test]
    fn standing_still_is_not_made_up_for() {
        let state = QueueState { granted_to: Some(at(0)) };
        for (rate, given) in [(60, 2), (600, 11), (6, 1), (1, 1)] {
            let pace = Pace::per_minute(rate);
            assert_eq!(pace.due(state, at(0), at(3_600_000), 1_000).0, given, "{rate}");
        }
    }

    #[derive(Debug, Clone)]
    enum Happens {
        /// So many join.
        Join(u32),
        /// The first so many in line leave or are admitted by hand.
        Go(u32),
        /// So many milliseconds pass and the clock looks.
        Look(i64),
        /// The clock looks when it was told to, a little late.
        Due(i64),
    }

    fn happenings() -> impl Strategy<Value = Vec<Happens>> {
        let one = prop_oneof![
            (1_u32..40).prop_map(Happens::Join),
            (1_u32..60).prop_map(Happens::Go),
            (0_i64..5_000).prop_map(Happens::Look),
            (0_i64..900_000).prop_map(Happens::Look),
            (0_i64..20).prop_map(Happens::Due),
            (0_i64..20).prop_map(Happens::Due),
        ];
        prop::collection::vec(one, 1..120)
    }

    /// A queue with its line: numbers in the order of joining, and when each one joined.
    struct Line {
        pace: Pace,
        state: QueueState,
        now: Timestamp,
        waiting: std::collections::VecDeque<(u32, Timestamp)>,
        joined: u32,
        /// How many one step admits.
        step: u32,
        /// Who was admitted by the clock, in that order.
        admitted: Vec<u32>,
        /// Every look, and how many had been admitted by then.
        looks: Vec<(Timestamp, usize)>,
    }

    impl Line {
        fn new(rate: u32, step: u32) -> Self {
            let (pace, now) = (Pace::per_minute(rate), at(1_718_897_400_000));
            let (waiting, admitted, looks) = Default::default();
            Self { pace, state: NEVER, now, waiting, joined: 0, step, admitted, looks }
        }

        fn join(&mut self, count: u32) {
            for _ in 0..count {
                self.joined += 1;
                self.waiting.push_back((self.joined, self.now));
            }
        }

        fn look(&mut self) {
            while let Some((_, since)) = self.waiting.front().copied() {
                let (given, state) = self.pace.due(self.state, since, self.now, self.step);
                if given == 0 {
                    break;
                }
                self.state = state;
                let served = self.waiting.drain(..self.waiting.len().min(given as usize));
                self.admitted.extend(served.map(|(number, _)| number));
            }
            self.looks.push((self.now, self.admitted.len()));
        }

        fn next_look(&self) -> Option<Timestamp> {
            let (_, since) = self.waiting.front()?;
            Some(self.pace.next_look(self.state, *since))
        }

        fn happen(&mut self, what: &Happens) {
            match *what {
                Happens::Join(count) => self.join(count),
                Happens::Go(count) => {
                    self.waiting.drain(..self.waiting.len().min(count as usize));
                }
                Happens::Look(ms) => {
                    self.now = self.now + Duration::from_millis(ms as u64);
                    self.look();
                }
                Happens::Due(late) => {
                    let Some(next) = self.next_look() else { return };
                    self.now = self.now.max(next + Duration::from_millis(late as u64));
                    self.look();
                }
            }
        }
    }

    proptest! {
        #[test]
        fn the_rate_is_kept_between_any_two_looks(
            rate in prop_oneof![1_u32..10, 10_u32..1_000, 1_000_u32..1_000_000],
            step in prop_oneof![Just(1_u32), Just(7), Just(1_000)],
            happenings in happenings(),
        ) {
            let mut line = Line::new(rate, step);
            happenings.iter().for_each(|what| line.happen(what));
            prop_assert!(line.admitted.is_sorted(), "in the order of joining");
            for (index, (from, before)) in line.looks.iter().enumerate() {
                for (to, after) in &line.looks[index..] {
                    let allowed = to.since(*from).as_millis() as u64 * u64::from(rate) / MINUTE + 1;
                    prop_assert!((after - before) as u64 <= allowed, "{from} to {to}");
                }
            }
        }

        #[test]
        fn nobody_starves(rate in 1_u32..1_000_000, late in 0_i64..20, looks in 1_usize..200) {
            let mut line = Line::new(rate, 1_000);
            let began = line.now;
            line.join(1);
            for _ in 0..looks {
                // Somebody always waits.
                line.join(rate / 500 + 10);
                line.happen(&Happens::Due(late));
            }
            let time = line.now.since(began).as_millis() as u64;
            // What is due at the end may be one look away.
            let due = time.saturating_sub(2 * PAUSE.as_millis() as u64 + 20) * u64::from(rate) / MINUTE;
            let admitted = line.admitted.len() as u64;
            prop_assert!(admitted >= due * 98 / 100, "{admitted} of {due} in {time} ms");
            prop_assert!(line.admitted.iter().copied().eq(1..=admitted as u32), "nobody is skipped");
        }

        #[test]
        fn the_clock_is_told_of_the_moment_in_which_something_is_due(
            rate in 1_u32..1_000_000, granted in prop::option::of(0_i64..100_000), since in 0_i64..100_000,
        ) {
            let pace = Pace::per_minute(rate);
            let state = QueueState { granted_to: granted.map(at) };
            let next = pace.next_look(state, at(since));
            prop_assert!(pace.due(state, at(since), next, u32::MAX).0 >= 1);
            // And not so late that more than a stride has gathered.
            let early = next.minus(PAUSE + Duration::from_millis(1));
            prop_assert_eq!(pace.due(state, at(since), early, u32::MAX).0, 0);
        }
    }
}
