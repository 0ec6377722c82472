//! Where mails go out, as the operator says it. Everything is checked when it is read, so that a
//! server with a wrong setting does not start.

use std::fmt;
use std::time::Duration;

use lettre::message::Mailbox;
use url::Url;

/// What is needed to send mails.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// The sender, with or without a name.
    pub from: Mailbox,
    /// The address of the dashboard, without a path: links begin with it.
    pub public_url: String,
    /// Of how long nothing but failures disables a webhook, for the words.
    pub disable_after: Duration,
    /// How they are sent.
    pub way: WaySettings,
}

/// How mails are sent.
#[derive(Debug, Clone)]
pub enum WaySettings {
    /// By SMTP.
    Smtp(SmtpSettings),
    /// By Resend's HTTP API.
    Resend {
        /// The API key.
        key: Secret,
        /// Where the API is.
        url: Url,
    },
}

/// A server that takes mails by SMTP.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) tls: SmtpTls,
    pub(crate) credentials: Option<(String, Secret)>,
    pub(crate) authorities: Option<Vec<u8>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SmtpTls {
    /// From the first byte (`smtps`).
    Whole,
    /// After `STARTTLS`, which the server must offer (`smtp`).
    Start,
    /// None, to a server on this machine (`smtp`, `?tls=none`).
    Without,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub(crate) String);

impl Secret {
    /// Keeps a text from being shown.
    pub const fn new(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Why a setting cannot be used. Never repeats a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub(crate) String);

impl SettingsError {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

const FORM: &str = "write smtps://user:password@host, or smtp://… for STARTTLS, with %-escapes in \
     user and password";

impl SmtpSettings {
    /// Reads `smtp[s]://[user:password@]host[:port][?tls=none]`.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let url = Url::parse(text).map_err(|_| SettingsError::new(FORM))?;
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| SettingsError::new(FORM))?.to_owned();
        let tls = match (url.scheme(), url.query()) {
            ("smtps", None) => SmtpTls::Whole,
            ("smtp", None) => SmtpTls::Start,
            ("smtp", Some("tls=none")) => SmtpTls::Without,
            _ => return Err(SettingsError::new(FORM)),
        };
        if tls == SmtpTls::Without && !is_this_machine(&host) {
            let message = "tls=none is for a server on this machine: localhost, 127.0.0.1 or [::1]";
            return Err(SettingsError::new(message));
        }
        if !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return Err(SettingsError::new(FORM));
        }
        let port = url.port().unwrap_or(if tls == SmtpTls::Whole { 465 } else { 587 });
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => {
                Some((unescaped(user)?, Secret(unescaped(password)?)))
            }
            _ => return Err(SettingsError::new(FORM)),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port, tls, credentials, authorities: None })
    }

    /// Also trusts servers whose certificates come from these authorities (PEM).
    #[must_use]
    pub fn with_authorities(self, pem: Vec<u8>) -> Self {
        Self { authorities: Some(pem), ..self }
    }
}

fn is_this_machine(host: &str) -> bool {
    matches!(host, "localhost" | "[::1]") || host.starts_with("127.")
}

/// Undoes `%40` and the like.
fn unescaped(text: &str) -> Result<String, SettingsError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let digits = rest.split_at_checked(2).ok_or_else(|| SettingsError::new(FORM))?;
        let pair = std::str::from_utf8(digits.0).ok();
        let byte = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        bytes.push(byte.ok_or_else(|| SettingsError::new(FORM))?);
        rest = digits.1;
    }
    String::from_utf8(bytes).map_err(|_| SettingsError::new(FORM))
}

/// Reads `notices@example.com` or `Fanfare <notices@example.com>`.
pub fn parse_sender(text: &str) -> Result<Mailbox, SettingsError> {
    let form = "write an e-mail address, or a name and the address: Fanfare <notices@example.com>";
    text.parse().map_err(|_| SettingsError::new(form))
}

/// Reads where Resend's API is.
pub fn parse_resend_url(text: &str) -> Result<Url, SettingsError> {
    let url = Url::parse(text).ok();
    let url = url.filter(|url| {
        matches!(url.scheme(), "http" | "https") && url.has_host() && url.query().is_none()
    });
    url.ok_or_else(|| {
        SettingsError::new("write an http(s) URL, for example https://api.resend.com")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smtp_urls_say_how() {
        let read = |text| SmtpSettings::parse(text).unwrap();
        let whole = read("smtps://me%40shop:p%3Ass@mail.example.com");
        assert_eq!((whole.host.as_str(), whole.port), ("mail.example.com", 465));
        assert_eq!(whole.tls, SmtpTls::Whole);
        let credentials = whole.credentials.unwrap();
        assert_eq!((credentials.0.as_str(), credentials.1.0.as_str()), ("me@shop", "p:ss"));
        let start = read("smtp://mail.example.com:2525");
        assert_eq!((start.port, start.tls, start.credentials), (2525, SmtpTls::Start, None));
        assert_eq!(read("smtp://[::1]:25?tls=none").host, "::1");
        assert!(!format!("{:?}", read("smtp://a:hidden@b.example")).contains("hidden"));
    }

    #[test]
    fn what_would_send_in_clear_or_makes_no_sense_is_refused() {
        for text in [
            "smtp://mail.example.com?tls=none",
            "smtp://mail.example.com?tls=opportunistic",
            "smtps://mail.example.com?tls=none",
            "http://mail.example.com",
            "smtp://user@mail.example.com",
            "smtp://mail.example.com/inbox",
            "mail.example.com:25",
            "smtp://a:%zz@b.example",
        ] {
            let error = SmtpSettings::parse(text).unwrap_err().to_string();
            assert!(!error.contains("zz"), "{text}: {error}");
        }
    }

    #[test]
    fn senders_and_addresses() {
        assert!(parse_sender("Fanfare <notices@example.com>").is_ok());
        assert!(parse_sender("notices").is_err());
        assert!(parse_resend_url("https://api.resend.com").is_ok());
        assert!(parse_resend_url("ftp://api.resend.com").is_err());
    }
}
