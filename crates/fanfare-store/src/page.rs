//! Cursor pages over lists ordered by creation.

/// Which end of a list comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Oldest first (`sort=createdAt`).
    Ascending,
    /// Newest first (`sort=-createdAt`), the default.
    #[default]
    Descending,
}

/// One page of a list. A cursor is the 128 bits of an item's id; the item itself is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageRequest {
    /// At most this many items, 1 to [`fanfare_model::limits::PAGE`].
    pub limit: usize,
    /// The list's order.
    pub order: Order,
    /// Only items that come after this one in the list's order.
    pub after: Option<u128>,
    /// Only items that come before this one in the list's order; the page is the last `limit`
    /// of them, still in the list's order.
    pub before: Option<u128>,
}

impl Default for PageRequest {
    fn default() -> Self {
        let limit = fanfare_model::limits::PAGE_DEFAULT;
        Self { limit, order: Order::default(), after: None, before: None }
    }
}

/// Items in the list's order, and whether the list goes on in the direction of travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether more items follow (with `before`: precede) this page.
    pub has_more: bool,
}
