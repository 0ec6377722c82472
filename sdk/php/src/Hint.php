<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks;

/** What probably made the signature differ. */
enum Hint: string
{
    case ReserialisedBody = 'reserialised_body';
    case WrongSecret = 'wrong_secret';

    /** What it says, in a sentence. */
    public function message(): string
    {
        return match ($this) {
            self::ReserialisedBody => 'the body is not in the form that Fanfare sends: it was probably parsed and written again, so pass the raw bytes',
            self::WrongSecret => 'the body looks as it was sent: check that the secret is this webhook\'s, and during a rotation pass the old and the new one',
        };
    }
}
