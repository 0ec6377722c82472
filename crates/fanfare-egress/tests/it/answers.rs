//! What a receiver may answer, and what comes of it: heads, statuses, floods, silence.

use std::time::Duration;

use fanfare_egress::{EgressError, ErrorClass, Response};
use tokio::time::{Instant, sleep};

use crate::support::{Receiver, ample, post};

async fn send(answer: impl Into<Vec<u8>>) -> (Result<Response, EgressError>, bool) {
    let receiver = Receiver::answering(answer).await;
    let mut channel = receiver.connect().await;
    let result = channel.send(post("{}"), ample()).await;
    assert_eq!(receiver.accepted(), 1);
    (result, channel.is_reusable())
}

#[tokio::test]
async fn the_request_arrives_as_it_was_given() {
    let (sender, mut requests) = tokio::sync::mpsc::unbounded_channel();
    let receiver = Receiver::start(move |mut peer, _| {
        let sender = sender.clone();
        async move {
            sender.send(peer.request().await).unwrap();
            peer.say(b"HTTP/1.1 204 No Content\r\nretry-after: 3\r\n\r\n").await;
            peer.until_closed().await;
        }
    })
    .await;
    let mut channel = receiver.connect().await;
    let mut request = post("{\"a\":1}");
    *request.uri_mut() = "/hook?a=b".parse().unwrap();
    request.headers_mut().insert("x-one", "1".parse().unwrap());
    request.headers_mut().insert("host", "elsewhere.example.com".parse().unwrap());
    let response = channel.send(request, ample()).await.unwrap();
    assert_eq!(response.status, 204);
    assert_eq!(response.headers["retry-after"], "3");
    assert_eq!(response.peer, receiver.address);
    assert_eq!(channel.peer(), receiver.address);
    assert!(response.body.is_empty() && !response.body_truncated);
    assert!(channel.is_reusable());
    let (head, body) = requests.recv().await.unwrap();
    assert!(head.starts_with("post /hook?a=b http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("\r\nhost: {}\r\n", receiver.address)), "{head}");
    assert!(!head.contains("elsewhere"), "{head}");
    assert!(head.contains("\r\nx-one: 1\r\n"), "{head}");
    assert_eq!(body, b"{\"a\":1}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_like_any_other() {
    let canary = Receiver::answering("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    for status in [301, 302, 303, 307, 308] {
        let answer = format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {0}\r\nrefresh: 0; url={0}\r\n\
             alt-svc: h2=\"{1}\"\r\ncontent-length: 0\r\n\r\n",
            canary.url(),
            canary.address
        );
        let (result, reusable) = send(answer).await;
        assert_eq!(result.unwrap().status, status);
        assert!(reusable);
    }
    assert_eq!(canary.accepted(), 0);
}

#[tokio::test]
async fn statuses_outside_of_the_known_classes_stay_visible() {
    for status in [101, 600, 999] {
        let answer = format!("HTTP/1.1 {status} Odd\r\ncontent-length: 0\r\n\r\n");
        let (result, reusable) = send(answer).await;
        assert_eq!(result.unwrap().status, status);
        assert_eq!(reusable, status != 101, "{status}");
    }
}

#[tokio::test]
async fn what_is_not_http_is_a_protocol_error() {
    let huge = format!("HTTP/1.1 200 OK\r\nx: {}", "a".repeat(1 << 20));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(101));
    for answer in [
        "HTTP/1.1 099 Odd\r\n\r\n",
        "SSH-2.0-OpenSSH_9.9\r\n",
        "HTTP/2.0 200 OK\r\n\r\n",
        "<html></html>\r\n\r\n",
        "HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        &huge,
        &many,
    ] {
        let (result, reusable) = send(answer).await;
        let error = result.unwrap_err();
        assert_eq!(error.class(), ErrorClass::Protocol, "{}", error.detail());
        assert!(error.sent() && !error.is_stale_reuse() && !reusable);
    }
}

#[tokio::test]
async fn a_hundred_headers_of_any_bytes_are_taken() {
    let mut answer = b"HTTP/1.1 200 OK\r\nx-latin: caf\xe9\xff\r\n".to_vec();
    answer.extend("x: y\r\n".repeat(98).into_bytes());
    answer.extend(b"content-length: 0\r\n\r\n");
    let (result, reusable) = send(answer).await;
    let response = result.unwrap();
    assert_eq!(response.headers.len(), 100);
    assert_eq!(response.headers["x-latin"].as_bytes(), b"caf\xe9\xff");
    assert!(reusable);
}

#[tokio::test]
async fn sixteen_interim_responses_are_borne_and_no_more() {
    let answer = |interim: usize| {
        let hints = "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(interim);
        format!("HTTP/1.1 100 Continue\r\n\r\n{hints}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    };
    let (result, reusable) = send(answer(15)).await;
    assert_eq!(result.unwrap().status, 200);
    assert!(reusable);
    let (result, reusable) = send(answer(16)).await;
    let error = result.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Protocol);
    assert!(error.detail().contains("1xx") && !reusable);
}

#[tokio::test]
async fn the_count_of_interim_responses_begins_anew_with_each_request() {
    let receiver = Receiver::start(|mut peer, _| async move {
        while !peer.request().await.0.is_empty() {
            let answer = "HTTP/1.1 102 Processing\r\n\r\n".repeat(10);
            peer.say(answer.as_bytes()).await;
            peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        }
    })
    .await;
    let mut channel = receiver.connect().await;
    for _ in 0..5 {
        assert_eq!(channel.send(post("{}"), ample()).await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn an_endless_flood_of_interim_responses_is_cut_at_once() {
    let (sender, mut ended) = tokio::sync::mpsc::unbounded_channel();
    let receiver = Receiver::start(move |mut peer, _| {
        let sender = sender.clone();
        async move {
            peer.request().await;
            let flood = "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000);
            let mut floods = 0;
            while peer.say(flood.as_bytes()).await {
                floods += 1;
            }
            sender.send(floods).unwrap();
        }
    })
    .await;
    let mut channel = receiver.connect().await;
    let error = channel.send(post("{}"), ample()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Protocol);
    // The socket is closed although the channel is still held, so that the flood ends here.
    assert!(ended.recv().await.is_some());
    drop(channel);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_at_the_deadline() {
    let receiver = Receiver::answering("").await;
    let mut channel = receiver.connect().await;
    let began = Instant::now();
    let error = channel.send(post("{}"), began + Duration::from_secs(30)).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    assert!(error.sent() && !error.is_stale_reuse());
    assert_eq!(began.elapsed().as_secs(), 30);
    assert!(!channel.is_reusable());
    channel.closed().await;
}

#[tokio::test(start_paused = true)]
async fn a_dripping_head_ends_at_the_deadline() {
    let receiver = Receiver::start(|mut peer, _| async move {
        peer.request().await;
        peer.say(b"HTTP/1.1 200 OK\r\nx: ").await;
        while peer.say(b"y").await {
            sleep(Duration::from_secs(1)).await;
        }
    })
    .await;
    let mut channel = receiver.connect().await;
    let began = Instant::now();
    let error = channel.send(post("{}"), began + Duration::from_secs(30)).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    assert_eq!(began.elapsed().as_secs(), 30);
}

/// The timer is moved lazily: an earlier request's must neither cut a later one short nor let it
/// run on.
#[tokio::test(start_paused = true)]
async fn each_request_has_its_own_deadline() {
    let receiver = Receiver::start(|mut peer, _| async move {
        for seconds in [8, 8, 8, 100] {
            peer.request().await;
            sleep(Duration::from_secs(seconds)).await;
            peer.say(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
        }
    })
    .await;
    let mut channel = receiver.connect().await;
    for _ in 0..3 {
        let deadline = Instant::now() + Duration::from_secs(10);
        assert_eq!(channel.send(post("{}"), deadline).await.unwrap().status, 200);
    }
    let began = Instant::now();
    let error = channel.send(post("{}"), began + Duration::from_secs(2)).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Timeout);
    assert_eq!(began.elapsed().as_secs(), 2);
}
