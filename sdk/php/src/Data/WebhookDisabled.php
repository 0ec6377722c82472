<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks\Data;

use Fanfare\Webhooks\Data;

/** A webhook was disabled. */
final class WebhookDisabled implements Data
{
    public function __construct(
        /** The webhook it is about. */
        public readonly string $webhookId,
        /** What people call the webhook, if they call it something. */
        public readonly ?string $webhookDescription = null,
        /** The webhook's status after it. Known now: disabled. */
        public readonly ?string $status = null,
        /** Why: nothing but failures for too long, or the receiver answered 410. Known now: failing, gone. */
        public readonly ?string $reason = null,
        /** When it was disabled. */
        public readonly ?string $disabledAt = null,
    ) {
    }

    public static function from(array $data): static
    {
        return new static(
            $data['webhook_id'],
            $data['webhook_description'] ?? null,
            $data['status'] ?? null,
            $data['reason'] ?? null,
            $data['disabled_at'] ?? null,
        );
    }
}
