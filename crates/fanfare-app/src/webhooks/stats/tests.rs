use super::*;

fn bucket(minute: i64, succeeded: u64, retried: u64, failed: u64) -> StatsBucket {
    let at = Timestamp::from_millis(minute * 60_000);
    StatsBucket { at, succeeded, retried, failed, ..StatsBucket::default() }
}

#[test]
fn every_window_is_whole_steps_and_holds_the_running_one() {
    let now: Timestamp = "2024-06-20T15:31:42Z".parse().unwrap();
    for (window, points) in StatsWindow::ALL.into_iter().zip([60, 96, 84, 120]) {
        let (since, until) = window.bounds(now);
        assert_eq!(until.since(since), window.length());
        assert!(since <= now && now < until);
        assert_eq!(since.as_millis() % window.step().as_millis() as i64, 0);
        assert_eq!(WebhookStats::of(window, (since, until), &[]).series.len(), points);
        assert_eq!(window.as_str().parse::<StatsWindow>().unwrap(), window);
    }
    assert!("90d".parse::<StatsWindow>().is_err());
}

#[test]
fn totals_are_the_sum_of_the_series() {
    let window = StatsWindow::Day;
    let (since, until) = window.bounds(Timestamp::from_millis(24 * 3_600_000 - 1));
    let buckets = [bucket(0, 3, 1, 0), bucket(14, 1, 0, 0), bucket(15, 0, 5, 1)];
    let stats = WebhookStats::of(window, (since, until), &buckets);
    assert_eq!((stats.succeeded, stats.retried, stats.failed, stats.attempts), (4, 6, 1, 11));
    assert_eq!(stats.success_rate, Some(0.8));
    assert_eq!(stats.series[0].succeeded, 4, "minutes 0 and 14 share a step");
    assert_eq!((stats.series[1].retried, stats.series[1].failed), (5, 1));
    let sum: u64 = stats.series.iter().map(|point| point.succeeded + point.failed).sum();
    assert_eq!(sum, 5);
}

#[test]
fn without_deliveries_there_is_no_rate_and_no_latency() {
    let (since, until) = StatsWindow::Hour.bounds(Timestamp::from_millis(0));
    let stats = WebhookStats::of(StatsWindow::Hour, (since, until), &[]);
    assert_eq!((stats.success_rate, stats.latency), (None, None));
}

#[test]
fn percentiles_lie_within_the_bucket_that_reaches_them() {
    let mut latency = [0u64; LATENCY_BUCKETS_MS.len() + 1];
    latency[2] = 90; // over 2 ms, up to 5 ms
    latency[6] = 10; // over 50 ms, up to 100 ms
    let found = percentiles(&latency).unwrap();
    assert!((found.p50 - (2.0 + 3.0 * 50.0 / 90.0)).abs() < 1e-9, "{found:?}");
    assert!((found.p95 - 75.0).abs() < 1e-9, "{found:?}");
    assert!((found.p99 - 95.0).abs() < 1e-9, "{found:?}");
}

#[test]
fn what_took_longer_than_every_bound_counts_as_the_last_bound() {
    let mut latency = [0u64; LATENCY_BUCKETS_MS.len() + 1];
    latency[LATENCY_BUCKETS_MS.len()] = 7;
    assert_eq!(percentiles(&latency).unwrap().p50, 30_000.0);
}

#[test]
fn an_organization_shows_what_it_accepted_by_source_and_type() {
    let window = StatsWindow::Week;
    let bounds = window.bounds(Timestamp::from_millis(7 * 24 * 3_600_000 - 1));
    let [api, test] = [EventSource::Api, EventSource::Test];
    let mut first = bucket(0, 1, 0, 0);
    first.accepted.insert((api, EventType::OrderPaid), 1_000);
    first.accepted.insert((test, EventType::OrderPaid), 7);
    let mut second = bucket(60, 0, 0, 0);
    second.accepted.insert((api, EventType::OrderFulfilled), 1);
    let stats = OrganizationStats::of(window, bounds, &[first, second]);
    assert_eq!((stats.accepted, stats.deliveries.succeeded), (1_008, 1));
    assert_eq!(stats.sources, BTreeMap::from([(api, 1_001), (test, 7)]));
    assert_eq!(stats.types[&EventType::OrderPaid], 1_007);
    assert_eq!(stats.series[0], 1_008, "two hours are one point");
    assert_eq!(stats.series.len(), stats.deliveries.series.len());
    assert!((stats.accepted_per_minute - 0.1).abs() < 1e-9);
}
