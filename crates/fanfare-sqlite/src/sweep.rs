//! Wiping what SQLite leaves behind of erased persons.
//!
//! `secure_delete` overwrites deleted rows and freed pages. It does not know of copies: when
//! SQLite packs the rows of a page anew, the bytes of where they were stay in the gap between
//! the page's directory and its rows, and outlive a row that is deleted later. So after an
//! erasure a thread of its own looks through the pages, a few at a time, and has the writer
//! fill the gaps that are not empty with zeros, in transactions like any other. A gap belongs to
//! nobody: what is in it is never read, and copied to no other page. Then the log is emptied.
//!
//! Which erasures the last whole pass came after is in the table `meta`, so that a start goes on
//! where a process died.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rusqlite::Connection;

use crate::checkpoint::Log;
use crate::fault::Fault;
use crate::queue::{Manner, Queue};
use crate::writer::{self, Tx};

/// Pages looked at in one read.
const STEP: u32 = 64;
/// Between two of them, so that a pass over a large database is in nobody's way.
const PAUSE: Duration = Duration::from_millis(1);
/// Before a pass that failed is begun again.
const RETRY: Duration = Duration::from_secs(1);
/// Below so many pages (128 GiB) the first byte of a page that holds no rows is 0 or 1.
const MOST_PAGES: u32 = 1 << 25;

/// The thread's post box.
#[derive(Debug)]
pub(crate) struct Sweeper {
    post: Mutex<Post>,
    woken: Condvar,
}

#[derive(Debug, Default)]
struct Post {
    wanted: bool,
    closed: bool,
}

impl Sweeper {
    /// A start sweeps, if an earlier process did not.
    pub(crate) fn new() -> Arc<Self> {
        let post = Mutex::new(Post { wanted: true, closed: false });
        Arc::new(Self { post, woken: Condvar::new() })
    }

    /// A person was erased, durably.
    pub(crate) fn erased(&self) {
        self.post.lock().wanted = true;
        self.woken.notify_one();
    }

    /// The thread ends, even within a pass.
    pub(crate) fn close(&self) {
        self.post.lock().closed = true;
        self.woken.notify_one();
    }

    /// The thread's work.
    pub(crate) fn run(&self, connection: &Connection, queue: &Queue, log: &Log) {
        loop {
            let mut post = self.post.lock();
            while !post.wanted && !post.closed {
                self.woken.wait(&mut post);
            }
            if post.closed {
                return;
            }
            post.wanted = false;
            drop(post);
            match self.pass(connection, queue) {
                Ok(true) => log.erased(),
                Ok(false) => {}
                Err(fault) => {
                    tracing::warn!(%fault, "what erased persons left is not wiped, trying again");
                    self.post.lock().wanted = true;
                    self.pause(RETRY);
                }
            }
        }
    }

    /// Waits; gives whether the thread is to end.
    fn pause(&self, time: Duration) -> bool {
        let mut post = self.post.lock();
        if !post.closed {
            self.woken.wait_for(&mut post, time);
        }
        post.closed
    }

    /// Gives whether there was anything to do and all of it is done.
    fn pass(&self, connection: &Connection, queue: &Queue) -> Result<bool, Fault> {
        let (erasures, swept): (i64, i64) =
            connection.query_row("SELECT erasures, swept FROM meta", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        if erasures == swept {
            return Ok(false);
        }
        let mut next = 1;
        loop {
            let pages = count(connection)?;
            if next > pages {
                break;
            }
            let unclean = look(connection, next..(next + STEP).min(pages + 1))?;
            if !unclean.is_empty() {
                write(queue, move |tx| wipe(tx, &unclean))?;
            }
            next += STEP;
            if self.pause(PAUSE) {
                return Ok(false);
            }
        }
        write(queue, move |tx| {
            tx.connection.execute("UPDATE meta SET swept = ?1", [erasures])?;
            Ok(())
        })?;
        Ok(true)
    }
}

/// Has the writer run a function, and waits until it is committed.
fn write(
    queue: &Queue,
    run: impl FnMut(&mut Tx<'_, '_>) -> Result<(), Fault> + Send + 'static,
) -> Result<(), Fault> {
    let answer = writer::enqueue(queue, 0, Manner::OnlyAdds, run).map_err(Fault::Broken)?;
    answer.blocking_recv().unwrap_or_else(|_| Err(Fault::Away("the store ended".into())))
}

fn count(connection: &Connection) -> Result<u32, Fault> {
    let pages = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
    if pages > MOST_PAGES {
        return Err(Fault::failed("the database is too large to be swept"));
    }
    Ok(pages)
}

const PAGE: &str = "SELECT data FROM sqlite_dbpage WHERE pgno = ?1";

/// The pages among these whose gap is not empty.
fn look(connection: &Connection, pages: Range<u32>) -> Result<Vec<u32>, Fault> {
    let mut read = connection.prepare_cached(PAGE)?;
    let mut unclean = Vec::new();
    for number in pages {
        let mut rows = read.query([number])?;
        let Some(row) = rows.next()? else { break };
        let page = row.get_ref(0)?.as_blob().map_err(|error| Fault::corrupt(error.to_string()))?;
        if gap(number, page).is_some_and(|gap| page[gap].iter().any(|byte| *byte != 0)) {
            unclean.push(number);
        }
    }
    Ok(unclean)
}

/// Fills the gaps of these pages, as they are in this transaction, with zeros.
fn wipe(tx: &mut Tx<'_, '_>, pages: &[u32]) -> Result<(), Fault> {
    let mut read = tx.connection.prepare_cached(PAGE)?;
    let mut write =
        tx.connection.prepare_cached("UPDATE sqlite_dbpage SET data = ?2 WHERE pgno = ?1")?;
    for number in pages {
        let mut page: Vec<u8> = read.query_row([number], |row| row.get(0))?;
        if let Some(gap) = gap(*number, &page) {
            page[gap].fill(0);
            write.execute((number, page))?;
        }
    }
    Ok(())
}

/// Where nothing is on a page of a table's or an index's rows, between their directory and the
/// rows; `None` for every other page. See SQLite's file format, "B-tree Pages".
fn gap(number: u32, page: &[u8]) -> Option<Range<usize>> {
    const INDEX_INTERIOR: u8 = 2;
    const INDEX_LEAF: u8 = 10;
    const TABLE_LEAF: u8 = 13;
    // The first page begins with the file's own header.
    let header = if number == 1 { 100 } else { 0 };
    let two =
        |at: usize| Some(usize::from(u16::from_be_bytes([*page.get(at)?, *page.get(at + 1)?])));
    let directory = match *page.get(header)? {
        INDEX_INTERIOR => header + 12,
        INDEX_LEAF | TABLE_LEAF => header + 8,
        _ => return None,
    };
    let (cells, content) = (two(header + 3)?, two(header + 5)?);
    let gap = directory + 2 * cells..content;
    (gap.start <= gap.end && gap.end <= page.len()).then_some(gap)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch(
                "PRAGMA secure_delete = ON;
                 CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);
                 CREATE INDEX i ON t (b);",
            )
            .unwrap();
        connection
    }

    /// The gaps that are found are exactly what SQLite does not use, on each kind of page.
    #[test]
    fn gaps_are_what_sqlite_does_not_use() {
        let connection = database();
        let mut insert = connection.prepare("INSERT INTO t VALUES (?1, ?2)").unwrap();
        for index in 0..4_000_i64 {
            let text = format!("{:0>9}", index * 7_919 % 10_007).repeat(1 + index as usize % 9);
            insert.execute((index * 31 % 4_001, text)).unwrap();
        }
        let mut pages = connection.prepare("SELECT pgno, data FROM sqlite_dbpage").unwrap();
        let mut rows = pages.query([]).unwrap();
        let mut found = 0;
        while let Some(row) = rows.next().unwrap() {
            let (number, page): (u32, Vec<u8>) = (row.get(0).unwrap(), row.get(1).unwrap());
            let Some(gap) = gap(number, &page) else { continue };
            let unused: Option<usize> = connection
                .query_row("SELECT unused FROM dbstat WHERE pageno = ?1", [number], |row| {
                    row.get(0)
                })
                .unwrap();
            // Rows were only added, so that what is unused is the gap and what splits freed.
            assert!(gap.len() <= unused.unwrap(), "{number}");
            found += 1;
        }
        let types: i64 = connection
            .query_row(
                "SELECT count(*) FROM dbstat WHERE pagetype = 'leaf' OR (name = 'i')",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(found, types);
    }

    #[test]
    fn what_holds_no_rows_has_no_gap() {
        for first in (0..=255_u8).filter(|first| ![2, 10, 13].contains(first)) {
            assert_eq!(gap(2, &[first; 4096]), None);
        }
        for (cells, content, wanted) in
            [(3, 4000, Some(14..4000)), (0, 4096, Some(8..4096)), (9, 20, None), (1, 5000, None)]
        {
            let mut page = vec![0; 4096];
            page[0] = 13;
            page[3..5].copy_from_slice(&u16::to_be_bytes(cells));
            page[5..7].copy_from_slice(&u16::to_be_bytes(content));
            assert_eq!(gap(2, &page), wanted);
        }
        assert_eq!(gap(2, &[13]), None);
    }
}
