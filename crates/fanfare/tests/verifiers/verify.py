"""Checks captured deliveries with the standard library and the published Standard Webhooks one.

usage: python verify.py captured.json
"""

import hashlib
import hmac
import json
import sys

from standardwebhooks.webhooks import Webhook

captured = json.load(open(sys.argv[1], encoding="utf-8"))
standard = 0
for row in captured:
    body, headers, secret = row["body"], row["headers"], row["secret"]
    expected = hmac.new(secret.encode(), body.encode(), hashlib.sha256).hexdigest()
    assert hmac.compare_digest(headers["x-fanfare-signature"], f"sha256={expected}"), body
    if "webhook-signature" in headers:
        event = Webhook(secret).verify(body, headers)
        assert event["id"] == headers["webhook-id"]
        standard += 1
print(f"verified {len(captured)} {standard}")
