<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks\Data;

use Fanfare\Webhooks\Data;

/** Consumer profile updated. */
final class ConsumerUpdated implements Data
{
    public function __construct(
        /** The consumer it is about. */
        public readonly string $consumerId,
        /** The consumer's e-mail address. */
        public readonly ?string $email = null,
        /** The consumer's phone number, where possible in E.164. */
        public readonly ?string $phone = null,
        /** The consumer's name. */
        public readonly ?string $fullName = null,
        /** The consumer's id in the organization's own system. */
        public readonly ?string $externalId = null,
        /** @var array<string, mixed>|null What the organization keeps with the consumer. */
        public readonly ?array $metadata = null,
        /** How the consumer came in. Known now: api, manual, import, klaviyo, experience_entry. */
        public readonly ?string $source = null,
        /** When it was created. */
        public readonly ?string $createdAt = null,
        /** When it was updated. */
        public readonly ?string $updatedAt = null,
        /** @var list<string>|null Names of the fields that changed. */
        public readonly ?array $changedFields = null,
    ) {
    }

    public static function from(array $data): static
    {
        return new static(
            $data['consumer_id'],
            $data['email'] ?? null,
            $data['phone'] ?? null,
            $data['full_name'] ?? null,
            $data['external_id'] ?? null,
            $data['metadata'] ?? null,
            $data['source'] ?? null,
            $data['created_at'] ?? null,
            $data['updated_at'] ?? null,
            $data['changed_fields'] ?? null,
        );
    }
}
