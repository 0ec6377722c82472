<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks\Data;

use Fanfare\Webhooks\Data;

/** Auction bid received. */
final class DistributionBidPlaced implements Data
{
    public function __construct(
        /** The consumer it is about. */
        public readonly string $consumerId,
        /** The queue, draw, auction or timed release. */
        public readonly string $distributionId,
        /** The experience: the launch as a whole. */
        public readonly string $experienceId,
        /** The bid. */
        public readonly string $bidId,
        /** What was bid, in `currency_code`. */
        public readonly string $amount,
        /** The currency of the amount (ISO 4217). */
        public readonly string $currencyCode,
        /** The product that is launched. */
        public readonly ?string $productId = null,
        /** What kind of distribution it is. Known now: auction. */
        public readonly ?string $distributionType = null,
        /** The sequence, or access path, that led the consumer to the distribution. */
        public readonly ?string $sequenceId = null,
        /** How many bids the auction has, this one included. */
        public readonly ?int $bidCount = null,
        /** How the bid stands. Known now: WINNING, ACTIVE, OUTBID. */
        public readonly ?string $bidStatus = null,
        /** Whether no bid is higher. */
        public readonly ?bool $isHighest = null,
        /** When the bid was placed. */
        public readonly ?string $placedAt = null,
    ) {
    }

    public static function from(array $data): static
    {
        return new static(
            $data['consumer_id'],
            $data['distribution_id'],
            $data['experience_id'],
            $data['bid_id'],
            $data['amount'],
            $data['currency_code'],
            $data['product_id'] ?? null,
            $data['distribution_type'] ?? null,
            $data['sequence_id'] ?? null,
            $data['bid_count'] ?? null,
            $data['bid_status'] ?? null,
            $data['is_highest'] ?? null,
            $data['placed_at'] ?? null,
        );
    }
}
