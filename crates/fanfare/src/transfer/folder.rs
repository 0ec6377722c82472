//! What lies in the folder of an export: a file for each kind of rows, `source.json` from the
//! beginning on and `manifest.json` at the end.
//!
//! Promises: the manifest is written last and whole. It names every file with its rows, bytes and
//! checksum (SHA-256, as `sha256sum` prints it); the manifest's own checksum is the export's name.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use aws_lc_rs::digest::{self, SHA256};
use fanfare_store::transfer::{KINDS, Kind};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::chunks::{Reader, Written, hex, sum};
use crate::output;
use crate::screen::thousands;

/// The form of the files; another one has another number.
const FORMAT: u32 = 2;
const MANIFEST: &str = "manifest.json";
const SOURCE: &str = "source.json";

/// A folder.
pub(super) struct Folder(PathBuf);

/// From what state of the database an export is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct From {
    format: u32,
    /// The version of the program.
    version: String,
    state: String,
}

impl From {
    /// A state that the source told.
    pub(super) fn new(state: String) -> Self {
        Self { format: FORMAT, version: env!("CARGO_PKG_VERSION").to_owned(), state }
    }
}

/// What an export consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    format: u32,
    version: String,
    files: Vec<Entry>,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    name: String,
    /// Its rows.
    pub(super) rows: u64,
    chunks: u64,
    /// Its length.
    pub(super) bytes: u64,
    sha256: String,
}

impl Entry {
    /// What was written of a kind.
    pub(super) fn new(kind: &Kind, written: Written) -> Self {
        let Written { rows, chunks, bytes, sha256 } = written;
        Self { name: file_name(kind), rows, chunks, bytes, sha256 }
    }
}

impl Manifest {
    /// Of these files, one for each kind.
    pub(super) fn new(files: Vec<Entry>) -> Self {
        Self { format: FORMAT, version: env!("CARGO_PKG_VERSION").to_owned(), files }
    }

    /// Every kind with its file.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'static Kind, &Entry)> {
        KINDS.iter().zip(&self.files)
    }

    /// All rows.
    pub(super) fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }

    /// The files for people: what, how many rows, which checksum.
    pub(super) fn table(&self) -> String {
        let rows: Vec<_> = self
            .files
            .iter()
            .map(|file| {
                let rows = format!("{:>12} rows", thousands(usize(file.rows)));
                [file.name.clone(), rows, format!("sha256 {}", file.sha256)]
            })
            .collect();
        output::columns(&rows)
    }
}

/// A number of rows in memory's terms.
pub(super) fn usize(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

fn file_name(kind: &Kind) -> String {
    format!("{}.jsonl", kind.name)
}

impl Folder {
    /// The folder of an export that is made: it is made, too, and begun once.
    pub(super) fn begin(path: &Path, from: &From) -> anyhow::Result<Self> {
        let folder = Self(path.to_owned());
        let shown = path.display();
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(path)
            .with_context(|| format!("the folder {shown} cannot be made"))?;
        match folder.read::<From>(SOURCE)? {
            Some((_, begun)) if begun == *from => return Ok(folder),
            Some(_) => bail!(
                "{shown} holds another export, or the database was written to since that began: \
                 export into an empty folder"
            ),
            None => {}
        }
        let mut found = fs::read_dir(path).with_context(|| format!("{shown} cannot be read"))?;
        if found.next().is_some() {
            bail!("{shown} is not empty: export into an empty folder");
        }
        folder.write(SOURCE, from)?;
        Ok(folder)
    }

    /// A kind's file.
    pub(super) fn file(&self, kind: &Kind) -> PathBuf {
        self.0.join(file_name(kind))
    }

    /// The manifest with its checksum, if the export is whole.
    pub(super) fn manifest(&self) -> anyhow::Result<Option<(String, Manifest)>> {
        let Some((sum, manifest)) = self.read::<Manifest>(MANIFEST)? else { return Ok(None) };
        let names = manifest.files.iter().map(|file| file.name.clone());
        if manifest.format != FORMAT || !names.eq(KINDS.iter().map(file_name)) {
            bail!(
                "{} was written by fanfare {}, whose exports this version does not read: import it \
                 with that version",
                self.0.join(MANIFEST).display(),
                manifest.version
            );
        }
        Ok(Some((sum, manifest)))
    }

    /// Writes the manifest: the export is whole.
    pub(super) fn finish(&self, manifest: &Manifest) -> anyhow::Result<()> {
        self.write(MANIFEST, manifest)
    }

    /// The folder of an export that is read.
    pub(super) fn open(path: &Path) -> anyhow::Result<(Self, String, Manifest)> {
        let folder = Self(path.to_owned());
        match folder.manifest()? {
            Some((sum, manifest)) => Ok((folder, sum, manifest)),
            None => bail!(
                "{} has no {MANIFEST}: it is no export, or one that is not finished; run `fanfare \
                 export` again",
                path.display()
            ),
        }
    }

    /// Whether a file is as the manifest says; `read` hears of the bytes.
    pub(super) fn check(
        &self,
        kind: &Kind,
        entry: &Entry,
        mut read: impl FnMut(usize),
    ) -> anyhow::Result<()> {
        let path = self.file(kind);
        let unreadable = || format!("{} cannot be read", path.display());
        let mut file = File::open(&path).with_context(unreadable)?;
        let mut sum = digest::Context::new(&SHA256);
        let mut buffer = vec![0; 1 << 20];
        loop {
            let length = file.read(&mut buffer).with_context(unreadable)?;
            if length == 0 {
                break;
            }
            sum.update(&buffer[..length]);
            read(length);
        }
        if hex(sum) != entry.sha256 {
            bail!(
                "{} is not as the export wrote it (its checksum is another): copy it again, or \
                 export anew",
                path.display()
            );
        }
        Ok(())
    }

    /// The chunks of a file.
    pub(super) fn chunks(&self, kind: &Kind) -> anyhow::Result<Reader> {
        let path = self.file(kind);
        Reader::open(&path).with_context(|| format!("{} cannot be read", path.display()))
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> anyhow::Result<Option<(String, T)>> {
        let path = self.0.join(name);
        let shown = path.display();
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.with_context(|| format!("{shown} cannot be read"))?,
        };
        let value = serde_json::from_str(&text)
            .with_context(|| format!("{shown} is not as the export wrote it"))?;
        Ok(Some((sum(&text), value)))
    }

    /// Whole or not at all.
    fn write(&self, name: &str, value: &impl Serialize) -> anyhow::Result<()> {
        let path = self.0.join(name);
        let text = serde_json::to_string_pretty(value)? + "\n";
        let write = || {
            let part = path.with_extension("part");
            let mut options = File::options();
            let options = options.create(true).truncate(true).write(true).mode(0o600);
            let mut file = options.open(&part)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&part, &path)?;
            File::open(&self.0)?.sync_all()
        };
        write().with_context(|| format!("{} cannot be written", path.display()))
    }
}
