//! The ways to answer a request, good and bad.

use std::time::Duration;

use bytes::Bytes;

/// How one request is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A whole answer with `Content-Length`; the connection stays open.
    Whole {
        /// The status, 100 to 999.
        status: u16,
        /// More headers, written as they are.
        headers: Vec<(String, String)>,
        /// The body.
        body: Bytes,
    },
    /// Waits, then answers.
    After(Duration, Box<Answer>),
    /// Answers, then closes the connection without having said so.
    ThenClose(Box<Answer>),
    /// Never answers; keeps the connection open until the other side closes it.
    Hang,
    /// Reads nothing more and sends a TCP reset instead of an answer.
    Reset,
    /// Closes the connection without an answer.
    Close,
    /// The head of a `200`, one byte at a time with this wait between, without end.
    DripHead(Duration),
    /// A complete head, then one byte of an endless chunked body at a time.
    DripBody(Duration),
    /// A head that says `Content-Length: promised`, these bytes, then the connection closes.
    Broken {
        /// What the head says.
        promised: u64,
        /// What is sent.
        body: Bytes,
    },
    /// A `200` with a chunked body of so many bytes, all of them `x`.
    Huge {
        /// Length of the body.
        bytes: u64,
    },
    /// A `200` with `Content-Encoding: gzip` whose body of so many bytes inflates to about 150
    /// times as much. The stream has no end.
    GzipBomb {
        /// Length of the body as sent.
        bytes: u64,
    },
    /// So many interim answers (`103`), then a `200`.
    Informational {
        /// How many; `None`: without end.
        count: Option<u32>,
    },
    /// A head of so many headers of 32 bytes, then an empty `200`; `None`: without end.
    Headers {
        /// How many; `None`: without end.
        count: Option<u32>,
    },
    /// These bytes, whatever they are, then the connection closes.
    Raw(Bytes),
}

impl Answer {
    /// An empty `200`.
    pub const OK: Self = Self::status(200);

    /// An empty answer with this status.
    pub const fn status(status: u16) -> Self {
        Self::Whole { status, headers: Vec::new(), body: Bytes::new() }
    }

    /// An answer with a body of plain text.
    pub fn text(status: u16, body: &str) -> Self {
        let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
        Self::Whole { status, headers, body: Bytes::copy_from_slice(body.as_bytes()) }
    }

    /// An empty answer with this header.
    pub fn with_header(status: u16, name: &str, value: &str) -> Self {
        let headers = vec![(name.to_owned(), value.to_owned())];
        Self::Whole { status, headers, body: Bytes::new() }
    }

    /// A redirect to this place.
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::with_header(status, "location", location)
    }

    /// `429` with a `Retry-After` of so many seconds.
    pub fn too_many(seconds: u64) -> Self {
        Self::with_header(429, "retry-after", &seconds.to_string())
    }

    /// This answer, after a wait.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self::After(wait, Box::new(self))
    }

    /// This answer, and then the connection closes unannounced.
    #[must_use]
    pub fn then_close(self) -> Self {
        Self::ThenClose(Box::new(self))
    }
}

/// A gzip stream of zeros that never ends, as its beginning and what follows again and again: one
/// deflate block with fixed codes (RFC 1951 §3.2.6), a literal zero and then "258 bytes, as one byte
/// back" without end. That code has 13 bits, so the bytes repeat after 13 of them.
pub(super) fn gzip_zeros() -> (Vec<u8>, Vec<u8>) {
    // Magic, deflate, no flags, no time, no extra flags, unknown system (RFC 1952 §2.3).
    let mut stream = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    // The first byte with bits of the block's header or of the literal is not part of the period,
    // nor is the second.
    let begin = stream.len() + 2;
    // Codes are written from their top bit, so their bits stand here in reverse. The block's
    // header: last block, fixed codes. The literal 0: 00110000. Then again and again length 258,
    // 11000101, and distance 1, 00000.
    let head = [(0b011_u32, 3), (0b0000_1100, 8)];
    let mut codes = head.into_iter().chain(std::iter::repeat((0b0_0000_1010_0011, 13)));
    let (mut pending, mut held) = (0, 0);
    while stream.len() < begin + 13 {
        let Some((code, length)) = codes.next() else { break };
        pending |= code << held;
        held += length;
        while held >= 8 {
            stream.push(pending as u8);
            pending >>= 8;
            held -= 8;
        }
    }
    stream.truncate(begin + 13);
    let period = stream.split_off(begin);
    (stream, period)
}
