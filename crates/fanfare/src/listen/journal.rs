//! How far was forwarded, on this machine.
//!
//! One small file, replaced whole after each event, so that the end of the process at any moment
//! leaves the last cursor or the one before. It is not forced to the disk: a machine that loses power
//! in that moment may forward again what was not committed at the server yet.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::group::Group;
use crate::profile::listen_folder;

/// The file.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    beside: PathBuf,
}

impl Journal {
    /// That of a group.
    pub(super) fn of(group: &Group) -> anyhow::Result<Self> {
        let server: String = group
            .url
            .chars()
            .map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' })
            .collect();
        Ok(Self::at(&listen_folder()?, &format!("{server}-{}", group.name)))
    }

    fn at(folder: &Path, name: &str) -> Self {
        Self { path: folder.join(name), beside: folder.join(format!("{name}.new")) }
    }

    /// The cursor that was written last.
    pub(super) fn read(&self) -> anyhow::Result<Option<String>> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => {
                Err(error).with_context(|| format!("{} cannot be read", self.path.display()))
            }
        }
    }

    /// Writes a cursor.
    pub(super) fn write(&self, cursor: &str) -> anyhow::Result<()> {
        let written =
            fs::write(&self.beside, cursor).and_then(|()| fs::rename(&self.beside, &self.path));
        written.with_context(|| format!("{} cannot be written", self.path.display()))
    }

    /// Forgets what was written.
    pub(super) fn forget(&mut self) -> anyhow::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("{} cannot be removed", self.path.display()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_cursor_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut journal = Journal::at(folder.path(), "http___a-cli");
        assert_eq!(journal.read().unwrap(), None);
        journal.forget().unwrap();
        for cursor in ["1-0", "2-0"] {
            journal.write(cursor).unwrap();
            assert_eq!(journal.read().unwrap().as_deref(), Some(cursor));
        }
        journal.forget().unwrap();
        assert_eq!(journal.read().unwrap(), None);
    }
}
