<?php

declare(strict_types=1);

namespace Fanfare\Webhooks;

/** The data of an event of a type that this version knows. */
interface Data
{
    /** @param array<string, mixed> $data as it came */
    public static function from(array $data): static;
}
