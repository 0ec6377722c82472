"""The shared vectors: requests, and what every library must say about them.

What is expected is written down by hand here, not computed by a library. Signatures are computed
with Python's own `hmac`; those that were published by others are checked against what was
published, and so is this file's arithmetic.

A case has `body` (text), `body_base64` (bytes) or `parsed` (an object, for languages in which one
can be passed), `headers`, `secrets`, `now`, perhaps `tolerance`, `require` and `cgi` (headers are
named as in a CGI environment), and `expect`: a `reason` with perhaps `hint` and `header`, or
`type`, `id` and whether the type is `known`.
"""

import json
from pathlib import Path

from . import edges
from .signing import BODY, MAIN, NOW, PUBLISHED, SEED, case, headers, seed, standard


def files(document: Path) -> dict[str, str]:
    for secret, id, timestamp, body, signature in PUBLISHED:
        assert standard(body, secret, id, timestamp) == signature, f"{id} is not as published"
    cases = edges.cases() + _catalogue(document)
    names = [each["name"] for each in cases]
    assert len(set(names)) == len(names), "names are given once"
    made = {"cases": cases, "test_headers": _test_headers()}
    return {"vectors.json": json.dumps(made, indent=1, ensure_ascii=True) + "\n"}


def _catalogue(document: Path) -> list[dict]:
    """Every event type's example, as the product sends it."""
    webhooks = json.loads(document.read_text(encoding="utf-8"))["webhooks"]
    cases = []
    for kind, webhook in webhooks.items():
        example = webhook["post"]["requestBody"]["content"]["application/json"]["example"]
        body = json.dumps(example, separators=(",", ":"), ensure_ascii=False)
        expect = {"type": kind, "id": example["id"], "known": True}
        cases.append(case(f"example of {kind}", expect, body))
    return cases


def _test_headers() -> list[dict]:
    """What the helper for tests must make: exactly these headers."""
    rest = {"content-type": "application/json"}
    nameless = '{"hello":"wörld"}'
    return [
        {"body": BODY, "secret": MAIN, "timestamp": NOW, "expect": headers(BODY)},
        {"body": BODY, "secret": SEED, "timestamp": NOW, "expect": {**rest, **seed(BODY)}},
        {
            "body": nameless,
            "secret": MAIN,
            "timestamp": NOW,
            "expect": headers(nameless, id="wh_evt_test"),
        },
    ]
