<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks\Data;

use Fanfare\Webhooks\Data;

/** Experience cancelled. */
final class ExperienceCancelled implements Data
{
    public function __construct(
        /** The experience: the launch as a whole. */
        public readonly string $experienceId,
        /** The experience's name. */
        public readonly ?string $name = null,
        /** The experience's status. Known now: cancelled. */
        public readonly ?string $status = null,
        /** The status it was cancelled in. Known now: scheduled, draft, active, paused. */
        public readonly ?string $previousStatus = null,
        /** When it was cancelled. */
        public readonly ?string $cancelledAt = null,
        /** Who cancelled it. */
        public readonly ?string $cancelledBy = null,
    ) {
    }

    public static function from(array $data): static
    {
        return new static(
            $data['experience_id'],
            $data['name'] ?? null,
            $data['status'] ?? null,
            $data['previous_status'] ?? null,
            $data['cancelled_at'] ?? null,
            $data['cancelled_by'] ?? null,
        );
    }
}
