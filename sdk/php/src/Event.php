<?php

declare(strict_types=1);

namespace Fanfare\Webhooks;

/** An event of Fanfare. */
final class Event
{
    /**
     * @param string $id the same on every attempt: remember it
     * @param string $type one of EventType, or newer than this version
     * @param string $timestamp when it happened, RFC 3339 in UTC
     * @param ?Data $data the data in the class of its type; null for a type or a form that this
     *     version does not know
     * @param array<string, mixed> $raw the whole event as it came
     */
    public function __construct(
        public readonly string $id,
        public readonly string $type,
        public readonly string $timestamp,
        public readonly string $organizationId,
        public readonly ?Data $data,
        public readonly array $raw,
    ) {
    }

    /** @internal of a body whose signature was right */
    public static function parse(string $body): self
    {
        try {
            $event = json_decode($body, false, 512, JSON_THROW_ON_ERROR);
        } catch (\JsonException) {
            throw new VerificationException(Reason::BodyNotJson);
        }
        $texts = ['id', 'type', 'timestamp', 'organization_id'];
        foreach ($texts as $name) {
            if (!$event instanceof \stdClass || !is_string($event->$name ?? null)) {
                throw new VerificationException(Reason::BodyNotEvent);
            }
        }
        // Looked at as an object, because an empty array would be no different from an empty list.
        if (!($event->data ?? null) instanceof \stdClass) {
            throw new VerificationException(Reason::BodyNotEvent);
        }
        $raw = json_decode($body, true, 512, JSON_THROW_ON_ERROR);
        return new self(
            $raw['id'],
            $raw['type'],
            $raw['timestamp'],
            $raw['organization_id'],
            self::typed($raw['type'], $raw['data']),
            $raw,
        );
    }

    /** @param array<string, mixed> $data */
    private static function typed(string $type, array $data): ?Data
    {
        $class = EventType::tryFrom($type)?->dataClass();
        try {
            // What is required and absent is null here, which the class refuses.
            return $class === null ? null : @$class::from($data);
        } catch (\TypeError | \ErrorException) {
            return null;
        }
    }
}
