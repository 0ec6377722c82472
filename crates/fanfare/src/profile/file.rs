//! The file with the profiles.
//!
//! Promises: it holds keys, so that it is written readable by its owner alone, and not read when
//! others may read or write it. It is replaced whole or not at all.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use serde::{Deserialize, Serialize};

use crate::config::{PROFILES_VARIABLE, client_variable};

/// Everything in the file.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profiles {
    /// The profile that is used when nobody names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) current: Option<String>,
    /// By name.
    #[serde(default)]
    pub(crate) profiles: BTreeMap<String, Profile>,
    /// What `fanfare listen` remembers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) listeners: Vec<Listener>,
}

/// A server and the key to it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// Where the server is, without a slash at the end.
    pub(crate) url: String,
    /// The API key.
    pub(crate) key: String,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile").field("url", &self.url).finish_non_exhaustive()
    }
}

/// A group of the feed that `fanfare listen` made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listener {
    /// For which profile; empty: for none.
    pub(crate) profile: String,
    /// On which server.
    pub(crate) url: String,
    /// The group's name.
    pub(crate) group: String,
    /// Its secret.
    pub(crate) secret: String,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("group", &self.group).finish_non_exhaustive()
    }
}

/// Where the file is.
fn path() -> anyhow::Result<PathBuf> {
    if let Some(path) = client_variable(PROFILES_VARIABLE) {
        return Ok(path.into());
    }
    let of = |variable| client_variable(variable).map(PathBuf::from);
    let folder = of("XDG_CONFIG_HOME").or_else(|| of("HOME").map(|home| home.join(".config")));
    let folder = folder.ok_or_else(|| {
        anyhow!("there is no place for profiles: set HOME, or FANFARE_PROFILES to a file")
    })?;
    Ok(folder.join("fanfare").join("profiles.toml"))
}

/// The folder in which `fanfare listen` writes down how far it is. It is made.
pub(crate) fn listen_folder() -> anyhow::Result<PathBuf> {
    let path = path()?;
    let folder = path.with_file_name("listen");
    make_folder(&folder)?;
    Ok(folder)
}

fn make_folder(folder: &Path) -> anyhow::Result<()> {
    let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("{} cannot be made", folder.display()))
}

impl Profiles {
    /// What is in the file; nothing if there is none.
    pub(crate) fn load() -> anyhow::Result<Self> {
        // Without a place for them there are none.
        path().map_or_else(|_| Ok(Self::default()), |path| Self::load_from(&path))
    }

    fn load_from(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| format!("{shown} cannot be read")),
        };
        let mode = file.metadata()?.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            bail!(
                "{shown} holds API keys and others may read it (mode {mode:03o}): run `chmod 600 \
                 {shown}`, and replace the keys if others did"
            );
        }
        let mut text = String::new();
        file.read_to_string(&mut text).with_context(|| format!("{shown} cannot be read"))?;
        // The parser's complaint would show the line, and with it perhaps a key.
        toml::from_str(&text).map_err(|error: toml::de::Error| {
            anyhow!("{shown} is not a file of profiles: {}", error.message())
        })
    }

    /// Replaces the file.
    pub(crate) fn save(&self) -> anyhow::Result<()> {
        self.save_to(&path()?)
    }

    fn save_to(&self, path: &Path) -> anyhow::Result<()> {
        let shown = path.display();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        make_folder(folder)?;
        let text = toml::to_string_pretty(self).context("profiles cannot be written")?;
        let written = || {
            let mut file = tempfile::Builder::new()
                .permissions(Permissions::from_mode(0o600))
                .tempfile_in(folder)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(path).map_err(|error| error.error)
        };
        written().map(drop).with_context(|| format!("{shown} cannot be written"))
    }

    /// The profile of this name.
    pub(crate) fn named(&self, name: &str) -> anyhow::Result<&Profile> {
        self.profiles.get(name).with_context(|| {
            let known: Vec<_> = self.profiles.keys().map(String::as_str).collect();
            match known.is_empty() {
                true => format!("there is no profile {name}; add it with `fanfare profile add`"),
                false => format!("there is no profile {name}; there is {}", known.join(", ")),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Profiles {
        let profile = Profile { url: "http://a".into(), key: "sk_test_geheim".into() };
        let listener = Listener {
            profile: "a".into(),
            url: "http://a".into(),
            group: "cli-a".into(),
            secret: "whsec_geheim".into(),
        };
        Profiles {
            current: Some("a".into()),
            profiles: BTreeMap::from([("a".into(), profile)]),
            listeners: vec![listener],
        }
    }

    #[test]
    fn the_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/er/profiles.toml");
        assert_eq!(Profiles::load_from(&path).unwrap(), Profiles::default());
        some().save_to(&path).unwrap();
        assert_eq!(Profiles::load_from(&path).unwrap(), some());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        for open in [0o640, 0o604, 0o620, 0o660] {
            fs::set_permissions(&path, Permissions::from_mode(open)).unwrap();
            let error = Profiles::load_from(&path).unwrap_err().to_string();
            assert!(error.contains("chmod 600"), "{error}");
        }
        // Saving makes it safe again.
        some().save_to(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn no_complaint_shows_a_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profiles.toml");
        for wrong in ["[profiles.a]\nkey = sk_test_geheim", "[profiles.a]\nurl = \"x\"", "x = 1"] {
            some().save_to(&path).unwrap();
            fs::write(&path, wrong).unwrap();
            let error = format!("{:#}", Profiles::load_from(&path).unwrap_err());
            assert!(!error.contains("geheim") && error.contains("profiles.toml"), "{error}");
        }
        assert!(!format!("{:?}", some()).contains("geheim"));
    }
}
