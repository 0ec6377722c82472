//! A file of rows: chunks, each of some lines and one line that says what they are.
//!
//! ```text
//! ["0198…",…]                                          a row, as `Kind::line` writes it
//! ["0198…",…]
//! {"rows":2,"sha256":"9f86…","next":"1043"}            the end of a chunk; no `next`: of the file
//! ```
//!
//! Promises: what a file that broke off has after its last whole chunk is recognized, wherever it
//! broke. The checksum of a chunk is that of its rows' lines, ends included.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use fanfare_store::transfer::Place;
use serde::{Deserialize, Serialize};

/// Longest line that is read: an event's body many times over.
const LONGEST_LINE: u64 = 64 << 20;

/// The line at the end of a chunk.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    rows: u64,
    sha256: String,
    /// Where the source goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A chunk.
#[derive(Debug)]
pub(super) struct Chunk {
    /// How many rows it has.
    pub(super) rows: u64,
    /// Their lines, with their ends.
    pub(super) lines: String,
    /// The checksum of the lines.
    pub(super) sha256: String,
    /// Where the source goes on; `None`: it was the last.
    pub(super) next: Option<Place>,
    /// Its bytes in the file.
    bytes: u64,
    /// The line at its end.
    end: String,
}

impl Chunk {
    /// A chunk of these rows' lines.
    pub(super) fn new(
        rows: impl Iterator<Item = String>,
        next: Option<Place>,
    ) -> anyhow::Result<Self> {
        let (mut lines, mut count) = (String::new(), 0);
        for row in rows {
            lines += &row;
            lines.push('\n');
            count += 1;
        }
        let sha256 = sum(&lines);
        let end = End { rows: count, sha256, next: next.map(|place| place.0) };
        let text = serde_json::to_string(&end)? + "\n";
        Ok(Self::with(lines, end, text))
    }

    fn with(lines: String, end: End, text: String) -> Self {
        let bytes = (lines.len() + text.len()) as u64;
        let next = end.next.map(Place);
        Self { rows: end.rows, lines, sha256: end.sha256, next, bytes, end: text }
    }
}

/// The checksum of lines, in hexadecimal digits.
pub(super) fn sum(lines: &str) -> String {
    let mut sum = Context::new(&SHA256);
    sum.update(lines.as_bytes());
    hex(sum)
}

/// A finished checksum as text.
pub(super) fn hex(sum: Context) -> String {
    sum.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a file's chunks, from the first on.
pub(super) struct Reader(BufReader<File>);

impl Reader {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(BufReader::with_capacity(1 << 20, File::open(path)?)))
    }

    /// The next chunk; `None` when what follows is no whole chunk, or nothing.
    pub(super) fn next(&mut self) -> io::Result<Option<Chunk>> {
        let (mut lines, mut rows) = (String::new(), 0);
        loop {
            let begin = lines.len();
            let read = (&mut self.0).take(LONGEST_LINE).read_line(&mut lines);
            match read {
                Err(error) if error.kind() == io::ErrorKind::InvalidData => return Ok(None),
                other => other?,
            };
            let line = &lines[begin..];
            if !line.ends_with('\n') {
                return Ok(None);
            }
            if line.starts_with('{') {
                let text = lines.split_off(begin);
                let end = serde_json::from_str::<End>(&text).ok();
                let whole = end.filter(|end| end.rows == rows && end.sha256 == sum(&lines));
                return Ok(whole.map(|end| Chunk::with(lines, end, text)));
            }
            rows += 1;
        }
    }
}

/// What is known of a file when its last chunk is written.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) chunks: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// Writes a file's chunks.
pub(super) struct Writer {
    file: File,
    sum: Context,
    written: Written,
    /// Where the source goes on.
    place: Option<Place>,
    finished: bool,
}

impl Writer {
    /// Begins a file, or continues after its last whole chunk.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut options = File::options();
        let options = options.create(true).truncate(false).read(true).write(true).mode(0o600);
        let mut writer = Self {
            file: options.open(path)?,
            sum: Context::new(&SHA256),
            written: Written::default(),
            place: None,
            finished: false,
        };
        let mut reader = Reader::open(path)?;
        while !writer.finished
            && let Some(chunk) = reader.next()?
        {
            writer.note(chunk);
        }
        writer.file.set_len(writer.written.bytes)?;
        writer.file.seek(SeekFrom::End(0))?;
        Ok(writer)
    }

    fn note(&mut self, chunk: Chunk) {
        self.sum.update(chunk.lines.as_bytes());
        self.sum.update(chunk.end.as_bytes());
        self.written.rows += chunk.rows;
        self.written.chunks += 1;
        self.written.bytes += chunk.bytes;
        self.finished = chunk.next.is_none();
        self.place = chunk.next;
    }

    /// Appends a chunk.
    pub(super) fn append(&mut self, chunk: Chunk) -> io::Result<()> {
        self.file.write_all(chunk.lines.as_bytes())?;
        self.file.write_all(chunk.end.as_bytes())?;
        self.note(chunk);
        Ok(())
    }

    /// Where the source goes on; `None` at the beginning.
    pub(super) fn place(&self) -> Option<&Place> {
        self.place.as_ref()
    }

    /// Whether the last chunk is there.
    pub(super) const fn is_finished(&self) -> bool {
        self.finished
    }

    /// Rows that are there.
    pub(super) const fn rows(&self) -> u64 {
        self.written.rows
    }

    /// Has the file on disk.
    pub(super) fn finish(self) -> io::Result<Written> {
        self.file.sync_all()?;
        Ok(Written { sha256: hex(self.sum), ..self.written })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(rows: &[&str], next: Option<&str>) -> Chunk {
        let rows = rows.iter().map(|row| (*row).to_owned());
        Chunk::new(rows, next.map(|place| Place(place.to_owned()))).unwrap()
    }

    #[test]
    fn a_file_that_broke_off_anywhere_is_continued_after_its_last_whole_chunk() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.jsonl");
        let mut writer = Writer::open(&path).unwrap();
        writer.append(chunk(&["[1]", "[2]"], Some("2"))).unwrap();
        let first = writer.written.bytes as usize;
        writer.append(chunk(&["[3]"], Some("3"))).unwrap();
        let second = writer.written.bytes as usize;
        writer.append(chunk(&[], None)).unwrap();
        let whole = writer.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!((whole.rows, whole.chunks, whole.bytes), (3, 3, bytes.len() as u64));
        assert_eq!(whole.sha256, sum(std::str::from_utf8(&bytes).unwrap()));

        for cut in 0..bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let mut writer = Writer::open(&path).unwrap();
            let place = writer.place().map(|place| place.0.clone());
            let expected = match cut {
                cut if cut >= second => (3, Some("3")),
                cut if cut >= first => (2, Some("2")),
                _ => (0, None),
            };
            assert_eq!((writer.rows(), place.as_deref()), expected, "cut after {cut} bytes");
            assert!(!writer.is_finished());
            if writer.place().is_none() {
                writer.append(chunk(&["[1]", "[2]"], Some("2"))).unwrap();
            }
            if writer.rows() == 2 {
                writer.append(chunk(&["[3]"], Some("3"))).unwrap();
            }
            writer.append(chunk(&[], None)).unwrap();
            assert_eq!(writer.finish().unwrap(), whole, "cut after {cut} bytes");
        }
        assert!(Writer::open(&path).unwrap().is_finished());
    }

    #[test]
    fn a_chunk_with_another_byte_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.jsonl");
        let mut writer = Writer::open(&path).unwrap();
        writer.append(chunk(&["[1]", "[2]"], None)).unwrap();
        writer.finish().unwrap();
        let bytes = std::fs::read(&path).unwrap();
        let lines = bytes.len() - bytes.iter().rev().position(|byte| *byte == b'{').unwrap();
        for place in 0..lines {
            let mut other = bytes.clone();
            other[place] ^= 0x80;
            std::fs::write(&path, &other).unwrap();
            assert!(Reader::open(&path).unwrap().next().unwrap().is_none(), "byte {place}");
        }
    }
}
