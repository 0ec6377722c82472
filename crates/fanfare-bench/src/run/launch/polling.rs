//! Pages of long lists, one after the other, with nothing else going on.

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;

use super::Size;
use super::api::Api;
use super::shop::{Shop, create_consumers};
use crate::clock::{self, milliseconds};
use crate::run::records::percentile;

/// Pages read of each list.
const PAGES: usize = 2_000;

/// How long a page took, in milliseconds, from the request to the last byte of the answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Polled {
    /// What was asked for.
    pub(super) what: String,
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) most: f64,
}

/// Creates consumers until there are as many as there should be, then polls.
///
/// # Errors
/// When a request is not answered as it should be.
pub(super) fn measure(api: &mut Api, shop: &Shop, size: Size) -> Result<Vec<Polled>> {
    println!("   {} more consumers for polling", size.polled - size.consumers);
    let begin = clock::now();
    create_consumers(api, size.consumers..size.polled)?;
    println!("   created in {:.0} s", milliseconds(clock::now() - begin) / 1e3);
    let consumers = "/api/consumers?sort=-createdAt&limit=100";
    let selected = format!("/api/distributions/{}/consumers?status=SELECTED&limit=100", shop.draw);
    let (all, winners, entrants) = (size.polled, size.winners, size.consumers);
    Ok(vec![
        walk(api, format!("page of 100 of {all} consumers"), consumers)?,
        walk(api, format!("page of 100 of {winners} SELECTED of {entrants}"), &selected)?,
        unchanged(api, consumers)?,
    ])
}

/// Follows a list by its cursors, from its beginning again after its end.
fn walk(api: &mut Api, what: String, list: &str) -> Result<Polled> {
    let mut waits = Vec::with_capacity(PAGES);
    let mut path = list.to_owned();
    for _ in 0..PAGES {
        let begin = clock::now();
        let (status, _, body) = api.look(&path, None)?;
        waits.push(clock::now() - begin);
        ensure!(status == 200, "GET {path} was answered {status}");
        let page: serde_json::Value = serde_json::from_slice(&body)?;
        ensure!(page["data"].as_array().is_some_and(|data| data.len() == 100), "{path}: not 100");
        let info = &page["pageInfo"];
        path = match info["endCursor"].as_str().filter(|_| info["hasNextPage"] == true) {
            Some(cursor) => format!("{list}&after={cursor}"),
            None => list.to_owned(),
        };
    }
    Ok(polled(what, waits))
}

/// Asks for the first page again and again, with its `ETag`.
fn unchanged(api: &mut Api, path: &str) -> Result<Polled> {
    let (_, etag, _) = api.look(path, None)?;
    let etag = etag.context("the list has no ETag")?;
    let mut waits = Vec::with_capacity(PAGES);
    for _ in 0..PAGES {
        let begin = clock::now();
        let (status, _, _) = api.look(path, Some(&etag))?;
        waits.push(clock::now() - begin);
        ensure!(status == 304, "GET {path} was answered {status} although nothing changed");
    }
    Ok(polled("the first of these again, unchanged (304)".to_owned(), waits))
}

fn polled(what: String, mut waits: Vec<u64>) -> Polled {
    waits.sort_unstable();
    let at = |share| milliseconds(percentile(&waits, share));
    Polled { what, p50: at(0.5), p99: at(0.99), most: at(1.0) }
}
