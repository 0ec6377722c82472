<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks\Data;

use Fanfare\Webhooks\Data;

/** Consumer completed checkout. */
final class DistributionCompleted implements Data
{
    public function __construct(
        /** The consumer it is about. */
        public readonly string $consumerId,
        /** The queue, draw, auction or timed release. */
        public readonly string $distributionId,
        /** The experience: the launch as a whole. */
        public readonly string $experienceId,
        /** The product that is launched. */
        public readonly ?string $productId = null,
        /** What kind of distribution it is. Known now: queue, draw, auction, timed_release. */
        public readonly ?string $distributionType = null,
        /** The sequence, or access path, that led the consumer to the distribution. */
        public readonly ?string $sequenceId = null,
        /** The order. */
        public readonly ?string $orderId = null,
        /** The order's number in the shop that reported it. */
        public readonly ?string $externalOrderId = null,
        /** What the order costs in all, in `currency_code`. */
        public readonly ?string $orderAmount = null,
        /** The currency of the amount (ISO 4217). */
        public readonly ?string $currencyCode = null,
        /** When the consumer was admitted to checkout. */
        public readonly ?string $admittedAt = null,
        /** When the consumer completed checkout. */
        public readonly ?string $completedAt = null,
    ) {
    }

    public static function from(array $data): static
    {
        return new static(
            $data['consumer_id'],
            $data['distribution_id'],
            $data['experience_id'],
            $data['product_id'] ?? null,
            $data['distribution_type'] ?? null,
            $data['sequence_id'] ?? null,
            $data['order_id'] ?? null,
            $data['external_order_id'] ?? null,
            $data['order_amount'] ?? null,
            $data['currency_code'] ?? null,
            $data['admitted_at'] ?? null,
            $data['completed_at'] ?? null,
        );
    }
}
