//! Reading single values. Every error says what would be right.

use std::path::PathBuf;
use std::time::Duration;

use ipnet::{IpNet, Ipv6Net};

use super::{Database, Roles};

/// A whole number and a unit, between two such times.
pub(super) fn parse_duration(text: &str, least: &str, most: &str) -> Result<Duration, String> {
    let parsed = duration(text);
    let within = |parsed: &Duration| {
        duration(least).is_some_and(|least| least <= *parsed)
            && duration(most).is_some_and(|most| *parsed <= most)
    };
    match parsed {
        None => Err("write a whole number and ms, s, m, h or d, for example 30s".to_owned()),
        Some(parsed) if within(&parsed) => Ok(parsed),
        Some(_) => Err(format!("must be between {least} and {most}")),
    }
}

fn duration(text: &str) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit_ms = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(unit_ms).map(Duration::from_millis)
}

pub(super) fn parse_bool(text: &str) -> Result<bool, String> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err("write true or false".to_owned()),
    }
}

/// The parts of a list separated by commas.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

pub(super) fn parse_cidrs(text: &str) -> Result<Vec<IpNet>, String> {
    let parse = |part: &str| {
        let net: IpNet = part.parse().map_err(|_| {
            format!("`{part}` is not a CIDR: write an address and a length, as 10.0.0.0/8")
        })?;
        let (wanted, bits) = (net.trunc(), net.prefix_len());
        if wanted.addr() != net.addr() {
            return Err(format!("`{part}` has bits after its length of {bits}: write {wanted}"));
        }
        Ok(net)
    };
    parts(text).map(parse).collect()
}

pub(super) fn parse_ports(text: &str) -> Result<Vec<u16>, String> {
    let parse = |part: &str| match part.parse() {
        Ok(port) if port > 0 => Ok(port),
        _ => Err(format!("`{part}` is not a port: write a number from 1 to 65535")),
    };
    parts(text).map(parse).collect()
}

pub(super) fn parse_nat64(text: &str) -> Result<Vec<Ipv6Net>, String> {
    let prefix = |net: IpNet| match net {
        IpNet::V6(net) if matches!(net.prefix_len(), 32 | 40 | 48 | 56 | 64 | 96) => Ok(net),
        _ => Err(format!("`{net}` is not an IPv6 prefix of 32, 40, 48, 56, 64 or 96 bits")),
    };
    parse_cidrs(text)?.into_iter().map(prefix).collect()
}

pub(super) fn parse_database(text: &str) -> Result<Database, String> {
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        // Nothing of the text is repeated: it may hold a password.
        let valid = url::Url::parse(text).is_ok_and(|url| url.path().len() > 1);
        return match valid {
            true => Ok(Database::Postgres(text.to_owned())),
            false => Err("write postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned()),
        };
    }
    let path = text
        .strip_prefix("sqlite:")
        .ok_or("write `sqlite:` and a path, or postgres://USER:PASSWORD@HOST:PORT/DATABASE")?;
    // `sqlite://path` and `sqlite:///path` are what other tools call the same.
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.starts_with(':') || path.ends_with('/') || path.contains('?') {
        return Err("write `sqlite:` and the path of a file, without parameters".to_owned());
    }
    Ok(Database::Sqlite(PathBuf::from(path)))
}

/// A database's URL as it may be shown.
pub(super) fn without_password(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) if url.password().is_some() => match url.set_password(Some("***")) {
            Ok(()) => url.into(),
            Err(()) => "postgres://***".to_owned(),
        },
        Ok(_) => text.to_owned(),
        Err(_) => "***".to_owned(),
    }
}

pub(super) fn parse_roles(text: &str) -> Result<Roles, String> {
    let mut roles = Roles { api: false, dashboard: false, delivery: false, scheduler: false };
    for part in parts(text) {
        match part {
            "api" => roles.api = true,
            "dashboard" => roles.dashboard = true,
            "delivery" => roles.delivery = true,
            "scheduler" => roles.scheduler = true,
            _ => {
                return Err(format!(
                    "`{part}` is not a role: write api, dashboard, delivery or scheduler"
                ));
            }
        }
    }
    if roles.api || roles.dashboard || roles.delivery || roles.scheduler {
        Ok(roles)
    } else {
        Err("name at least one of api, dashboard, delivery and scheduler".to_owned())
    }
}

pub(super) fn parse_sessions(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(count @ 4..=500) => Ok(count),
        _ => Err("write a whole number from 4 to 500".to_owned()),
    }
}

pub(super) fn parse_public_urls(text: &str) -> Result<Vec<url::Url>, String> {
    let parse = |part: &str| {
        let url = url::Url::parse(part).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        url.ok_or_else(|| format!("`{part}` is not a URL, as https://hooks.example.com"))
    };
    parts(text).map(parse).collect()
}

pub(super) fn parse_log(text: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("write a level (error, warn, info, debug, trace, off), or levels of parts \
                       as info,fanfare_delivery=debug"
            .to_owned()),
    }
}
