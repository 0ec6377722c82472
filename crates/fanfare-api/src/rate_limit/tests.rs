use super::*;

const A: OrganizationId = OrganizationId::from_u128(1);
const B: OrganizationId = OrganizationId::from_u128(17);

#[tokio::test(start_paused = true)]
async fn a_burst_passes_the_next_waits_and_others_are_untouched() {
    let limiter = RateLimiter::new(RateLimit { per_second: 10, burst: 3 });
    for left in [2, 1, 0] {
        let told = limiter.check(A);
        assert_eq!((told.limit, told.remaining, told.retry_after), (3, left, None));
    }
    let told = limiter.check(A);
    assert_eq!(told.retry_after, Some(Duration::from_millis(100)));
    assert_eq!((told.remaining, told.reset), (0, Duration::from_millis(300)));
    assert_eq!(limiter.check(B).retry_after, None, "same shard, another organization");

    tokio::time::advance(Duration::from_millis(99)).await;
    assert!(limiter.check(A).retry_after.is_some(), "a refused request costs nothing");
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(limiter.check(A).retry_after, None);
}

#[tokio::test(start_paused = true)]
async fn the_long_run_rate_holds() {
    let limiter = RateLimiter::new(RateLimit { per_second: 50, burst: 5 });
    let mut passed = 0;
    for _ in 0..2_000 {
        passed += u32::from(limiter.check(A).retry_after.is_none());
        tokio::time::advance(Duration::from_millis(5)).await;
    }
    assert!((500..=505).contains(&passed), "{passed} in ten seconds");
}
