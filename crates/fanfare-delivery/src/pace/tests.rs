use super::*;
use proptest::prelude::*;

fn after(start: Instant, ms: u64) -> Instant {
    start + Duration::from_millis(ms)
}

#[test]
fn a_good_receiver_is_soon_at_its_cap_and_never_above() {
    let start = Instant::now();
    let mut pace = Concurrency::new(64);
    assert_eq!(pace.limit(), 8);
    for round in 0..100 {
        pace.observe(Signal::Healthy, after(start, round), after(start, round + 5), true);
    }
    assert_eq!(pace.limit(), 64);
}

#[test]
fn an_idle_webhook_does_not_grow() {
    let start = Instant::now();
    let mut pace = Concurrency::new(64);
    for round in 0..100 {
        pace.observe(Signal::Healthy, after(start, round), after(start, round + 5), false);
    }
    assert_eq!(pace.limit(), 8);
}

#[test]
fn overload_halves_once_per_round_trip() {
    let start = Instant::now();
    let mut pace = Concurrency::new(8);
    for _ in 0..8 {
        pace.observe(Signal::Overloaded, start, after(start, 30_000), true);
    }
    assert_eq!(pace.limit(), 4, "eight attempts of one round trip count once");
    for round in 1..20 {
        let began = after(start, 30_000 * round);
        pace.observe(Signal::Overloaded, began, after(began, 30_000), true);
    }
    assert_eq!(pace.limit(), 1, "still asked, one at a time");
}

#[test]
fn a_receiver_that_slows_down_gets_fewer_requests() {
    let start = Instant::now();
    let mut pace = Concurrency::new(64);
    for round in 0..100 {
        pace.observe(Signal::Healthy, after(start, round), after(start, round + 5), true);
    }
    let mut at = after(start, 1_000);
    for _ in 0..60 {
        let done = after(at, 2_000);
        pace.observe(Signal::Healthy, at, done, true);
        at = done;
    }
    assert!(pace.limit() <= 8, "limit is {}", pace.limit());
}

#[test]
fn errors_of_the_receivers_own_change_nothing() {
    let start = Instant::now();
    let mut pace = Concurrency::new(64);
    pace.observe(Signal::Unwell, start, after(start, 9_000), true);
    assert_eq!(pace.limit(), 8);
}

proptest! {
    #[test]
    fn no_second_holds_more_than_the_rate_and_its_burst(
        per_second in 1u32..200, steps in prop::collection::vec(0u64..50, 1..150),
    ) {
        let start = Instant::now();
        let mut rate = Rate::new(per_second);
        let mut now = start;
        let mut sent = Vec::new();
        for step in steps {
            now += Duration::from_millis(step);
            while let Ok(()) = rate.take(now) {
                sent.push(now);
            }
        }
        let allowed = f64::from(per_second) * 1.1 + 1.0;
        for (index, first) in sent.iter().enumerate() {
            let within = sent[index..]
                .iter()
                .take_while(|at| at.saturating_duration_since(*first) < Duration::from_secs(1));
            prop_assert!(within.count() as f64 <= allowed + 1.0);
        }
    }

    #[test]
    fn a_refused_request_is_told_when_it_may_go(per_second in 1u32..2_000, burst in 1usize..500) {
        let start = Instant::now();
        let mut rate = Rate::new(per_second);
        for _ in 0..burst {
            if let Err(at) = rate.take(start) {
                prop_assert!(at > start);
                prop_assert!(rate.clone().take(at).is_ok(), "waiting until then is enough");
            }
        }
    }

    #[test]
    fn the_limit_stays_between_one_and_the_cap(
        cap in 1u16..300, signals in prop::collection::vec((0u8..3, 0u64..40_000, any::<bool>()), 0..300),
    ) {
        let mut pace = Concurrency::new(cap);
        let mut at = Instant::now();
        for (signal, ms, busy) in signals {
            let signal = [Signal::Healthy, Signal::Unwell, Signal::Overloaded][usize::from(signal)];
            let done = after(at, ms);
            pace.observe(signal, at, done, busy);
            at = done;
            prop_assert!((1..=cap).contains(&pace.limit()));
        }
    }
}
