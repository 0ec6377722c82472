//! What bad company costs the healthy webhooks: the same scenario with and without it, run by run.

use std::fmt;

use serde::Serialize;

use super::Row;
use super::figures::{Figures, median};

/// Ratios of runs that came one after the other; 1 is "no difference".
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Comparison {
    letter: char,
    p50_ratios: Vec<f64>,
    p99_ratios: Vec<f64>,
    /// The middle one of `p99_ratios`.
    p99_ratio: f64,
    /// By how much the server's peak memory was higher, in MiB, in the middle.
    memory_more: f64,
}

impl Comparison {
    /// Compares the runs of the same number.
    pub(crate) fn new(alone: &Row, beside: &Row) -> Self {
        let pairs = || alone.runs.iter().zip(&beside.runs);
        let ratios = |figure: fn(&Figures) -> f64| -> Vec<f64> {
            pairs().map(|(alone, beside)| figure(beside) / figure(alone).max(0.001)).collect()
        };
        let more: Vec<f64> = pairs()
            .filter_map(|(alone, beside)| Some(beside.peak_memory? - alone.peak_memory?))
            .collect();
        let p99_ratios = ratios(|run| run.p99);
        Self {
            letter: alone.letter,
            p50_ratios: ratios(|run| run.p50),
            p99_ratio: median(&p99_ratios),
            p99_ratios,
            memory_more: median(&more),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |ratios: &[f64]| {
            let texts: Vec<_> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
            texts.join(", ")
        };
        write!(
            f,
            "({}) the healthy webhooks beside the others, as a multiple of the same alone, pair by \
             pair: p99 {:.2} ({}), p50 {:.2} ({}); peak memory {:+.0} MiB",
            self.letter,
            self.p99_ratio,
            list(&self.p99_ratios),
            median(&self.p50_ratios),
            list(&self.p50_ratios),
            self.memory_more
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::{Counted, Used};
    use super::super::records::Findings;
    use super::*;

    fn row(p99s: &[u64], memory: u64) -> Row {
        let run = |p99: &u64| {
            let findings = Findings { delivery: vec![p99 * 1_000_000], ..Findings::default() };
            let used = Used { peak_memory: Some(memory * 1024), ..Used::default() };
            Figures::new(&findings, used, Counted::default())
        };
        Row { letter: 'g', title: "some".to_owned(), runs: p99s.iter().map(run).collect() }
    }

    #[test]
    fn runs_are_compared_pair_by_pair() {
        let compared = Comparison::new(&row(&[2, 10, 4], 30), &row(&[3, 10, 8], 41));
        assert_eq!(compared.p99_ratios, [1.5, 1.0, 2.0]);
        assert_eq!((compared.p99_ratio, compared.memory_more), (1.5, 11.0));
        let text = compared.to_string();
        assert!(text.contains("p99 1.50 (1.50, 1.00, 2.00)"), "{text}");
        assert!(text.ends_with("peak memory +11 MiB"), "{text}");
    }
}
