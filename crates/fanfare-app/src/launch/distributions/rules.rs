//! What the rules of each kind may be.

use fanfare_model::launch::{
    AuctionRules, Currency, DistributionKind, DistributionRules, DrawRules, DrawState, QueueRules,
};
use fanfare_model::{Timestamp, limits};

use super::input::RuleFields;
use crate::Change;
use crate::complaints::Complaints;

impl<T> Change<T> {
    const fn is_named(&self) -> bool {
        !matches!(self, Self::Keep)
    }
}

/// The rules with the fields changed; `before`: as they are, of a new distribution none. A new
/// draw has no seed yet.
pub(super) fn change(
    complaints: &mut Complaints,
    kind: DistributionKind,
    fields: &RuleFields,
    before: Option<&DistributionRules>,
) -> Option<DistributionRules> {
    refuse_others(complaints, kind, fields);
    match (kind, before) {
        (DistributionKind::Queue, Some(DistributionRules::Queue(before))) => {
            Some(queue(complaints, fields, before.clone()))
        }
        (DistributionKind::Draw, Some(DistributionRules::Draw(before))) => {
            draw(complaints, fields, Some(before))
        }
        (DistributionKind::Auction, Some(DistributionRules::Auction(before))) => {
            auction(complaints, fields, Some(before))
        }
        (DistributionKind::Queue, _) => Some(queue(complaints, fields, QueueRules::default())),
        (DistributionKind::Draw, _) => draw(complaints, fields, None),
        (DistributionKind::Auction, _) => auction(complaints, fields, None),
    }
}

/// Names the fields that belong to other kinds.
fn refuse_others(complaints: &mut Complaints, kind: DistributionKind, fields: &RuleFields) {
    use DistributionKind::{Auction, Draw, Queue};
    let named = [
        ("admissionRate", Queue, fields.admission_rate.is_named()),
        ("admissionExpiresAfter", Queue, fields.admission_expires_after.is_named()),
        ("winnerCount", Draw, fields.winner_count.is_named()),
        ("drawAt", Draw, fields.draw_at.is_named()),
        ("selectionExpiresAfter", Draw, fields.selection_expires_after.is_named()),
        ("replaceExpired", Draw, fields.replace_expired.is_named()),
        ("currencyCode", Auction, fields.currency.is_named()),
        ("startingPrice", Auction, fields.starting_price.is_named()),
        ("reservePrice", Auction, fields.reserve_price.is_named()),
        ("minimumIncrement", Auction, fields.minimum_increment.is_named()),
        ("settleAt", Auction, fields.settle_at.is_named()),
        ("autoExtendSeconds", Auction, fields.auto_extend_seconds.is_named()),
        ("winExpiresAfter", Auction, fields.win_expires_after.is_named()),
    ];
    for (field, of, named) in named {
        if named && of != kind {
            complaints.add(field, format!("belongs to the type {of}; this is of type {kind}"));
        }
    }
}

impl Complaints {
    /// A whole number from 1 to `most`.
    pub(super) fn whole(&mut self, field: &str, given: i64, most: u32) -> Option<u32> {
        let number = u32::try_from(given).ok().filter(|number| (1..=most).contains(number));
        if number.is_none() {
            self.add(field, format!("must be a whole number from 1 to {most}"));
        }
        number
    }

    /// An optional whole number from 1 to `most`, changed.
    fn number(
        &mut self,
        field: &str,
        change: Change<i64>,
        most: u32,
        before: Option<u32>,
    ) -> Option<u32> {
        change.map(|given| self.whole(field, given, most)).unwrap_or(before)
    }

    /// A field that is never empty, changed.
    fn needed<T: Copy>(&mut self, field: &str, change: Change<T>, before: Option<T>) -> Option<T> {
        let value = change.map(Some).unwrap_or(before);
        if value.is_none() {
            self.add(field, "is required");
        }
        value
    }
}

fn queue(
    complaints: &mut Complaints,
    fields: &RuleFields,
    before: QueueRules,
) -> DistributionRules {
    let (rate, expires) = (before.admission_rate, before.admission_expires_after);
    let (most, seconds) = (limits::ADMISSION_RATE, limits::CHECKOUT_SECONDS);
    let after = fields.admission_expires_after;
    DistributionRules::Queue(QueueRules {
        admission_rate: complaints.number("admissionRate", fields.admission_rate, most, rate),
        admission_expires_after: complaints.number(
            "admissionExpiresAfter",
            after,
            seconds,
            expires,
        ),
        state: before.state,
    })
}

fn draw(
    complaints: &mut Complaints,
    fields: &RuleFields,
    before: Option<&DrawRules>,
) -> Option<DistributionRules> {
    let winners = before.map(|before| i64::from(before.winner_count));
    let winners = complaints.needed("winnerCount", fields.winner_count, winners);
    let winners =
        winners.and_then(|given| complaints.whole("winnerCount", given, limits::CAPACITY));
    let replaces = before.is_some_and(|before| before.replace_expired);
    let expires = before.and_then(|before| before.selection_expires_after);
    let (after, seconds) = (fields.selection_expires_after, limits::CHECKOUT_SECONDS);
    let expires = complaints.number("selectionExpiresAfter", after, seconds, expires);
    let draw_at = fields.draw_at.map(Some);
    Some(DistributionRules::Draw(DrawRules {
        winner_count: winners?,
        draw_at: draw_at.unwrap_or_else(|| before.and_then(|before| before.draw_at)),
        selection_expires_after: expires,
        replace_expired: fields.replace_expired.map(Some).map_or(replaces, |now| now == Some(true)),
        state: before.map_or(UNDRAWN, |before| before.state.clone()),
    }))
}

const UNDRAWN: DrawState =
    DrawState { seed: [0; 32], drawn_at: None, finished_at: None, selected: 0, entrants: 0 };

fn auction(
    complaints: &mut Complaints,
    fields: &RuleFields,
    before: Option<&AuctionRules>,
) -> Option<DistributionRules> {
    let currency = before.map(|before| before.currency);
    let currency = complaints.needed("currencyCode", fields.currency, currency);
    let start = before.map(|before| before.starting_price);
    let start = complaints.needed("startingPrice", fields.starting_price, start);
    let settle_at = before.map(|before| before.settle_at);
    let settle_at = complaints.needed("settleAt", fields.settle_at, settle_at);
    let reserve = fields.reserve_price.map(Some);
    let reserve = reserve.unwrap_or_else(|| before.and_then(|before| before.reserve_price));
    let step = fields.minimum_increment.map(Some);
    let step = step.unwrap_or_else(|| before.map(|before| before.minimum_increment));
    let step = step.or_else(|| currency.map(Currency::smallest));
    for (field, amount) in
        [("startingPrice", start), ("reservePrice", reserve), ("minimumIncrement", step)]
    {
        let (Some(amount), Some(currency)) = (amount, currency) else { continue };
        complaints.decimals(field, amount, currency);
        if amount.is_zero() {
            complaints.add(field, "must be more than 0");
        }
    }
    if let (Some(reserve), Some(start)) = (reserve, start)
        && reserve < start
    {
        complaints.add("reservePrice", format!("must not be less than `startingPrice`, {start}"));
    }
    let extend = before.and_then(|before| before.auto_extend_seconds);
    let (change, most) = (fields.auto_extend_seconds, limits::EXTENSION_SECONDS);
    let extend = complaints.number("autoExtendSeconds", change, most, extend);
    let expires = before.and_then(|before| before.win_expires_after);
    let (change, most) = (fields.win_expires_after, limits::CHECKOUT_SECONDS);
    let expires = complaints.number("winExpiresAfter", change, most, expires);
    Some(DistributionRules::Auction(AuctionRules {
        currency: currency?,
        starting_price: start?,
        reserve_price: reserve,
        minimum_increment: step?,
        settle_at: settle_at?,
        auto_extend_seconds: extend,
        win_expires_after: expires,
        bid_count: before.map_or(0, |before| before.bid_count),
        highest: before.and_then(|before| before.highest),
    }))
}

/// When a draw is drawn or an auction settled by itself, and the field's name.
pub(super) const fn end_of(rules: &DistributionRules) -> (&'static str, Option<Timestamp>) {
    match rules {
        DistributionRules::Queue(_) => ("closeAt", None),
        DistributionRules::Draw(draw) => ("drawAt", draw.draw_at),
        DistributionRules::Auction(auction) => ("settleAt", Some(auction.settle_at)),
    }
}

/// Which rules differ that may only be changed until the distribution opens.
pub(super) fn frozen(before: &DistributionRules, after: &DistributionRules) -> Vec<&'static str> {
    let all: Vec<(&'static str, bool)> = match (before, after) {
        (DistributionRules::Queue(before), DistributionRules::Queue(after)) => vec![(
            "admissionExpiresAfter",
            before.admission_expires_after != after.admission_expires_after,
        )],
        (DistributionRules::Draw(before), DistributionRules::Draw(after)) => vec![
            ("winnerCount", before.winner_count != after.winner_count),
            ("drawAt", before.draw_at != after.draw_at),
            (
                "selectionExpiresAfter",
                before.selection_expires_after != after.selection_expires_after,
            ),
            ("replaceExpired", before.replace_expired != after.replace_expired),
        ],
        (DistributionRules::Auction(before), DistributionRules::Auction(after)) => vec![
            ("currencyCode", before.currency != after.currency),
            ("startingPrice", before.starting_price != after.starting_price),
            ("reservePrice", before.reserve_price != after.reserve_price),
            ("minimumIncrement", before.minimum_increment != after.minimum_increment),
            ("settleAt", before.settle_at != after.settle_at),
            ("autoExtendSeconds", before.auto_extend_seconds != after.auto_extend_seconds),
            ("winExpiresAfter", before.win_expires_after != after.win_expires_after),
        ],
        _ => Vec::new(),
    };
    all.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
}
