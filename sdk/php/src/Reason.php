<?php

// Generated from the event catalogue by sdk/generate.py. Do not edit.

declare(strict_types=1);

namespace Fanfare\Webhooks;

/** Why a delivery is refused. */
enum Reason: string
{
    case SecretMissing = 'secret_missing';
    case SecretHasWhitespace = 'secret_has_whitespace';
    case SecretMalformed = 'secret_malformed';
    case ParsedBody = 'parsed_body';
    case EmptyBody = 'empty_body';
    case MissingHeader = 'missing_header';
    case MalformedSignature = 'malformed_signature';
    case TimestampInvalid = 'timestamp_invalid';
    case SignatureMismatch = 'signature_mismatch';
    case TimestampTooOld = 'timestamp_too_old';
    case TimestampInFuture = 'timestamp_in_future';
    case BodyNotJson = 'body_not_json';
    case BodyNotEvent = 'body_not_event';

    /** What it says, in a sentence. */
    public function message(): string
    {
        return match ($this) {
            self::SecretMissing => 'no secret was given, or an empty one: is the environment variable set?',
            self::SecretHasWhitespace => 'the secret has white space in it: it was probably copied with a line end',
            self::SecretMalformed => 'no secret given is of the form that is needed: visible ASCII, and for webhook-signature `whsec_` and the base64 of 24 to 64 bytes',
            self::ParsedBody => 'the body is a parsed object: pass the raw body, as bytes or text, before anything parses it',
            self::EmptyBody => 'the body is empty: something else has probably read it before',
            self::MissingHeader => 'a header is missing: pass all headers of the request, and check what a proxy lets through',
            self::MalformedSignature => 'the signature header has no signature of the right form: was it cut or changed?',
            self::TimestampInvalid => 'the header webhook-timestamp is not a number of seconds',
            self::SignatureMismatch => 'no signature matches the body and the secret',
            self::TimestampTooOld => 'the delivery is older than the tolerance: a replay, a queue in between, or a clock that is fast',
            self::TimestampInFuture => 'the delivery is from the future by more than the tolerance: a clock that is slow',
            self::BodyNotJson => 'the signature is right, but the body is not JSON',
            self::BodyNotEvent => 'the signature is right, but the body is not an event of Fanfare',
        };
    }
}
