<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks\Data;

use Fanfare\Webhooks\Data;

/** Consumer admitted from queue. */
final class DistributionAdmitted implements Data
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
        /** What kind of distribution it is. Known now: queue. */
        public readonly ?string $distributionType = null,
        /** The sequence, or access path, that led the consumer to the distribution. */
        public readonly ?string $sequenceId = null,
        /** When the consumer joined the distribution. */
        public readonly ?string $enteredAt = null,
        /** When the consumer was admitted to checkout. */
        public readonly ?string $admittedAt = null,
        /** Until when the consumer may check out, if there is an end. */
        public readonly ?string $expiresAt = null,
        /** How long the consumer waited, in seconds. */
        public readonly ?int $waitTimeSeconds = null,
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
            $data['entered_at'] ?? null,
            $data['admitted_at'] ?? null,
            $data['expires_at'] ?? null,
            $data['wait_time_seconds'] ?? null,
        );
    }
}
