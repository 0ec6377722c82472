"""The rules of verification. ``sdk/README.md`` says them in words; they are the same in every
language, and the shared vectors hold all of them to it."""

import hmac
import json
import re
import time
from typing import Iterable, List, Literal, Optional, Sequence, Union, cast

from ._error import WebhookVerificationError
from ._headers import Headers, header
from ._sign import check_secrets, sign_fanfare, sign_standard, standard_key
from .events import Event

Require = Literal["auto", "standard", "any"]

_MAX_HEADER_LENGTH = 4096
_MAX_SIGNATURES = 16
_MAX_SECONDS = 10**15


def verify(
    body: Union[bytes, bytearray, memoryview, str],
    headers: Headers,
    secrets: Union[str, Sequence[str], None],
    tolerance: float = 300,
    *,
    require: Require = "auto",
    now: Optional[float] = None,
) -> Event:
    """Verifies a delivery and gives its event.

    ``body`` is the raw body, before anything has parsed it. ``tolerance`` is how many seconds the
    signed time may lie from now, either way. ``require`` says which signature has to verify:

    ``auto``
        ``webhook-signature``, unless one of the secrets cannot make it; then
        ``X-Fanfare-Signature``, if the delivery has nothing better.
    ``standard``
        Only ``webhook-signature``, which protects against replay.
    ``any``
        ``X-Fanfare-Signature`` also when ``webhook-signature`` is absent but should not be.

    ``now`` is in Unix seconds, for tests. An event of a type that is newer than this version comes
    as it is: have an ``else``.

    Raises ``WebhookVerificationError`` with a ``reason``, and nothing else whatever the request is.
    """
    known = check_secrets(secrets)
    raw = _raw_bytes(body)
    keys = [key for key in map(standard_key, known) if key is not None]
    only = require == "standard" or (require == "auto" and len(keys) == len(known))
    if only and not keys:
        raise WebhookVerificationError("secret_malformed")
    if only or (keys and header(headers, "webhook-signature") is not None):
        _verify_standard(raw, headers, keys, tolerance, time.time() if now is None else now)
    else:
        _verify_fanfare(raw, headers, known)
    return _parse(raw)


def _verify_standard(
    body: bytes, headers: Headers, keys: List[bytes], tolerance: float, now: float
) -> None:
    signature = _needed(headers, "webhook-signature")
    id = _needed(headers, "webhook-id")
    timestamp = _needed(headers, "webhook-timestamp")
    sent = _seconds(timestamp)
    items = signature.split(" ") if len(signature) <= _MAX_HEADER_LENGTH else []
    items = [item for item in items if item]
    candidates = [item for item in items if re.fullmatch(r"v1,[A-Za-z0-9+/]{43}=", item)]
    if not candidates or len(items) > _MAX_SIGNATURES:
        raise WebhookVerificationError("malformed_signature")
    expected = [sign_standard(key, id, timestamp, body) for key in keys]
    if not _any_match(expected, candidates):
        raise _mismatch(body)
    tolerance = max(0, tolerance)
    now = int(now)
    if now - sent > tolerance:
        raise WebhookVerificationError("timestamp_too_old")
    if sent - now > tolerance:
        raise WebhookVerificationError("timestamp_in_future")


def _verify_fanfare(body: bytes, headers: Headers, secrets: List[str]) -> None:
    signature = _needed(headers, "x-fanfare-signature")
    if not re.fullmatch(r"sha256=[0-9a-f]{64}", signature):
        raise WebhookVerificationError("malformed_signature")
    if not _any_match([sign_fanfare(secret, body) for secret in secrets], [signature]):
        raise _mismatch(body)


def _any_match(expected: Iterable[str], given: List[str]) -> bool:
    """Compares all with all, each in constant time; lengths may differ."""
    matches = False
    for one in expected:
        for other in given:
            matches |= hmac.compare_digest(one.encode(), other.encode())
    return matches


def _needed(headers: Headers, name: str) -> str:
    value = header(headers, name)
    if value is None:
        raise WebhookVerificationError("missing_header", header=name)
    return value


def _seconds(timestamp: str) -> int:
    """The number that a timestamp says; one that is beyond all reason stays beyond it."""
    match = re.fullmatch(r"(-?)0*([0-9]+)", timestamp, re.ASCII)
    if match is None:
        raise WebhookVerificationError("timestamp_invalid")
    sign, digits = match.groups()
    # Python refuses to read numbers of thousands of digits.
    seconds = int(digits) if len(digits) <= 15 else _MAX_SECONDS
    return -seconds if sign else seconds


def _raw_bytes(body: object) -> bytes:
    if isinstance(body, str):
        # Lone surrogates cannot have been sent; what replaces them cannot verify.
        body = body.encode("utf-8", "replace")
    if not isinstance(body, (bytes, bytearray, memoryview)):
        raise WebhookVerificationError("parsed_body")
    raw = bytes(body)
    if not raw:
        raise WebhookVerificationError("empty_body")
    return raw


def _mismatch(body: bytes) -> WebhookVerificationError:
    trimmed = body.strip(b" \t\r\n")
    looks_like_json = trimmed.startswith(b"{") and trimmed.endswith(b"}")
    as_sent = body.startswith(b'{"id":"') and body.endswith(b"}")
    as_sent = as_sent and not re.search(rb"[\r\n]|\\/|\\u", body)
    hint: Literal["reserialised_body", "wrong_secret"]
    hint = "reserialised_body" if looks_like_json and not as_sent else "wrong_secret"
    return WebhookVerificationError("signature_mismatch", hint)


def _parse(body: bytes) -> Event:
    try:
        event = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise WebhookVerificationError("body_not_json") from None
    names = ("id", "type", "timestamp", "organization_id")
    if (
        not isinstance(event, dict)
        or not isinstance(event.get("data"), dict)
        or not all(isinstance(event.get(name), str) for name in names)
    ):
        raise WebhookVerificationError("body_not_event")
    return cast(Event, event)
