<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks\Data;

use Fanfare\Webhooks\Data;

/** Experience finished. */
final class ExperienceCompleted implements Data
{
    public function __construct(
        /** The experience: the launch as a whole. */
        public readonly string $experienceId,
        /** The experience's name. */
        public readonly ?string $name = null,
        /** The experience's status. Known now: completed. */
        public readonly ?string $status = null,
        /** When it closes, if that is set. */
        public readonly ?string $closeAt = null,
        /** When it was over. */
        public readonly ?string $completedAt = null,
        /** Whether it closed at its time or was ended before. Known now: closed, ended_early. */
        public readonly ?string $reason = null,
    ) {
    }

    public static function from(array $data): static
    {
        return new static(
            $data['experience_id'],
            $data['name'] ?? null,
            $data['status'] ?? null,
            $data['close_at'] ?? null,
            $data['completed_at'] ?? null,
            $data['reason'] ?? null,
        );
    }
}
