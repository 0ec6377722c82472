//! Response bodies: how much is kept, how much is read, and what a broken one means.

use std::time::Duration;

use fanfare_egress::{ErrorClass, Response};
use tokio::time::{Instant, sleep};

use crate::support::{Receiver, ample, post};

const KIB: usize = 1024;

async fn send(answer: impl Into<Vec<u8>>) -> (Response, bool) {
    let receiver = Receiver::answering(answer).await;
    let mut channel = receiver.connect().await;
    let response = channel.send(post("{}"), ample()).await.unwrap();
    (response, channel.is_reusable())
}

fn sized(length: usize) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{}", "b".repeat(length))
}

#[tokio::test]
async fn what_is_kept_and_what_is_read_of_a_body() {
    let cases = [
        (1, 1, false, true),
        (16 * KIB, 16 * KIB, false, true),
        (16 * KIB + 1, 16 * KIB, true, true),
        (64 * KIB, 16 * KIB, true, true),
        (10 * KIB * KIB, 16 * KIB, true, false),
    ];
    for (length, kept, truncated, reusable) in cases {
        let (response, is_reusable) = send(sized(length)).await;
        assert_eq!(response.status, 200);
        assert_eq!(response.body, "b".repeat(kept), "{length}");
        assert_eq!(response.body_truncated, truncated, "{length}");
        assert_eq!(is_reusable, reusable, "{length}");
        assert!(response.body_error.is_none());
    }
}

#[tokio::test]
async fn an_endless_body_in_small_chunks_is_cut() {
    let (sender, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let receiver = Receiver::start(move |mut peer, _| {
        let sender = sender.clone();
        async move {
            peer.request().await;
            peer.say(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
            let chunks = "1\r\nx\r\n".repeat(1000);
            while peer.say(chunks.as_bytes()).await {}
            sender.send(()).unwrap();
        }
    })
    .await;
    let mut channel = receiver.connect().await;
    let response = channel.send(post("{}"), ample()).await.unwrap();
    assert_eq!(response.body, "x".repeat(16 * KIB));
    assert!(response.body_truncated && response.body_error.is_none());
    assert!(!channel.is_reusable());
    assert!(ended.recv().await.is_some(), "the receiver's socket was closed");
}

#[tokio::test]
async fn chunks_are_joined_and_the_connection_goes_on() {
    let answer = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nt: x\r\n\r\n";
    let (response, reusable) = send(answer).await;
    assert_eq!(response.body, "abcde");
    assert!(reusable && !response.body_truncated);
}

#[tokio::test]
async fn compressed_bytes_stay_as_they_are() {
    let bomb = [0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3, 0xff, 0xfe];
    let mut answer =
        b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 12\r\n\r\n".to_vec();
    answer.extend(bomb);
    let (response, reusable) = send(answer).await;
    assert_eq!(response.body, bomb.as_slice());
    assert_eq!(response.headers["content-encoding"], "gzip");
    assert!(reusable);
}

#[tokio::test]
async fn both_lengths_at_once_end_the_connection() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n\
                  2\r\nok\r\n0\r\n\r\n";
    let (response, reusable) = send(answer).await;
    assert_eq!((response.status, &response.body[..]), (200, &b"ok"[..]));
    assert!(!reusable);
}

#[tokio::test]
async fn a_body_without_length_ends_with_its_connection() {
    let receiver = Receiver::start(|mut peer, _| async move {
        peer.request().await;
        peer.say(b"HTTP/1.0 200 OK\r\n\r\nold").await;
    })
    .await;
    let mut channel = receiver.connect().await;
    let response = channel.send(post("{}"), ample()).await.unwrap();
    assert_eq!(response.body, "old");
    assert!(response.body_error.is_none() && !channel.is_reusable());
}

#[tokio::test]
async fn the_status_counts_even_when_the_body_breaks_off() {
    for answer in [
        "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\nzz\r\n",
    ] {
        let receiver = Receiver::start(move |mut peer, _| async move {
            peer.request().await;
            peer.say(answer.as_bytes()).await;
        })
        .await;
        let mut channel = receiver.connect().await;
        let response = channel.send(post("{}"), ample()).await.unwrap();
        assert_eq!((response.status, &response.body[..]), (200, &b"part"[..]), "{answer}");
        let error = response.body_error.unwrap();
        assert_eq!(error.class(), ErrorClass::Closed, "{}", error.detail());
        assert!(!error.is_stale_reuse() && !channel.is_reusable());
    }
}

#[tokio::test(start_paused = true)]
async fn a_dripping_body_ends_at_the_deadline_and_the_status_counts() {
    let receiver = Receiver::start(|mut peer, _| async move {
        peer.request().await;
        peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n").await;
        while peer.say(b"d").await {
            sleep(Duration::from_secs(10)).await;
        }
    })
    .await;
    let mut channel = receiver.connect().await;
    let began = Instant::now();
    let response = channel.send(post("{}"), began + Duration::from_secs(25)).await.unwrap();
    assert_eq!(began.elapsed().as_secs(), 25);
    assert_eq!((response.status, &response.body[..]), (200, &b"ddd"[..]));
    assert_eq!(response.body_error.unwrap().class(), ErrorClass::Timeout);
    assert!(!channel.is_reusable());
}

#[tokio::test]
async fn an_answer_before_the_request_was_read_counts_and_ends_the_connection() {
    let receiver = Receiver::start(|mut peer, _| async move {
        peer.stream.readable().await.unwrap();
        peer.say(b"HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n").await;
        std::future::pending::<()>().await;
    })
    .await;
    let mut channel = receiver.connect().await;
    // More than the sockets' buffers take: what is left of it must not be taken for the
    // beginning of the next request.
    let response = channel.send(post(vec![b'x'; 64 * KIB * KIB]), ample()).await.unwrap();
    assert_eq!(response.status, 413);
    assert!(!channel.is_reusable());
}
