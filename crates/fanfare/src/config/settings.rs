//! Every setting, once.

use super::value::{self, parse_duration};
use super::{Config, LogFormat};

/// A setting: its names, its text for people, and how it is read.
pub(crate) struct Setting {
    /// The key in the file.
    pub(crate) name: &'static str,
    /// The variable.
    pub(crate) variable: &'static str,
    /// What kind of value it takes, for help texts.
    pub(crate) value: &'static str,
    /// What holds when nobody sets it; `None`: nothing.
    pub(crate) default: Option<&'static str>,
    /// What it does, in one sentence.
    pub(crate) help: &'static str,
    /// What else there is to know.
    pub(crate) more: &'static str,
    /// Whether it is a secret: never shown, and no flag, because other users of the machine can
    /// read command lines.
    pub(crate) secret: bool,
    /// Reads a text into the configuration; the error says what would be right.
    pub(crate) read: fn(&mut Config, &str) -> Result<(), String>,
}

impl Setting {
    /// The long flag, without its dashes.
    pub(crate) fn flag(&self) -> String {
        self.name.replace('_', "-")
    }
}

/// The settings, in the order in which they are shown.
pub(crate) static SETTINGS: &[Setting] = &[
    Setting {
        name: "listen",
        variable: "FANFARE_LISTEN",
        value: "IP:PORT",
        default: Some("127.0.0.1:8080"),
        help: "Where the server listens.",
        more: "Port 0 takes a free one; the real one is printed at the start. The server speaks \
               plain HTTP/1.1: put a proxy that terminates TLS in front of it before you let \
               others reach it.",
        secret: false,
        read: |config, text| {
            config.listen = text
                .parse()
                .map_err(|_| "write an IP address and a port, for example 0.0.0.0:8080")?;
            Ok(())
        },
    },
    Setting {
        name: "database_url",
        variable: "FANFARE_DATABASE_URL",
        value: "URL",
        default: Some("sqlite:fanfare.db"),
        help: "Where everything is kept: `sqlite:` and a path, or a `postgres://` URL.",
        more: "The file is created when it does not exist; its folder must exist. A relative \
               path counts from the working directory. A PostgreSQL database is prepared by \
               `fanfare migrate apply`; any number of servers may share it. Give a URL with a \
               password as a variable or in the file, not as a flag.",
        secret: false,
        read: |config, text| {
            config.database = value::parse_database(text)?;
            Ok(())
        },
    },
    Setting {
        name: "database_sessions",
        variable: "FANFARE_DATABASE_SESSIONS",
        value: "NUMBER",
        default: Some("16"),
        help: "How many sessions with a PostgreSQL database this server has at most.",
        more: "From 4 to 500. All servers together need fewer than the database's \
               max_connections. An eighth of them (one at least, two at most) is kept for each \
               of accepting, delivering, the launch domain, and everything else; what is left is \
               for whoever comes first.",
        secret: false,
        read: |config, text| {
            config.database_sessions = value::parse_sessions(text)?;
            Ok(())
        },
    },
    Setting {
        name: "roles",
        variable: "FANFARE_ROLES",
        value: "ROLES",
        default: Some("api,dashboard,delivery,scheduler"),
        help: "What this server does: api, dashboard, delivery and scheduler, separated by commas.",
        more: "Servers that share a PostgreSQL database may split the work: the HTTP API, \
               the pages for people, attempting deliveries, and what has a time (launches, \
               jobs, retention). Every server answers /healthz, /readyz and /metrics.",
        secret: false,
        read: |config, text| {
            config.roles = value::parse_roles(text)?;
            Ok(())
        },
    },
    Setting {
        name: "public_url",
        variable: "FANFARE_PUBLIC_URL",
        value: "URLS",
        default: None,
        help: "Under which URLs others reach this server, separated by commas.",
        more: "People use the first, and links that are printed for them begin with it: give it as \
               soon as the server is behind a proxy that does TLS, because the dashboard's \
               cookies depend on it. Without one it is the address at which the server listens. \
               The host names of all are refused as targets of webhooks, so that nobody makes the \
               server call itself.",
        secret: false,
        read: |config, text| {
            config.public_urls = value::parse_public_urls(text)?;
            Ok(())
        },
    },
    Setting {
        name: "bootstrap_api_key",
        variable: "FANFARE_BOOTSTRAP_API_KEY",
        value: "KEY",
        default: None,
        help: "The first API key, with all scopes, for set-ups by script.",
        more: "`sk_live_` or `sk_test_` and 24 to 256 letters or digits. Without it the first \
               start on an empty database makes a key and prints it once.",
        secret: true,
        read: |config, text| {
            let key = fanfare_signing::ApiKey::parse_bootstrap(text);
            config.bootstrap_api_key = Some(key.map_err(|error| error.to_string())?);
            Ok(())
        },
    },
    Setting {
        name: "encryption_key",
        variable: "FANFARE_ENCRYPTION_KEY",
        value: "KEY",
        default: None,
        help: "Seals the secrets of webhooks in the database: 32 bytes, in hex or base64.",
        more: "With the embedded store and none given, a key is made at the first start and kept in a file beside the \
               database (its name and `.key`), which only its owner can read. Whoever loses the \
               key loses the secrets: back it up apart from the database. With PostgreSQL it \
               must be given, the same to every server: `openssl rand -hex 32` makes one.",
        secret: true,
        read: |config, text| {
            let key = fanfare_signing::EncryptionKey::parse(text);
            config.encryption_key = Some(key.map_err(|error| error.to_string())?);
            Ok(())
        },
    },
    Setting {
        name: "allow_private_targets",
        variable: "FANFARE_ALLOW_PRIVATE_TARGETS",
        value: "CIDRS",
        default: None,
        help: "Private addresses that webhooks may point to, as CIDRs separated by commas.",
        more: "For these addresses IP literals and any port are allowed too. Everything else \
               that is not a public address is refused at creation and at every attempt.",
        secret: false,
        read: |config, text| {
            config.allow_private_targets = value::parse_cidrs(text)?;
            Ok(())
        },
    },
    Setting {
        name: "allow_http_targets",
        variable: "FANFARE_ALLOW_HTTP_TARGETS",
        value: "BOOL",
        default: Some("false"),
        help: "Whether webhooks may use `http://` URLs: true or false.",
        more: "Signatures prove who sent a request; only TLS keeps others from reading it.",
        secret: false,
        read: |config, text| {
            config.allow_http_targets = value::parse_bool(text)?;
            Ok(())
        },
    },
    Setting {
        name: "deny_targets",
        variable: "FANFARE_DENY_TARGETS",
        value: "CIDRS",
        default: None,
        help: "Addresses that webhooks may never point to, as CIDRs separated by commas.",
        more: "For example the public addresses of your own network. Stronger than what is \
               allowed.",
        secret: false,
        read: |config, text| {
            config.deny_targets = value::parse_cidrs(text)?;
            Ok(())
        },
    },
    Setting {
        name: "target_ports",
        variable: "FANFARE_TARGET_PORTS",
        value: "PORTS",
        default: None,
        help: "Ports that webhooks may use beside 443, 8080 and 8443, separated by commas.",
        more: "Port 80 is open when `http://` is allowed.",
        secret: false,
        read: |config, text| {
            config.target_ports = value::parse_ports(text)?;
            Ok(())
        },
    },
    Setting {
        name: "nat64_prefixes",
        variable: "FANFARE_NAT64_PREFIXES",
        value: "PREFIXES",
        default: None,
        help: "NAT64 prefixes in use on this network, separated by commas.",
        more: "An address in one of them is judged by the IPv4 address in it; in others it is \
               refused. Lengths as in RFC 6052: 32, 40, 48, 56, 64 or 96.",
        secret: false,
        read: |config, text| {
            config.nat64_prefixes = value::parse_nat64(text)?;
            Ok(())
        },
    },
    Setting {
        name: "retry_schedule",
        variable: "FANFARE_RETRY_SCHEDULE",
        value: "WAITS",
        default: Some("0s,1m,5m,30m,2h,12h"),
        help: "The wait before each attempt of a delivery, separated by commas.",
        more: "As many attempts as waits, at most 20, each wait at most 7d and counted from the \
               end of the attempt before it.",
        secret: false,
        read: |config, text| {
            let schedule = text.parse::<fanfare_model::RetrySchedule>();
            config.retry_schedule = schedule.map_err(|error| error.to_string())?;
            Ok(())
        },
    },
    Setting {
        name: "request_timeout",
        variable: "FANFARE_REQUEST_TIMEOUT",
        value: "TIME",
        default: Some("30s"),
        help: "Time for one attempt, from the connection to the end of the answer.",
        more: "From 10ms to 2m.",
        secret: false,
        read: |config, text| {
            config.request_timeout = parse_duration(text, "10ms", "2m")?;
            Ok(())
        },
    },
    Setting {
        name: "lease",
        variable: "FANFARE_LEASE",
        value: "TIME",
        default: Some("2m"),
        help: "How long a delivery that a server has in memory is left alone by others.",
        more: "From 6s to 1h, and never less than 5s more than the time for one attempt. When a \
               server dies, what it had is taken over after this time; what does not get its turn \
               in time is given to whoever claims it next.",
        secret: false,
        read: |config, text| {
            config.lease = parse_duration(text, "6s", "1h")?;
            Ok(())
        },
    },
    Setting {
        name: "disable_after",
        variable: "FANFARE_DISABLE_AFTER",
        value: "TIME",
        default: Some("5d"),
        help: "A webhook that only failed for this long is disabled.",
        more: "From 1m to 365d.",
        secret: false,
        read: |config, text| {
            config.disable_after = parse_duration(text, "1m", "365d")?;
            Ok(())
        },
    },
    Setting {
        name: "retention",
        variable: "FANFARE_RETENTION",
        value: "TIME",
        default: Some("30d"),
        help: "How long events, deliveries and attempts are kept.",
        more: "From 1h to 3650d. What is still to be delivered is kept longer.",
        secret: false,
        read: |config, text| {
            config.retention = parse_duration(text, "1h", "3650d")?;
            Ok(())
        },
    },
    Setting {
        name: "shutdown_grace",
        variable: "FANFARE_SHUTDOWN_GRACE",
        value: "TIME",
        default: Some("20s"),
        help: "How long requests in flight may still run after SIGTERM or Ctrl-C.",
        more: "From 0s to 10m. What is not finished by then is given back without costing an \
               attempt. A second signal ends the process at once.",
        secret: false,
        read: |config, text| {
            config.shutdown_grace = parse_duration(text, "0s", "10m")?;
            Ok(())
        },
    },
    Setting {
        name: "smtp_url",
        variable: "FANFARE_SMTP_URL",
        value: "URL",
        default: None,
        help: "The server that takes mails: `smtps://user:password@host`, or `smtp://` for STARTTLS.",
        more: "Without it and without a Resend key nobody is mailed: notices are in the dashboard \
               alone. Ports are 465 and 587 unless the URL names one; write `@` in a user as `%40`. \
               Encryption is not optional, except to a server on this machine: \
               `smtp://localhost:25?tls=none`.",
        secret: true,
        read: |config, text| {
            let smtp = fanfare_notify::SmtpSettings::parse(text);
            config.smtp_url = Some(smtp.map_err(|error| error.to_string())?);
            Ok(())
        },
    },
    Setting {
        name: "smtp_ca",
        variable: "FANFARE_SMTP_CA",
        value: "FILE",
        default: None,
        help: "A file with authorities (PEM) that the mail server's certificate may come from.",
        more: "Beside the public ones, for a mail server with a certificate of your own.",
        secret: false,
        read: |config, text| {
            config.smtp_ca = Some(text.into());
            Ok(())
        },
    },
    Setting {
        name: "resend_api_key",
        variable: "FANFARE_RESEND_API_KEY",
        value: "KEY",
        default: None,
        help: "Mails are sent by Resend's HTTP API with this key, instead of SMTP.",
        more: "",
        secret: true,
        read: |config, text| {
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
                return Err("write the key as Resend shows it: visible ASCII characters".to_owned());
            }
            config.resend_api_key = Some(fanfare_notify::Secret::new(text.to_owned()));
            Ok(())
        },
    },
    Setting {
        name: "resend_url",
        variable: "FANFARE_RESEND_URL",
        value: "URL",
        default: Some("https://api.resend.com"),
        help: "Where Resend's API is.",
        more: "",
        secret: false,
        read: |config, text| {
            let url = fanfare_notify::parse_resend_url(text);
            config.resend_url = url.map_err(|error| error.to_string())?;
            Ok(())
        },
    },
    Setting {
        name: "mail_from",
        variable: "FANFARE_MAIL_FROM",
        value: "SENDER",
        default: None,
        help: "Who mails come from: `notices@example.com`, or `Fanfare <notices@example.com>`.",
        more: "Needed as soon as mails are sent. Links in mails begin with the first public_url: \
               set that too.",
        secret: false,
        read: |config, text| {
            let from = fanfare_notify::parse_sender(text);
            config.mail_from = Some(from.map_err(|error| error.to_string())?);
            Ok(())
        },
    },
    Setting {
        name: "drain_within",
        variable: "FANFARE_DRAIN_WITHIN",
        value: "TIME",
        default: None,
        help: "Owners and admins are told of a backlog that will take longer than this to drain.",
        more: "From 1m to 7d. Judged once a minute, by the pace of the last five minutes, for \
               webhooks that are served and do not fail. Without it nobody is told.",
        secret: false,
        read: |config, text| {
            config.drain_within = Some(parse_duration(text, "1m", "7d")?);
            Ok(())
        },
    },
    Setting {
        name: "log",
        variable: "FANFARE_LOG",
        value: "FILTER",
        default: Some("info"),
        help: "What is logged: error, warn, info, debug, trace or off.",
        more: "Parts can differ: `info,fanfare_delivery=debug`. Logs go to the standard error.",
        secret: false,
        read: |config, text| {
            config.log = value::parse_log(text)?;
            Ok(())
        },
    },
    Setting {
        name: "log_format",
        variable: "FANFARE_LOG_FORMAT",
        value: "FORMAT",
        default: Some("text"),
        help: "How it is logged: text, or json with one object per line.",
        more: "",
        secret: false,
        read: |config, text| {
            config.log_format = match text {
                "text" => LogFormat::Text,
                "json" => LogFormat::Json,
                _ => return Err("write text or json".to_owned()),
            };
            Ok(())
        },
    },
];
