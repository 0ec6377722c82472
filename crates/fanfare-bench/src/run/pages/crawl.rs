//! Every kind of page that links lead to, and the filters of lists.

use std::collections::{BTreeMap, VecDeque};

use anyhow::{Context as _, Result};

use super::filling::Filled;
use super::visitor::Visitor;

/// Addresses that are looked at of one kind.
const OF_A_KIND: usize = 3;
/// Parameters whose value makes another kind of page.
const TELLING: &[&str] = &["range", "status", "last", "type", "code", "error", "check"];

/// Pages that differ only by what they are about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// The address, with ids and cursors left out.
    pub(super) name: String,
    /// Some of them.
    pub(super) addresses: Vec<String>,
}

/// Goes wherever links lead.
///
/// # Errors
/// When a link leads to something that is no page.
pub(super) fn every_kind(visitor: &mut Visitor, filled: &Filled) -> Result<Vec<Kind>> {
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut ahead: VecDeque<String> = VecDeque::from(["/".to_owned()]);
    ahead.extend(filters(filled));
    while let Some(address) = ahead.pop_front() {
        let known = kinds.entry(name(&address)).or_default();
        if known.len() == OF_A_KIND || known.contains(&address) {
            continue;
        }
        let (_, page) = visitor.get(&address).with_context(|| address.clone())?;
        ahead.extend(links(&address, &page));
        known.push(address);
    }
    Ok(kinds.into_iter().map(|(name, addresses)| Kind { name, addresses }).collect())
}

/// What the forms of lists can ask for: what many deliveries have, what few have, what none has.
fn filters(filled: &Filled) -> Vec<String> {
    let (good, down) = (&filled.good, &filled.down);
    let mut all: Vec<String> = Vec::new();
    for list in ["/deliveries".to_owned(), format!("/settings/integrations/webhooks/{good}")] {
        for query in [
            "status=pending",
            "status=succeeded",
            "status=failed",
            "status=cancelled",
            "type=distribution.joined",
            "type=consumer.created",
            "type=order.paid",
            "code=200",
            "code=503",
            "code=5xx",
            "error=connect",
            "error=timeout",
            "last=1h",
            "status=failed&type=order.paid",
            "status=succeeded&code=404",
            "type=consumer.created&error=connect",
        ] {
            all.push(format!("{list}?{query}"));
        }
    }
    for hook in [good, down] {
        all.push(format!("/deliveries?webhook={hook}"));
        all.push(format!("/deliveries?webhook={hook}&status=failed"));
    }
    all.extend(
        ["distribution.joined", "consumer.created", "experience.cancelled"]
            .map(|it| format!("/events?type={it}")),
    );
    all
}

/// Addresses of pages that a page links to.
fn links(address: &str, page: &str) -> Vec<String> {
    let path = address.split('?').next().unwrap_or_default();
    let found = page.split("<a ").skip(1).filter_map(|rest| {
        let (tag, _) = rest.split_once('>')?;
        let (_, href) = tag.split_once("href=\"")?;
        let (href, _) = href.split_once('"')?;
        let href = href.replace("&#38;", "&").replace("&amp;", "&");
        let href = href.split('#').next().unwrap_or_default().to_owned();
        match href.chars().next()? {
            _ if tag.contains(" download") => None,
            '/' => Some(href),
            '?' => Some(format!("{path}{}", href.trim_end_matches('?'))),
            _ => None,
        }
    });
    found.collect()
}

/// The kind of an address.
fn name(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let segments = path.split('/').map(|segment| match segment.rsplit_once('_') {
        Some((_, id)) if id.len() >= 20 => "{id}",
        _ if segment.contains('.') => "{type}",
        _ => segment,
    });
    let path = segments.collect::<Vec<_>>().join("/");
    let pairs = query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = if TELLING.contains(&name) { value } else { "…" };
        format!("{name}={value}")
    });
    let query = pairs.collect::<Vec<_>>().join("&");
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_cursors_make_no_other_kind() {
        let page = "/deliveries/dlv_01m87gwp51e008000000017g00";
        assert_eq!(name(page), "/deliveries/{id}");
        assert_eq!(name("/event-types/order.paid"), "/event-types/{type}");
        assert_eq!(
            name("/deliveries?status=failed&after=abc"),
            "/deliveries?status=failed&after=…"
        );
        assert_eq!(name("/settings/api-keys"), "/settings/api-keys");
    }

    #[test]
    fn links_are_found_and_files_are_not() {
        let page = "<a class=\"x\" href=\"/events?type=a&#38;after=b#top\">x</a> <a href=\"?\">y</a>\
                    <a href=\"/export\" download>z</a><a href=\"#main\">m</a>";
        assert_eq!(links("/events?type=a", page), ["/events?type=a&after=b", "/events"]);
    }
}
