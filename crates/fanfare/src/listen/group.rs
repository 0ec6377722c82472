//! The group of the feed that a profile listens as.
//!
//! It is made at the first time, and remembered with its secret in the file of profiles, so that the
//! secret in the program's settings stays right.

use anyhow::{anyhow, bail};
use fanfare_model::Entropy as _;
use http::Method;
use serde_json::json;

use crate::client::Api;
use crate::entropy::OsEntropy;
use crate::profile::{Listener, Place, Profiles};

/// A group that is there, and its secret.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) name: String,
    pub(super) secret: String,
    /// On which server.
    pub(super) url: String,
}

/// The group of this name, or the profile's own; made if it is not there.
pub(super) async fn ready(
    api: &mut Api,
    place: &Place,
    wanted: Option<&str>,
) -> anyhow::Result<Group> {
    let mut profiles = Profiles::load()?;
    let (url, profile) = (place.server.url().to_owned(), place.profile.clone().unwrap_or_default());
    let is_ours = |one: &&Listener| {
        one.url == url && one.profile == profile && wanted.is_none_or(|name| one.group == name)
    };
    let known = profiles.listeners.iter().find(is_ours).cloned();
    if let Some(known) = &known
        && is_there(api, &known.group).await?
    {
        return Ok(Group { name: known.group.clone(), secret: known.secret.clone(), url });
    }
    let name = match (wanted, known) {
        (Some(name), _) => name.to_owned(),
        (None, Some(known)) => known.group,
        (None, None) => new_name(&profile),
    };
    let secret = create(api, &name).await?;
    profiles.listeners.retain(|one| one.url != url || one.profile != profile || one.group != name);
    profiles.listeners.push(Listener {
        profile,
        url: url.clone(),
        group: name.clone(),
        secret: secret.clone(),
    });
    profiles.save()?;
    Ok(Group { name, secret, url })
}

/// Two machines with the same key must not share a group without wanting to.
fn new_name(profile: &str) -> String {
    let mut random = [0; 4];
    OsEntropy::new().fill(&mut random);
    let profile = if profile.is_empty() { "local" } else { profile };
    format!("cli-{profile}-{:08x}", u32::from_be_bytes(random))
}

async fn is_there(api: &mut Api, name: &str) -> anyhow::Result<bool> {
    let path = format!("/api/feed/groups/{name}");
    let answer = api.ask(&Method::GET, &path, None).await?;
    match answer.status {
        404 => Ok(false),
        _ if answer.is_success() => Ok(true),
        _ => bail!("the group {name} cannot be used: {}", answer.refusal()),
    }
}

async fn create(api: &mut Api, name: &str) -> anyhow::Result<String> {
    let body = json!({"name": name});
    let answer = api.ask(&Method::POST, "/api/feed/groups", Some(&body)).await?;
    if answer.status == 409 && answer.json()?["error"]["code"] == "conflict" {
        bail!(
            "the group {name} is there, but its secret is not known on this machine: take another \
             --group, or remove that one (DELETE /api/feed/groups/{name})"
        );
    }
    if !answer.is_success() {
        bail!("the group {name} cannot be made: {}", answer.refusal());
    }
    let secret = answer.json()?["secret"].as_str().map(str::to_owned);
    secret.ok_or_else(|| anyhow!("the server gave the group {name} no secret"))
}
