//! Configuration: defaults, then `fanfare.toml`, then the environment, then flags; what comes
//! later wins.
//!
//! Promises: every setting is declared once, in [`settings`], from which the file's keys, the
//! variables, the flags, the help texts, `fanfare config show` and `docs/configuration.md` are
//! made. A key or a `FANFARE_` variable that is not declared is refused and the nearest one
//! named. All complaints are reported together. A secret is never repeated, not even a wrong one.
//!
//! Takes the environment as an argument; only [`environment`] reads it. Leaves out everything
//! that needs the outside world (does the database exist, is the port free).

mod layers;
mod settings;
mod show;
mod terminal;
#[cfg(test)]
mod tests;
mod value;

use std::ffi::OsString;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use fanfare_app::OneTimeLink;
use fanfare_model::{RetrySchedule, limits};
use fanfare_notify::{Mailbox, Secret, SmtpSettings};
use fanfare_signing::{ApiKey, EncryptionKey};
use ipnet::{IpNet, Ipv6Net};
use url::Url;

pub(crate) use layers::{
    Inputs, KEY_VARIABLE, Loaded, PROFILE_VARIABLE, PROFILES_VARIABLE, SECRET_VARIABLE,
    STRIPE_KEY_VARIABLE, URL_VARIABLE, client_variable, environment, load,
};
pub(crate) use settings::{SETTINGS, Setting};
pub(crate) use show::wrap;
pub(crate) use terminal::Terminal;
pub(crate) use value::parse_duration;

/// What the server runs with.
#[derive(Debug)]
pub(crate) struct Config {
    /// Where to listen.
    pub(crate) listen: SocketAddr,
    /// Where everything is kept.
    pub(crate) database: Database,
    /// Most sessions with a PostgreSQL database.
    pub(crate) database_sessions: usize,
    /// What this process does.
    pub(crate) roles: Roles,
    /// Where others reach this server: the first for people, and the host of each is refused as a
    /// target.
    pub(crate) public_urls: Vec<Url>,
    /// The first API key, if given.
    pub(crate) bootstrap_api_key: Option<ApiKey>,
    /// Seals secrets; `None`: the key file beside the database.
    pub(crate) encryption_key: Option<EncryptionKey>,
    /// Private addresses that webhooks may point to.
    pub(crate) allow_private_targets: Vec<IpNet>,
    /// Whether webhooks may use `http://`.
    pub(crate) allow_http_targets: bool,
    /// Addresses that webhooks may never point to.
    pub(crate) deny_targets: Vec<IpNet>,
    /// Ports that webhooks may use beside the usual ones.
    pub(crate) target_ports: Vec<u16>,
    /// NAT64 prefixes of this network.
    pub(crate) nat64_prefixes: Vec<Ipv6Net>,
    /// When attempts are due.
    pub(crate) retry_schedule: RetrySchedule,
    /// Time for one attempt.
    pub(crate) request_timeout: Duration,
    /// How long a delivery stays leased to a node.
    pub(crate) lease: Duration,
    /// A webhook with nothing but failures for this long is disabled.
    pub(crate) disable_after: Duration,
    /// How long events, deliveries and attempts are kept.
    pub(crate) retention: Duration,
    /// The server that takes mails by SMTP.
    pub(crate) smtp_url: Option<SmtpSettings>,
    /// A file of authorities that its certificate may come from.
    pub(crate) smtp_ca: Option<PathBuf>,
    /// The key of Resend's API.
    pub(crate) resend_api_key: Option<Secret>,
    /// Where Resend's API is.
    pub(crate) resend_url: Url,
    /// Who sends mails.
    pub(crate) mail_from: Option<Mailbox>,
    /// A backlog that takes longer to drain is told of.
    pub(crate) drain_within: Option<Duration>,
    /// What is logged, as a filter of `tracing`.
    pub(crate) log: String,
    /// How it is logged.
    pub(crate) log_format: LogFormat,
    /// Time for requests in flight at the end.
    pub(crate) shutdown_grace: Duration,
}

impl Default for Config {
    /// What holds when nothing is configured. A test holds it against [`SETTINGS`].
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            database: Database::Sqlite(PathBuf::from("fanfare.db")),
            database_sessions: 16,
            roles: Roles::ALL,
            public_urls: Vec::new(),
            bootstrap_api_key: None,
            encryption_key: None,
            allow_private_targets: Vec::new(),
            allow_http_targets: false,
            deny_targets: Vec::new(),
            target_ports: Vec::new(),
            nat64_prefixes: Vec::new(),
            retry_schedule: RetrySchedule::default(),
            request_timeout: limits::REQUEST_TIMEOUT,
            lease: Duration::from_secs(120),
            disable_after: limits::DISABLE_AFTER,
            retention: limits::RETENTION,
            smtp_url: None,
            smtp_ca: None,
            resend_api_key: None,
            resend_url: Url::parse("https://api.resend.com").expect("a URL"),
            mail_from: None,
            drain_within: None,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            shutdown_grace: Duration::from_secs(20),
        }
    }
}

impl Config {
    /// What a person opens to use a link, for a server that listens where it is configured to.
    pub(crate) fn link(&self, link: &OneTimeLink) -> String {
        self.link_at(self.listen, link)
    }

    /// The same for a server that listens there.
    pub(crate) fn link_at(&self, listens: SocketAddr, link: &OneTimeLink) -> String {
        self.public_origin(listens) + &link.path()
    }

    /// Where people reach a server that listens there: what links begin with.
    pub(crate) fn public_origin(&self, listens: SocketAddr) -> String {
        let public = self.public_urls.first().map(|url| url.origin().ascii_serialization());
        public.unwrap_or_else(|| format!("http://{listens}"))
    }

    /// How long a delivery is leased to a node: never so short that an attempt could not end in it.
    pub(crate) fn lease(&self) -> Duration {
        self.lease.max(self.request_timeout + Duration::from_secs(5))
    }
}

/// Where everything is kept.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Database {
    /// The embedded store, in this file.
    Sqlite(PathBuf),
    /// A PostgreSQL database, which other nodes may share.
    Postgres(String),
}

impl fmt::Display for Database {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&value::without_password(url)),
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a process does of the product's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Roles {
    /// Answers the HTTP API.
    pub(crate) api: bool,
    /// Answers the dashboard.
    pub(crate) dashboard: bool,
    /// Attempts deliveries.
    pub(crate) delivery: bool,
    /// Does what has a time: launches, jobs, retention.
    pub(crate) scheduler: bool,
}

impl Roles {
    /// Everything.
    pub(crate) const ALL: Self =
        Self { api: true, dashboard: true, delivery: true, scheduler: true };
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// Nobody set it.
    Default,
    /// `fanfare.toml` or the file of `--config`.
    File,
    /// A `FANFARE_` variable.
    Environment,
    /// The command line.
    Flag,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where: a file and key, a variable or a flag.
    pub(crate) place: String,
    /// What, and what would be right.
    pub(crate) message: String,
}

/// Why there is no configuration: everything that is wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) struct ConfigError(pub(crate) Vec<Problem>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration is not valid:")?;
        for Problem { place, message } in &self.0 {
            write!(f, "\n  {place}: {message}")?;
        }
        Ok(())
    }
}

/// Name and value of a variable, as the system gives them.
pub(crate) type Variable = (OsString, OsString);
