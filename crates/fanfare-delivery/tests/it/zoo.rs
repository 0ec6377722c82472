//! Every way to misbehave ends in a recorded class, holds no room, and leaves its neighbour be.

use std::time::Duration;

use bytes::Bytes;
use fanfare_delivery::EngineOptions;
use fanfare_model::{ErrorClass, limits};
use fanfare_testkit::{Answer, Receiver};

use crate::rig::{Rig, until};

/// How each one is answered, and what is recorded: class and status.
fn animals() -> Vec<(&'static str, Answer, Option<ErrorClass>, Option<u16>)> {
    let drip = Duration::from_millis(20);
    vec![
        ("hang", Answer::Hang, Some(ErrorClass::Timeout), None),
        ("drip head", Answer::DripHead(drip), Some(ErrorClass::Timeout), None),
        ("reset", Answer::Reset, Some(ErrorClass::Connect), None),
        ("close", Answer::Close, Some(ErrorClass::Connect), None),
        ("redirect", Answer::redirect(307, "/b"), Some(ErrorClass::Http3xx), Some(307)),
        ("429", Answer::too_many(5), Some(ErrorClass::Http4xx), Some(429)),
        ("500", Answer::text(500, "no"), Some(ErrorClass::Http5xx), Some(500)),
        ("999", Answer::status(999), Some(ErrorClass::Http5xx), Some(999)),
        ("huge", Answer::Huge { bytes: 50_000_000 }, None, Some(200)),
        ("gzip bomb", Answer::GzipBomb { bytes: 1_000_000 }, None, Some(200)),
        (
            "promised more",
            Answer::Broken { promised: 99, body: Bytes::from("ab") },
            None,
            Some(200),
        ),
        ("1xx flood", Answer::Informational { count: None }, Some(ErrorClass::Protocol), None),
        ("header bomb", Answer::Headers { count: None }, Some(ErrorClass::Protocol), None),
        (
            "no http",
            Answer::Raw(Bytes::from("SSH-2.0-OpenSSH_9.2\r\n\r\n")),
            Some(ErrorClass::Protocol),
            None,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_recorded_for_what_it_is_and_the_healthy_are_served() {
    let request_timeout = Duration::from_millis(800);
    let rig = Rig::with(EngineOptions { request_timeout, ..EngineOptions::default() }).await;
    let healthy = Receiver::start();
    rig.webhook(&healthy.url("/"), |_| {}).await;
    let mut zoo = Vec::new();
    for (name, answer, class, status) in animals() {
        let receiver = Receiver::answering(answer);
        let webhook = rig.webhook(&receiver.url("/"), |_| {}).await;
        zoo.push((name, receiver, webhook, class, status));
    }
    rig.publish(5).await;
    healthy.wait_for(5).await;
    for (name, _receiver, webhook, class, status) in &zoo {
        let attempts = until(name, async || {
            let deliveries = rig.deliveries(*webhook).await;
            let done = deliveries.iter().all(|delivery| delivery.attempts == 1);
            (done && deliveries.len() == 5).then_some(deliveries)
        })
        .await;
        for delivery in attempts {
            let attempt = delivery.last_attempt.unwrap();
            assert_eq!((attempt.error_class, attempt.status_code), (*class, *status), "{name}");
            assert!(attempt.response_body.len() <= limits::RESPONSE_KEPT, "{name}");
            assert!(attempt.duration < request_timeout * 2, "{name}: {:?}", attempt.duration);
        }
    }
    until("no room is taken", async || (rig.engine.figures().held == 0).then_some(())).await;
}
