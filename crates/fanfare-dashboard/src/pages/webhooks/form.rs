//! The form of a webhook, new or known: reading it, and showing it again as it was typed.
//!
//! Fields are called as in the API, so that complaints of the use cases find their place.

use fanfare_app::{HeaderInput, UrlCheck, WebhookView};
use fanfare_model::limits;

use super::event_tree::EventTree;
use crate::form::Pairs;
use crate::ui::Errors;

/// Fields that have a place of their own for complaints.
pub(crate) const FIELDS: [&str; 7] =
    ["url", "events", "secret", "description", "headers", "maxInFlight", "rateLimit"];

/// The form as it is shown.
#[derive(Debug, Clone)]
pub(crate) struct WebhookForm {
    /// Where it goes.
    pub(crate) action: String,
    pub(crate) url: String,
    pub(crate) description: String,
    pub(crate) tree: EventTree,
    /// A new webhook's own secret; a known one's is changed by rotating it.
    pub(crate) secret: Option<String>,
    /// One `Name: value` in a line.
    pub(crate) headers: String,
    pub(crate) max_in_flight: String,
    pub(crate) rate_limit: String,
    /// What trying the URL came to.
    pub(crate) check: Option<UrlTried>,
    pub(crate) errors: Errors,
}

/// What trying a URL came to.
#[derive(Debug, Clone)]
pub(crate) struct UrlTried {
    pub(crate) good: bool,
    pub(crate) text: String,
}

impl From<UrlCheck> for UrlTried {
    fn from(check: UrlCheck) -> Self {
        Self { good: check == UrlCheck::Reachable, text: check.message().to_owned() }
    }
}

impl WebhookForm {
    /// An empty one.
    pub(crate) fn empty(action: &str) -> Self {
        let none: [&str; 0] = [];
        Self {
            action: action.to_owned(),
            url: String::new(),
            description: String::new(),
            tree: EventTree::new(&none, ""),
            secret: Some(String::new()),
            headers: String::new(),
            max_in_flight: limits::IN_FLIGHT_DEFAULT.to_string(),
            rate_limit: String::new(),
            check: None,
            errors: Errors::default(),
        }
    }

    /// As a webhook is now.
    pub(crate) fn of(view: &WebhookView, action: &str) -> Self {
        let webhook = &view.webhook;
        let line = |header: &fanfare_app::ShownHeader| {
            format!("{}: {}", header.name, header.value.as_deref().unwrap_or_default())
        };
        Self {
            url: webhook.url.clone(),
            description: webhook.description.clone().unwrap_or_default(),
            tree: EventTree::new(webhook.events.patterns(), ""),
            secret: None,
            headers: view.headers.iter().map(line).collect::<Vec<_>>().join("\n"),
            max_in_flight: webhook.max_in_flight.to_string(),
            rate_limit: webhook.rate_limit.map(|rate| rate.to_string()).unwrap_or_default(),
            ..Self::empty(action)
        }
    }

    /// As it was typed.
    pub(crate) fn typed(form: &Pairs, action: &str, errors: Errors) -> Self {
        let patterns: Vec<_> = form.all("events").collect();
        Self {
            action: action.to_owned(),
            url: form.get("url").to_owned(),
            description: form.get("description").to_owned(),
            tree: EventTree::new(&patterns, form.get("find")),
            secret: form.has("secret").then(|| form.get("secret").to_owned()),
            headers: form.get("headers").to_owned(),
            max_in_flight: form.get("maxInFlight").to_owned(),
            rate_limit: form.get("rateLimit").to_owned(),
            check: None,
            errors,
        }
    }

    /// What belongs to no field.
    pub(crate) fn problem(&self) -> String {
        self.errors.beside(&FIELDS)
    }
}

/// What was typed, as far as it can be read.
pub(crate) struct Typed {
    pub(crate) url: String,
    pub(crate) description: Option<String>,
    pub(crate) events: Vec<String>,
    pub(crate) secret: Option<String>,
    pub(crate) headers: Vec<HeaderInput>,
    pub(crate) max_in_flight: Option<i64>,
    pub(crate) rate_limit: Option<i64>,
}

/// Reads the form. What is no header or no number is complained about here; everything else by the
/// use case.
pub(crate) fn read(form: &Pairs) -> Result<Typed, Errors> {
    let mut errors = Errors::default();
    let headers = headers(form.get("headers"), &mut errors);
    let mut number = |name: &str| {
        let parse = |text: &str| text.parse().ok();
        let parsed = form.given(name).map(parse);
        if parsed == Some(None) {
            errors.add(name, "must be a whole number");
        }
        parsed.flatten()
    };
    let (max_in_flight, rate_limit) = (number("maxInFlight"), number("rateLimit"));
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(Typed {
        url: form.get("url").trim().to_owned(),
        // Browsers end lines with CR LF.
        description: form.given("description").map(|text| text.replace("\r\n", "\n")),
        events: form.all("events").map(str::to_owned).collect(),
        secret: form.given("secret").map(str::to_owned),
        headers,
        max_in_flight,
        rate_limit,
    })
}

fn headers(text: &str, errors: &mut Errors) -> Vec<HeaderInput> {
    let mut headers = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once(':') {
            Some((name, value)) => headers
                .push(HeaderInput { name: name.trim().to_owned(), value: value.trim().to_owned() }),
            None => errors.add("headers", format!("`{line}` is not of the form Name: value")),
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_it_was_typed() {
        let form = Pairs::parse(
            b"url=+https%3A%2F%2Fa.example%2F+&events=order.*&events=consumer.created&secret=\
              &headers=X-A%3A+b%3Ac%0D%0A%0D%0Ax-d%3Ae&maxInFlight=8&rateLimit=",
        );
        let typed = read(&form).ok().unwrap();
        assert_eq!(typed.url, "https://a.example/");
        assert_eq!(typed.events, ["order.*", "consumer.created"]);
        assert_eq!((typed.secret, typed.max_in_flight, typed.rate_limit), (None, Some(8), None));
        let headers: Vec<_> =
            typed.headers.iter().map(|each| (each.name.as_str(), each.value.as_str())).collect();
        assert_eq!(headers, [("X-A", "b:c"), ("x-d", "e")]);
    }

    #[test]
    fn what_cannot_be_read_is_told_beside_its_field() {
        let errors = read(&Pairs::parse(b"headers=no+colon&maxInFlight=many")).err().unwrap();
        assert!(errors.on("headers").contains("`no colon` is not of the form"));
        assert_eq!(errors.on("maxInFlight"), "Must be a whole number.");
    }
}
