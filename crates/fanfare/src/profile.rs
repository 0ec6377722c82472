//! `fanfare profile`: servers and keys under a name, so that commands need neither flag nor variable.
//!
//! Flags win over variables, variables over the profile. The key of a profile goes to the URL of that
//! profile and to no other.

mod args;
mod file;

use std::io::{self, IsTerminal as _, Read as _};

use anyhow::{Context as _, anyhow, bail};

use crate::client::Server;
use crate::exit::{Exit, Failure};
use crate::output;

pub(crate) use args::{Place, ProfileWhat, ServerArgs};
pub(crate) use file::{Listener, Profile, Profiles, listen_folder};

/// Runs one of the commands.
pub(crate) fn run(what: &ProfileWhat) -> Result<Exit, Failure> {
    match what {
        ProfileWhat::Add { name, url, key } => add(name, url, key.as_deref()),
        ProfileWhat::List { format } => list(*format),
        ProfileWhat::Use { name } => choose(name),
        ProfileWhat::Remove { name } => remove(name),
    }
}

fn add(name: &str, url: &str, key: Option<&str>) -> Result<Exit, Failure> {
    let key = match key {
        Some(key) => key.to_owned(),
        None => read_key()?,
    };
    // Says what is wrong with either now, not at the first use.
    let url = Server::new(url, &key)?.url().to_owned();
    let mut profiles = Profiles::load()?;
    profiles.profiles.insert(name.to_owned(), Profile { url: url.clone(), key });
    profiles.current.get_or_insert_with(|| name.to_owned());
    profiles.save()?;
    output::say(&format!("Profile {name} is for {url}."));
    if profiles.current.as_deref() != Some(name) {
        output::say(&format!("Use it by default: fanfare profile use {name}"));
    }
    Ok(Exit::Done)
}

/// The key from the standard input, where no list of processes and no history of a shell shows it.
fn read_key() -> anyhow::Result<String> {
    if io::stdin().is_terminal() {
        output::say("Paste the API key, then press Enter and Ctrl-D:");
    }
    let mut text = String::new();
    io::stdin().take(4_096).read_to_string(&mut text).context("no key on the standard input")?;
    let key = text.trim();
    if key.is_empty() {
        bail!("no key on the standard input");
    }
    Ok(key.to_owned())
}

fn list(format: crate::cli::Format) -> Result<Exit, Failure> {
    let profiles = Profiles::load()?;
    let is_current = |name: &str| profiles.current.as_deref() == Some(name);
    let text = match format {
        crate::cli::Format::Json => profiles
            .profiles
            .iter()
            .map(|(name, profile)| {
                let url = &profile.url;
                let current = is_current(name);
                format!("{}\n", serde_json::json!({"name": name, "url": url, "current": current}))
            })
            .collect(),
        crate::cli::Format::Text => {
            let row = |(name, profile): (&String, &Profile)| {
                let mark = if is_current(name) { "*" } else { "" };
                [mark.to_owned(), name.clone(), profile.url.clone()]
            };
            let rows: Vec<_> = profiles.profiles.iter().map(row).collect();
            output::columns(&rows)
        }
    };
    if text.is_empty() {
        output::say("There are no profiles. Add one: fanfare profile add NAME --url URL");
    }
    output::print(&text)
}

fn choose(name: &str) -> Result<Exit, Failure> {
    let mut profiles = Profiles::load()?;
    profiles.named(name)?;
    profiles.current = Some(name.to_owned());
    profiles.save()?;
    output::say(&format!("Commands use the profile {name} now."));
    Ok(Exit::Done)
}

fn remove(name: &str) -> Result<Exit, Failure> {
    let mut profiles = Profiles::load()?;
    if profiles.profiles.remove(name).is_none() {
        return Err(anyhow!("there is no profile {name}").into());
    }
    profiles.current.take_if(|current| current == name);
    profiles.listeners.retain(|listener| listener.profile != name);
    profiles.save()?;
    output::say(&format!("The profile {name} is gone. The key still works: revoke it if need be."));
    Ok(Exit::Done)
}
