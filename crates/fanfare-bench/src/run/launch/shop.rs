//! What there is before the clock starts.

use anyhow::Result;
use serde_json::json;

use super::Size;
use super::api::{Api, id_of};

/// The most items of a batch.
const BATCH: usize = 1_000;

/// An organization that is ready to launch.
pub(super) struct Shop {
    /// Nobody has joined it.
    pub(super) queue: String,
    /// All consumers have entered it.
    pub(super) draw: String,
    /// In the order of their creation.
    pub(super) consumers: Vec<String>,
    /// Each of a consumer who may check out.
    pub(super) orders: Vec<String>,
}

impl Shop {
    /// Makes everything, through the API.
    ///
    /// # Errors
    /// When something is not answered as it should be.
    pub(super) fn open(api: &mut Api, size: Size) -> Result<Self> {
        let experience = id_of(&api.post("/api/experiences", &json!({ "name": "Bench" }))?)?;
        api.post(&format!("/api/experiences/{experience}/activate"), &json!({}))?;
        let mut share = |mut fields: serde_json::Value| {
            fields["experienceId"] = json!(experience);
            id_of(&api.post("/api/distributions", &fields)?)
        };
        let queue = share(json!({ "type": "queue" }))?;
        let draw =
            share(json!({ "type": "draw", "winnerCount": size.winners, "replaceExpired": false }))?;
        let presale = share(json!({ "type": "queue" }))?;
        let consumers = create_consumers(api, 0..size.consumers)?;
        join(api, &draw, &consumers)?;
        let buyers = &consumers[..size.orders];
        join(api, &presale, buyers)?;
        api.post(
            &format!("/api/distributions/{presale}/admit"),
            &json!({ "count": buyers.len() }),
        )?;
        let order = |buyer: &String| {
            let order = json!({
                "consumerId": buyer, "distributionId": presale,
                "totalAmount": "149.99", "currencyCode": "USD",
            });
            id_of(&api.post("/api/orders", &order)?)
        };
        let orders = buyers.iter().map(order).collect::<Result<_>>()?;
        Ok(Self { queue, draw, consumers, orders })
    }
}

/// Creates consumers with these numbers, in batches.
///
/// # Errors
/// When a batch is not answered as it should be.
pub(super) fn create_consumers(
    api: &mut Api,
    numbers: std::ops::Range<usize>,
) -> Result<Vec<String>> {
    let numbers: Vec<usize> = numbers.collect();
    let mut ids = Vec::with_capacity(numbers.len());
    for some in numbers.chunks(BATCH) {
        let consumer = |number: &usize| {
            json!({
                "email": format!("consumer-{number}@example.com"), "fullName": "Ada Lovelace",
                "externalId": format!("crm-{number}"), "metadata": { "tier": "gold" },
            })
        };
        let body = json!({ "consumers": some.iter().map(consumer).collect::<Vec<_>>() });
        let answer = api.post("/api/consumers/batch", &body)?;
        for made in answer["data"].as_array().into_iter().flatten() {
            ids.push(id_of(&made["item"])?);
        }
    }
    Ok(ids)
}

fn join(api: &mut Api, distribution: &str, consumers: &[String]) -> Result<()> {
    for some in consumers.chunks(BATCH) {
        let path = format!("/api/distributions/{distribution}/consumers/batch");
        api.post(&path, &json!({ "consumerIds": some }))?;
    }
    Ok(())
}
