//! Distributions as customers describe them, before anything is judged.

use fanfare_model::launch::{Currency, DistributionKind, Metadata, Money};
use fanfare_model::{ExperienceId, ProductId, Timestamp};

use crate::Change;

/// A distribution to create.
#[derive(Debug, Clone, PartialEq)]
pub struct NewDistribution {
    /// The experience it belongs to, which is not over.
    pub experience_id: ExperienceId,
    /// What kind it is; it stays so.
    pub kind: DistributionKind,
    /// Its other fields. [`Change::Keep`] is the default of the field.
    pub fields: DistributionFields,
}

/// The fields of a new distribution, or changes to one: what is not named stays as it is. The
/// fields of one kind are refused for the others.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DistributionFields {
    /// Its name: 1 to [`fanfare_model::limits::NAME`] characters.
    pub name: Change<String>,
    /// The product it shares out.
    pub product_id: Change<ProductId>,
    /// When it opens by itself, once its experience is live; cleared: with its experience.
    pub open_at: Change<Timestamp>,
    /// When it closes by itself, after `open_at`; cleared: with its experience.
    pub close_at: Change<Timestamp>,
    /// How many consumers it takes: 1 to [`fanfare_model::limits::CAPACITY`].
    pub capacity: Change<i64>,
    /// At most [`fanfare_model::limits::METADATA`] bytes of JSON.
    pub metadata: Change<Metadata>,
    /// The rules of its kind.
    pub rules: RuleFields,
}

/// The rules of every kind, as far as they are named.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RuleFields {
    /// Queue: admissions per minute, 1 to [`fanfare_model::limits::ADMISSION_RATE`]; cleared: only
    /// by hand.
    pub admission_rate: Change<i64>,
    /// Queue: seconds an admission holds, 1 to [`fanfare_model::limits::CHECKOUT_SECONDS`].
    pub admission_expires_after: Change<i64>,
    /// Draw: how many win, 1 to [`fanfare_model::limits::CAPACITY`]. A draw has it.
    pub winner_count: Change<i64>,
    /// Draw: when the winners are selected, not before `close_at`; cleared: by hand.
    pub draw_at: Change<Timestamp>,
    /// Draw: seconds a selection holds.
    pub selection_expires_after: Change<i64>,
    /// Draw: whether winners whose time ran out, or who left, are replaced; no by default.
    pub replace_expired: Change<bool>,
    /// Auction: the currency of all its amounts. An auction has it.
    pub currency: Change<Currency>,
    /// Auction: the least first bid, more than nothing. An auction has it.
    pub starting_price: Change<Money>,
    /// Auction: below this nobody wins.
    pub reserve_price: Change<Money>,
    /// Auction: how much a bid must be above the highest one; the currency's smallest amount by
    /// default.
    pub minimum_increment: Change<Money>,
    /// Auction: when the highest bid wins, not before `close_at`. An auction has it.
    pub settle_at: Change<Timestamp>,
    /// Auction: a bid in the last so many seconds moves the end so that as many remain; 1 to
    /// [`fanfare_model::limits::EXTENSION_SECONDS`].
    pub auto_extend_seconds: Change<i64>,
    /// Auction: seconds the winner may check out.
    pub win_expires_after: Change<i64>,
}
