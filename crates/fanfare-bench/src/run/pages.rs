//! `fanfare-bench run --pages`: how long every page of the dashboard takes, with a million
//! deliveries in the embedded store.
//!
//! The store is filled through the API, by the load and the receiver of the other scenarios, so
//! that it holds what a server really writes. Then somebody signs in and goes wherever links lead,
//! until no new kind of page is found; a kind is an address with its ids and cursors left out. The
//! filters of lists, which are forms, are added by hand. Every kind is asked for many times, one
//! request after the other.
//!
//! **Leaves out** what a browser does: only the server's answer is waited for.

mod crawl;
mod filling;
mod visitor;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::measure::{Setting, rest};
use crate::clock;
use crawl::Kind;
use filling::Filled;
use visitor::Visitor;

/// How often each kind of page is asked for: so often, or as often as fits into so many
/// milliseconds, but never fewer times than the least.
const REQUESTS: usize = 60;
const TIME: f64 = 4_000.0;
const LEAST: usize = 5;
/// What no page may take longer than, at p95.
const PROMISE: f64 = 100.0;

/// How large everything is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    events: u64,
}

impl Extent {
    /// A million deliveries, or with `quick` a tenth.
    pub(super) const fn new(quick: bool) -> Self {
        Self { events: if quick { 20_000 } else { 200_000 } }
    }
}

/// What a kind of page took, in milliseconds.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PageFigures {
    page: String,
    requests: usize,
    p50: f64,
    p95: f64,
    most: f64,
    /// The longest answer, in bytes.
    bytes: usize,
    /// How many answers asked for a narrower filter instead.
    refused: usize,
}

/// Fills a store and asks for every page.
///
/// # Errors
/// When something does not start, or a page is not answered as a page.
pub(super) fn measure(setting: &Setting, extent: Extent) -> Result<Vec<PageFigures>> {
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&setting.folder)?;
    let filled = Filled::new(setting, folder.path(), extent.events)?;
    rest(&filled.server)?;
    println!("filled with {} deliveries", filled.deliveries);
    let mut visitor = Visitor::sign_in(setting, &filled.server, folder.path())?;
    let kinds = crawl::every_kind(&mut visitor, &filled)?;
    let figures = kinds.iter().map(|kind| one(&mut visitor, kind));
    let mut figures: Vec<PageFigures> = figures.collect::<Result<_>>()?;
    figures.sort_by(|one, other| other.p95.total_cmp(&one.p95));
    Ok(figures)
}

fn one(visitor: &mut Visitor, kind: &Kind) -> Result<PageFigures> {
    let mut took = Vec::with_capacity(REQUESTS);
    let (mut bytes, mut refused) = (0, 0);
    for address in kind.addresses.iter().cycle().take(REQUESTS) {
        let began = clock::now();
        let (status, answer) = visitor.get(address).with_context(|| address.clone())?;
        took.push((clock::now() - began) as f64 / 1e6);
        bytes = bytes.max(answer.len());
        refused += usize::from(status != 200);
        if took.len() >= LEAST && took.iter().sum::<f64>() > TIME {
            break;
        }
    }
    took.sort_by(f64::total_cmp);
    let at = |percent: usize| took[(took.len() * percent).div_ceil(100) - 1];
    let (page, p50, p95, most) = (kind.name.clone(), at(50), at(95), at(100));
    Ok(PageFigures { page, requests: took.len(), p50, p95, most, bytes, refused })
}

/// The table in Markdown, the slowest first, and whether the promise holds.
pub(super) fn render(figures: &[PageFigures]) -> String {
    let mut text =
        "| page | requests | p50 ms | p95 ms | most ms | KB | 503 |\n|---|---|---|---|---|---|---|\n".to_owned();
    for PageFigures { page, requests, p50, p95, most, bytes, refused } in figures {
        let kilobytes = *bytes as f64 / 1e3;
        text += &format!(
            "| `{page}` | {requests} | {p50:.1} | {p95:.1} | {most:.1} | {kilobytes:.0} | {refused} |\n"
        );
    }
    let slow = figures.iter().filter(|page| page.p95 >= PROMISE).count();
    let verdict = match slow {
        0 => format!("every kind of page is below {PROMISE} ms at p95"),
        slow => format!("{slow} kinds of page are NOT below {PROMISE} ms at p95"),
    };
    format!("{text}\n{} kinds of page: {verdict}\n", figures.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_page_is_told() {
        let page = |p95| PageFigures {
            page: "/".into(),
            requests: REQUESTS,
            p50: 1.0,
            p95,
            most: p95,
            bytes: 2_000,
            refused: 0,
        };
        assert!(render(&[page(99.9)]).contains("every kind of page is below 100 ms"));
        assert!(render(&[page(100.0), page(1.0)]).contains("1 kinds of page are NOT"));
    }
}
