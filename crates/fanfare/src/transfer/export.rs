//! Writing an installation into a folder.

use std::path::Path;

use anyhow::{Context as _, bail};
use fanfare_store::transfer::{KINDS, Kind, Portion, Source};

use super::chunks::{Chunk, Writer, Written};
use super::folder::{Entry, Folder, From, Manifest, usize};
use crate::progress::Progress;

/// What one chunk holds: small enough to be written by one statement, large enough that a
/// transaction for each does not matter.
const PORTION: Portion = Portion { rows: 2_000, bytes: 4 << 20 };

/// Exports everything that is not in the folder yet.
pub(super) fn run(source: &dyn Source, to: &Path) -> anyhow::Result<Manifest> {
    let folder = Folder::begin(to, &From::new(source.state()?))?;
    if let Some((_, manifest)) = folder.manifest()? {
        return Ok(manifest);
    }
    let counts: Vec<_> = KINDS.iter().map(|kind| source.count(kind)).collect::<Result<_, _>>()?;
    let progress = Progress::begin("exporting", usize(counts.iter().sum()));
    let mut files = Vec::new();
    for (kind, count) in KINDS.iter().zip(counts) {
        let path = folder.file(kind);
        let written = write(source, kind, &path, &progress);
        let written = written.with_context(|| format!("{} is not whole", path.display()))?;
        if written.rows != count {
            bail!("there are {count} {}, but {} were read", kind.name, written.rows);
        }
        files.push(Entry::new(kind, written));
    }
    let manifest = Manifest::new(files);
    folder.finish(&manifest)?;
    progress.end();
    Ok(manifest)
}

fn write(
    source: &dyn Source,
    kind: &Kind,
    path: &Path,
    progress: &Progress,
) -> anyhow::Result<Written> {
    let mut writer = Writer::open(path)?;
    progress.step(usize(writer.rows()));
    while !writer.is_finished() {
        let portion = source.read(kind, writer.place(), PORTION)?;
        let rows = portion.rows.len();
        let lines = portion.rows.iter().map(|row| kind.line(row));
        writer.append(Chunk::new(lines, portion.next)?)?;
        progress.step(rows);
    }
    Ok(writer.finish()?)
}
