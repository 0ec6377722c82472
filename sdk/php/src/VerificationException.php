<?php

declare(strict_types=1);

namespace Fanfare\Webhooks;

/** Why a delivery was refused. Safe to log; it repeats no secret, body or signature. */
final class VerificationException extends \RuntimeException
{
    /**
     * @param Reason $reason what is wrong: a code that is the same in every language
     * @param ?Hint $hint with Reason::SignatureMismatch: what probably made it differ
     * @param ?string $header with Reason::MissingHeader: which one
     */
    public function __construct(
        public readonly Reason $reason,
        public readonly ?Hint $hint = null,
        public readonly ?string $header = null,
    ) {
        parent::__construct(
            $reason->message()
            . ($header === null ? '' : " ($header)")
            . ($hint === null ? '' : ": {$hint->message()}")
        );
    }
}
