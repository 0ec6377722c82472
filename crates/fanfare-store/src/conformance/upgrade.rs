//! What a database of an earlier version holds once the steps since are applied. A backend's tests
//! make such a database and ask here.

use fanfare_model::{OrganizationId, Timestamp, WebhookId};

use super::stats::{EVER, summed};
use super::world::at;
use crate::{StatsBucket, StatsWidth, Store};

/// A minute of a webhook, as it was written before figures were summed by hour and organization.
pub struct OldMinute {
    /// Which of two webhooks.
    pub webhook: usize,
    /// Its beginning.
    pub at: Timestamp,
    /// Its text: nothing of what was not counted then is named.
    pub figures: &'static str,
}

/// Two webhooks, three minutes in two hours; one minute is both webhooks'.
pub fn old_minutes() -> [OldMinute; 4] {
    let (first, second, next_hour) = (at(60), at(120), at(3_600));
    let minute = |webhook, at, figures| OldMinute { webhook, at, figures };
    [
        minute(
            0,
            first,
            r#"{"succeeded":5,"retried":2,"failed":1,"codes":{"200":5,"503":2},
                "errors":{"http_5xx":2,"dns":1},"latency":[1,0,0,4,0,0,0,0,0,0,3,0,0,0,0,0]}"#,
        ),
        minute(
            0,
            second,
            r#"{"succeeded":1,"retried":0,"failed":0,"codes":{"201":1},"errors":{},
                "latency":[0,0,0,1,0,0,0,0,0,0,0,0,0,0,0,0]}"#,
        ),
        minute(
            0,
            next_hour,
            r#"{"succeeded":0,"retried":0,"failed":7,"codes":{},"errors":{"timeout":7},
                "latency":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,7]}"#,
        ),
        minute(
            1,
            second,
            r#"{"succeeded":3,"retried":0,"failed":0,"codes":{"200":3},"errors":{},
                "latency":[0,0,3,0,0,0,0,0,0,0,0,0,0,0,0,0]}"#,
        ),
    ]
}

/// [`old_minutes`] are as they were; hours and the organization's figures are their sums. What was
/// not counted then is nothing: types, deliveries made, events accepted.
pub async fn figures_of_before_are_summed(
    store: &dyn Store,
    organization: OrganizationId,
    webhooks: [WebhookId; 2],
) {
    let of_webhook = async |webhook, width| {
        store.webhook_stats(organization, webhook, width, EVER).await.expect("figures")
    };
    let of_all =
        async |width| store.organization_stats(organization, width, EVER).await.expect("figures");
    let mut all = Vec::new();
    for webhook in webhooks {
        let minutes = of_webhook(webhook, StatsWidth::Minute).await;
        assert_eq!(of_webhook(webhook, StatsWidth::Hour).await, summed(&minutes, StatsWidth::Hour));
        all.extend(minutes);
    }
    let outcomes = |bucket: &StatsBucket| (bucket.succeeded, bucket.retried, bucket.failed);
    let found: Vec<_> = all.iter().map(|bucket| (bucket.at, outcomes(bucket))).collect();
    let wanted =
        [(at(60), (5, 2, 1)), (at(120), (1, 0, 0)), (at(3_600), (0, 0, 7)), (at(120), (3, 0, 0))];
    assert_eq!(found, wanted);
    all.sort_by_key(|bucket| bucket.at);
    for width in StatsWidth::ALL {
        let sums = of_all(width).await;
        assert_eq!(sums, summed(&all, width), "{width:?}");
        for sum in &sums {
            assert!(sum.made == 0 && sum.types.is_empty() && sum.accepted.is_empty(), "{sum:?}");
        }
    }
    let hour = &of_all(StatsWidth::Hour).await[0];
    assert_eq!(outcomes(hour), (9, 2, 1));
    assert_eq!(hour.codes, [(200, 8), (201, 1), (503, 2)].into());
    assert_eq!(hour.latency[..4], [1, 0, 3, 5]);
}
