//! A small blocking HTTP/1.1 client for tests of the real binary on loopback: one kept
//! connection, no redirects, no TLS.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// One connection to a server, opened when it is first needed.
#[derive(Debug)]
pub struct HttpClient {
    addr: SocketAddr,
    key: Option<String>,
    stream: Option<BufReader<TcpStream>>,
    timeout: Duration,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    /// The body as text.
    ///
    /// # Panics
    /// When it is not UTF-8.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the answer is text")
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl HttpClient {
    /// A client that presents this key, if any.
    pub fn new(addr: SocketAddr, key: Option<&str>) -> Self {
        let timeout = Duration::from_secs(10);
        Self { addr, key: key.map(str::to_owned), stream: None, timeout }
    }

    /// Sends a `GET`.
    ///
    /// # Errors
    /// When there is no complete answer; the connection is opened anew next time.
    pub fn get(&mut self, path: &str) -> io::Result<HttpAnswer> {
        self.send("GET", path, &[], b"")
    }

    /// Sends a `POST` with a JSON body.
    ///
    /// # Errors
    /// When there is no complete answer; the connection is opened anew next time.
    pub fn post(&mut self, path: &str, json: &str) -> io::Result<HttpAnswer> {
        self.send("POST", path, &[("content-type", "application/json")], json.as_bytes())
    }

    /// Sends any request.
    ///
    /// # Errors
    /// When there is no complete answer; the connection is opened anew next time.
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<HttpAnswer> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.addr);
        if let Some(key) = &self.key {
            head.push_str(&format!("authorization: Bearer {key}\r\n"));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        let answer = self.exchange(head.as_bytes(), body);
        if answer.is_err() {
            self.stream = None;
        }
        answer
    }

    fn exchange(&mut self, head: &[u8], body: &[u8]) -> io::Result<HttpAnswer> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            None => {
                let stream = TcpStream::connect_timeout(&self.addr, self.timeout)?;
                stream.set_read_timeout(Some(self.timeout))?;
                stream.set_nodelay(true)?;
                self.stream.insert(BufReader::new(stream))
            }
        };
        let mut request = head.to_vec();
        request.extend_from_slice(body);
        stream.get_mut().write_all(&request)?;
        let answer = read_answer(stream)?;
        if answer.header("connection") == Some("close") {
            self.stream = None;
        }
        Ok(answer)
    }
}

fn read_answer(stream: &mut BufReader<TcpStream>) -> io::Result<HttpAnswer> {
    let bad = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let first = read_line(stream)?;
    let status = first.split(' ').nth(1).and_then(|text| text.parse().ok());
    let status = status.ok_or_else(|| bad("no status line"))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(stream)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad("no header"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let find = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, v)| v);
    let body = match (find("content-length"), find("transfer-encoding")) {
        (Some(length), _) => {
            let mut body = vec![0; length.parse().map_err(|_| bad("bad content-length"))?];
            stream.read_exact(&mut body)?;
            body
        }
        (None, Some(_)) => read_chunks(stream)?,
        (None, None) => Vec::new(),
    };
    Ok(HttpAnswer { status, headers, body })
}

fn read_chunks(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(stream)?;
        let size = usize::from_str_radix(line.trim(), 16)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let start = body.len();
        body.resize(start + size, 0);
        stream.read_exact(&mut body[start..])?;
        read_line(stream)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn read_line(stream: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    if stream.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end().to_owned())
}
