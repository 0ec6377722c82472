"""Why a delivery is refused.

Generated from the event catalogue by sdk/generate.py. Do not edit.
"""

from typing import Dict, Literal

Reason = Literal[
    "secret_missing",
    "secret_has_whitespace",
    "secret_malformed",
    "parsed_body",
    "empty_body",
    "missing_header",
    "malformed_signature",
    "timestamp_invalid",
    "signature_mismatch",
    "timestamp_too_old",
    "timestamp_in_future",
    "body_not_json",
    "body_not_event",
]
Hint = Literal[
    "reserialised_body",
    "wrong_secret",
]

REASONS: Dict[Reason, str] = {
    "secret_missing": "no secret was given, or an empty one: is the environment variable set?",
    "secret_has_whitespace": "the secret has white space in it: it was probably copied with a line end",
    "secret_malformed": "no secret given is of the form that is needed: visible ASCII, and for webhook-signature `whsec_` and the base64 of 24 to 64 bytes",
    "parsed_body": "the body is a parsed object: pass the raw body, as bytes or text, before anything parses it",
    "empty_body": "the body is empty: something else has probably read it before",
    "missing_header": "a header is missing: pass all headers of the request, and check what a proxy lets through",
    "malformed_signature": "the signature header has no signature of the right form: was it cut or changed?",
    "timestamp_invalid": "the header webhook-timestamp is not a number of seconds",
    "signature_mismatch": "no signature matches the body and the secret",
    "timestamp_too_old": "the delivery is older than the tolerance: a replay, a queue in between, or a clock that is fast",
    "timestamp_in_future": "the delivery is from the future by more than the tolerance: a clock that is slow",
    "body_not_json": "the signature is right, but the body is not JSON",
    "body_not_event": "the signature is right, but the body is not an event of Fanfare",
}

HINTS: Dict[Hint, str] = {
    "reserialised_body": "the body is not in the form that Fanfare sends: it was probably parsed and written again, so pass the raw bytes",
    "wrong_secret": "the body looks as it was sent: check that the secret is this webhook's, and during a rotation pass the old and the new one",
}
