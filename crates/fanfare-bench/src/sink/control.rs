//! Questions to the sink, on a port of their own.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Sink;
use crate::http::{self, Request};

/// A question is a line and a few headers.
const LONGEST: usize = 4 * 1024;

/// Answers questions until the other end closes the connection.
pub(super) async fn serve(mut stream: TcpStream, sink: Arc<Sink>) -> io::Result<()> {
    let mut buffer = Vec::new();
    while buffer.len() < LONGEST {
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
        let mut headers = http::headers();
        let Ok(parsed) = Request::parse(&buffer, &mut headers) else { return Ok(()) };
        let Some(request) = parsed else { continue };
        let finish = request.path == "/finish";
        let answer = answer(&sink, request.path);
        buffer.clear();
        stream.write_all(&answer).await?;
        if finish {
            sink.finished.notify_one();
        }
    }
    Ok(())
}

fn answer(sink: &Sink, path: &str) -> Vec<u8> {
    let (status, body) = match path {
        "/stats" => ("200 OK", counts(sink)),
        "/finish" => {
            let written = sink.book().write(&sink.out);
            match written {
                Ok(()) => ("200 OK", counts(sink)),
                Err(error) => ("500 Internal Server Error", error.to_string()),
            }
        }
        _ => ("404 Not Found", String::new()),
    };
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn counts(sink: &Sink) -> String {
    serde_json::to_string(&sink.book().counts).unwrap_or_default()
}
