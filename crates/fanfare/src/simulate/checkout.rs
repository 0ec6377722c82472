//! Checking out: an order, then its payment and its parcel, or second thoughts.

use fanfare_model::EventType;
use serde_json::{Value, json};

use super::crew::{Act, Crew, Hand};
use super::plan::{Checkout, Plan, money};
use super::play::{Launch, text};

/// Lets everybody who may check out do so: a distribution and a consumer's id each.
pub(super) async fn all(
    crew: &Crew,
    plan: Plan,
    launch: &Launch,
    buyers: Vec<(String, String)>,
) -> anyhow::Result<()> {
    let numbers: std::collections::HashMap<String, u32> =
        launch.consumers.iter().cloned().zip(0..).collect();
    let (auction, tag) = (launch.auction.clone(), launch.experience.clone());
    let work = async move |hand: &mut Hand, (distribution, consumer): (String, String)| {
        let number = numbers.get(&consumer).copied().unwrap_or_default();
        let won_at = hand.tally().highest;
        let (plan, amount) = match auction.as_ref() == Some(&distribution) {
            // Who won an auction pays what was bid.
            true => (Checkout::Pays { shipped: true }, won_at),
            false => (plan.checkout(number), plan.price(number)),
        };
        // One consumer may be let through by queue and draw, and buys twice then.
        let order = format!("{tag}-{}-{number}", distribution.get(24..).unwrap_or_default());
        let body = json!({"consumerId": consumer, "distributionId": distribution,
            "externalOrderId": order, "totalAmount": money(amount), "currencyCode": "USD"});
        check_out(hand, plan, body).await
    };
    crew.each(Act::new("checking out", buyers.len()), buyers, work).await
}

async fn check_out(hand: &mut Hand, plan: Checkout, order: Value) -> anyhow::Result<()> {
    if plan == Checkout::LetsGo {
        return Ok(());
    }
    let Some(created) = hand.post("/api/orders", order).await? else { return Ok(()) };
    hand.tally().orders.created += 1;
    hand.tally().happened(EventType::OrderCreated, 1);
    let path = format!("/api/orders/{}", text(&created, "id")?);
    match plan {
        Checkout::Pays { shipped } => {
            let payment = json!({"provider": "simulated"});
            if hand.post(&format!("{path}/pay"), payment).await?.is_none() {
                return Ok(());
            }
            hand.tally().orders.paid += 1;
            hand.tally().happened(EventType::OrderPaid, 1);
            hand.tally().happened(EventType::DistributionCompleted, 1);
            let parcel = json!({"trackingCarrier": "Simulated parcels"});
            if shipped && hand.post(&format!("{path}/fulfill"), parcel).await?.is_some() {
                hand.tally().orders.fulfilled += 1;
                hand.tally().happened(EventType::OrderFulfilled, 1);
            }
        }
        Checkout::Cancels => {
            let reason = json!({"reason": "changed their mind"});
            if hand.post(&format!("{path}/cancel"), reason).await?.is_some() {
                hand.tally().orders.cancelled += 1;
                hand.tally().happened(EventType::OrderCancelled, 1);
            }
        }
        Checkout::LetsGo => {}
    }
    Ok(())
}
