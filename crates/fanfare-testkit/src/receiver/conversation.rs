//! One connection: requests are read whole, remembered, answered as the script says.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::answer::gzip_zeros;
use super::{Answer, Received, Shared};

/// Most headers of a request, and its largest head and body, in bytes.
const HEADERS: usize = 100;
const HEAD: usize = 64 * 1024;
const BODY: usize = 64 * 1024 * 1024;

/// Why a conversation ended. Nobody is told; it only makes `?` read well.
struct Ended;

impl From<std::io::Error> for Ended {
    fn from(_: std::io::Error) -> Self {
        Self
    }
}

/// Counts the connection for as long as it lives.
struct Open(Arc<Shared>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.log.send_modify(|log| log.open -= 1);
    }
}

/// Counts a request for as long as it is being answered.
struct InFlight(Arc<Shared>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.log.send_modify(|log| log.in_flight -= 1);
    }
}

pub(super) async fn hold(stream: TcpStream, shared: Arc<Shared>) {
    let mut number = 0;
    shared.log.send_modify(|log| {
        log.connections += 1;
        log.open += 1;
        number = log.connections;
    });
    let _open = Open(Arc::clone(&shared));
    let _nagle_stays_on = stream.set_nodelay(true);
    let mut talk = Conversation { stream, buffer: BytesMut::new(), number, requests: 0 };
    while let Ok(request) = talk.read().await {
        shared.log.send_modify(|log| {
            log.requests.push(request.clone());
            log.in_flight += 1;
            log.peak_in_flight = log.peak_in_flight.max(log.in_flight);
        });
        let in_flight = InFlight(Arc::clone(&shared));
        let answer = shared.answer_to(&request);
        if talk.answer(answer).await.is_err() {
            return;
        }
        drop(in_flight);
    }
}

struct Conversation {
    stream: TcpStream,
    buffer: BytesMut,
    number: u64,
    requests: u32,
}

impl Conversation {
    /// The next request, whole.
    async fn read(&mut self) -> Result<Received, Ended> {
        let (head, mut request) = loop {
            if let Some(parsed) = self.parse_head()? {
                break parsed;
            }
            self.more(HEAD).await?;
        };
        let _head = self.buffer.split_to(head);
        let find = |name: &str| request.header(name).map(str::to_ascii_lowercase);
        if find("expect").is_some_and(|value| value == "100-continue") {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        request.body = if find("transfer-encoding").is_some_and(|value| value == "chunked") {
            self.read_chunks().await?
        } else {
            let length = find("content-length").map_or(Ok(0), |text| text.parse());
            self.take(length.map_err(|_| Ended)?).await?
        };
        request.at = Instant::now();
        Ok(request)
    }

    /// The head's length and what it says, once it is complete.
    fn parse_head(&mut self) -> Result<Option<(usize, Received)>, Ended> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        let httparse::Status::Complete(head) = parsed.parse(&self.buffer).map_err(|_| Ended)?
        else {
            return Ok(None);
        };
        let text = |header: &httparse::Header<'_>| {
            let value = String::from_utf8_lossy(header.value).into_owned();
            (header.name.to_ascii_lowercase(), value)
        };
        self.requests += 1;
        let request = Received {
            method: parsed.method.unwrap_or_default().to_owned(),
            path: parsed.path.unwrap_or_default().to_owned(),
            headers: parsed.headers.iter().map(text).collect(),
            body: Bytes::new(),
            at: Instant::now(),
            connection: self.number,
            on_connection: self.requests,
        };
        Ok(Some((head, request)))
    }

    async fn read_chunks(&mut self) -> Result<Bytes, Ended> {
        let mut body = BytesMut::new();
        loop {
            let line = self.take_line().await?;
            let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
            let size = std::str::from_utf8(size).map_err(|_| Ended)?.trim();
            let size = usize::from_str_radix(size, 16).map_err(|_| Ended)?;
            if size == 0 {
                while !self.take_line().await?.is_empty() {}
                return Ok(body.freeze());
            }
            if size > BODY - body.len() {
                return Err(Ended);
            }
            body.extend_from_slice(&self.take(size).await?);
            self.take_line().await?;
        }
    }

    async fn take(&mut self, length: usize) -> Result<Bytes, Ended> {
        while self.buffer.len() < length {
            self.more(BODY).await?;
        }
        Ok(self.buffer.split_to(length).freeze())
    }

    async fn take_line(&mut self) -> Result<Bytes, Ended> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line = self.buffer.split_to(end).freeze();
                let _line_end = self.buffer.split_to(2);
                return Ok(line);
            }
            self.more(HEAD + BODY).await?;
        }
    }

    async fn more(&mut self, limit: usize) -> Result<(), Ended> {
        if self.buffer.len() >= limit || self.stream.read_buf(&mut self.buffer).await? == 0 {
            return Err(Ended);
        }
        Ok(())
    }

    /// Answers; `Err` when the connection is over.
    async fn answer(&mut self, mut answer: Answer) -> Result<(), Ended> {
        let mut close = false;
        loop {
            match answer {
                Answer::After(wait, then) => {
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        ended = hang(&mut self.stream, &mut self.buffer) => return Err(ended),
                    }
                    answer = *then;
                }
                Answer::ThenClose(then) => {
                    close = true;
                    answer = *then;
                }
                plain => {
                    self.send(plain).await?;
                    return if close { Err(Ended) } else { Ok(()) };
                }
            }
        }
    }

    async fn send(&mut self, answer: Answer) -> Result<(), Ended> {
        let stream = &mut self.stream;
        match answer {
            Answer::Whole { status, headers, body } => {
                let mut bytes = format!("HTTP/1.1 {status} Scripted\r\n").into_bytes();
                for (name, value) in headers {
                    bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
                }
                let length = format!("content-length: {}\r\n\r\n", body.len());
                bytes.extend_from_slice(length.as_bytes());
                bytes.extend_from_slice(&body);
                Ok(stream.write_all(&bytes).await?)
            }
            // Unwrapped by `answer`.
            Answer::After(..) | Answer::ThenClose(_) | Answer::Close => Err(Ended),
            Answer::Hang => Err(hang(stream, &mut self.buffer).await),
            Answer::Reset => Err(stream.set_zero_linger().map_or_else(Ended::from, |()| Ended)),
            Answer::DripHead(wait) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\nx-drip: ").await?;
                drip(stream, &mut self.buffer, b"x", wait).await
            }
            Answer::DripBody(wait) => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await?;
                drip(stream, &mut self.buffer, b"1\r\nx\r\n", wait).await
            }
            Answer::Broken { promised, body } => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {promised}\r\n\r\n");
                stream.write_all(&[head.as_bytes(), &body].concat()).await?;
                Err(Ended)
            }
            Answer::Huge { bytes } => huge(stream, "", (b"", &vec![b'x'; 16 * 1024]), bytes).await,
            Answer::GzipBomb { bytes } => {
                let (begin, period) = gzip_zeros();
                let header = "content-encoding: gzip\r\n";
                huge(stream, header, (&begin, &period.repeat(1_024)), bytes).await
            }
            Answer::Informational { count } => {
                let interim = b"HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n";
                repeat(stream, interim, count).await?;
                Ok(stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await?)
            }
            Answer::Headers { count } => {
                stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
                repeat(stream, b"x-filler: 0123456789abcdef0123\r\n", count).await?;
                Ok(stream.write_all(b"content-length: 0\r\n\r\n").await?)
            }
            Answer::Raw(bytes) => {
                stream.write_all(&bytes).await?;
                Err(Ended)
            }
        }
    }
}

/// Keeps what else arrives until the other side closes.
async fn hang(stream: &mut TcpStream, buffer: &mut BytesMut) -> Ended {
    while buffer.len() < BODY {
        match stream.read_buf(buffer).await {
            Ok(0) | Err(_) => return Ended,
            Ok(_) => {}
        }
    }
    Ended
}

/// Sends a piece again and again until the other side closes.
async fn drip(
    stream: &mut TcpStream,
    buffer: &mut BytesMut,
    piece: &[u8],
    wait: Duration,
) -> Result<(), Ended> {
    loop {
        tokio::select! {
            () = tokio::time::sleep(wait) => stream.write_all(piece).await?,
            ended = hang(stream, buffer) => return Err(ended),
        }
    }
}

/// A chunked `200` of so many bytes: a beginning, and then this block again and again.
async fn huge(
    stream: &mut TcpStream,
    header: &str,
    (begin, block): (&[u8], &[u8]),
    bytes: u64,
) -> Result<(), Ended> {
    let head = format!("HTTP/1.1 200 OK\r\n{header}transfer-encoding: chunked\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let chunk = |part: &[u8]| [format!("{:x}\r\n", part.len()).as_bytes(), part, b"\r\n"].concat();
    let part = |part: &[u8], left: u64| part.len().min(usize::try_from(left).unwrap_or(usize::MAX));
    let first = part(begin, bytes);
    if first > 0 {
        stream.write_all(&chunk(&begin[..first])).await?;
    }
    let mut left = bytes - first as u64;
    let whole = chunk(block);
    while left >= block.len() as u64 {
        stream.write_all(&whole).await?;
        left -= block.len() as u64;
    }
    if left > 0 {
        stream.write_all(&chunk(&block[..part(block, left)])).await?;
    }
    Ok(stream.write_all(b"0\r\n\r\n").await?)
}

/// Sends a piece so many times, many in one write.
async fn repeat(stream: &mut TcpStream, piece: &[u8], count: Option<u32>) -> Result<(), Ended> {
    const AT_ONCE: u32 = 256;
    let block = piece.repeat(AT_ONCE as usize);
    let mut left = count.unwrap_or(u32::MAX);
    while left > 0 {
        let now = left.min(AT_ONCE);
        stream.write_all(&block[..piece.len() * now as usize]).await?;
        left = if count.is_none() { u32::MAX } else { left - now };
        // Loopback is fast: let the other connections have their turn.
        tokio::task::yield_now().await;
    }
    Ok(())
}
