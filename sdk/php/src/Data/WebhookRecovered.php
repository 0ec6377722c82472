<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks\Data;

use Fanfare\Webhooks\Data;

/** A webhook that had failed works again. */
final class WebhookRecovered implements Data
{
    public function __construct(
        /** The webhook it is about. */
        public readonly string $webhookId,
        /** What people call the webhook, if they call it something. */
        public readonly ?string $webhookDescription = null,
        /** The webhook's status after it. Known now: active. */
        public readonly ?string $status = null,
        /** When a delivery succeeded again. */
        public readonly ?string $recoveredAt = null,
    ) {
    }

    public static function from(array $data): static
    {
        return new static(
            $data['webhook_id'],
            $data['webhook_description'] ?? null,
            $data['status'] ?? null,
            $data['recovered_at'] ?? null,
        );
    }
}
