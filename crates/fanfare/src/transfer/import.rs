//! Loading a folder into a database, and comparing.

use std::path::Path;

use anyhow::{Context as _, bail};
use fanfare_store::transfer::{Begun, Kind, Row, Target};

use super::chunks::{Chunk, sum};
use super::folder::{Folder, Manifest, usize};
use crate::progress::Progress;
use crate::screen::thousands;

/// Imports everything that the database does not have yet; gives what to say.
pub(super) async fn run(target: &mut dyn Target, from: &Path) -> anyhow::Result<String> {
    let (folder, name, manifest) = Folder::open(from)?;
    check(&folder, &manifest)?;
    let Begun::Chunks(chunks) = target.begin(&name).await? else {
        return Ok("This export was imported and verified before: nothing to do.\n".to_owned());
    };
    load(target, &folder, &manifest, &chunks).await?;
    verify(target, &folder, &manifest).await?;
    let waiting = target.finish().await?;
    Ok(format!(
        "{}\nImported and verified: every row was read back from the database and is the exported one.\n\
         {} deliveries wait and go out as soon as a server runs. Servers need the same\n\
         FANFARE_ENCRYPTION_KEY as before; remove the folder when you need it no more.\n",
        manifest.table(),
        thousands(usize(waiting)),
    ))
}

/// Compares the files with the manifest before anything is written.
fn check(folder: &Folder, manifest: &Manifest) -> anyhow::Result<()> {
    let bytes = manifest.files().map(|(_, file)| file.bytes).sum();
    let progress = Progress::begin("checking", usize(bytes));
    for (kind, file) in manifest.files() {
        folder.check(kind, file, |bytes| progress.step(bytes))?;
    }
    progress.end();
    Ok(())
}

/// Writes the chunks that are missing.
async fn load(
    target: &mut dyn Target,
    folder: &Folder,
    manifest: &Manifest,
    done: &[u64],
) -> anyhow::Result<()> {
    let progress = Progress::begin("importing", usize(manifest.rows()));
    for ((kind, _), done) in manifest.files().zip(done) {
        let mut chunks = Chunks::open(folder, kind)?;
        while let Some((number, chunk)) = chunks.next()? {
            if number >= *done {
                let rows = rows(folder, kind, &chunk)?;
                let written = target.write(kind, number, &rows).await;
                written.with_context(|| format!("{} cannot be written", kind.name))?;
            }
            progress.step(usize(chunk.rows));
        }
    }
    progress.end();
    Ok(())
}

/// Reads back every row and compares counts and checksums.
async fn verify(
    target: &mut dyn Target,
    folder: &Folder,
    manifest: &Manifest,
) -> anyhow::Result<()> {
    let progress = Progress::begin("verifying", usize(manifest.rows()));
    for (kind, file) in manifest.files() {
        let count = target.count(kind).await?;
        if count != file.rows {
            bail!(
                "the export has {} {}, the database {count}: a server wrote to it; import into an \
                 empty database",
                file.rows,
                kind.name
            );
        }
        let mut chunks = Chunks::open(folder, kind)?;
        while let Some((number, chunk)) = chunks.next()? {
            let stored = target.read_back(kind, &rows(folder, kind, &chunk)?).await?;
            let lines: String = stored.iter().map(|row| kind.line(row) + "\n").collect();
            if sum(&lines) != chunk.sha256 {
                bail!("{}", difference(kind, number, &chunk, &lines));
            }
            progress.step(usize(chunk.rows));
        }
    }
    progress.end();
    Ok(())
}

fn difference(kind: &Kind, number: u64, chunk: &Chunk, stored: &str) -> String {
    let pairs = chunk.lines.lines().zip(stored.lines());
    let same = pairs.take_while(|(exported, stored)| exported == stored).count();
    format!(
        "{} in the database are not those that were exported: the first that differs is row {} of \
         chunk {}; import into an empty database",
        kind.name,
        same + 1,
        number + 1
    )
}

fn rows(folder: &Folder, kind: &Kind, chunk: &Chunk) -> anyhow::Result<Vec<Row>> {
    let rows = chunk.lines.lines().map(|line| kind.row(line)).collect::<Result<_, _>>();
    rows.with_context(|| format!("{} is not as the export wrote it", folder.file(kind).display()))
}

/// The chunks of a whole file, counted from 0.
struct Chunks {
    reader: super::chunks::Reader,
    file: String,
    next: Option<u64>,
}

impl Chunks {
    fn open(folder: &Folder, kind: &Kind) -> anyhow::Result<Self> {
        let file = folder.file(kind).display().to_string();
        Ok(Self { reader: folder.chunks(kind)?, file, next: Some(0) })
    }

    fn next(&mut self) -> anyhow::Result<Option<(u64, Chunk)>> {
        let Some(number) = self.next else { return Ok(None) };
        let chunk = self.reader.next().with_context(|| format!("{} cannot be read", self.file))?;
        let Some(chunk) = chunk else {
            bail!("{} was changed while it was read: copy it again, or export anew", self.file);
        };
        self.next = chunk.next.is_some().then_some(number + 1);
        Ok(Some((number, chunk)))
    }
}
