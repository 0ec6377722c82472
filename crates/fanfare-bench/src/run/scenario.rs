//! What is measured.

use crate::zoo;

/// Requests on their way at once.
pub(crate) const CONNECTIONS: usize = 64;

/// One line of the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scenario {
    /// Its letter in `--only` and in the table.
    pub(crate) letter: char,
    /// What is published.
    pub(crate) load: Load,
    /// How many webhooks receive it and answer as they should.
    pub(crate) webhooks: usize,
    /// Who else receives it.
    pub(crate) beside: Beside,
}

/// Webhooks that receive the same events and do not answer as they should. Their deliveries are
/// not counted: what is measured is what they cost the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    /// Nobody.
    Nobody,
    /// One that never answers.
    OneHangs,
    /// One for each kind of the [`crate::zoo`].
    Zoo,
}

/// How events are published.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Load {
    /// Posted straight to the sink, without a server.
    Raw {
        /// How many.
        events: u64,
    },
    /// As fast as they are acknowledged.
    Closed {
        /// How many.
        events: u64,
        /// How many in one request.
        batch: u64,
    },
    /// At a rate.
    Open {
        /// Events per second.
        rate: Rate,
        /// For so long.
        seconds: u64,
    },
}

/// The rate of an open load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rate {
    /// So many events per second.
    Events(u64),
    /// Half of the events per second that (b) reached.
    HalfOfB,
}

impl Scenario {
    /// The rate, if it is an open load.
    pub(crate) const fn rate(&self) -> Option<Rate> {
        match self.load {
            Load::Open { rate, .. } => Some(rate),
            Load::Raw { .. } | Load::Closed { .. } => None,
        }
    }

    /// Settles the rate of an open load.
    pub(crate) const fn set_rate(&mut self, events: u64) {
        if let Load::Open { rate, .. } = &mut self.load {
            *rate = Rate::Events(events);
        }
    }

    /// What it does, for people.
    pub(crate) fn title(&self) -> String {
        let what = match self.load {
            Load::Raw { events } => return format!("raw: {events} deliveries, no server"),
            Load::Closed { events, batch: 1 } => format!("{events} events"),
            Load::Closed { events, batch } => format!("{events} events, {batch} in a request"),
            Load::Open { rate: Rate::Events(rate), seconds } => {
                format!("{rate} events/s for {seconds} s")
            }
            Load::Open { rate: Rate::HalfOfB, seconds } => {
                format!("half of (b) for {seconds} s")
            }
        };
        let to = match self.webhooks {
            1 => "1 webhook".to_owned(),
            count => format!("{count} webhooks"),
        };
        let beside = match self.beside {
            Beside::Nobody => String::new(),
            Beside::OneHangs => ", 1 more hangs".to_owned(),
            Beside::Zoo => format!(", {} more misbehave", zoo::KINDS),
        };
        format!("{what} → {to}{beside}")
    }
}

/// All scenarios in groups; those at a rate last so many seconds. The runs of a group take turns,
/// so that a comparison within it is not one of two moods of the machine.
fn all(seconds: u64) -> Vec<Vec<Scenario>> {
    let plain =
        |letter, load, webhooks| Scenario { letter, load, webhooks, beside: Beside::Nobody };
    let at_rate = |rate| Load::Open { rate: Rate::Events(rate), seconds };
    let steady = at_rate(500);
    // The same healthy ones, alone and in bad company.
    let pair = |letter, load, webhooks, beside| {
        let alone = plain(letter, load, webhooks);
        vec![alone.clone(), Scenario { beside, ..alone }]
    };
    vec![
        vec![plain('a', Load::Raw { events: 200_000 }, 1)],
        vec![plain('b', Load::Closed { events: 20_000, batch: 1 }, 1)],
        vec![plain('c', Load::Closed { events: 20_000, batch: 100 }, 1)],
        vec![plain('d', Load::Closed { events: 5_000, batch: 1 }, 10)],
        vec![plain('e', steady, 1)],
        vec![plain('e', Load::Open { rate: Rate::HalfOfB, seconds }, 1)],
        pair('f', steady, 9, Beside::OneHangs),
        // The zoo shares the processors, and answering badly costs it more than answering well:
        // the rate leaves enough of them for the ratio to be about the server.
        pair('g', at_rate(200), 3, Beside::Zoo),
    ]
}

/// The groups of these letters, or all; (b) comes along with (e), which needs its figure.
pub(crate) fn chosen(letters: &[char], seconds: u64) -> Vec<Vec<Scenario>> {
    let wanted = |letter: char| {
        letters.is_empty() || letters.contains(&letter) || (letter == 'b' && letters.contains(&'e'))
    };
    all(seconds)
        .into_iter()
        .filter(|group| group.iter().any(|scenario| wanted(scenario.letter)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b_comes_before_what_needs_it() {
        let letters: Vec<char> = chosen(&['e'], 1).concat().iter().map(|one| one.letter).collect();
        assert_eq!(letters, ['b', 'e', 'e']);
        assert_eq!(chosen(&[], 1).concat().len(), 10);
        assert_eq!(chosen(&['x'], 1), Vec::<Vec<Scenario>>::new());
    }

    #[test]
    fn a_title_says_what_is_done() {
        let titles: Vec<String> = all(20).concat().iter().map(Scenario::title).collect();
        assert_eq!(titles[2], "20000 events, 100 in a request → 1 webhook");
        assert_eq!(titles[7], "500 events/s for 20 s → 9 webhooks, 1 more hangs");
        assert_eq!(titles[8], "200 events/s for 20 s → 3 webhooks");
        assert_eq!(titles[9], "200 events/s for 20 s → 3 webhooks, 9 more misbehave");
    }
}
