//! One connection of a sender to the sink.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::book::Receipt;
use super::{Sink, WEBHOOKS};
use crate::clock;
use crate::event_key::EventKey;
use crate::http::{self, Request};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
/// A request that is longer is none of ours.
const LONGEST: usize = 1 << 20;

/// Serves a connection until its other end closes it or sends what is no request.
pub(super) async fn serve(mut stream: TcpStream, sink: Arc<Sink>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; 8 * 1024];
    let mut filled = 0;
    let mut answers = Vec::with_capacity(ANSWER.len() * 4);
    loop {
        if filled == buffer.len() {
            if filled >= LONGEST {
                sink.book().counts.malformed += 1;
                return Ok(());
            }
            buffer.resize(filled * 2, 0);
        }
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            return Ok(());
        }
        filled += read;
        let Some(taken) = take(&sink, &buffer[..filled], &mut answers) else { return Ok(()) };
        buffer.copy_within(taken..filled, 0);
        filled -= taken;
        if !answers.is_empty() {
            stream.write_all(&answers).await?;
            answers.clear();
        }
    }
}

/// Takes all whole requests from the front of `bytes` and adds an answer for each that gets
/// one. Gives the number of bytes taken; `None` when there is something that is no request.
fn take(sink: &Sink, bytes: &[u8], answers: &mut Vec<u8>) -> Option<usize> {
    let at = clock::now();
    let mut taken = 0;
    let mut book = sink.book();
    loop {
        let mut headers = http::headers();
        let request = match Request::parse(&bytes[taken..], &mut headers) {
            Ok(Some(request)) => request,
            Ok(None) => return Some(taken),
            Err(_) => {
                book.counts.malformed += 1;
                return None;
            }
        };
        taken += request.length;
        if sink.hang.as_deref() == Some(request.path) {
            book.counts.hung += 1;
            continue;
        }
        answers.extend_from_slice(ANSWER);
        match (webhook(request.path), EventKey::find(request.body)) {
            (Some(webhook), Some((event, _))) => book.note(Receipt { at, webhook, event }),
            _ => book.counts.malformed += 1,
        }
        if let Some(sample) = &sink.sample
            && let Some(good) = sample.look_at(&request, at)
        {
            let counts = &mut book.counts;
            *if good { &mut counts.verified } else { &mut counts.mismatched } += 1;
        }
    }
}

/// The number in `/h/0` … `/h/9`.
fn webhook(path: &str) -> Option<usize> {
    let number: usize = path.strip_prefix("/h/")?.parse().ok()?;
    (number < WEBHOOKS).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_ten_paths_are_webhooks() {
        assert_eq!(webhook("/h/0"), Some(0));
        assert_eq!(webhook("/h/9"), Some(9));
        for path in ["/h/10", "/h/", "/h/x", "/", "/stats"] {
            assert_eq!(webhook(path), None, "{path}");
        }
    }
}
