//! What the receiver remembers of a request.

use bytes::Bytes;
use tokio::time::Instant;

/// A request as it arrived, whole.
#[derive(Debug, Clone)]
pub struct Received {
    /// The method, as sent.
    pub method: String,
    /// Path and query, as sent.
    pub path: String,
    /// The headers in order: names in lower case, values as text (bytes that are not UTF-8
    /// replaced).
    pub headers: Vec<(String, String)>,
    /// The body, without its chunks' frames.
    pub body: Bytes,
    /// When its last byte arrived.
    pub at: Instant,
    /// Which connection it came on, counted from 1.
    pub connection: u64,
    /// Its place among the requests of its connection, counted from 1.
    pub on_connection: u32,
}

impl Received {
    /// The first header of this name, given in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// How many headers have this name, given in lower case.
    pub fn count_of(&self, name: &str) -> usize {
        self.headers.iter().filter(|(known, _)| known == name).count()
    }

    /// The body as text.
    ///
    /// # Panics
    /// When it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is text")
    }
}
