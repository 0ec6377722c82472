"""The events of Fanfare.

Generated from the event catalogue by sdk/generate.py. Do not edit.
"""

from typing import Any, Dict, List, Literal, Optional, TypedDict, Union

#: Every event type that this version knows.
EVENT_TYPES = (
    "consumer.created",
    "consumer.updated",
    "consumer.deleted",
    "experience.created",
    "experience.activated",
    "experience.completed",
    "experience.cancelled",
    "distribution.joined",
    "distribution.admitted",
    "distribution.winner_selected",
    "distribution.bid_placed",
    "distribution.completed",
    "order.created",
    "order.paid",
    "order.fulfilled",
    "order.cancelled",
    "webhook.failed",
    "webhook.recovered",
    "webhook.disabled",
)


class _ConsumerCreatedRequired(TypedDict):
    #: The consumer it is about.
    consumer_id: str


class ConsumerCreatedData(_ConsumerCreatedRequired, total=False):
    """New consumer registered."""

    #: The consumer's e-mail address.
    email: Optional[str]
    #: The consumer's phone number, where possible in E.164.
    phone: Optional[str]
    #: The consumer's name.
    full_name: Optional[str]
    #: The consumer's id in the organization's own system.
    external_id: Optional[str]
    #: What the organization keeps with the consumer.
    metadata: Optional[Dict[str, Any]]
    #: How the consumer came in.
    source: Optional[Literal["api", "manual", "import", "klaviyo", "experience_entry"]]
    #: When it was created.
    created_at: str


class ConsumerCreatedEvent(TypedDict):
    """New consumer registered."""

    id: str
    type: Literal["consumer.created"]
    timestamp: str
    organization_id: str
    data: ConsumerCreatedData


class _ConsumerUpdatedRequired(TypedDict):
    #: The consumer it is about.
    consumer_id: str


class ConsumerUpdatedData(_ConsumerUpdatedRequired, total=False):
    """Consumer profile updated."""

    #: The consumer's e-mail address.
    email: Optional[str]
    #: The consumer's phone number, where possible in E.164.
    phone: Optional[str]
    #: The consumer's name.
    full_name: Optional[str]
    #: The consumer's id in the organization's own system.
    external_id: Optional[str]
    #: What the organization keeps with the consumer.
    metadata: Optional[Dict[str, Any]]
    #: How the consumer came in.
    source: Optional[Literal["api", "manual", "import", "klaviyo", "experience_entry"]]
    #: When it was created.
    created_at: str
    #: When it was updated.
    updated_at: str
    #: Names of the fields that changed.
    changed_fields: List[str]


class ConsumerUpdatedEvent(TypedDict):
    """Consumer profile updated."""

    id: str
    type: Literal["consumer.updated"]
    timestamp: str
    organization_id: str
    data: ConsumerUpdatedData


class _ConsumerDeletedRequired(TypedDict):
    #: The consumer it is about.
    consumer_id: str


class ConsumerDeletedData(_ConsumerDeletedRequired, total=False):
    """Consumer removed."""

    #: The consumer's id in the organization's own system.
    external_id: Optional[str]
    #: When the consumer was removed.
    deleted_at: str


class ConsumerDeletedEvent(TypedDict):
    """Consumer removed."""

    id: str
    type: Literal["consumer.deleted"]
    timestamp: str
    organization_id: str
    data: ConsumerDeletedData


class _ExperienceCreatedRequired(TypedDict):
    #: The experience: the launch as a whole.
    experience_id: str


class ExperienceCreatedData(_ExperienceCreatedRequired, total=False):
    """New experience created."""

    #: The experience's name.
    name: Optional[str]
    #: The experience's name as it stands in addresses.
    slug: Optional[str]
    #: The experience's status.
    status: Literal["draft", "scheduled", "active"]
    #: When it opens, if that is set.
    open_at: Optional[str]
    #: When it closes, if that is set.
    close_at: Optional[str]
    #: The time zone of its dates (IANA).
    time_zone: Optional[str]
    #: The products that are launched.
    product_ids: List[str]
    #: Who created it.
    created_by: Optional[str]
    #: When it was created.
    created_at: str


class ExperienceCreatedEvent(TypedDict):
    """New experience created."""

    id: str
    type: Literal["experience.created"]
    timestamp: str
    organization_id: str
    data: ExperienceCreatedData


class _ExperienceActivatedRequired(TypedDict):
    #: The experience: the launch as a whole.
    experience_id: str


class ExperienceActivatedData(_ExperienceActivatedRequired, total=False):
    """Experience went live."""

    #: The experience's name.
    name: Optional[str]
    #: The experience's name as it stands in addresses.
    slug: Optional[str]
    #: The experience's status.
    status: Literal["active"]
    #: When it opens, if that is set.
    open_at: Optional[str]
    #: When it closes, if that is set.
    close_at: Optional[str]
    #: When it went live.
    activated_at: str


class ExperienceActivatedEvent(TypedDict):
    """Experience went live."""

    id: str
    type: Literal["experience.activated"]
    timestamp: str
    organization_id: str
    data: ExperienceActivatedData


class _ExperienceCompletedRequired(TypedDict):
    #: The experience: the launch as a whole.
    experience_id: str


class ExperienceCompletedData(_ExperienceCompletedRequired, total=False):
    """Experience finished."""

    #: The experience's name.
    name: Optional[str]
    #: The experience's status.
    status: Literal["completed"]
    #: When it closes, if that is set.
    close_at: Optional[str]
    #: When it was over.
    completed_at: str
    #: Whether it closed at its time or was ended before.
    reason: Literal["closed", "ended_early"]


class ExperienceCompletedEvent(TypedDict):
    """Experience finished."""

    id: str
    type: Literal["experience.completed"]
    timestamp: str
    organization_id: str
    data: ExperienceCompletedData


class _ExperienceCancelledRequired(TypedDict):
    #: The experience: the launch as a whole.
    experience_id: str


class ExperienceCancelledData(_ExperienceCancelledRequired, total=False):
    """Experience cancelled."""

    #: The experience's name.
    name: Optional[str]
    #: The experience's status.
    status: Literal["cancelled"]
    #: The status it was cancelled in.
    previous_status: Literal["scheduled", "draft", "active", "paused"]
    #: When it was cancelled.
    cancelled_at: str
    #: Who cancelled it.
    cancelled_by: Optional[str]


class ExperienceCancelledEvent(TypedDict):
    """Experience cancelled."""

    id: str
    type: Literal["experience.cancelled"]
    timestamp: str
    organization_id: str
    data: ExperienceCancelledData


class _DistributionJoinedRequired(TypedDict):
    #: The consumer it is about.
    consumer_id: str
    #: The queue, draw, auction or timed release.
    distribution_id: str
    #: The experience: the launch as a whole.
    experience_id: str


class DistributionJoinedData(_DistributionJoinedRequired, total=False):
    """Consumer joined queue/draw."""

    #: The product that is launched.
    product_id: Optional[str]
    #: What kind of distribution it is.
    distribution_type: Literal["queue", "draw"]
    #: The sequence, or access path, that led the consumer to the distribution.
    sequence_id: Optional[str]
    #: The participant's status: `QUEUED` in a queue, `ENTERED` in a draw.
    status: Literal["QUEUED", "ENTERED"]
    #: The consumer's place in the queue; null in a draw.
    position: Optional[int]
    #: When the consumer joined.
    joined_at: str


class DistributionJoinedEvent(TypedDict):
    """Consumer joined queue/draw."""

    id: str
    type: Literal["distribution.joined"]
    timestamp: str
    organization_id: str
    data: DistributionJoinedData


class _DistributionAdmittedRequired(TypedDict):
    #: The consumer it is about.
    consumer_id: str
    #: The queue, draw, auction or timed release.
    distribution_id: str
    #: The experience: the launch as a whole.
    experience_id: str


class DistributionAdmittedData(_DistributionAdmittedRequired, total=False):
    """Consumer admitted from queue."""

    #: The product that is launched.
    product_id: Optional[str]
    #: What kind of distribution it is.
    distribution_type: Literal["queue"]
    #: The sequence, or access path, that led the consumer to the distribution.
    sequence_id: Optional[str]
    #: When the consumer joined the distribution.
    entered_at: str
    #: When the consumer was admitted to checkout.
    admitted_at: str
    #: Until when the consumer may check out, if there is an end.
    expires_at: Optional[str]
    #: How long the consumer waited, in seconds.
    wait_time_seconds: int


class DistributionAdmittedEvent(TypedDict):
    """Consumer admitted from queue."""

    id: str
    type: Literal["distribution.admitted"]
    timestamp: str
    organization_id: str
    data: DistributionAdmittedData


class _DistributionWinnerSelectedRequired(TypedDict):
    #: The consumer it is about.
    consumer_id: str
    #: The queue, draw, auction or timed release.
    distribution_id: str
    #: The experience: the launch as a whole.
    experience_id: str


class DistributionWinnerSelectedData(_DistributionWinnerSelectedRequired, total=False):
    """Draw winner selected."""

    #: The product that is launched.
    product_id: Optional[str]
    #: What kind of distribution it is.
    distribution_type: Literal["draw"]
    #: The sequence, or access path, that led the consumer to the distribution.
    sequence_id: Optional[str]
    #: When the consumer joined the distribution.
    entered_at: str
    #: When the winner was selected.
    selected_at: str
    #: Until when the consumer may check out, if there is an end.
    expires_at: Optional[str]
    #: Whether the winner replaces one whose time ran out.
    is_backfill: bool


class DistributionWinnerSelectedEvent(TypedDict):
    """Draw winner selected."""

    id: str
    type: Literal["distribution.winner_selected"]
    timestamp: str
    organization_id: str
    data: DistributionWinnerSelectedData


class _DistributionBidPlacedRequired(TypedDict):
    #: The consumer it is about.
    consumer_id: str
    #: The queue, draw, auction or timed release.
    distribution_id: str
    #: The experience: the launch as a whole.
    experience_id: str
    #: The bid.
    bid_id: str
    #: What was bid, in `currency_code`.
    amount: str
    #: The currency of the amount (ISO 4217).
    currency_code: str


class DistributionBidPlacedData(_DistributionBidPlacedRequired, total=False):
    """Auction bid received."""

    #: The product that is launched.
    product_id: Optional[str]
    #: What kind of distribution it is.
    distribution_type: Literal["auction"]
    #: The sequence, or access path, that led the consumer to the distribution.
    sequence_id: Optional[str]
    #: How many bids the auction has, this one included.
    bid_count: int
    #: How the bid stands.
    bid_status: Literal["WINNING", "ACTIVE", "OUTBID"]
    #: Whether no bid is higher.
    is_highest: bool
    #: When the bid was placed.
    placed_at: str


class DistributionBidPlacedEvent(TypedDict):
    """Auction bid received."""

    id: str
    type: Literal["distribution.bid_placed"]
    timestamp: str
    organization_id: str
    data: DistributionBidPlacedData


class _DistributionCompletedRequired(TypedDict):
    #: The consumer it is about.
    consumer_id: str
    #: The queue, draw, auction or timed release.
    distribution_id: str
    #: The experience: the launch as a whole.
    experience_id: str


class DistributionCompletedData(_DistributionCompletedRequired, total=False):
    """Consumer completed checkout."""

    #: The product that is launched.
    product_id: Optional[str]
    #: What kind of distribution it is.
    distribution_type: Literal["queue", "draw", "auction", "timed_release"]
    #: The sequence, or access path, that led the consumer to the distribution.
    sequence_id: Optional[str]
    #: The order.
    order_id: Optional[str]
    #: The order's number in the shop that reported it.
    external_order_id: Optional[str]
    #: What the order costs in all, in `currency_code`.
    order_amount: str
    #: The currency of the amount (ISO 4217).
    currency_code: str
    #: When the consumer was admitted to checkout.
    admitted_at: Optional[str]
    #: When the consumer completed checkout.
    completed_at: str


class DistributionCompletedEvent(TypedDict):
    """Consumer completed checkout."""

    id: str
    type: Literal["distribution.completed"]
    timestamp: str
    organization_id: str
    data: DistributionCompletedData


class _OrderCreatedRequired(TypedDict):
    #: The order.
    order_id: str
    #: The consumer it is about.
    consumer_id: str
    #: What the order costs in all, in `currency_code`.
    total_amount: str
    #: The currency of the amount (ISO 4217).
    currency_code: str


class OrderCreatedData(_OrderCreatedRequired, total=False):
    """New order placed."""

    #: The order's number in the shop that reported it.
    external_order_id: Optional[str]
    #: The queue, draw, auction or timed release.
    distribution_id: Optional[str]
    #: The experience: the launch as a whole.
    experience_id: Optional[str]
    #: The product that is launched.
    product_id: Optional[str]
    #: The order's status after this event.
    status: Literal["created", "paid"]
    #: When the order was created.
    created_at: str


class OrderCreatedEvent(TypedDict):
    """New order placed."""

    id: str
    type: Literal["order.created"]
    timestamp: str
    organization_id: str
    data: OrderCreatedData


class _OrderPaidRequired(TypedDict):
    #: The order.
    order_id: str
    #: The consumer it is about.
    consumer_id: str
    #: What the order costs in all, in `currency_code`.
    total_amount: str
    #: The currency of the amount (ISO 4217).
    currency_code: str


class OrderPaidData(_OrderPaidRequired, total=False):
    """Order payment confirmed."""

    #: The order's number in the shop that reported it.
    external_order_id: Optional[str]
    #: The queue, draw, auction or timed release.
    distribution_id: Optional[str]
    #: The experience: the launch as a whole.
    experience_id: Optional[str]
    #: The product that is launched.
    product_id: Optional[str]
    #: The order's status after this event.
    status: Literal["paid"]
    #: When the order was created.
    created_at: str
    #: When the payment was confirmed.
    paid_at: str
    #: Who took the payment.
    payment_provider: Optional[str]
    #: The payment's id at the provider.
    payment_reference: Optional[str]


class OrderPaidEvent(TypedDict):
    """Order payment confirmed."""

    id: str
    type: Literal["order.paid"]
    timestamp: str
    organization_id: str
    data: OrderPaidData


class _OrderFulfilledRequired(TypedDict):
    #: The order.
    order_id: str
    #: The consumer it is about.
    consumer_id: str


class OrderFulfilledData(_OrderFulfilledRequired, total=False):
    """Order marked as fulfilled."""

    #: The order's number in the shop that reported it.
    external_order_id: Optional[str]
    #: The queue, draw, auction or timed release.
    distribution_id: Optional[str]
    #: The experience: the launch as a whole.
    experience_id: Optional[str]
    #: The product that is launched.
    product_id: Optional[str]
    #: The order's status after this event.
    status: Literal["fulfilled"]
    #: What the order costs in all, in `currency_code`.
    total_amount: str
    #: The currency of the amount (ISO 4217).
    currency_code: str
    #: When the order was created.
    created_at: str
    #: When it was marked as fulfilled.
    fulfilled_at: str
    #: Who carries the parcel.
    tracking_carrier: Optional[str]
    #: The parcel's number.
    tracking_number: Optional[str]
    #: Where the parcel can be followed.
    tracking_url: Optional[str]


class OrderFulfilledEvent(TypedDict):
    """Order marked as fulfilled."""

    id: str
    type: Literal["order.fulfilled"]
    timestamp: str
    organization_id: str
    data: OrderFulfilledData


class _OrderCancelledRequired(TypedDict):
    #: The order.
    order_id: str
    #: The consumer it is about.
    consumer_id: str


class OrderCancelledData(_OrderCancelledRequired, total=False):
    """Order cancelled."""

    #: The order's number in the shop that reported it.
    external_order_id: Optional[str]
    #: The queue, draw, auction or timed release.
    distribution_id: Optional[str]
    #: The experience: the launch as a whole.
    experience_id: Optional[str]
    #: The product that is launched.
    product_id: Optional[str]
    #: The order's status after this event.
    status: Literal["cancelled"]
    #: The status it was cancelled in.
    previous_status: Literal["created", "paid"]
    #: What the order costs in all, in `currency_code`.
    total_amount: str
    #: The currency of the amount (ISO 4217).
    currency_code: str
    #: When the order was created.
    created_at: str
    #: When it was cancelled.
    cancelled_at: str
    #: Why it was cancelled.
    cancel_reason: Optional[str]


class OrderCancelledEvent(TypedDict):
    """Order cancelled."""

    id: str
    type: Literal["order.cancelled"]
    timestamp: str
    organization_id: str
    data: OrderCancelledData


class _WebhookFailedRequired(TypedDict):
    #: The webhook it is about.
    webhook_id: str


class WebhookFailedData(_WebhookFailedRequired, total=False):
    """A delivery to a webhook was given up."""

    #: What people call the webhook, if they call it something.
    webhook_description: Optional[str]
    #: The webhook's status after it.
    status: Literal["failed"]
    #: The delivery that was given up.
    delivery_id: str
    #: The event it would have delivered.
    event_id: str
    #: When it was given up.
    failed_at: str


class WebhookFailedEvent(TypedDict):
    """A delivery to a webhook was given up."""

    id: str
    type: Literal["webhook.failed"]
    timestamp: str
    organization_id: str
    data: WebhookFailedData


class _WebhookRecoveredRequired(TypedDict):
    #: The webhook it is about.
    webhook_id: str


class WebhookRecoveredData(_WebhookRecoveredRequired, total=False):
    """A webhook that had failed works again."""

    #: What people call the webhook, if they call it something.
    webhook_description: Optional[str]
    #: The webhook's status after it.
    status: Literal["active"]
    #: When a delivery succeeded again.
    recovered_at: str


class WebhookRecoveredEvent(TypedDict):
    """A webhook that had failed works again."""

    id: str
    type: Literal["webhook.recovered"]
    timestamp: str
    organization_id: str
    data: WebhookRecoveredData


class _WebhookDisabledRequired(TypedDict):
    #: The webhook it is about.
    webhook_id: str


class WebhookDisabledData(_WebhookDisabledRequired, total=False):
    """A webhook was disabled."""

    #: What people call the webhook, if they call it something.
    webhook_description: Optional[str]
    #: The webhook's status after it.
    status: Literal["disabled"]
    #: Why: nothing but failures for too long, or the receiver answered 410.
    reason: Literal["failing", "gone"]
    #: When it was disabled.
    disabled_at: str


class WebhookDisabledEvent(TypedDict):
    """A webhook was disabled."""

    id: str
    type: Literal["webhook.disabled"]
    timestamp: str
    organization_id: str
    data: WebhookDisabledData


#: An event of a type that this version knows; `type` tells which.
Event = Union[
    ConsumerCreatedEvent,
    ConsumerUpdatedEvent,
    ConsumerDeletedEvent,
    ExperienceCreatedEvent,
    ExperienceActivatedEvent,
    ExperienceCompletedEvent,
    ExperienceCancelledEvent,
    DistributionJoinedEvent,
    DistributionAdmittedEvent,
    DistributionWinnerSelectedEvent,
    DistributionBidPlacedEvent,
    DistributionCompletedEvent,
    OrderCreatedEvent,
    OrderPaidEvent,
    OrderFulfilledEvent,
    OrderCancelledEvent,
    WebhookFailedEvent,
    WebhookRecoveredEvent,
    WebhookDisabledEvent,
]
