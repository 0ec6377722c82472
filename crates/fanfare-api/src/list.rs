//! Lists: `limit`, `sort`, `after`, `before` in, `data` and `pageInfo` out.
//!
//! Every list is sorted by creation. Some can be sorted by their last change instead
//! ([`change_query`]); their cursors are change numbers then.

use fanfare_app::AppError;
use fanfare_model::limits;
use fanfare_store::{Listed, Order, Page, PageRequest, SortKey};
use serde::Serialize;
use utoipa::ToSchema;

use crate::cursor::{self, List};
use crate::query::Complaints;

/// Declares the query of a list: its own filters, and what every list takes.
macro_rules! list_query {
    ($(#[$meta:meta])* $name:ident { $($fields:tt)* }) => {
        $crate::list::query_fields! {
            #[doc = "`-createdAt`: newest first (the default); `createdAt`: oldest first."]
            $(#[$meta])* $name { $($fields)* }
        }

        impl $name {
            /// The page that is asked for.
            pub(crate) fn page(
                &self,
                list: $crate::cursor::List,
            ) -> Result<fanfare_store::PageRequest, fanfare_app::AppError> {
                $crate::list::page(list, &self.texts())
            }
        }
    };
}
pub(crate) use list_query;

/// Declares the query of a list that can also be sorted by its last change.
macro_rules! change_query {
    ($(#[$meta:meta])* $name:ident { $($fields:tt)* }) => {
        $crate::list::query_fields! {
            #[doc = "`-createdAt`: newest first (the default); `createdAt`: oldest first; \
                     `updatedAt`: least recently changed first; `-updatedAt`: last changed first. \
                     Whoever follows `sort=updatedAt` with `after` sees every change once. A \
                     cursor belongs to the field that is sorted by."]
            $(#[$meta])* $name { $($fields)* }
        }

        impl $name {
            /// The page that is asked for, and by what it is sorted.
            pub(crate) fn page(
                &self,
                lists: $crate::list::Lists,
            ) -> Result<(fanfare_store::SortKey, fanfare_store::PageRequest), fanfare_app::AppError>
            {
                $crate::list::change_page(lists, &self.texts())
            }
        }
    };
}
pub(crate) use change_query;

/// The struct of either, with the text about `sort`.
macro_rules! query_fields {
    (#[$sort:meta] $(#[$meta:meta])* $name:ident {
        $($(#[$field_meta:meta])* $field:ident),* $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Debug, Default, serde::Deserialize, utoipa::IntoParams)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            $($(#[$field_meta])* #[serde(default)] pub(crate) $field: Option<String>,)*
            /// How many items at most: 1 to 100, 20 when left out.
            #[serde(default)]
            #[param(value_type = Option<u8>, minimum = 1, maximum = 100, default = 20)]
            limit: Option<String>,
            #[$sort]
            #[serde(default)]
            #[param(example = "-createdAt")]
            sort: Option<String>,
            /// A cursor: only items after it in the list's order.
            #[serde(default)]
            after: Option<String>,
            /// A cursor: only items before it in the list's order, the nearest ones.
            #[serde(default)]
            before: Option<String>,
        }

        impl $name {
            fn texts(&self) -> $crate::list::PageTexts<'_> {
                $crate::list::PageTexts {
                    limit: self.limit.as_deref(),
                    sort: self.sort.as_deref(),
                    after: self.after.as_deref(),
                    before: self.before.as_deref(),
                }
            }
        }
    };
}
pub(crate) use query_fields;

list_query! {
    /// A list without filters.
    PlainList {}
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Listing<T: ToSchema> {
    /// The items, in the list's order.
    data: Vec<T>,
    /// Where the page lies.
    page_info: PageInfo,
}

/// Where a page lies in its list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    /// The cursor of the first item; `null` when there is none.
    #[schema(required)]
    start_cursor: Option<String>,
    /// The cursor of the last item, for `after`; `null` when there is none.
    #[schema(required)]
    end_cursor: Option<String>,
    /// Whether the list goes on after this page (with `before`: before it).
    has_next_page: bool,
}

impl<T: ToSchema> Listing<T> {
    /// A page as the store gave it.
    pub(crate) fn new<M: Into<T>>(list: List, page: Page<M>, id: impl Fn(&M) -> u128) -> Self {
        Self::with(page, |item| cursor::encode(list, id(item)), Into::into)
    }

    /// A page of a list that was sorted by this.
    pub(crate) fn changes<M: Into<T>>(
        lists: Lists,
        key: SortKey,
        page: Page<Listed<M>>,
        id: impl Fn(&M) -> u128,
    ) -> Self {
        let cursor = |listed: &Listed<M>| match key {
            SortKey::Created => cursor::encode(lists.created, id(&listed.item)),
            SortKey::Updated => cursor::encode(lists.updated, listed.change.into()),
        };
        Self::with(page, cursor, |listed| listed.item.into())
    }

    /// A page whose items have these cursors and this form.
    pub(crate) fn with<M>(
        page: Page<M>,
        cursor: impl Fn(&M) -> String,
        render: impl Fn(M) -> T,
    ) -> Self {
        Self {
            page_info: PageInfo {
                start_cursor: page.items.first().map(&cursor),
                end_cursor: page.items.last().map(&cursor),
                has_next_page: page.has_more,
            },
            data: page.items.into_iter().map(render).collect(),
        }
    }
}

/// What a request says about the page it wants.
pub(crate) struct PageTexts<'a> {
    pub(crate) limit: Option<&'a str>,
    pub(crate) sort: Option<&'a str>,
    pub(crate) after: Option<&'a str>,
    pub(crate) before: Option<&'a str>,
}

/// The two orders of a list that can be sorted by its last change.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lists {
    pub(crate) created: List,
    pub(crate) updated: List,
}

/// The page that these texts ask for.
pub(crate) fn page(list: List, texts: &PageTexts<'_>) -> Result<PageRequest, AppError> {
    let mut complaints = Complaints::default();
    let order = texts.sort.and_then(|text| complaints.take("sort", order_of(text)));
    read(complaints, list, order.unwrap_or_default(), texts)
}

/// The page that these texts ask for, and by what it is sorted.
pub(crate) fn change_page(
    lists: Lists,
    texts: &PageTexts<'_>,
) -> Result<(SortKey, PageRequest), AppError> {
    let mut complaints = Complaints::default();
    let sort = texts.sort.and_then(|text| complaints.take("sort", sort_of(text)));
    let (key, order) = sort.unwrap_or_default();
    let list = match key {
        SortKey::Created => lists.created,
        SortKey::Updated => lists.updated,
    };
    Ok((key, read(complaints, list, order, texts)?))
}

fn read(
    mut complaints: Complaints,
    list: List,
    order: Order,
    texts: &PageTexts<'_>,
) -> Result<PageRequest, AppError> {
    let mut cursor = |field, text: Option<&str>| {
        let read = |text| cursor::decode(list, text).ok_or("is not a cursor of this list");
        text.and_then(|text| complaints.take(field, read(text)))
    };
    let (after, before) = (cursor("after", texts.after), cursor("before", texts.before));
    let limit = texts.limit.and_then(|text| complaints.take("limit", limit_of(text)));
    if texts.after.is_some() && texts.before.is_some() {
        complaints.take::<(), _>("before", Err("cannot be given together with `after`"));
    }
    complaints.end()?;
    Ok(PageRequest { limit: limit.unwrap_or(limits::PAGE_DEFAULT), order, after, before })
}

fn limit_of(text: &str) -> Result<usize, String> {
    let range = 1..=limits::PAGE;
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("must be a whole number from 1 to {}", limits::PAGE))
}

fn order_of(text: &str) -> Result<Order, &'static str> {
    match text {
        "-createdAt" => Ok(Order::Descending),
        "createdAt" => Ok(Order::Ascending),
        _ => Err("must be `-createdAt` or `createdAt`"),
    }
}

fn sort_of(text: &str) -> Result<(SortKey, Order), &'static str> {
    match text {
        "-updatedAt" => Ok((SortKey::Updated, Order::Descending)),
        "updatedAt" => Ok((SortKey::Updated, Order::Ascending)),
        _ => order_of(text)
            .map(|order| (SortKey::Created, order))
            .map_err(|_| "must be `-createdAt`, `createdAt`, `-updatedAt` or `updatedAt`"),
    }
}
