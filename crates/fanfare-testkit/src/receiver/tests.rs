use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;

use super::{Answer, Receiver};
use crate::HttpClient;

#[test]
fn requests_are_remembered_and_answered_in_order() {
    let receiver = Receiver::answering(Answer::text(500, "no"));
    receiver.then([Answer::status(201), Answer::too_many(7), Answer::redirect(302, "/there")]);
    let mut client = HttpClient::new(receiver.addr(), Some("key"));
    assert_eq!(client.post("/a?b=c", "{}").unwrap().status, 201);
    assert_eq!(client.get("/").unwrap().header("retry-after"), Some("7"));
    assert_eq!(client.get("/").unwrap().header("location"), Some("/there"));
    let last = client.get("/").unwrap();
    assert_eq!((last.status, last.text()), (500, "no"));

    let requests = receiver.wait_for_blocking(4);
    let first = &requests[0];
    assert_eq!((first.method.as_str(), first.path.as_str()), ("POST", "/a?b=c"));
    assert_eq!((first.header("authorization"), first.text()), (Some("Bearer key"), "{}"));
    assert_eq!((requests[3].connection, requests[3].on_connection), (1, 4), "kept alive");
    assert!(requests[3].at >= first.at);
    receiver.forget();
    assert_eq!((receiver.count(), receiver.connections()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn it_can_be_waited_for_while_the_tests_own_time_stands_still() {
    let receiver = Receiver::start();
    let addr = receiver.addr();
    let posting = tokio::task::spawn_blocking(move || HttpClient::new(addr, None).post("/", "1"));
    assert_eq!(receiver.wait_for(1).await[0].text(), "1");
    assert_eq!(posting.await.unwrap().unwrap().status, 200);
}

#[test]
fn chunked_bodies_are_read_without_their_frames() {
    let receiver = Receiver::start();
    let answer = converse(
        &receiver,
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n\
          3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: 1\r\n\r\n",
        "200",
    );
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(receiver.requests()[0].text(), "abcde");
}

#[test]
fn what_was_asked_is_answered_by_a_function_of_the_request() {
    let receiver = Receiver::start();
    receiver.by(|request| Answer::status(if request.path == "/bad" { 400 } else { 204 }));
    let mut client = HttpClient::new(receiver.addr(), None);
    assert_eq!(client.get("/bad").unwrap().status, 400);
    assert_eq!(client.get("/good").unwrap().status, 204);
}

#[test]
fn bad_answers_are_as_bad_as_asked_for() {
    let cases = [
        (Answer::Raw(Bytes::from_static(b"HTTP/0.9\n")), "HTTP/0.9\n"),
        (Answer::Broken { promised: 9, body: "abc".into() }, "content-length: 9\r\n\r\nabc"),
        (Answer::Informational { count: Some(2) }, "rel=preload\r\n\r\nHTTP/1.1 200 OK"),
        (Answer::Headers { count: Some(300) }, "x-filler: 0123456789abcdef0123\r\ncontent-length"),
        (Answer::Huge { bytes: 20_000 }, "\r\ne20\r\nxxx"),
        (Answer::OK.then_close(), "content-length: 0"),
        (Answer::DripBody(Duration::from_millis(1)), "1\r\nx\r\n1\r\nx\r\n"),
        (Answer::DripHead(Duration::from_millis(1)), "x-drip: xxxx"),
        (Answer::OK.after(Duration::from_millis(5)), "200"),
        (Answer::Close, ""),
    ];
    for (answer, expected) in cases {
        let receiver = Receiver::answering(answer.clone());
        let got = converse(&receiver, b"GET / HTTP/1.1\r\n\r\n", expected);
        assert!(got.contains(expected), "{answer:?} gave {} bytes", got.len());
        assert_eq!(receiver.count(), 1);
    }
}

#[test]
fn a_reset_is_a_reset() {
    let receiver = Receiver::answering(Answer::Reset);
    let mut client = HttpClient::new(receiver.addr(), None);
    let error = client.get("/").unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn hanging_requests_are_counted_until_the_other_side_gives_up() {
    let receiver = Receiver::answering(Answer::Hang);
    let mut streams: Vec<_> =
        (0..3).map(|_| TcpStream::connect(receiver.addr()).unwrap()).collect();
    for stream in &mut streams {
        stream.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    }
    receiver.wait_for_blocking(3);
    assert_eq!((receiver.in_flight(), receiver.open_connections()), (3, 3));
    drop(streams);
    while receiver.open_connections() > 0 {
        std::thread::yield_now();
    }
    assert_eq!((receiver.in_flight(), receiver.peak_in_flight()), (0, 3));
}

#[test]
fn one_that_stopped_refuses_and_can_come_back() {
    let receiver = Receiver::start();
    let addr = receiver.addr();
    receiver.stop();
    let error = TcpStream::connect(addr).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
    let receiver = Receiver::start_at(addr);
    assert_eq!(HttpClient::new(receiver.addr(), None).get("/").unwrap().status, 200);
}

#[test]
fn the_bomb_is_small_and_repeats_one_code() {
    let receiver = Receiver::answering(Answer::GzipBomb { bytes: 50_000 });
    let answer = HttpClient::new(receiver.addr(), None).get("/").unwrap();
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    let bomb = answer.body;
    assert_eq!(bomb.len(), 50_000);
    assert_eq!(bomb[..2], [0x1f, 0x8b]);
    // The codes of 13 bits come back to the same place of a byte after 13 bytes.
    assert!(bomb[12..].windows(14).all(|part| part[0] == part[13]));
    let receiver = Receiver::answering(Answer::GzipBomb { bytes: 5 });
    let answer = HttpClient::new(receiver.addr(), None).get("/").unwrap();
    assert_eq!(answer.body, bomb[..5]);
}

/// Sends these bytes and reads until this text came, the connection ends, or a while passed.
fn converse(receiver: &Receiver, request: &[u8], enough: &str) -> String {
    let mut stream = TcpStream::connect(receiver.addr()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    stream.write_all(request).unwrap();
    let mut got = Vec::new();
    let mut part = [0; 4096];
    while enough.is_empty() || !String::from_utf8_lossy(&got).contains(enough) {
        match stream.read(&mut part) {
            Ok(0) | Err(_) => break,
            Ok(size) => got.extend_from_slice(&part[..size]),
        }
    }
    String::from_utf8_lossy(&got).into_owned()
}
