<?php

declare(strict_types=1);

namespace Fanfare\Webhooks;

/**
 * Header values, wherever they come from: `$_SERVER`, `getallheaders()`, PSR-7's `getHeaders()`.
 *
 * @internal
 */
final class Headers
{
    /**
     * The first value of a header, whose name is found in any case; null for one that is absent or
     * empty.
     *
     * @param iterable<mixed> $headers
     */
    public static function value(iterable $headers, string $name): ?string
    {
        $variable = 'HTTP_' . strtoupper(strtr($name, '-', '_'));
        foreach ($headers as $key => $value) {
            if ($key === $variable || strtolower((string) $key) === $name) {
                $first = is_array($value) ? reset($value) : $value;
                return is_string($first) && $first !== '' ? $first : null;
            }
        }
        return null;
    }

    /** @param iterable<mixed> $headers */
    public static function needed(iterable $headers, string $name): string
    {
        return self::value($headers, $name)
            ?? throw new VerificationException(Reason::MissingHeader, header: $name);
    }
}
