import json
import time
from typing import Dict, Optional, Union

from ._sign import check_secrets, sign_fanfare, sign_standard, standard_key


def test_headers(
    body: Union[bytes, str], secret: str, timestamp: Optional[int] = None
) -> Dict[str, str]:
    """For the tests of a receiver: the headers that a delivery of ``body`` has. ``timestamp`` is
    in Unix seconds, now unless told. The id is the body's, or ``wh_evt_test`` if it has none."""
    (secret,) = check_secrets(secret)
    raw = body.encode() if isinstance(body, str) else body
    stamp = str(int(time.time()) if timestamp is None else timestamp)
    headers = {
        "content-type": "application/json",
        "x-fanfare-signature": sign_fanfare(secret, raw),
        "x-fanfare-timestamp": stamp,
    }
    key = standard_key(secret)
    if key is not None:
        id = _id_of(raw)
        headers["webhook-id"] = id
        headers["webhook-timestamp"] = stamp
        headers["webhook-signature"] = sign_standard(key, id, stamp, raw)
    return headers


# pytest would take it for a test wherever it is imported.
test_headers.__test__ = False  # type: ignore[attr-defined]


def _id_of(body: bytes) -> str:
    try:
        id = json.loads(body)["id"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return "wh_evt_test"
    return id if isinstance(id, str) else "wh_evt_test"
