//! The rules that a customer's URL is checked by before anything is resolved.
//!
//! The raw text comes first: a parser repairs what it can (drops tabs, turns `\` into `/`, decodes
//! `%31`), and what it repairs another parser may read otherwise. Then the URL is parsed once; the
//! serialised form is what is stored and shown, and the same parsed value is what is dialled.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use http::uri::PathAndQuery;
use http::{HeaderValue, Uri};
use url::{Host, Position, Url};

use crate::EgressPolicy;
use crate::address::{Verdict, verdict};

/// The longest URL that is taken, in bytes, as given and as stored.
pub const MAX_URL_BYTES: usize = 2048;

/// Names that end in one of these labels are not public (RFC 6761, RFC 6762, RFC 7686, RFC 8375,
/// ICANN's `.internal`) or are commonly used inside networks.
const RESERVED: [&str; 17] = [
    "localhost",
    "local",
    "internal",
    "test",
    "invalid",
    "example",
    "onion",
    "arpa",
    "lan",
    "intranet",
    "corp",
    "home",
    "private",
    "alt",
    "localdomain",
    "svc",
    "cluster",
];

/// Why a URL is refused, and what the customer can do about it. Found without looking anything
/// up, so that it reveals nothing about our network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Longer than [`MAX_URL_BYTES`].
    #[error("the URL is longer than {MAX_URL_BYTES} bytes: shorten it")]
    TooLong,
    /// Not one of the schemes that are allowed.
    #[error("the URL must start with {allowed}")]
    Scheme {
        /// The beginnings that are allowed.
        allowed: &'static str,
    },
    /// White space, control characters or a backslash.
    #[error("the URL contains a space, a control character or a backslash: percent-encode it")]
    Characters,
    /// `#` and what follows.
    #[error("the URL has a fragment, which is never sent: remove the # and what follows it")]
    Fragment,
    /// `user:password@`.
    #[error("the URL contains a user name or password: remove it, use a custom header instead")]
    UserInfo,
    /// `%` before the path.
    #[error("the URL's host is percent-encoded: write it as a plain name")]
    EncodedHost,
    /// Nothing between the scheme and the path.
    #[error("the URL has no host: write it like https://hooks.example.com/path")]
    NoHost,
    /// The parser refused it.
    #[error("the URL cannot be read ({0}): check its host and port")]
    Syntax(String),
    /// An IP address instead of a name.
    #[error("the URL's host is an IP address: use a host name")]
    Address,
    /// Not a host name.
    #[error(
        "the URL's host is not a valid name: labels of 1 to 63 letters, digits, - or _, at most \
         253 characters in all"
    )]
    Name,
    /// A name without a dot.
    #[error("the URL's host has no dot: use a full public name like hooks.example.com")]
    SingleLabel,
    /// A name that only exists inside networks.
    #[error("names ending in .{0} cannot be reached from the internet: use a public host name")]
    Reserved(&'static str),
    /// Not one of the ports that are allowed.
    #[error("the URL's port {port} is not allowed: use one of {allowed}")]
    Port {
        /// The port it has.
        port: u16,
        /// The ports it may have.
        allowed: String,
    },
    /// One of our own hosts.
    #[error("the URL leads back to this service: use the address of your own receiver")]
    OwnHost,
}

impl UrlError {
    /// A code that does not change when the text does.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong => "url_too_long",
            Self::Scheme { .. } => "url_scheme",
            Self::Characters => "url_characters",
            Self::Fragment => "url_fragment",
            Self::UserInfo => "url_user_info",
            Self::EncodedHost => "url_encoded_host",
            Self::NoHost => "url_no_host",
            Self::Syntax(_) => "url_syntax",
            Self::Address => "url_ip_address",
            Self::Name => "url_host_name",
            Self::SingleLabel => "url_single_label",
            Self::Reserved(_) => "url_reserved_name",
            Self::Port { .. } => "url_port",
            Self::OwnHost => "url_own_host",
        }
    }
}

/// A URL that passed every rule that needs no resolution. Parsed once: what is stored, what is
/// shown and what is dialled come from the same value. Cheap to clone.
#[derive(Clone)]
pub struct Target(Arc<Parts>);

struct Parts {
    text: String,
    host: TargetHost,
    authority: HeaderValue,
    uri: Uri,
    port: u16,
    tls: bool,
    private_only: bool,
}

/// Where to connect to.
#[derive(Clone)]
pub(crate) enum TargetHost {
    /// An address inside a network that the operator allows.
    Address(IpAddr),
    /// A name to be resolved: lower case, no trailing dot.
    Name(String),
}

impl Target {
    /// Checks and parses a URL.
    pub fn parse(raw: &str, policy: &EgressPolicy) -> Result<Self, UrlError> {
        check_raw(raw, policy)?;
        let url = without_trailing_dot(Url::parse(raw).map_err(syntax)?)?;
        if url.as_str().len() > MAX_URL_BYTES {
            return Err(UrlError::TooLong);
        }
        let port = url.port_or_known_default().ok_or(UrlError::NoHost)?;
        let host_text = url.host_str().ok_or(UrlError::NoHost)?;
        if policy.is_own(host_text, port) {
            return Err(UrlError::OwnHost);
        }
        let (host, mut private_only) = match url.host().ok_or(UrlError::NoHost)? {
            Host::Ipv4(address) => (check_address(address.into(), policy)?, true),
            Host::Ipv6(address) => (check_address(address.into(), policy)?, true),
            Host::Domain(name) => (TargetHost::Name(name.to_owned()), check_name(name, policy)?),
        };
        if !policy.allows_port(port) {
            // Inside an allowed network any port will do; whether it leads there is known when
            // the name is resolved.
            if port == 0 || !policy.allows_any_private() {
                return Err(port_error(port, policy));
            }
            private_only = true;
        }
        let authority = match url.port() {
            Some(port) => HeaderValue::try_from(format!("{host_text}:{port}")),
            None => HeaderValue::try_from(host_text),
        };
        Ok(Self(Arc::new(Parts {
            authority: authority.map_err(|_| UrlError::Name)?,
            uri: request_uri(&url)?,
            tls: url.scheme() == "https",
            text: url.into(),
            host,
            port,
            private_only,
        })))
    }

    /// The URL as it is stored and shown.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// The host as it is written in the URL: a lower-case name, or an address (IPv6 in brackets).
    pub fn host(&self) -> &str {
        let authority = self.authority();
        match authority.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => host,
            _ => authority,
        }
    }

    /// The port, the scheme's own when none is written.
    pub fn port(&self) -> u16 {
        self.0.port
    }

    /// Whether the scheme is `https`.
    pub fn is_tls(&self) -> bool {
        self.0.tls
    }

    /// The value of the `host` header: the port only when it is not the scheme's own.
    pub fn authority(&self) -> &str {
        self.0.authority.to_str().unwrap_or_default()
    }

    /// Path and query, for the request line: at least `/`.
    pub fn path_and_query(&self) -> &str {
        self.0.uri.path_and_query().map_or("/", PathAndQuery::as_str)
    }

    /// Path and query as the URI of a request (origin form). Cheap to clone.
    pub fn request_uri(&self) -> &Uri {
        &self.0.uri
    }

    pub(crate) fn authority_header(&self) -> &HeaderValue {
        &self.0.authority
    }

    pub(crate) fn target_host(&self) -> &TargetHost {
        &self.0.host
    }

    /// Whether only addresses that the operator allows will do.
    pub(crate) fn private_only(&self) -> bool {
        self.0.private_only
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Target").field(&self.as_str()).finish()
    }
}

impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.as_str() == other.as_str()
    }
}

impl Eq for Target {}

/// What must hold of the text itself, before any parser has repaired it.
fn check_raw(raw: &str, policy: &EgressPolicy) -> Result<(), UrlError> {
    if raw.len() > MAX_URL_BYTES {
        return Err(UrlError::TooLong);
    }
    let rest = match raw.strip_prefix("https://") {
        None if policy.allow_http => raw.strip_prefix("http://"),
        rest => rest,
    };
    let allowed = if policy.allow_http { "https:// or http://" } else { "https://" };
    let rest = rest.ok_or(UrlError::Scheme { allowed })?;
    if raw.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\') {
        return Err(UrlError::Characters);
    }
    if raw.contains('#') {
        return Err(UrlError::Fragment);
    }
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        Err(UrlError::UserInfo)
    } else if authority.contains('%') {
        Err(UrlError::EncodedHost)
    } else if authority.is_empty() {
        Err(UrlError::NoHost)
    } else {
        Ok(())
    }
}

/// The same URL with `example.com.` written as `example.com`.
fn without_trailing_dot(mut url: Url) -> Result<Url, UrlError> {
    if let Some(Host::Domain(name)) = url.host()
        && let Some(name) = name.strip_suffix('.')
    {
        let name = name.to_owned();
        url.set_host(Some(&name)).map_err(syntax)?;
    }
    Ok(url)
}

fn check_address(address: IpAddr, policy: &EgressPolicy) -> Result<TargetHost, UrlError> {
    match verdict(address, policy) {
        Verdict::AllowedPrivate => Ok(TargetHost::Address(address)),
        Verdict::Public | Verdict::Refused => Err(UrlError::Address),
    }
}

/// Whether the name, which is allowed, may only lead to what the operator allows.
fn check_name(name: &str, policy: &EgressPolicy) -> Result<bool, UrlError> {
    let allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-' || c == b'_';
    let valid = |label: &str| (1..=63).contains(&label.len()) && label.bytes().all(allowed);
    if name.len() > 253 || !name.split('.').all(valid) {
        return Err(UrlError::Name);
    }
    let Some((_, last)) = name.rsplit_once('.') else {
        // Docker and the like know their neighbours by such names.
        return if policy.allows_any_private() { Ok(true) } else { Err(UrlError::SingleLabel) };
    };
    match RESERVED.iter().find(|reserved| **reserved == last) {
        Some(reserved) => Err(UrlError::Reserved(reserved)),
        None => Ok(false),
    }
}

fn port_error(port: u16, policy: &EgressPolicy) -> UrlError {
    let allowed: Vec<String> = policy.ports().map(|port| port.to_string()).collect();
    UrlError::Port { port, allowed: allowed.join(", ") }
}

/// The request line's part of the URL. The two parsers must agree on it to the byte.
fn request_uri(url: &Url) -> Result<Uri, UrlError> {
    let text = &url[Position::BeforePath..Position::AfterQuery];
    let parsed = PathAndQuery::try_from(text).map_err(syntax)?;
    if parsed.as_str() == text {
        Ok(Uri::from(parsed))
    } else {
        Err(UrlError::Syntax("ambiguous path".to_owned()))
    }
}

fn syntax(error: impl fmt::Display) -> UrlError {
    UrlError::Syntax(error.to_string())
}

#[cfg(test)]
mod tests;
