<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks\Data;

use Fanfare\Webhooks\Data;

/** A delivery to a webhook was given up. */
final class WebhookFailed implements Data
{
    public function __construct(
        /** The webhook it is about. */
        public readonly string $webhookId,
        /** What people call the webhook, if they call it something. */
        public readonly ?string $webhookDescription = null,
        /** The webhook's status after it. Known now: failed. */
        public readonly ?string $status = null,
        /** The delivery that was given up. */
        public readonly ?string $deliveryId = null,
        /** The event it would have delivered. */
        public readonly ?string $eventId = null,
        /** When it was given up. */
        public readonly ?string $failedAt = null,
    ) {
    }

    public static function from(array $data): static
    {
        return new static(
            $data['webhook_id'],
            $data['webhook_description'] ?? null,
            $data['status'] ?? null,
            $data['delivery_id'] ?? null,
            $data['event_id'] ?? null,
            $data['failed_at'] ?? null,
        );
    }
}
