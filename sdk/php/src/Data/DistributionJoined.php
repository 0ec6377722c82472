<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks\Data;

use Fanfare\Webhooks\Data;

/** Consumer joined queue/draw. */
final class DistributionJoined implements Data
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
        /** What kind of distribution it is. Known now: queue, draw. */
        public readonly ?string $distributionType = null,
        /** The sequence, or access path, that led the consumer to the distribution. */
        public readonly ?string $sequenceId = null,
        /** The participant's status: `QUEUED` in a queue, `ENTERED` in a draw. Known now: QUEUED, ENTERED. */
        public readonly ?string $status = null,
        /** The consumer's place in the queue; null in a draw. */
        public readonly ?int $position = null,
        /** When the consumer joined. */
        public readonly ?string $joinedAt = null,
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
            $data['status'] ?? null,
            $data['position'] ?? null,
            $data['joined_at'] ?? null,
        );
    }
}
