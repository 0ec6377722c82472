"""The secrets that a receiver knows, the two keys that each stands for, and what they sign."""

import base64
import binascii
import hashlib
import hmac
import re
from typing import List, Optional, Sequence, Union

from ._error import WebhookVerificationError

_PREFIX = "whsec_"


def check_secrets(given: Union[str, Sequence[str], None]) -> List[str]:
    """Checks every secret; nothing is trimmed or mended, because the characters are the key."""
    secrets = [given] if isinstance(given, str) else list(given or ())
    if not secrets or not all(secrets):
        raise WebhookVerificationError("secret_missing")
    if not all(isinstance(secret, str) for secret in secrets):
        raise WebhookVerificationError("secret_malformed")
    if any(re.search(r"[ \t\r\n\f\v]", secret) for secret in secrets):
        raise WebhookVerificationError("secret_has_whitespace")
    if not all(re.fullmatch(r"[!-~]+", secret) for secret in secrets):
        raise WebhookVerificationError("secret_malformed")
    return secrets


def standard_key(secret: str) -> Optional[bytes]:
    """The key of ``webhook-signature``: what the base64 after ``whsec_`` stands for, if it is 24
    to 64 bytes. For any other secret there is none."""
    if not secret.startswith(_PREFIX):
        return None
    encoded = secret[len(_PREFIX) :]
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    # What is not written as an encoder would write it is no key.
    canonical = base64.b64encode(key).decode() == encoded
    return key if canonical and 24 <= len(key) <= 64 else None


def sign_fanfare(secret: str, body: bytes) -> str:
    """``sha256=`` and the hex signature of the body alone; the key is the whole text."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def sign_standard(key: bytes, id: str, timestamp: str, body: bytes) -> str:
    """``v1,`` and the base64 signature of ``id.timestamp.body``."""
    message = f"{id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
