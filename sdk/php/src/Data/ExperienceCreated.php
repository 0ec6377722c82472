<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks\Data;

use Fanfare\Webhooks\Data;

/** New experience created. */
final class ExperienceCreated implements Data
{
    public function __construct(
        /** The experience: the launch as a whole. */
        public readonly string $experienceId,
        /** The experience's name. */
        public readonly ?string $name = null,
        /** The experience's name as it stands in addresses. */
        public readonly ?string $slug = null,
        /** The experience's status. Known now: draft, scheduled, active. */
        public readonly ?string $status = null,
        /** When it opens, if that is set. */
        public readonly ?string $openAt = null,
        /** When it closes, if that is set. */
        public readonly ?string $closeAt = null,
        /** The time zone of its dates (IANA). */
        public readonly ?string $timeZone = null,
        /** @var list<string>|null The products that are launched. */
        public readonly ?array $productIds = null,
        /** Who created it. */
        public readonly ?string $createdBy = null,
        /** When it was created. */
        public readonly ?string $createdAt = null,
    ) {
    }

    public static function from(array $data): static
    {
        return new static(
            $data['experience_id'],
            $data['name'] ?? null,
            $data['slug'] ?? null,
            $data['status'] ?? null,
            $data['open_at'] ?? null,
            $data['close_at'] ?? null,
            $data['time_zone'] ?? null,
            $data['product_ids'] ?? null,
            $data['created_by'] ?? null,
            $data['created_at'] ?? null,
        );
    }
}
