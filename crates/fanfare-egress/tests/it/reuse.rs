//! One connection, many requests: when it goes on, and whose fault its end is.

use std::time::Duration;

use fanfare_egress::ErrorClass;
use tokio::time::Instant;

use crate::support::{Receiver, ample, post};

const OK: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

#[tokio::test]
async fn requests_follow_each_other_on_one_connection() {
    let receiver = Receiver::start(|mut peer, _| async move {
        loop {
            let (_, body) = peer.request().await;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            if body.is_empty() || !peer.say(&[head.as_bytes(), &body].concat()).await {
                return;
            }
        }
    })
    .await;
    let mut channel = receiver.connect().await;
    for number in 0..200 {
        let body = "x".repeat(number * 7 % 5000 + 1);
        let response = channel.send(post(body.clone()), ample()).await.unwrap();
        assert_eq!(response.body, body);
        assert!(channel.is_reusable());
    }
    assert_eq!(receiver.accepted(), 1);
}

#[tokio::test]
async fn a_receiver_that_says_close_is_believed() {
    let answer = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";
    let receiver = Receiver::answering(answer).await;
    let mut channel = receiver.connect().await;
    assert_eq!(channel.send(post("{}"), ample()).await.unwrap().body, "ok");
    assert!(!channel.is_reusable());
}

#[tokio::test]
async fn the_end_of_an_idle_connection_is_noticed() {
    let receiver = Receiver::start(|mut peer, _| async move {
        peer.request().await;
        peer.say(OK).await;
    })
    .await;
    let mut channel = receiver.connect().await;
    channel.send(post("{}"), ample()).await.unwrap();
    channel.closed().await;
    assert!(!channel.is_reusable());
    let error = channel.send(post("{}"), ample()).await.unwrap_err();
    assert!(error.is_stale_reuse() && !error.sent());
}

#[tokio::test]
async fn waiting_for_the_end_can_be_given_up() {
    let receiver = Receiver::start(|mut peer, _| async move {
        while !peer.request().await.0.is_empty() {
            peer.say(OK).await;
        }
    })
    .await;
    let mut channel = receiver.connect().await;
    for _ in 0..3 {
        let wait = Duration::from_millis(1);
        assert!(tokio::time::timeout(wait, channel.closed()).await.is_err());
        assert_eq!(channel.send(post("{}"), ample()).await.unwrap().status, 200);
    }
}

#[tokio::test]
async fn a_reused_connection_closed_before_the_answer_is_stale() {
    let receiver = Receiver::start(|mut peer, _| async move {
        peer.request().await;
        peer.say(OK).await;
        peer.request().await;
    })
    .await;
    let mut channel = receiver.connect().await;
    channel.send(post("{}"), ample()).await.unwrap();
    let error = channel.send(post("{}"), ample()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Closed, "{}", error.detail());
    assert!(error.is_stale_reuse() && error.sent());
    assert!(!channel.is_reusable());
}

#[tokio::test]
async fn a_reset_of_a_reused_connection_is_stale_too() {
    let receiver = Receiver::start(|mut peer, _| async move {
        peer.request().await;
        peer.say(OK).await;
        // Closing with bytes unread resets the connection.
        peer.stream.readable().await.unwrap();
    })
    .await;
    let mut channel = receiver.connect().await;
    channel.send(post("{}"), ample()).await.unwrap();
    let error = channel.send(post("{}"), ample()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Closed, "{}", error.detail());
    assert!(error.is_stale_reuse());
}

#[tokio::test]
async fn a_fresh_connection_closed_before_the_answer_is_the_receivers_failure() {
    let receiver = Receiver::start(|mut peer, _| async move {
        peer.request().await;
    })
    .await;
    let mut channel = receiver.connect().await;
    let error = channel.send(post("{}"), ample()).await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Closed);
    assert!(!error.is_stale_reuse() && error.sent());
}

#[tokio::test]
async fn an_answer_that_began_is_not_stale() {
    let receiver = Receiver::start(|mut peer, _| async move {
        peer.request().await;
        peer.say(OK).await;
        peer.request().await;
        peer.say(b"HTTP/1.1 20").await;
    })
    .await;
    let mut channel = receiver.connect().await;
    channel.send(post("{}"), ample()).await.unwrap();
    let error = channel.send(post("{}"), ample()).await.unwrap_err();
    assert!(!error.is_stale_reuse(), "{}", error.detail());
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_never_taken_for_one() {
    let receiver = Receiver::start(|mut peer, _| async move {
        peer.request().await;
        peer.say(&[OK, b"HTTP/1.1 500 Planted\r\ncontent-length: 0\r\n\r\n"].concat()).await;
        peer.request().await;
    })
    .await;
    let mut channel = receiver.connect().await;
    assert_eq!(channel.send(post("{}"), ample()).await.unwrap().status, 200);
    if channel.is_reusable() {
        assert!(channel.send(post("{}"), ample()).await.is_err());
    }
}

#[tokio::test]
async fn a_request_given_up_in_the_middle_takes_its_connection_along() {
    let receiver = Receiver::answering("").await;
    let mut channel = receiver.connect().await;
    let wait = Duration::from_millis(1);
    let sent = tokio::time::timeout(wait, channel.send(post("{}"), ample())).await;
    assert!(sent.is_err());
    assert!(!channel.is_reusable());
    channel.closed().await;
    assert!(channel.send(post("{}"), ample()).await.is_err());
}

/// A request costs the task two turns: one that sends and one that receives. Wakes between
/// hyper's own parts would add to them.
#[tokio::test]
async fn a_request_wakes_its_task_once() {
    let receiver = Receiver::start(|mut peer, _| async move {
        while !peer.request().await.0.is_empty() {
            // The answer comes after the sender has gone to sleep.
            tokio::task::yield_now().await;
            peer.say(OK).await;
        }
    })
    .await;
    let mut channel = receiver.connect().await;
    channel.send(post("{}"), ample()).await.unwrap();
    let mut turns = 0;
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut send = std::pin::pin!(async {
        for _ in 0..100 {
            channel.send(post("{}"), deadline).await.unwrap();
        }
    });
    std::future::poll_fn(|cx| {
        turns += 1;
        send.as_mut().poll(cx)
    })
    .await;
    assert!(turns <= 120, "{turns} turns for 100 requests");
}
