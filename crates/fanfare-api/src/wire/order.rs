//! Orders.

use fanfare_app::{Change, Fulfilment, NewOrder, PaymentInput, UpdateOrder};
use fanfare_model::launch::{Currency, Metadata, Money, Order, OrderStatus, Payment, Tracking};
use fanfare_model::{ConsumerId, DistributionId, ExperienceId, OrderId, ProductId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A purchase.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Order)]
pub(crate) struct OrderJson {
    /// Its id.
    #[schema(value_type = String, example = "ord_01h455vb4pex5vsknk084sn02q")]
    id: OrderId,
    /// The number in the shop; unique.
    #[schema(required, example = "YOUR-ORDER-123")]
    external_order_id: Option<String>,
    /// Who buys.
    #[schema(value_type = String, example = "con_01h455vb4pex5vsknk084sn02q")]
    consumer_id: ConsumerId,
    /// Which distribution let the consumer through.
    #[schema(value_type = Option<String>, required, example = "dist_01h455vb4pex5vsknk084sn02q")]
    distribution_id: Option<DistributionId>,
    /// The experience of that distribution.
    #[schema(value_type = Option<String>, required, example = "exp_01h455vb4pex5vsknk084sn02q")]
    experience_id: Option<ExperienceId>,
    /// What is bought.
    #[schema(value_type = Option<String>, required, example = "prod_01h455vb4pex5vsknk084sn02q")]
    product_id: Option<ProductId>,
    /// `created`, `paid`, `fulfilled` or `cancelled`.
    #[schema(value_type = OrderStatusText)]
    status: OrderStatus,
    /// What it costs in all, as a decimal string.
    #[schema(value_type = String, example = "149.99")]
    total_amount: Money,
    /// In which currency (ISO 4217).
    #[schema(value_type = String, example = "USD")]
    currency_code: Currency,
    /// What you keep with it.
    #[schema(value_type = Option<Object>, required)]
    metadata: Option<Metadata>,
    /// When the payment was confirmed.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    paid_at: Option<Timestamp>,
    /// Who took the payment.
    #[schema(required, example = "stripe")]
    payment_provider: Option<String>,
    /// The payment's id at the provider.
    #[schema(required, example = "pi_567")]
    payment_reference: Option<String>,
    /// When it was fulfilled.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    fulfilled_at: Option<Timestamp>,
    /// Who carries the parcel.
    #[schema(required, example = "DHL")]
    tracking_carrier: Option<String>,
    /// The parcel's number.
    #[schema(required, example = "JD0146000034")]
    tracking_number: Option<String>,
    /// Where the parcel can be followed.
    #[schema(required, example = "https://carrier.example/track/JD0146000034")]
    tracking_url: Option<String>,
    /// When it was cancelled.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    cancelled_at: Option<Timestamp>,
    /// Why it was cancelled.
    #[schema(required)]
    cancel_reason: Option<String>,
    /// When it was created.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// Where an order stands.
#[derive(ToSchema)]
#[schema(as = OrderStatus, rename_all = "lowercase")]
#[expect(dead_code, reason = "only describes the values in the OpenAPI document")]
enum OrderStatusText {
    Created,
    Paid,
    Fulfilled,
    Cancelled,
}

impl From<Order> for OrderJson {
    fn from(order: Order) -> Self {
        let Tracking { carrier, number, url } = order.tracking;
        let (paid_at, provider, reference) = match order.payment {
            Some(Payment { paid_at, provider, reference }) => (Some(paid_at), provider, reference),
            None => (None, None, None),
        };
        Self {
            id: order.id,
            external_order_id: order.external_order_id,
            consumer_id: order.consumer_id,
            distribution_id: order.distribution_id,
            experience_id: order.experience_id,
            product_id: order.product_id,
            status: order.status,
            total_amount: order.total_amount,
            currency_code: order.currency,
            metadata: order.metadata,
            paid_at,
            payment_provider: provider,
            payment_reference: reference,
            fulfilled_at: order.fulfilled_at,
            tracking_carrier: carrier,
            tracking_number: number,
            tracking_url: url,
            cancelled_at: order.cancelled_at,
            cancel_reason: order.cancel_reason,
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}

/// An order to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CreateOrder, example = json!({
    "consumerId": "con_01h455vb4pex5vsknk084sn02q",
    "externalOrderId": "YOUR-ORDER-123",
    "totalAmount": "149.99",
    "currencyCode": "USD"
}))]
pub(crate) struct CreateOrderBody {
    /// Who buys.
    #[schema(value_type = String)]
    consumer_id: ConsumerId,
    /// Which distribution let the consumer through. `409` unless the consumer may check out
    /// there, or has done so.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    distribution_id: Option<DistributionId>,
    /// What is bought; the distribution's product when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    product_id: Option<ProductId>,
    /// The number in the shop. `409` when another order has it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    external_order_id: Option<String>,
    /// What it costs in all, as a decimal string with no more decimals than the currency has.
    #[schema(value_type = String)]
    total_amount: Money,
    /// In which currency (ISO 4217).
    #[schema(value_type = String)]
    currency_code: Currency,
    /// What you keep with it: at most 16 KiB of JSON.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Metadata>,
}

impl From<CreateOrderBody> for NewOrder {
    fn from(body: CreateOrderBody) -> Self {
        Self {
            consumer_id: body.consumer_id,
            distribution_id: body.distribution_id,
            product_id: body.product_id,
            external_order_id: body.external_order_id,
            total_amount: body.total_amount,
            currency: body.currency_code,
            metadata: body.metadata,
        }
    }
}

/// Changes to an order. What is left out stays as it is; `null` removes.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = UpdateOrder, example = json!({"externalOrderId": "YOUR-ORDER-124"}))]
pub(crate) struct UpdateOrderBody {
    /// The number in the shop.
    #[serde(default)]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 255)]
    external_order_id: Change<String>,
    /// What you keep with it, all of it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Change<Metadata>,
}

impl From<UpdateOrderBody> for UpdateOrder {
    fn from(body: UpdateOrderBody) -> Self {
        Self { external_order_id: body.external_order_id, metadata: body.metadata }
    }
}

/// A payment that was confirmed.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PayOrder, example = json!({"provider": "stripe", "reference": "pi_567"}))]
pub(crate) struct PayOrderBody {
    /// Who took it.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 64)]
    provider: Option<String>,
    /// Its id at the provider.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    reference: Option<String>,
    /// When it was confirmed; now when left out.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    paid_at: Option<Timestamp>,
}

impl From<PayOrderBody> for PaymentInput {
    fn from(body: PayOrderBody) -> Self {
        Self { provider: body.provider, reference: body.reference, paid_at: body.paid_at }
    }
}

/// How an order travels.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = FulfillOrder, example = json!({
    "trackingCarrier": "DHL", "trackingNumber": "JD0146000034"
}))]
pub(crate) struct FulfillOrderBody {
    /// Who carries the parcel.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    tracking_carrier: Option<String>,
    /// The parcel's number.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 255)]
    tracking_number: Option<String>,
    /// Where the parcel can be followed: an http or https URL.
    #[serde(default)]
    #[schema(max_length = 2048)]
    tracking_url: Option<String>,
}

impl From<FulfillOrderBody> for Fulfilment {
    fn from(body: FulfillOrderBody) -> Self {
        Self {
            carrier: body.tracking_carrier,
            number: body.tracking_number,
            url: body.tracking_url,
        }
    }
}

/// Why an order is cancelled.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = CancelOrder, example = json!({"reason": "Refund requested"}))]
pub(crate) struct CancelOrderBody {
    /// Why, for people.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: Option<String>,
}
