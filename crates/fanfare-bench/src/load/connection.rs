//! One kept connection of the load: a request out, its response in.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::http::Response;

/// A connection with the bytes that have come in on it.
pub(super) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

impl Connection {
    /// # Errors
    /// When the other end does not accept it.
    pub(super) async fn open(target: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(target).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 4 * 1024], filled: 0 })
    }

    /// Sends a request and calls `with` on the response once it is there as a whole.
    ///
    /// # Errors
    /// When the connection breaks, or what comes is not a response framed by its length; the
    /// connection is of no use then.
    pub(super) async fn exchange<T>(
        &mut self,
        request: &[u8],
        with: impl FnOnce(&Response<'_>) -> T,
    ) -> io::Result<T> {
        self.stream.write_all(request).await?;
        loop {
            if self.filled == self.buffer.len() {
                self.buffer.resize(self.filled * 2, 0);
            }
            let read = self.stream.read(&mut self.buffer[self.filled..]).await?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.filled += read;
            let parsed = Response::parse(&self.buffer[..self.filled]);
            let malformed = |_| io::Error::from(io::ErrorKind::InvalidData);
            let Some(response) = parsed.map_err(malformed)? else { continue };
            let result = with(&response);
            let length = response.length;
            self.buffer.copy_within(length..self.filled, 0);
            self.filled -= length;
            return Ok(result);
        }
    }
}
