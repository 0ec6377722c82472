//! From words to a message: plain text and HTML, from templates.

use std::time::{Duration, SystemTime};

use askama::Template;
use fanfare_app::OutgoingMail;
use fanfare_model::{MailId, Timestamp};

use crate::words::{Tone, Words};

/// A message, whatever way it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) id: MailId,
    pub(crate) written_at: SystemTime,
    pub(crate) to: String,
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
    /// The whole URL with which a mailbox unsubscribes by itself.
    pub(crate) unsubscribe: Option<String>,
}

impl Message {
    /// Headers beside the usual ones. RFC 8058: a mailbox may unsubscribe with one POST.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'static str, String)> {
        let unsubscribe = self.unsubscribe.iter().flat_map(|url| {
            [
                ("List-Unsubscribe", format!("<{url}>")),
                ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
            ]
        });
        // Nobody's absence answers it.
        [("Auto-Submitted", "auto-generated".to_owned())].into_iter().chain(unsubscribe)
    }
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    words: &'a Words,
    base: &'a str,
    unsubscribe: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    words: &'a Words,
    base: &'a str,
    unsubscribe: Option<&'a str>,
}

/// Draws messages whose links begin with one address.
pub(crate) struct Renderer {
    base: String,
    disable_after: Duration,
}

impl Renderer {
    pub(crate) fn new(base: &str, disable_after: Duration) -> Self {
        Self { base: base.trim_end_matches('/').to_owned(), disable_after }
    }

    /// The message of a mail.
    pub(crate) fn message(&self, mail: &OutgoingMail) -> Message {
        let words = Words::of(&mail.letter, self.disable_after);
        let unsubscribe = mail.unsubscribe.as_ref().map(|path| format!("{}{path}", self.base));
        self.draw(mail.id, mail.created_at, &mail.address, words, unsubscribe)
    }

    pub(crate) fn draw(
        &self,
        id: MailId,
        written_at: Timestamp,
        to: &str,
        words: Words,
        unsubscribe: Option<String>,
    ) -> Message {
        let (base, url) = (self.base.as_str(), unsubscribe.as_deref());
        // Writing into a text cannot fail, and these templates do nothing else.
        let html = Html { words: &words, base, unsubscribe: url }.render().unwrap_or_default();
        let text = Text { words: &words, base, unsubscribe: url }.render().unwrap_or_default();
        let since = Duration::from_millis(written_at.as_millis().unsigned_abs());
        Message {
            id,
            written_at: SystemTime::UNIX_EPOCH + since,
            to: to.to_owned(),
            subject: words.subject,
            text,
            html,
            unsubscribe,
        }
    }
}

impl Tone {
    /// The colour of its bar.
    const fn colour(self) -> &'static str {
        match self {
            Self::Bad => "#c4321f",
            Self::Watch => "#b7791f",
            Self::Good => "#1f8a4c",
            Self::Plain => "#3b5bdb",
        }
    }
}
