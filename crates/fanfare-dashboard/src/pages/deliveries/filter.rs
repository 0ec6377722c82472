//! The filter of deliveries, as it stands in an address.

use fanfare_app::AppError;
use fanfare_model::{DeliveryStatus, ErrorClass, EventSelection, EventTypes, Timestamp, WebhookId};
use fanfare_store::DeliveryFilter;

use crate::form::Pairs;
use crate::range;

/// The names in an address that make a filter.
pub(crate) const NAMES: [&str; 8] =
    ["status", "webhook", "type", "error", "code", range::NAME, "from", "to"];

/// Reads the filter. What cannot be read is complained about by its name.
pub(crate) fn read(pairs: &Pairs, now: Timestamp) -> Result<DeliveryFilter, AppError> {
    let status: Vec<DeliveryStatus> = parsed(pairs, "status")?;
    let error_class: Vec<ErrorClass> = parsed(pairs, "error")?;
    let webhook_id: Option<WebhookId> = one(pairs, "webhook")?;
    let types: Vec<_> = pairs.all("type").filter(|text| !text.is_empty()).collect();
    let types = match types.is_empty() {
        true => EventTypes::KNOWN,
        false => EventSelection::parse(&types)
            .map_err(|error| AppError::invalid_field("type", error.to_string()))?
            .types(),
    };
    let status_code = pairs.given("code").map(status_codes).transpose()?;
    let since = moment(pairs, "from")?.or(range::since(pairs, now));
    let until = moment(pairs, "to")?;
    Ok(DeliveryFilter { status, webhook_id, types, error_class, status_code, since, until })
}

/// The filter's pairs again, for links and for a form that means the same. A time back becomes the
/// moment that it means now, so that what was counted is what is sent.
pub(crate) fn fixed(pairs: &Pairs, filter: &DeliveryFilter) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    for name in NAMES.into_iter().filter(|name| !matches!(*name, range::NAME | "from")) {
        for value in pairs.all(name).filter(|value| !value.is_empty()) {
            fields.push((name, value.to_owned()));
        }
    }
    if let Some(since) = filter.since {
        fields.push(("from", since.to_string()));
    }
    fields
}

fn parsed<T: std::str::FromStr>(pairs: &Pairs, name: &str) -> Result<Vec<T>, AppError>
where
    T::Err: ToString,
{
    let texts = pairs.all(name).filter(|text| !text.is_empty());
    let parse = |text: &str| {
        text.parse().map_err(|error: T::Err| AppError::invalid_field(name, error.to_string()))
    };
    texts.map(parse).collect()
}

fn one<T: std::str::FromStr>(pairs: &Pairs, name: &str) -> Result<Option<T>, AppError>
where
    T::Err: ToString,
{
    Ok(parsed(pairs, name)?.into_iter().next())
}

/// A moment: RFC 3339, or what a browser's field for date and time gives, taken as UTC.
fn moment(pairs: &Pairs, name: &str) -> Result<Option<Timestamp>, AppError> {
    let Some(text) = pairs.given(name) else { return Ok(None) };
    let tries = [text.to_owned(), format!("{text}Z"), format!("{text}:00Z")];
    let read = tries.iter().find_map(|text| text.parse().ok());
    let wrong = || AppError::invalid_field(name, "must be a time such as 2026-11-24T16:00");
    read.map(Some).ok_or_else(wrong)
}

/// `503`, or `5xx` for all that begin with a 5.
fn status_codes(text: &str) -> Result<(u16, u16), AppError> {
    let wrong = || AppError::invalid_field("code", "must be a status such as 503, or 5xx");
    match text.as_bytes() {
        [class @ b'1'..=b'9', b'x' | b'X', b'x' | b'X'] => {
            let first = u16::from(class - b'0') * 100;
            Ok((first, first + 99))
        }
        [b'1'..=b'9', b'0'..=b'9', b'0'..=b'9'] => {
            text.parse().map(|code| (code, code)).map_err(|_| wrong())
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-24T16:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_filter_is_read_from_its_address() {
        let pairs = Pairs::parse(
            b"status=failed&status=pending&webhook=&type=order.*&error=timeout&code=5xx&range=1h\
              &to=2026-11-24T15%3A30",
        );
        let filter = read(&pairs, now()).unwrap();
        assert_eq!(filter.status, [DeliveryStatus::Failed, DeliveryStatus::Pending]);
        assert_eq!((filter.webhook_id, filter.types.len()), (None, 4));
        assert_eq!(filter.error_class, [ErrorClass::Timeout]);
        assert_eq!(filter.status_code, Some((500, 599)));
        assert_eq!(filter.since, "2026-11-24T15:00:00Z".parse().ok());
        assert_eq!(filter.until, "2026-11-24T15:30:00Z".parse().ok());
        let again = fixed(&pairs, &filter);
        let text: Vec<_> = again.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let reread = Pairs::parse(&crate::link::with("", text).as_bytes()[1..]);
        let later = now() + Duration::from_secs(600);
        assert_eq!(read(&reread, later).unwrap(), filter, "time passes, the filter stays");
    }

    #[test]
    fn an_empty_filter_means_everything() {
        let filter = read(&Pairs::parse(b"status=&webhook=&type="), now()).unwrap();
        assert_eq!(filter, DeliveryFilter::default());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (query, field) in [
            ("status=lost", "status"),
            ("webhook=x", "webhook"),
            ("type=cart.*", "type"),
            ("error=x", "error"),
            ("code=5", "code"),
            ("from=yesterday", "from"),
        ] {
            let error = read(&Pairs::parse(query.as_bytes()), now()).unwrap_err();
            assert_eq!(error.details()[0].field, field);
        }
    }
}
