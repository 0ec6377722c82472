//! Who does what in a simulated launch. Pure: everything follows from the seed, the number of
//! consumers and what is played, so that a run can be repeated.

use crate::cli::Play;

/// Rolls are out of so many.
const SIDES: u64 = 1_000;
/// Of these, so many of the crowd enter the draw as well.
const ENTER: u64 = 330;
/// Leave the queue again.
const LEAVE: u64 = 20;
/// Of those who may check out, so many pay; of them, so many get their parcel at once.
const PAY: u64 = 800;
/// See [`PAY`].
const SHIP: u64 = 700;
/// Order and then change their mind; the rest never orders.
const CANCEL: u64 = 80;

/// A launch, planned.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// What is played.
    pub(super) play: Play,
    /// How many consumers there are; they are numbered from 0.
    pub(super) consumers: u32,
    /// What everything follows from.
    pub(super) seed: u64,
}

/// What somebody does who may check out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checkout {
    /// Orders and pays.
    Pays {
        /// And is sent a parcel.
        shipped: bool,
    },
    /// Orders and cancels.
    Cancels,
    /// Does nothing.
    LetsGo,
}

/// Questions that a roll answers, so that one answer says nothing about another.
#[derive(Debug, Clone, Copy)]
enum Question {
    Enters = 1,
    Leaves,
    Buys,
    Ships,
    Price,
    Order,
    Raise,
}

impl Plan {
    /// Whether there is a queue.
    pub(super) fn has_queue(self) -> bool {
        matches!(self.play, Play::Drop | Play::Queue)
    }

    /// Whether there is a draw.
    pub(super) fn has_draw(self) -> bool {
        matches!(self.play, Play::Drop | Play::Draw)
    }

    /// Whether there is an auction.
    pub(super) fn has_auction(self) -> bool {
        matches!(self.play, Play::Drop | Play::Auction)
    }

    /// The consumers in the order in which they arrive.
    pub(super) fn arrivals(self) -> Vec<u32> {
        let mut crowd: Vec<u32> = (0..self.consumers).collect();
        for place in (1..crowd.len()).rev() {
            let other = self.roll(Question::Order, place as u32) % (place as u64 + 1);
            crowd.swap(place, other as usize);
        }
        crowd
    }

    /// Whether a consumer enters the draw.
    pub(super) fn enters(self, consumer: u32) -> bool {
        match self.play {
            Play::Drop => self.happens(Question::Enters, consumer, ENTER),
            Play::Draw => true,
            Play::Queue | Play::Auction => false,
        }
    }

    /// Whether a consumer loses patience and leaves the queue.
    pub(super) fn leaves(self, consumer: u32) -> bool {
        self.has_queue() && self.happens(Question::Leaves, consumer, LEAVE)
    }

    /// How many are to be admitted in all.
    pub(super) const fn admissions(self) -> u32 {
        at_least_one(self.consumers / 4)
    }

    /// How many the queue's clock admits per minute: all in two minutes.
    pub(super) const fn admission_rate(self) -> u32 {
        at_least_one(self.admissions() / 2)
    }

    /// How many win the draw.
    pub(super) const fn winners(self) -> u32 {
        at_least_one(self.consumers / 20)
    }

    /// The bidders of the auction.
    pub(super) fn bidders(self) -> std::ops::Range<u32> {
        0..(self.consumers / 100).clamp(3, 200)
    }

    /// By how many increments a bidder goes above the highest bid that the bidder knows of.
    pub(super) fn raise(self, bidder: u32, round: u32) -> u64 {
        1 + self.roll(Question::Raise, bidder * 31 + round) % 5
    }

    /// What a consumer does who may check out.
    pub(super) fn checkout(self, consumer: u32) -> Checkout {
        match self.roll(Question::Buys, consumer) % SIDES {
            roll if roll < PAY => {
                Checkout::Pays { shipped: self.happens(Question::Ships, consumer, SHIP) }
            }
            roll if roll < PAY + CANCEL => Checkout::Cancels,
            _ => Checkout::LetsGo,
        }
    }

    /// What a consumer pays, in cents.
    pub(super) fn price(self, consumer: u32) -> u64 {
        9_900 + 100 * (self.roll(Question::Price, consumer) % 150)
    }

    fn happens(self, question: Question, consumer: u32, chances: u64) -> bool {
        self.roll(question, consumer) % SIDES < chances
    }

    /// SplitMix64 of seed, question and number.
    fn roll(self, question: Question, number: u32) -> u64 {
        let stream = (question as u64) << 32 | u64::from(number);
        let mut z = mix(self.seed ^ 0x9e37_79b9_7f4a_7c15).wrapping_add(stream);
        z = mix(z.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z
    }
}

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const fn at_least_one(count: u32) -> u32 {
    if count == 0 { 1 } else { count }
}

/// An amount in cents as a decimal string.
pub(super) fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// The cents of a decimal string with two decimals or none.
pub(super) fn cents(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "00"));
    let part = format!("{part:0<2}");
    Some(whole.parse::<u64>().ok()? * 100 + part.parse::<u64>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(seed: u64) -> Plan {
        Plan { play: Play::Drop, consumers: 10_000, seed }
    }

    #[test]
    fn the_same_seed_plans_the_same_launch() {
        let told = |plan: Plan| -> Vec<_> {
            (0..plan.consumers)
                .map(|one| {
                    (plan.enters(one), plan.leaves(one), plan.checkout(one), plan.price(one))
                })
                .collect()
        };
        assert_eq!(told(plan(7)), told(plan(7)));
        assert_eq!(plan(7).arrivals(), plan(7).arrivals());
        assert_ne!(told(plan(7)), told(plan(8)));
        assert_ne!(plan(7).arrivals(), plan(8).arrivals());
    }

    #[test]
    fn everybody_arrives_once_and_not_in_line() {
        let mut arrivals = plan(1).arrivals();
        assert_ne!(arrivals[..100], (0..100).collect::<Vec<_>>());
        arrivals.sort_unstable();
        assert_eq!(arrivals, (0..10_000).collect::<Vec<_>>());
    }

    #[test]
    fn shares_are_about_what_they_should_be() {
        let plan = plan(3);
        let share = |what: &dyn Fn(u32) -> bool| {
            (0..plan.consumers).filter(|consumer| what(*consumer)).count() * 100 / 10_000
        };
        assert!((31..=35).contains(&share(&|one| plan.enters(one))));
        assert!((1..=3).contains(&share(&|one| plan.leaves(one))));
        let pays = share(&|one| matches!(plan.checkout(one), Checkout::Pays { .. }));
        assert!((78..=82).contains(&pays), "{pays}");
        assert!((6..=10).contains(&share(&|one| plan.checkout(one) == Checkout::Cancels)));
    }

    #[test]
    fn amounts_are_written_and_read() {
        for (amount, text) in [(5, "0.05"), (10_000, "100.00"), (24_999, "249.99")] {
            assert_eq!(money(amount), text);
            assert_eq!(cents(text), Some(amount));
        }
        assert_eq!((cents("7"), cents("7.5"), cents("x")), (Some(700), Some(750), None));
    }
}
