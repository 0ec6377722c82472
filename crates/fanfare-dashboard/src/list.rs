//! Lists: where a page begins, and the links to the pages around it, which keep the filter.
//!
//! A cursor is the id of the item that the page comes after or before. All of it is in the URL, so
//! that a page can be sent to somebody else.

use fanfare_app::AppError;
use fanfare_model::{Id, IdKind};
use fanfare_store::{Order, Page, PageRequest};

use crate::ask::Visit;
use crate::form::Pairs;
use crate::link;

/// Items on a page.
pub(crate) const PAGE: usize = 25;

const AFTER: &str = "after";
const BEFORE: &str = "before";

/// The page that is asked for, newest first, of a list whose cursors are ids.
pub(crate) fn request<K: IdKind>(query: &Pairs) -> Result<PageRequest, AppError> {
    request_with(query, |text| text.parse::<Id<K>>().ok().map(Id::as_u128))
}

/// The page that is asked for, newest first, of a list whose cursors are numbers.
pub(crate) fn request_by_number(query: &Pairs) -> Result<PageRequest, AppError> {
    request_with(query, |text| text.parse().ok())
}

fn request_with(
    query: &Pairs,
    read: impl Fn(&str) -> Option<u128>,
) -> Result<PageRequest, AppError> {
    let cursor = |name: &str| {
        let place = |text| {
            read(text).ok_or_else(|| AppError::invalid_field(name, "is no place in this list"))
        };
        query.given(name).map(place).transpose()
    };
    let (after, before) = (cursor(AFTER)?, cursor(BEFORE)?);
    Ok(PageRequest {
        limit: PAGE,
        order: Order::Descending,
        // One direction at a time.
        before: before.filter(|_| after.is_none()),
        after,
    })
}

/// The links below a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Pager {
    /// The first page; `None` on it.
    pub(crate) newest: Option<String>,
    /// The page before.
    pub(crate) newer: Option<String>,
    /// The page after.
    pub(crate) older: Option<String>,
}

impl Pager {
    /// The links around a page of this list; `id` gives an item's id.
    pub(crate) fn of<T, K: IdKind>(
        visit: &Visit,
        request: &PageRequest,
        page: &Page<T>,
        id: impl Fn(&T) -> Id<K>,
    ) -> Self {
        Self::with(visit, request, page, |item| id(item).to_string())
    }

    /// The same for a list whose cursors are numbers.
    pub(crate) fn by_number<T>(
        visit: &Visit,
        request: &PageRequest,
        page: &Page<T>,
        number: impl Fn(&T) -> u128,
    ) -> Self {
        Self::with(visit, request, page, |item| number(item).to_string())
    }

    fn with<T>(
        visit: &Visit,
        request: &PageRequest,
        page: &Page<T>,
        cursor: impl Fn(&T) -> String,
    ) -> Self {
        let first = page.items.first().map(&cursor);
        let last = page.items.last().map(&cursor);
        let (is_after, is_before) = (request.after.is_some(), request.before.is_some());
        let newer = if is_before { page.has_more } else { is_after };
        let older = is_before || page.has_more;
        let to = |name: &'static str, cursor: Option<String>| {
            cursor.map(|cursor| address(visit, Some((name, &cursor))))
        };
        Self {
            newest: (is_after || is_before).then(|| address(visit, None)),
            newer: to(BEFORE, first).filter(|_| newer),
            older: to(AFTER, last).filter(|_| older),
        }
    }
}

impl Pager {
    /// Whether there is another page.
    pub(crate) const fn is_needed(&self) -> bool {
        self.newest.is_some() || self.newer.is_some() || self.older.is_some()
    }
}

/// This list's address with its filter and this cursor.
fn address(visit: &Visit, cursor: Option<(&str, &str)>) -> String {
    let filter = visit.query.iter().filter(|(name, _)| *name != AFTER && *name != BEFORE);
    link::with(visit.path(), filter.chain(cursor))
}

/// A way to narrow a list: a value of the filter with its link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) label: String,
    pub(crate) chosen: bool,
}

/// The values of a select or a row of boxes, those in the query chosen.
pub(crate) fn choices<'a>(
    query: &Pairs,
    name: &str,
    values: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Vec<Choice> {
    let chosen: Vec<_> = query.all(name).collect();
    let choice = |(value, label): (&str, &str)| Choice {
        chosen: chosen.contains(&value),
        value: value.to_owned(),
        label: label.to_owned(),
    };
    values.into_iter().map(choice).collect()
}
