"""What a delivery and a case of the shared vectors look like."""

import base64
import hashlib
import hmac

NOW = 1687273800
SEED = "whsec_your_secret_key"
MAIN = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = (
    '{"id":"wh_evt_abc123","type":"distribution.winner_selected","timestamp":"2024-06-20T15:30:00Z",'
    '"organization_id":"org_xyz789","data":{"consumer_id":"con_123","distribution_id":"dist_456",'
    '"experience_id":"exp_789","product_id":"prod_012"}}'
)
GOOD = {"type": "distribution.winner_selected", "id": "wh_evt_abc123", "known": True}
PUBLISHED = [
    (
        OTHER,
        "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk",
        1649367553,
        '{"email":"test@example.com","username":"test_user"}',
        "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=",
    ),
    (
        MAIN,
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        '{"test": 2432232314}',
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ),
    (MAIN, "wh_evt_abc123", NOW, BODY, "v1,lzebkFra/dPgIJqqxMrKdfFiCAkp4N7yLNYEMLqvZLY="),
]


def fanfare(body, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), _bytes(body), hashlib.sha256).hexdigest()


def standard(body, secret: str, id: str = "wh_evt_abc123", timestamp=NOW, key=None) -> str:
    key = base64.b64decode(secret[len("whsec_") :]) if key is None else key
    message = f"{id}.{timestamp}.".encode() + _bytes(body)
    return "v1," + base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def headers(body, secret: str = MAIN, timestamp=NOW, id: str = "wh_evt_abc123") -> dict[str, str]:
    """What the product sends for a secret that both families can use."""
    return {
        "content-type": "application/json",
        "x-fanfare-signature": fanfare(body, secret),
        "x-fanfare-timestamp": str(timestamp),
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": standard(body, secret, id, timestamp),
    }


def seed(body, secret: str = SEED) -> dict[str, str]:
    """What the product sends for any other secret."""
    return {"x-fanfare-signature": fanfare(body, secret), "x-fanfare-timestamp": str(NOW)}


def case(name: str, expect: dict, body=BODY, **changed) -> dict:
    given = {"name": name}
    if isinstance(body, bytes):
        given["body_base64"] = base64.b64encode(body).decode()
    elif isinstance(body, str):
        given["body"] = body
    else:
        given["parsed"] = body
    signed = "" if isinstance(body, dict) else body
    given["headers"] = changed.pop("headers", None) or headers(signed)
    given["secrets"] = changed.pop("secrets", [MAIN])
    return {**given, "now": NOW, **changed, "expect": expect}


def refused(reason: str, hint: str | None = None, header: str | None = None) -> dict:
    said = {"reason": reason, "hint": hint, "header": header}
    return {key: value for key, value in said.items() if value}


def _bytes(body) -> bytes:
    return body if isinstance(body, bytes) else body.encode()
