use super::*;

fn input() -> AttemptHeaders<'static> {
    AttemptHeaders {
        event_id: "wh_evt_01h455vb4pex5vsknk084sn02q",
        event_type: EventType::DistributionWinnerSelected,
        delivery_id: DeliveryId::from_u128(1),
        webhook_id: WebhookId::from_u128(2),
        attempt: 1,
        accepted_at: "2024-06-20T15:30:00Z".parse().unwrap(),
        started_at: "2024-06-20T15:30:01.999Z".parse().unwrap(),
        fanfare_signature: "sha256=abc123",
        standard_signature: Some("v1,AAAA"),
        test: false,
    }
}

fn listed(input: &AttemptHeaders<'_>) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    attempt_headers(input, |name, value| headers.push((name, value.to_owned())));
    headers
}

#[test]
fn golden_headers() {
    let expected = [
        ("content-type", "application/json"),
        ("user-agent", concat!("Fanfare-Webhooks/", env!("CARGO_PKG_VERSION"))),
        ("accept-encoding", "identity"),
        ("x-fanfare-event", "distribution.winner_selected"),
        ("x-fanfare-delivery-id", "dlv_00000000000000000000000001"),
        ("x-fanfare-webhook-id", "whk_00000000000000000000000002"),
        ("x-fanfare-retry-count", "0"),
        ("x-fanfare-original-time", "2024-06-20T15:30:00Z"),
        ("x-fanfare-timestamp", "1718897401"),
        ("x-fanfare-signature", "sha256=abc123"),
        ("webhook-id", "wh_evt_01h455vb4pex5vsknk084sn02q"),
        ("webhook-timestamp", "1718897401"),
        ("webhook-signature", "v1,AAAA"),
    ];
    assert_eq!(listed(&input()), expected.map(|(name, value)| (name, value.to_owned())));
}

#[test]
fn the_sixth_attempt_is_the_fifth_retry() {
    let headers = listed(&AttemptHeaders { attempt: 6, ..input() });
    assert!(headers.contains(&("x-fanfare-retry-count", "5".to_owned())));
}

#[test]
fn without_a_standard_signature_no_standard_header_is_sent() {
    let headers = listed(&AttemptHeaders { standard_signature: None, ..input() });
    assert!(headers.iter().all(|(name, _)| !name.starts_with("webhook-")));
    assert!(headers.iter().any(|(name, _)| *name == "x-fanfare-signature"));
}

#[test]
fn only_tests_say_so() {
    let of = |test| listed(&AttemptHeaders { test, ..input() });
    assert!(of(false).iter().all(|(name, _)| *name != "x-fanfare-test"));
    assert!(of(true).contains(&("x-fanfare-test", "true".to_owned())));
}

#[test]
fn the_longest_values_fit() {
    let far = AttemptHeaders {
        delivery_id: DeliveryId::from_u128(u128::MAX),
        accepted_at: Timestamp::from_millis(i64::MIN),
        started_at: Timestamp::from_millis(i64::MIN),
        attempt: 255,
        ..input()
    };
    for (name, value) in listed(&far) {
        assert!(!value.is_empty() && value.is_ascii(), "{name}: {value}");
    }
    assert!(listed(&far).contains(&("x-fanfare-original-time", format!("{}ms", i64::MIN))));
}
