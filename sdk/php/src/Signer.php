<?php

declare(strict_types=1);

namespace Fanfare\Webhooks;

/**
 * The secrets that a receiver knows, the two keys that each stands for, and what they sign.
 *
 * @internal
 */
final class Signer
{
    private const PREFIX = 'whsec_';

    /**
     * Checks every secret; nothing is trimmed or mended, because the characters are the key.
     *
     * @param string|array<mixed>|null $given
     * @return non-empty-list<string>
     */
    public static function checkSecrets(string|array|null $given): array
    {
        $secrets = array_values((array) $given);
        if ($secrets === [] || in_array('', $secrets, true) || in_array(null, $secrets, true)) {
            throw new VerificationException(Reason::SecretMissing);
        }
        if (array_filter($secrets, 'is_string') !== $secrets) {
            throw new VerificationException(Reason::SecretMalformed);
        }
        if (preg_grep('/[ \t\r\n\f\v]/', $secrets) !== []) {
            throw new VerificationException(Reason::SecretHasWhitespace);
        }
        if (count(preg_grep('/\A[!-~]+\z/', $secrets)) !== count($secrets)) {
            throw new VerificationException(Reason::SecretMalformed);
        }
        return $secrets;
    }

    /**
     * The key of `webhook-signature`: what the base64 after `whsec_` stands for, if it is 24 to 64
     * bytes. For any other secret there is none.
     */
    public static function standardKey(string $secret): ?string
    {
        if (!str_starts_with($secret, self::PREFIX)) {
            return null;
        }
        $encoded = substr($secret, strlen(self::PREFIX));
        $key = base64_decode($encoded, true);
        // What is not written as an encoder would write it is no key.
        if ($key === false || base64_encode($key) !== $encoded) {
            return null;
        }
        return strlen($key) >= 24 && strlen($key) <= 64 ? $key : null;
    }

    /** `sha256=` and the hex signature of the body alone; the key is the whole text. */
    public static function fanfare(string $secret, string $body): string
    {
        return 'sha256=' . hash_hmac('sha256', $body, $secret);
    }

    /** `v1,` and the base64 signature of `id.timestamp.body`. */
    public static function standard(string $key, string $id, string $timestamp, string $body): string
    {
        return 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $key, true));
    }
}
