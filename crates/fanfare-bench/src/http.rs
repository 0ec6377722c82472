//! As much HTTP/1.1 as both ends of a measurement need: framing by `content-length`, keep-alive,
//! messages that arrive in pieces or several at once. Anything else is an error, not a guess.

use httparse::{EMPTY_HEADER, Header, Status};

/// The most headers of a message.
const HEADERS: usize = 48;

/// A message that this reader does not understand.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// Room for the headers of one message.
pub(crate) type Headers<'a> = [Header<'a>; HEADERS];

/// Empty [`Headers`].
pub(crate) const fn headers<'a>() -> Headers<'a> {
    [EMPTY_HEADER; HEADERS]
}

/// A whole request at the front of a buffer.
pub(crate) struct Request<'h, 'b> {
    /// The target, as sent.
    pub(crate) path: &'b str,
    /// The body.
    pub(crate) body: &'b [u8],
    /// Bytes of the buffer that it takes.
    pub(crate) length: usize,
    headers: &'h [Header<'b>],
}

impl<'h, 'b> Request<'h, 'b> {
    /// Reads the request at the front of `bytes`; `None` until it is there as a whole.
    ///
    /// # Errors
    /// When it is none, or not framed by `content-length`.
    pub(crate) fn parse(
        bytes: &'b [u8],
        headers: &'h mut Headers<'b>,
    ) -> Result<Option<Self>, Malformed> {
        let mut request = httparse::Request::new(headers);
        let Status::Complete(head) = request.parse(bytes).map_err(|_| Malformed)? else {
            return Ok(None);
        };
        let path = request.path.ok_or(Malformed)?;
        let headers: &'h [Header<'b>] = request.headers;
        let length = head + content_length(headers)?;
        let Some(body) = bytes.get(head..length) else { return Ok(None) };
        Ok(Some(Self { path, body, length, headers }))
    }

    /// The value of the first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&'b [u8]> {
        let found = self.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
        found.map(|header| header.value)
    }
}

/// A whole response at the front of a buffer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Response<'b> {
    /// The status.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: &'b [u8],
    /// Bytes of the buffer that it takes.
    pub(crate) length: usize,
}

impl<'b> Response<'b> {
    /// Reads the response at the front of `bytes`; `None` until it is there as a whole.
    ///
    /// # Errors
    /// When it is none, or not framed by `content-length`.
    pub(crate) fn parse(bytes: &'b [u8]) -> Result<Option<Self>, Malformed> {
        let mut headers = headers();
        let mut response = httparse::Response::new(&mut headers);
        let Status::Complete(head) = response.parse(bytes).map_err(|_| Malformed)? else {
            return Ok(None);
        };
        let status = response.code.ok_or(Malformed)?;
        let length = head + content_length(response.headers)?;
        Ok(bytes.get(head..length).map(|body| Self { status, body, length }))
    }
}

fn content_length(headers: &[Header<'_>]) -> Result<usize, Malformed> {
    for header in headers {
        if header.name.eq_ignore_ascii_case("content-length") {
            let text = std::str::from_utf8(header.value).map_err(|_| Malformed)?;
            return text.trim().parse().map_err(|_| Malformed);
        }
        if header.name.eq_ignore_ascii_case("transfer-encoding") {
            return Err(Malformed);
        }
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] =
        b"POST /h/3 HTTP/1.1\r\nhost: x\r\nContent-Length: 5\r\nwebhook-id: a\r\n\r\nhello";

    #[test]
    fn a_request_is_none_until_it_is_whole() {
        for end in 0..REQUEST.len() {
            let mut room = headers();
            assert!(Request::parse(&REQUEST[..end], &mut room).unwrap().is_none(), "{end}");
        }
    }

    #[test]
    fn requests_may_follow_each_other_in_one_buffer() {
        let two = [REQUEST, REQUEST].concat();
        let mut room = headers();
        let request = Request::parse(&two, &mut room).unwrap().unwrap();
        assert_eq!(request.path, "/h/3");
        assert_eq!(request.body, b"hello");
        assert_eq!(request.length, REQUEST.len());
        assert_eq!(request.header("Webhook-Id"), Some(&b"a"[..]));
    }

    #[test]
    fn a_response_is_read_by_its_length() {
        let bytes = b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nokHTTP/1.1";
        let response = Response::parse(bytes).unwrap().unwrap();
        assert_eq!((response.status, response.body), (202, &b"ok"[..]));
        assert_eq!(response.length, bytes.len() - "HTTP/1.1".len());
    }

    #[test]
    fn other_framing_is_refused() {
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
        assert_eq!(Response::parse(chunked), Err(Malformed));
        assert_eq!(Response::parse(b"what?\r\n\r\n"), Err(Malformed));
    }
}
