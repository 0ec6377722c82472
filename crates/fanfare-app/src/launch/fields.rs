//! What the fields of the launch domain's things may hold. What an event tells of is judged as
//! the event's catalogue judges it, so that no change is made that could not be told.

use fanfare_model::catalogue::Kind;
use fanfare_model::launch::{Currency, Metadata, Money};
use fanfare_model::{ConsumerId, ProductId, Timestamp, limits, time_zone};

use super::{Step, Stop};
use crate::AppError;
use crate::complaints::Complaints;

/// A field after a change: as it is, or as the change says.
pub(crate) fn kept<T: Clone>(change: &Option<T>, before: &T) -> T {
    change.as_ref().unwrap_or(before).clone()
}

impl Complaints {
    /// A batch in this field has a size that is taken.
    pub(crate) fn batch(field: &str, items: usize) -> Result<(), AppError> {
        let most = limits::BATCH_ITEMS;
        if (1..=most).contains(&items) {
            return Ok(());
        }
        Err(AppError::invalid_field(field, format!("must have 1 to {most} items, not {items}")))
    }

    /// A text for people; spaces around it are dropped.
    pub(crate) fn text(&mut self, field: &str, given: &str, max: usize) -> Option<String> {
        let text = given.trim();
        let fits = (1..=max).contains(&text.chars().count());
        if !fits || text.chars().any(char::is_control) {
            self.add(field, format!("must be 1 to {max} characters without control characters"));
            return None;
        }
        Some(text.to_owned())
    }

    /// A text of this kind of the catalogue.
    pub(crate) fn of_kind(&mut self, field: &str, given: String, kind: Kind) -> Option<String> {
        if kind.takes(&given) {
            return Some(given);
        }
        self.add(field, format!("must be {kind}"));
        None
    }

    /// An address that people open in a browser.
    pub(crate) fn link(&mut self, field: &str, given: String) -> Option<String> {
        let rest = given.strip_prefix("https://").or_else(|| given.strip_prefix("http://"));
        let visible = |letter: char| !letter.is_whitespace() && !letter.is_control();
        let fits = given.len() <= limits::URL && given.chars().all(visible);
        if fits && rest.is_some_and(|rest| !rest.is_empty()) {
            return Some(given);
        }
        let max = limits::URL;
        self.add(field, format!("must be an http or https URL of at most {max} bytes"));
        None
    }

    /// What an organization keeps with a thing of its own.
    pub(crate) fn metadata(&mut self, given: Metadata) -> Option<Metadata> {
        let bytes = serde_json::to_vec(&given).map_or(usize::MAX, |json| json.len());
        if bytes <= limits::METADATA {
            return Some(given);
        }
        let max = limits::METADATA;
        self.add("metadata", format!("must have at most {max} bytes of JSON, not {bytes}"));
        None
    }

    /// A time zone of the IANA database, by the name it has there.
    pub(crate) fn time_zone(&mut self, given: &str) -> Option<String> {
        let known = time_zone(given);
        if known.is_none() {
            self.add("timeZone", "must be a time zone of the IANA database, such as Europe/Paris");
        }
        known
    }

    /// An amount has no more decimals than its currency has.
    pub(crate) fn decimals(&mut self, field: &str, amount: Money, currency: Currency) {
        let most = currency.decimals();
        if amount.decimals() > most {
            self.add(field, format!("may have at most {most} decimals in {currency}"));
        }
    }

    /// One time comes after another where both are set.
    pub(crate) fn after(
        &mut self,
        (later, at): (&str, Option<Timestamp>),
        (earlier, than): (&str, Option<Timestamp>),
    ) {
        if let (Some(at), Some(than)) = (at, than)
            && at <= than
        {
            self.add(later, format!("must be after `{earlier}`, which is {than}"));
        }
    }
}

impl Step<'_> {
    /// The consumer that a request's field names is there.
    pub(crate) fn need_consumer(&mut self, field: &str, id: ConsumerId) -> Result<(), Stop> {
        if self.tx.has_consumer(id)? { Ok(()) } else { Err(unknown(field, "consumer")) }
    }

    /// The product that a request's field names is there.
    pub(crate) fn need_product(&mut self, field: &str, id: ProductId) -> Result<(), Stop> {
        if self.tx.product(id)?.is_some() { Ok(()) } else { Err(unknown(field, "product")) }
    }
}

/// The refusal of an id in a request's field that names nothing of this organization.
pub(crate) fn unknown(field: &str, noun: &str) -> Stop {
    AppError::invalid_field(field, format!("is the id of no {noun} of this organization")).into()
}
