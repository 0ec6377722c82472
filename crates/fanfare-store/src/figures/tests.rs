use super::*;

fn attempt(ms: i64, duration: u64, verdict: Verdict) -> Figure {
    let what = What::Attempt {
        event_type: EventType::OrderPaid,
        duration: Duration::from_millis(duration),
        status_code: Some(200),
        error_class: None,
        verdict,
    };
    Figure { at: Timestamp::from_millis(ms), what }
}

#[test]
fn what_happened_counts_in_its_minute_and_bucket() {
    let [first, last, next] = [
        attempt(60_000, 1, Verdict::Succeeded),
        attempt(119_999, 2, Verdict::Exhausted),
        attempt(120_000, 99_999, Verdict::Cancelled),
    ];
    let minutes = [first, last, next].map(|figure| figure.begin(StatsWidth::Minute));
    assert_eq!(minutes, [60_000, 60_000, 120_000]);
    assert_eq!(attempt(3_600_000 * 2 - 1, 1, Verdict::Gone).begin(StatsWidth::Hour), 3_600_000);
    let (mut one, mut other) = (Tally::default(), Tally::default());
    one.add(&first);
    one.add(&last);
    other.add(&next);
    assert_eq!((one.succeeded, one.failed), (1, 1));
    assert_eq!(one.latency[..2], [1, 1]);
    assert_eq!(other.latency[15], 1);
    one.merge(&other);
    assert_eq!(one.codes[&200], 3);
    assert_eq!(one.latency.iter().sum::<u64>(), 3);
    let types = one.into_bucket(60_000).types;
    let counted = Outcomes { succeeded: 1, retried: 0, failed: 1 };
    assert_eq!(types, BTreeMap::from([(EventType::OrderPaid, counted)]));
}

#[test]
fn tallies_of_before_types_were_counted_are_read() {
    let zeros = ["0"; LATENCY_BUCKETS_MS.len() + 1].join(",");
    let old = format!(
        r#"{{"succeeded":2,"retried":0,"failed":0,"codes":{{"200":2}},"errors":{{}},"latency":[{zeros}]}}"#
    );
    let mut tally: Tally = serde_json::from_str(&old).unwrap();
    assert_eq!(serde_json::to_string(&tally).unwrap(), old, "and written as they were");
    tally.add(&Figure::made(Timestamp::from_millis(1)));
    let source = EventSource::Test;
    tally.add(&Figure::accepted(Timestamp::from_millis(1), source, EventType::OrderPaid));
    let again: Tally = serde_json::from_str(&serde_json::to_string(&tally).unwrap()).unwrap();
    assert_eq!(again, tally);
    let bucket = again.into_bucket(0);
    assert_eq!((bucket.succeeded, bucket.made), (2, 1));
    assert_eq!(bucket.accepted, BTreeMap::from([((source, EventType::OrderPaid), 1)]));
}
