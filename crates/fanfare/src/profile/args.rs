//! What can be typed about profiles and servers.

use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::{Profile, Profiles};
use crate::cli::Format;
use crate::client::Server;
use crate::config::{KEY_VARIABLE, PROFILE_VARIABLE, URL_VARIABLE, client_variable};

/// Where the server is when nobody says so.
const DEFAULT_URL: &str = "http://127.0.0.1:8080";

/// What to do with profiles.
#[derive(Debug, Subcommand)]
pub(crate) enum ProfileWhat {
    /// Add a profile, or replace it.
    ///
    /// Without --key the key is read from the standard input. The first profile is used by default.
    Add {
        /// Its name.
        #[arg(value_parser = parse_name)]
        name: String,
        /// Where the server is.
        #[arg(long, value_name = "URL", default_value = DEFAULT_URL)]
        url: String,
        /// The API key. Other users of this machine can see it in the list of processes.
        #[arg(long, value_name = "KEY")]
        key: Option<String>,
    },
    /// List the profiles; the one in use has a mark.
    List {
        /// How to print them.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Use a profile when no command says which.
    Use {
        /// Its name.
        name: String,
    },
    /// Remove a profile and what was remembered for it.
    Remove {
        /// Its name.
        name: String,
    },
}

fn parse_name(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if (1..=32).contains(&text.len()) && !text.starts_with('-') && text.bytes().all(fits) {
        return Ok(text.to_owned());
    }
    Err("write 1 to 32 characters of a-z, 0-9 and -".to_owned())
}

/// A running server.
#[derive(Debug, Args)]
pub(crate) struct ServerArgs {
    /// Where the server is [env: FANFARE_URL] [default: the profile's, or http://127.0.0.1:8080]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The API key. Other users of this machine can see it in the list of processes; the variable
    /// they cannot [env: FANFARE_API_KEY] [default: the profile's]
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// The profile with both [env: FANFARE_PROFILE] [default: what `fanfare profile use` says]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
}

/// A server, the key to it, and the profile they are from.
#[derive(Debug)]
pub(crate) struct Place {
    /// The server.
    pub(crate) server: Arc<Server>,
    /// The profile in use; `None`: flags and variables say everything.
    pub(crate) profile: Option<String>,
}

impl ServerArgs {
    /// The server.
    pub(crate) fn server(&self) -> anyhow::Result<Arc<Server>> {
        Ok(self.place()?.server)
    }

    /// The server and the profile.
    pub(crate) fn place(&self) -> anyhow::Result<Place> {
        let given =
            |flag: &Option<String>, variable| flag.clone().or_else(|| client_variable(variable));
        let url = given(&self.url, URL_VARIABLE);
        let key = given(&self.key, KEY_VARIABLE);
        let named = given(&self.profile, PROFILE_VARIABLE);
        let found = match (&named, &url, &key) {
            (None, Some(_), Some(_)) => None,
            _ => profile(named.as_deref())?,
        };
        let (name, profile) = found.unzip();
        let url = url.or_else(|| profile.as_ref().map(|profile| profile.url.clone()));
        let url = url.unwrap_or_else(|| DEFAULT_URL.to_owned());
        let key = match (key, &profile) {
            (Some(key), _) => key,
            (None, Some(profile)) => {
                if profile.url != url.trim_end_matches('/') {
                    let name = name.unwrap_or_default();
                    bail!(
                        "the key of the profile {name} is for {}, not for {url}: give the key for \
                         {url} too",
                        profile.url
                    );
                }
                profile.key.clone()
            }
            (None, None) => None.context(
                "no API key: set FANFARE_API_KEY, give --key, or add a profile with `fanfare \
                 profile add`",
            )?,
        };
        Ok(Place { server: Server::new(&url, &key)?, profile: name })
    }
}

/// The profile of this name, or the one in use.
fn profile(named: Option<&str>) -> anyhow::Result<Option<(String, Profile)>> {
    let profiles = Profiles::load()?;
    let Some(name) = named.or(profiles.current.as_deref()) else { return Ok(None) };
    Ok(Some((name.to_owned(), profiles.named(name)?.clone())))
}
