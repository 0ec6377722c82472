//! Lists: `limit`, `sort`, `after`, `before` in, `data` and `pageInfo` out.

use fanfare_app::AppError;
use fanfare_model::limits;
use fanfare_store::{Order, Page, PageRequest};
use serde::Serialize;
use utoipa::ToSchema;

use crate::cursor::{self, List};
use crate::query::Complaints;

/// Declares the query of a list: its own filters, and what every list takes.
macro_rules! list_query {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident),* $(,)? }) => {
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
            /// `-createdAt`: newest first (the default); `createdAt`: oldest first.
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
            /// The page that is asked for.
            pub(crate) fn page(
                &self,
                list: $crate::cursor::List,
            ) -> Result<fanfare_store::PageRequest, fanfare_app::AppError> {
                $crate::list::page(
                    list,
                    self.limit.as_deref(),
                    self.sort.as_deref(),
                    self.after.as_deref(),
                    self.before.as_deref(),
                )
            }
        }
    };
}
pub(crate) use list_query;

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
        let cursor = |item: Option<&M>| item.map(|item| cursor::encode(list, id(item)));
        Self {
            page_info: PageInfo {
                start_cursor: cursor(page.items.first()),
                end_cursor: cursor(page.items.last()),
                has_next_page: page.has_more,
            },
            data: page.items.into_iter().map(Into::into).collect(),
        }
    }
}

/// The page that these texts ask for.
pub(crate) fn page(
    list: List,
    limit: Option<&str>,
    sort: Option<&str>,
    after: Option<&str>,
    before: Option<&str>,
) -> Result<PageRequest, AppError> {
    let mut complaints = Complaints::default();
    let mut cursor = |field, text: Option<&str>| {
        let read = |text| cursor::decode(list, text).ok_or("is not a cursor of this list");
        text.and_then(|text| complaints.take(field, read(text)))
    };
    let (after_id, before_id) = (cursor("after", after), cursor("before", before));
    let request = PageRequest {
        limit: limit
            .and_then(|text| complaints.take("limit", limit_of(text)))
            .unwrap_or(limits::PAGE_DEFAULT),
        order: sort.and_then(|text| complaints.take("sort", order_of(text))).unwrap_or_default(),
        after: after_id,
        before: before_id,
    };
    if after.is_some() && before.is_some() {
        complaints.take::<(), _>("before", Err("cannot be given together with `after`"));
    }
    complaints.end()?;
    Ok(request)
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
