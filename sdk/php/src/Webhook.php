<?php

declare(strict_types=1);

namespace Fanfare\Webhooks;

/**
 * Verifies the webhooks of Fanfare.
 *
 * The rules are in `sdk/README.md` in words; they are the same in every language, and the shared
 * vectors hold all of them to it.
 */
final class Webhook
{
    private const MAX_HEADER_LENGTH = 4096;
    private const MAX_SIGNATURES = 16;
    private const MAX_SECONDS = 1_000_000_000_000_000;

    /**
     * Verifies a delivery and gives its event.
     *
     * @param mixed $body the raw body, before anything has parsed it: `file_get_contents('php://input')`
     * @param iterable<mixed> $headers `$_SERVER`, `getallheaders()` or PSR-7's `getHeaders()`
     * @param string|array<mixed>|null $secrets one, or several during a rotation
     * @param int $tolerance how many seconds the signed time may lie from now, either way
     * @param Policy $require which signature has to verify
     * @param ?int $now in Unix seconds, for tests
     * @throws VerificationException with a reason, and nothing else whatever the request is
     */
    public static function verify(
        mixed $body,
        iterable $headers,
        #[\SensitiveParameter] string|array|null $secrets,
        int $tolerance = 300,
        Policy $require = Policy::Auto,
        ?int $now = null,
    ): Event {
        $known = Signer::checkSecrets($secrets);
        if (!is_string($body)) {
            throw new VerificationException(Reason::ParsedBody);
        }
        if ($body === '') {
            throw new VerificationException(Reason::EmptyBody);
        }
        $keys = array_values(array_filter(array_map(Signer::standardKey(...), $known), 'is_string'));
        $only = match ($require) {
            Policy::Auto => count($keys) === count($known),
            Policy::Standard => true,
            Policy::Any => false,
        };
        if ($only && $keys === []) {
            throw new VerificationException(Reason::SecretMalformed);
        }
        if ($only || ($keys !== [] && Headers::value($headers, 'webhook-signature') !== null)) {
            self::verifyStandard($body, $headers, $keys, $tolerance, $now ?? time());
        } else {
            self::verifyFanfare($body, $headers, $known);
        }
        return Event::parse($body);
    }

    /**
     * For the tests of a receiver: the headers that a delivery of the body has. The time is in Unix
     * seconds, now unless told. The id is the body's, or `wh_evt_test` if it has none.
     *
     * @return array<string, string>
     */
    public static function testHeaders(
        string $body,
        #[\SensitiveParameter] string $secret,
        ?int $timestamp = null,
    ): array {
        Signer::checkSecrets($secret);
        $time = (string) ($timestamp ?? time());
        $headers = [
            'content-type' => 'application/json',
            'x-fanfare-signature' => Signer::fanfare($secret, $body),
            'x-fanfare-timestamp' => $time,
        ];
        $key = Signer::standardKey($secret);
        if ($key !== null) {
            $parsed = json_decode($body);
            $id = is_string($parsed->id ?? null) ? $parsed->id : 'wh_evt_test';
            $headers['webhook-id'] = $id;
            $headers['webhook-timestamp'] = $time;
            $headers['webhook-signature'] = Signer::standard($key, $id, $time, $body);
        }
        return $headers;
    }

    /**
     * @param iterable<mixed> $headers
     * @param list<string> $keys
     */
    private static function verifyStandard(
        string $body,
        iterable $headers,
        #[\SensitiveParameter] array $keys,
        int $tolerance,
        int $now,
    ): void {
        $signature = Headers::needed($headers, 'webhook-signature');
        $id = Headers::needed($headers, 'webhook-id');
        $timestamp = Headers::needed($headers, 'webhook-timestamp');
        $sent = self::seconds($timestamp);
        $items = strlen($signature) > self::MAX_HEADER_LENGTH
            ? []
            : array_filter(explode(' ', $signature), fn(string $item): bool => $item !== '');
        $candidates = preg_grep('#\Av1,[A-Za-z0-9+/]{43}=\z#', $items);
        if ($candidates === [] || count($items) > self::MAX_SIGNATURES) {
            throw new VerificationException(Reason::MalformedSignature);
        }
        $expected = array_map(
            fn(string $key): string => Signer::standard($key, $id, $timestamp, $body),
            $keys,
        );
        if (!self::anyMatch($expected, $candidates)) {
            throw self::mismatch($body);
        }
        $tolerance = max(0, $tolerance);
        if ($now - $sent > $tolerance) {
            throw new VerificationException(Reason::TimestampTooOld);
        }
        if ($sent - $now > $tolerance) {
            throw new VerificationException(Reason::TimestampInFuture);
        }
    }

    /**
     * @param iterable<mixed> $headers
     * @param list<string> $secrets
     */
    private static function verifyFanfare(
        string $body,
        iterable $headers,
        #[\SensitiveParameter] array $secrets,
    ): void {
        $signature = Headers::needed($headers, 'x-fanfare-signature');
        if (preg_match('/\Asha256=[0-9a-f]{64}\z/', $signature) !== 1) {
            throw new VerificationException(Reason::MalformedSignature);
        }
        $expected = array_map(
            fn(string $secret): string => Signer::fanfare($secret, $body),
            $secrets,
        );
        if (!self::anyMatch($expected, [$signature])) {
            throw self::mismatch($body);
        }
    }

    /**
     * Compares all with all, each in constant time; lengths may differ.
     *
     * @param array<string> $expected
     * @param array<string> $given
     */
    private static function anyMatch(array $expected, array $given): bool
    {
        $matches = false;
        foreach ($expected as $one) {
            foreach ($given as $other) {
                $matches = hash_equals($one, $other) || $matches;
            }
        }
        return $matches;
    }

    /** The number that a timestamp says; one that is beyond all reason stays beyond it. */
    private static function seconds(string $timestamp): int
    {
        if (preg_match('/\A(-?)0*([0-9]+)\z/', $timestamp, $parts) !== 1) {
            throw new VerificationException(Reason::TimestampInvalid);
        }
        $seconds = strlen($parts[2]) > 15 ? self::MAX_SECONDS : (int) $parts[2];
        return $parts[1] === '-' ? -$seconds : $seconds;
    }

    private static function mismatch(string $body): VerificationException
    {
        $trimmed = trim($body, " \t\r\n");
        $json = str_starts_with($trimmed, '{') && str_ends_with($trimmed, '}');
        $asSent = str_starts_with($body, '{"id":"') && str_ends_with($body, '}')
            && preg_match('#[\r\n]|\\\\/|\\\\u#', $body) === 0;
        $hint = $json && !$asSent ? Hint::ReserialisedBody : Hint::WrongSecret;
        return new VerificationException(Reason::SignatureMismatch, $hint);
    }
}
