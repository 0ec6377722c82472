import base64, hashlib, hmac, time

# X-Fanfare-Signature: "sha256=" and the hex HMAC-SHA256 of the body; the key is the secret as it
# is, "whsec_" included.
def verify_fanfare(body: bytes, headers, secret: str) -> bool:
    mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return equal(f"sha256={mac}", headers.get("x-fanfare-signature"))

# webhook-signature: Standard Webhooks over "id.timestamp.body"; the key is what the base64 after
# "whsec_" says. The timestamp is signed too: what is older than five minutes is refused.
def verify_standard(body: bytes, headers, secret: str, now=None) -> bool:
    id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    now = time.time() if now is None else now
    if not (timestamp.isascii() and timestamp.isdigit() and abs(now - int(timestamp)) <= 300):
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    mac = hmac.new(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(mac).decode()
    return any(equal(expected, each) for each in headers.get("webhook-signature", "").split(" "))

def equal(expected: str, given) -> bool:
    return hmac.compare_digest(expected.encode(), (given or "").encode())
