<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks\Data;

use Fanfare\Webhooks\Data;

/** Consumer removed. */
final class ConsumerDeleted implements Data
{
    public function __construct(
        /** The consumer it is about. */
        public readonly string $consumerId,
        /** The consumer's id in the organization's own system. */
        public readonly ?string $externalId = null,
        /** When the consumer was removed. */
        public readonly ?string $deletedAt = null,
    ) {
    }

    public static function from(array $data): static
    {
        return new static(
            $data['consumer_id'],
            $data['external_id'] ?? null,
            $data['deleted_at'] ?? null,
        );
    }
}
