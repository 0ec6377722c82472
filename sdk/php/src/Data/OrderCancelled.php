<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks\Data;

use Fanfare\Webhooks\Data;

/** Order cancelled. */
final class OrderCancelled implements Data
{
    public function __construct(
        /** The order. */
        public readonly string $orderId,
        /** The consumer it is about. */
        public readonly string $consumerId,
        /** The order's number in the shop that reported it. */
        public readonly ?string $externalOrderId = null,
        /** The queue, draw, auction or timed release. */
        public readonly ?string $distributionId = null,
        /** The experience: the launch as a whole. */
        public readonly ?string $experienceId = null,
        /** The product that is launched. */
        public readonly ?string $productId = null,
        /** The order's status after this event. Known now: cancelled. */
        public readonly ?string $status = null,
        /** The status it was cancelled in. Known now: created, paid. */
        public readonly ?string $previousStatus = null,
        /** What the order costs in all, in `currency_code`. */
        public readonly ?string $totalAmount = null,
        /** The currency of the amount (ISO 4217). */
        public readonly ?string $currencyCode = null,
        /** When the order was created. */
        public readonly ?string $createdAt = null,
        /** When it was cancelled. */
        public readonly ?string $cancelledAt = null,
        /** Why it was cancelled. */
        public readonly ?string $cancelReason = null,
    ) {
    }

    public static function from(array $data): static
    {
        return new static(
            $data['order_id'],
            $data['consumer_id'],
            $data['external_order_id'] ?? null,
            $data['distribution_id'] ?? null,
            $data['experience_id'] ?? null,
            $data['product_id'] ?? null,
            $data['status'] ?? null,
            $data['previous_status'] ?? null,
            $data['total_amount'] ?? null,
            $data['currency_code'] ?? null,
            $data['created_at'] ?? null,
            $data['cancelled_at'] ?? null,
            $data['cancel_reason'] ?? null,
        );
    }
}
