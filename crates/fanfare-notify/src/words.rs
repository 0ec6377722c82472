//! What a mail says, in words.
//!
//! What customers wrote (names, descriptions, URLs) is shown without line breaks, control and
//! bidirectional characters, so that nobody writes our sentences. No mail holds personal data of an
//! end customer, a secret, or a body of a request or answer.

use std::time::Duration;

use fanfare_app::{AboutWebhook, Letter, MailFailure};
use fanfare_model::{EventType, EventTypes, Timestamp, WebhookStatus};
use fanfare_store::Warning;

/// How grave it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Bad,
    Watch,
    Good,
    Plain,
}

/// Everything that is said, ready for the templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Words {
    pub(crate) tone: Tone,
    pub(crate) subject: String,
    /// What lists of mails show beside the subject.
    pub(crate) preview: String,
    /// In whose name.
    pub(crate) whose: String,
    pub(crate) heading: String,
    pub(crate) paragraphs: Vec<String>,
    pub(crate) facts: Vec<(&'static str, String)>,
    pub(crate) next: Option<String>,
    /// A button: its label and the path that it leads to.
    pub(crate) action: Option<(&'static str, String)>,
    /// Why this person gets it.
    pub(crate) why: String,
}

impl Words {
    /// The words of a letter.
    pub(crate) fn of(letter: &Letter, disable_after: Duration) -> Self {
        match letter {
            Letter::Failed { about, count, types, first, last } => {
                failed(about, *count, *types, [first.as_ref(), last.as_ref()], disable_after)
            }
            Letter::Recovered { about, at } => recovered(about, *at),
            Letter::Warned { about, warning, failing_since, ends_at } => {
                warned(about, *warning, *failing_since, *ends_at)
            }
            Letter::Disabled { about, gone, at, untold } => disabled(about, *gone, *at, *untold),
            Letter::Backlog { about, waiting, drains_in, within } => {
                backlog(about, *waiting, *drains_in, *within)
            }
            Letter::Invitation { organization, role, path, ends_at } => {
                invitation(&clean(organization), role, path, *ends_at)
            }
            Letter::Reset { path, ends_at } => reset(path, *ends_at),
        }
    }

    /// A mail that says that mails arrive.
    pub(crate) fn test() -> Self {
        Self {
            heading: "Mails from Fanfare arrive here".to_owned(),
            paragraphs: vec![
                "This is a test: somebody who runs the server asked for it.".to_owned(),
            ],
            ..plain("Test", "A test mail from Fanfare", "You get it because it was sent to you.")
        }
    }
}

fn plain(whose: &str, subject: &str, why: &str) -> Words {
    Words {
        tone: Tone::Plain,
        subject: subject.to_owned(),
        preview: String::new(),
        whose: whose.to_owned(),
        heading: subject.to_owned(),
        paragraphs: Vec::new(),
        facts: Vec::new(),
        next: None,
        action: None,
        why: why.to_owned(),
    }
}

/// What all mails about a webhook have in common.
fn about_webhook(about: &AboutWebhook, tone: Tone, heading: String) -> Words {
    let organization = clean(&about.organization);
    let why = format!("You get it as an owner or admin of {organization} at Fanfare.");
    let mut facts = vec![("Webhook", name(about))];
    if let (Some(url), Some(_)) = (&about.url, &about.description) {
        facts.push(("Sends to", clean(url)));
    }
    Words {
        tone,
        facts,
        heading,
        action: Some(("Open the webhook", page(about))),
        ..plain(&organization, "", &why)
    }
}

fn with_subject(mut words: Words, subject: String, preview: String) -> Words {
    words.subject = format!("[{}] {subject}", words.whose);
    words.preview = preview;
    words
}

fn failed(
    about: &AboutWebhook,
    count: u64,
    types: EventTypes,
    errors: [Option<&MailFailure>; 2],
    disable_after: Duration,
) -> Words {
    let deliveries = counted(count, "delivery", "deliveries");
    let heading = format!("{deliveries} to {} given up", name(about));
    let mut words = about_webhook(about, Tone::Bad, heading);
    words.paragraphs.push(format!(
        "Every attempt of the schedule failed, so we stopped trying {} by ourselves. Nothing is \
         lost: what was given up is kept and can be sent again.",
        if count == 1 { "it" } else { "them" }
    ));
    let names: Vec<_> = types.iter().map(EventType::as_str).collect();
    words.facts.push(("Given up", deliveries.clone()));
    if !names.is_empty() {
        words.facts.push(("Event types", names.join(", ")));
    }
    for (label, error) in ["First error", "Last error"].into_iter().zip(errors) {
        if let Some(error) = error {
            words.facts.push((label, format!("{}: {}", moment(error.at), error.words)));
        }
    }
    words.next = Some(what_is_next(about.status, disable_after));
    words.action =
        Some(("See what was given up", format!("/deliveries?status=failed&webhook={}", about.id)));
    let last = errors[1].map(|error| error.words.clone()).unwrap_or_default();
    with_subject(words, format!("{deliveries} to {} given up", name(about)), last)
}

/// What becomes of a webhook whose deliveries were given up.
fn what_is_next(status: Option<WebhookStatus>, disable_after: Duration) -> String {
    match status {
        Some(WebhookStatus::Failed) => format!(
            "New events are still sent to it. The first delivery that succeeds makes it active \
             again, and you are told. If it only fails for {}, it is disabled; you are warned \
             before. Until then there is at most one mail like this in an hour.",
            length(disable_after)
        ),
        Some(WebhookStatus::Active) => {
            "It has worked again since then. Send again what was given up.".to_owned()
        }
        Some(WebhookStatus::Paused) => {
            "It is paused: new events wait until somebody resumes it.".to_owned()
        }
        Some(WebhookStatus::Disabled) => {
            "It has been disabled since then: it gets no new events until somebody enables it."
                .to_owned()
        }
        None => "It has been deleted since then.".to_owned(),
    }
}

fn recovered(about: &AboutWebhook, at: Timestamp) -> Words {
    let heading = format!("{} works again", name(about));
    let mut words = about_webhook(about, Tone::Good, heading.clone());
    words.paragraphs.push("A delivery succeeded, and the webhook is active again.".to_owned());
    words.facts.push(("Since", moment(at)));
    words.next = Some(
        "New events are sent as usual. What was given up before is not sent by itself: send it \
         again from its page, all at once if you like."
            .to_owned(),
    );
    with_subject(words, heading, format!("Since {}", moment(at)))
}

fn warned(about: &AboutWebhook, warning: Warning, since: Timestamp, ends_at: Timestamp) -> Words {
    let heading = match warning {
        Warning::Half => format!("{} has only failed for a long time", name(about)),
        Warning::FourFifths => format!("{} is about to be disabled", name(about)),
    };
    let mut words = about_webhook(about, Tone::Watch, heading.clone());
    let over = match warning {
        Warning::Half => "Half",
        Warning::FourFifths => "Four fifths",
    };
    words.paragraphs.push(format!(
        "Not one delivery has succeeded since {}. {over} of the time after which such a webhook \
         is disabled is over.",
        moment(since)
    ));
    words.facts.push(("Failing since", moment(since)));
    words.facts.push(("Disabled after", moment(ends_at)));
    words.next = Some(
        "The next failure after that time disables it: it gets no new events then, and what waits \
         for it is cancelled. One delivery that succeeds is enough to keep it."
            .to_owned(),
    );
    with_subject(words, heading, format!("It will be disabled after {}", moment(ends_at)))
}

fn disabled(about: &AboutWebhook, gone: bool, at: Timestamp, untold: u64) -> Words {
    let heading = format!("{} was disabled", name(about));
    let mut words = about_webhook(about, Tone::Bad, heading.clone());
    let why = match gone {
        true => "The receiver answered 410 Gone: it wants nothing more.",
        false => "It only failed for so long that we stopped sending to it.",
    };
    words.paragraphs.push(why.to_owned());
    words.facts.push(("Disabled", moment(at)));
    if untold > 0 {
        let deliveries = counted(untold, "delivery", "deliveries");
        words.facts.push(("Given up before", deliveries));
    }
    words.next = Some(
        "It gets no new events, and what waited for it was cancelled. When the receiver is there \
         again, enable the webhook and replay what it missed."
            .to_owned(),
    );
    with_subject(words, heading, why.to_owned())
}

fn backlog(about: &AboutWebhook, waiting: u64, drains_in: Option<u64>, within: u64) -> Words {
    let heading = format!("The backlog of {} does not drain in time", name(about));
    let mut words = about_webhook(about, Tone::Watch, heading.clone());
    let within = length(Duration::from_secs(within));
    words.paragraphs.push(match drains_in {
        Some(seconds) => format!(
            "At the pace of the last minutes what waits will be delivered in {}; it should be in \
             {within}.",
            length(Duration::from_secs(seconds))
        ),
        None => format!("More comes than is delivered; what waits should be gone in {within}."),
    });
    words.facts.push(("Waiting", counted(waiting, "delivery", "deliveries")));
    words.next = Some(
        "Everything is still delivered, as fast as the receiver answers. Let it answer faster, or \
         take more requests at a time. You are told once, until the backlog was gone."
            .to_owned(),
    );
    with_subject(words, heading.clone(), heading)
}

fn invitation(organization: &str, role: &str, path: &str, ends_at: Timestamp) -> Words {
    let heading = format!("You are invited to {organization}");
    let why = "You get it because somebody entered your address. If you do not know them, do \
         nothing.";
    let mut words = plain(organization, &heading, why);
    words
        .paragraphs
        .push(format!("Somebody wants you to join {organization} at Fanfare as {role}."));
    words.facts.push(("Works once, until", moment(ends_at)));
    words.action = Some(("Join", path.to_owned()));
    words.preview = format!("Join {organization} at Fanfare");
    words
}

fn reset(path: &str, ends_at: Timestamp) -> Words {
    let why = "You get it because somebody asked for a new password for your address. If it was \
         not you, do nothing: your password stays as it is.";
    let mut words = plain("Fanfare", "Set a new password", why);
    words.paragraphs.push("With this link you set a new password.".to_owned());
    words.facts.push(("Works once, until", moment(ends_at)));
    words.action = Some(("Set a new password", path.to_owned()));
    words.preview = "The link works once".to_owned();
    words
}

/// What people call the webhook.
fn name(about: &AboutWebhook) -> String {
    let described = about.description.as_ref().or(about.url.as_ref());
    described.map_or_else(|| about.id.to_string(), |text| clean(text))
}

fn page(about: &AboutWebhook) -> String {
    format!("/settings/integrations/webhooks/{}", about.id)
}

/// A number with its word.
fn counted(count: u64, one: &str, many: &str) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + many.len() + 4);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{text} {}", if count == 1 { one } else { many })
}

/// `2026-11-24 19:30 UTC`.
fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} UTC", text.get(..16).unwrap_or(&text).replace('T', " "))
}

/// The length of a time in its largest whole unit.
fn length(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let units = [(86_400, "day", "days"), (3_600, "hour", "hours"), (60, "minute", "minutes")];
    match units.into_iter().find(|(unit, ..)| seconds >= *unit) {
        Some((unit, one, many)) => counted(seconds.div_ceil(unit), one, many),
        None => counted(seconds.max(1), "second", "seconds"),
    }
}

/// A text that somebody else wrote: one line, no control or bidirectional characters, not long.
fn clean(text: &str) -> String {
    let line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let plain = line.filter(|c| {
        !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    });
    let mut short: String = plain.take(120).collect();
    if text.chars().count() > 120 {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
