use super::*;

struct Engine;

impl MetricsSource for Engine {
    fn figures(&self) -> Vec<Figure> {
        vec![
            Figure::plain("fanfare_held", "Deliveries held", FigureKind::Gauge, 3.0),
            Figure {
                name: "fanfare_attempts",
                help: "Attempts by outcome",
                kind: FigureKind::Counter,
                samples: vec![(vec![("outcome", "delivered".to_owned())], 7.0)],
            },
        ]
    }
}

#[test]
fn the_text_shows_routes_connections_and_what_the_source_counts() {
    let metrics = Metrics::new(Arc::default(), Arc::new(Engine));
    let route = metrics.route(&Method::POST, Some("/api/v1/events"));
    route.count(StatusCode::ACCEPTED, Duration::from_micros(300));
    metrics
        .route(&Method::POST, Some("/api/events"))
        .count(StatusCode::BAD_REQUEST, Duration::from_secs(60));
    let text = metrics.text().unwrap();
    for line in [
        r#"fanfare_http_requests_total{method="POST",route="/api/events",status="2xx"} 1"#,
        r#"fanfare_http_requests_total{method="POST",route="/api/events",status="4xx"} 1"#,
        r#"fanfare_http_request_duration_seconds_bucket{le="0.00025",method="POST",route="/api/events"} 0"#,
        r#"fanfare_http_request_duration_seconds_bucket{le="0.0005",method="POST",route="/api/events"} 1"#,
        r#"fanfare_http_request_duration_seconds_bucket{le="+Inf",method="POST",route="/api/events"} 2"#,
        "fanfare_http_connections_open 0.0",
        "fanfare_held 3.0",
        r#"fanfare_attempts_total{outcome="delivered"} 7.0"#,
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
}

#[test]
fn a_client_cannot_invent_label_values() {
    let metrics = Metrics::new(Arc::default(), Arc::new(()));
    let odd = Method::from_bytes(b"EVIL").unwrap();
    for _ in 0..3 {
        metrics.route(&odd, None).count(StatusCode::NOT_FOUND, Duration::ZERO);
    }
    let text = metrics.text().unwrap();
    assert!(text.contains(r#"{method="other",route="unmatched",status="4xx"} 3"#), "{text}");
}
