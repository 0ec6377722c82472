//! The key that seals secrets at rest: given, or kept in a file beside the database.
//!
//! Promises: a key file is created whole or not at all, readable by its owner only, and never
//! overwritten. A database without its key file is refused instead of getting a new key, under
//! which none of its secrets would open.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use fanfare_model::Entropy;
use fanfare_signing::EncryptionKey;

use crate::config::{Config, Database};

/// The key for the configured database.
pub(crate) fn find(config: &Config, entropy: &dyn Entropy) -> anyhow::Result<EncryptionKey> {
    match (&config.encryption_key, &config.database) {
        (Some(key), _) => Ok(key.clone()),
        (None, Database::Sqlite(path)) => beside(path, entropy),
        (None, Database::Postgres(_)) => bail!(
            "set FANFARE_ENCRYPTION_KEY: every server of a PostgreSQL database needs the same key. \
             `openssl rand -hex 32` makes one"
        ),
    }
}

/// The key file of a database.
fn file_of(database: &Path) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(".key");
    PathBuf::from(name)
}

fn beside(database: &Path, entropy: &dyn Entropy) -> anyhow::Result<EncryptionKey> {
    let file = file_of(database);
    match fs::read_to_string(&file) {
        Ok(text) => {
            warn_of_readers(&file);
            EncryptionKey::parse(&text)
                .with_context(|| format!("{} holds no encryption key", file.display()))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // An empty database is as good as none: a start that was killed left it.
            if fs::metadata(database).is_ok_and(|found| found.len() > 0) {
                bail!(
                    "the database {} exists but its key file {} does not: restore it, or set \
                     FANFARE_ENCRYPTION_KEY to the key that was used",
                    database.display(),
                    file.display()
                );
            }
            create(&file, entropy)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", file.display())),
    }
}

fn warn_of_readers(file: &Path) {
    if fs::metadata(file).is_ok_and(|found| found.permissions().mode() & 0o077 != 0) {
        let file = file.display();
        tracing::warn!(%file, "others than its owner can read the key file; make its mode 0600");
    }
}

fn create(file: &Path, entropy: &dyn Entropy) -> anyhow::Result<EncryptionKey> {
    let mut bytes = [0; 32];
    entropy.fill(&mut bytes);
    let key = EncryptionKey::from_bytes(bytes);
    write(file, &key)
        .with_context(|| format!("the key file {} cannot be written", file.display()))?;
    tracing::info!(file = %file.display(), "made an encryption key; back it up");
    Ok(key)
}

fn write(file: &Path, key: &EncryptionKey) -> io::Result<()> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // Mode 0600 from its first byte on; the name appears when the content is on disk.
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    writeln!(temporary, "{}", *key.to_hex())?;
    temporary.as_file().sync_all()?;
    temporary.persist_noclobber(file)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use fanfare_testkit::SeededEntropy;

    use super::*;

    #[test]
    fn a_key_is_made_once_for_its_owner_and_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        let key = beside(&database, &SeededEntropy::new(1)).unwrap();
        let file = folder.path().join("a.db.key");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&database, "content").unwrap();
        let again = beside(&database, &SeededEntropy::new(2)).unwrap();
        assert_eq!(again.id(), key.id());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else is left");
    }

    #[test]
    fn a_database_without_its_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("a.db");
        fs::write(&database, "content").unwrap();
        let error = beside(&database, &SeededEntropy::new(1)).unwrap_err().to_string();
        assert!(error.contains("a.db.key does not"), "{error}");
        assert!(!folder.path().join("a.db.key").exists());
    }

    #[test]
    fn a_damaged_key_file_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("a.db.key"), "short").unwrap();
        assert!(beside(&folder.path().join("a.db"), &SeededEntropy::new(1)).is_err());
        assert_eq!(fs::read_to_string(folder.path().join("a.db.key")).unwrap(), "short");
    }
}
