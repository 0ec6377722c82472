"""The shared vectors, and what only this language can get wrong."""

import base64
import json
from pathlib import Path

import pytest

from fanfare_webhooks import EVENT_TYPES, WebhookVerificationError, test_headers, verify

SHARED = json.loads((Path(__file__).parents[2] / "vectors.json").read_text(encoding="utf-8"))
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = SHARED["test_headers"][0]["body"]


@pytest.mark.parametrize("case", SHARED["cases"], ids=lambda case: case["name"])
def test_shared_vector(case):
    body = case.get("body", case.get("parsed"))
    if body is None:
        body = base64.b64decode(case["body_base64"])
    options = {name: case[name] for name in ("now", "tolerance", "require") if name in case}
    try:
        event = verify(body, case["headers"], case["secrets"], **options)
        known = event["type"] in EVENT_TYPES
        said = {"type": event["type"], "id": event["id"], "known": known}
    except WebhookVerificationError as error:
        said = {"reason": error.reason, "hint": error.hint, "header": error.header}
        said = {name: value for name, value in said.items() if value}
    assert said == case["expect"]


@pytest.mark.parametrize("case", SHARED["test_headers"])
def test_headers_for_tests_are_those_of_a_delivery(case):
    assert test_headers(case["body"], case["secret"], case["timestamp"]) == case["expect"]


def test_every_kind_of_headers_and_body():
    headers = test_headers(BODY, SECRET)
    asgi = [(name.encode(), value.encode()) for name, value in headers.items()]
    wsgi = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers.items()}
    wsgi.update({"wsgi.version": (1, 0), "CONTENT_LENGTH": 17})
    lists = {name: [value] for name, value in headers.items()}
    for each in (headers, asgi, wsgi, lists, list(headers.items())):
        assert verify(BODY, each, SECRET)["id"] == "wh_evt_abc123"
    raw = BODY.encode()
    for body in (raw, bytearray(raw), memoryview(raw)):
        assert verify(body, headers, [SECRET])["id"] == "wh_evt_abc123"


@pytest.mark.parametrize(
    ("body", "headers", "secrets", "reason"),
    [
        (BODY, {}, None, "secret_missing"),
        (BODY, {}, [None], "secret_missing"),
        (BODY, {}, [17], "secret_malformed"),
        (None, {}, SECRET, "parsed_body"),
        ([BODY], {}, SECRET, "parsed_body"),
        (b"", {}, SECRET, "empty_body"),
        (BODY, {}, SECRET, "missing_header"),
        (BODY, None, SECRET, "missing_header"),
        ("\ud800", test_headers(BODY, SECRET), SECRET, "signature_mismatch"),
        ("[" * 100_000, test_headers("[" * 100_000, SECRET), SECRET, "body_not_json"),
    ],
)
def test_what_is_no_request_at_all_is_refused_by_name(body, headers, secrets, reason):
    with pytest.raises(WebhookVerificationError) as caught:
        verify(body, headers, secrets)
    assert caught.value.reason == reason


def test_a_message_says_what_to_do_and_repeats_no_secret():
    with pytest.raises(WebhookVerificationError, match="pass the raw bytes") as caught:
        verify(BODY + "\n", test_headers(BODY, SECRET), SECRET)
    assert SECRET[6:] not in str(caught.value)
    with pytest.raises(WebhookVerificationError, match=r"\(webhook-signature\)"):
        verify(BODY, {}, SECRET)
