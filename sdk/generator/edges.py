"""The cases of the shared vectors that were thought of one by one."""

import json

from .signing import (
    BODY,
    GOOD,
    MAIN,
    NOW,
    OTHER,
    PUBLISHED,
    SEED,
    case,
    fanfare,
    headers,
    refused,
    seed,
    standard,
)


def cases() -> list[dict]:
    return _accepted() + _policy() + _signatures() + _times() + _secrets() + _bodies()


def _accepted() -> list[dict]:
    rotation = {**headers(BODY, OTHER), "x-fanfare-signature": fanfare(BODY, MAIN)}
    rotation["webhook-signature"] += " " + standard(BODY, MAIN)
    moved = {**headers(BODY), "x-fanfare-signature": fanfare(BODY, SEED)}
    cgi = {"HTTP_" + name.upper().replace("-", "_"): value for name, value in headers(BODY).items()}
    shouted = {name.upper(): value for name, value in headers(BODY).items()}
    titled = {name.title(): value for name, value in headers(BODY).items()}
    found = [
        case("as sent, both families", GOOD),
        case("as sent, a secret of one's own", GOOD, headers=seed(BODY), secrets=[SEED]),
        case("rotation: only the new secret is known", GOOD, headers=rotation, secrets=[OTHER]),
        case("rotation: only the old secret is known", GOOD, headers=rotation, secrets=[MAIN]),
        case("rotation: both are known", GOOD, headers=rotation, secrets=[MAIN, OTHER]),
        case("two secrets, the second fits", GOOD, secrets=[OTHER, MAIN]),
        case(
            "from an own secret to a generated one: only the old is known",
            GOOD,
            headers=moved,
            secrets=[SEED],
        ),
        case(
            "from an own secret to a generated one: both are known",
            GOOD,
            headers=moved,
            secrets=[SEED, MAIN],
        ),
        case("from an own secret to a generated one: only the new is known", GOOD, headers=moved),
        case(
            "two own secrets, the second fits",
            GOOD,
            headers=seed(BODY),
            secrets=["my-own-secret-text", SEED],
        ),
        case("headers in capitals", GOOD, headers=shouted),
        case("headers in title case", GOOD, headers=titled),
        case("headers as in a CGI environment", GOOD, headers=cgi, cgi=True),
        case(
            "no context headers",
            GOOD,
            headers={k: v for k, v in headers(BODY).items() if k.startswith("webhook")},
        ),
    ]
    for secret, id, timestamp, body, signature in PUBLISHED[:2]:
        given = {
            "webhook-id": id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature,
        }
        refusal = refused("body_not_event")
        found.append(
            case(f"published: {id}", refusal, body, headers=given, secrets=[secret], now=timestamp)
        )
    return found


def _policy() -> list[dict]:
    """Which family has to verify."""
    only = seed(BODY, MAIN)
    broken = {**headers(BODY, OTHER), "x-fanfare-signature": fanfare(BODY, MAIN)}
    wrong = refused("signature_mismatch", "wrong_secret")
    missing = refused("missing_header", header="webhook-signature")
    return [
        case("downgrade: the signed time was taken away", missing, headers=only),
        case("downgrade, accepted by `any`", GOOD, headers=only, require="any"),
        case("downgrade, refused by `standard`", missing, headers=only, require="standard"),
        case(
            "an own secret beside: the older header is enough",
            GOOD,
            headers=seed(BODY),
            secrets=[MAIN, SEED],
        ),
        case(
            "an own secret beside: not with `standard`",
            missing,
            headers=seed(BODY),
            secrets=[MAIN, SEED],
            require="standard",
        ),
        case("no second chance by the older header", wrong, headers=broken),
        case("no second chance with `any` either", wrong, headers=broken, require="any"),
        case(
            "the older header is not looked at",
            GOOD,
            headers={**headers(BODY), "x-fanfare-signature": "sha256=00"},
        ),
        case(
            "`standard` needs a secret of its form",
            refused("secret_malformed"),
            secrets=[SEED],
            require="standard",
        ),
        case("no headers at all", missing, headers={"content-type": "application/json"}),
        case(
            "no headers at all, an own secret",
            refused("missing_header", header="x-fanfare-signature"),
            headers={"content-type": "application/json"},
            secrets=[SEED],
        ),
        case(
            "no id",
            refused("missing_header", header="webhook-id"),
            headers={**headers(BODY), "webhook-id": ""},
        ),
        case(
            "no time",
            refused("missing_header", header="webhook-timestamp"),
            headers={k: v for k, v in headers(BODY).items() if k != "webhook-timestamp"},
        ),
        case(
            "an empty signature is none",
            missing,
            headers={**headers(BODY), "webhook-signature": ""},
        ),
    ]


def _signatures() -> list[dict]:
    good = standard(BODY, MAIN)
    malformed = refused("malformed_signature")
    wrong = refused("signature_mismatch", "wrong_secret")

    def standards(name: str, expect: dict, value: str) -> dict:
        return case(name, expect, headers={**headers(BODY), "webhook-signature": value})

    def seeds(name: str, expect: dict, value: str) -> dict:
        return case(
            name, expect, headers={**seed(BODY), "x-fanfare-signature": value}, secrets=[SEED]
        )

    mac = fanfare(BODY, SEED)
    return [
        standards("cut", malformed, good[:20]),
        standards("one character short", malformed, good[:-1]),
        standards("too long", malformed, good + "A"),
        standards("no version", malformed, good[3:]),
        standards("only a version", malformed, "v1,"),
        standards("only another version", malformed, "v1a," + good[3:]),
        standards("another version beside", GOOD, "v1a,AAAA " + good),
        standards("a cut one beside", GOOD, good[:20] + " " + good),
        standards("spaces around", GOOD, "  " + good + " "),
        standards("commas between", malformed, good + "," + good),
        standards("the URL's alphabet", malformed, "v1," + "-_" * 21 + "A="),
        standards("sixteen", GOOD, " ".join([standard(BODY, OTHER)] * 15 + [good])),
        standards("seventeen", malformed, " ".join([standard(BODY, OTHER)] * 16 + [good])),
        standards("more than 4096 characters", malformed, good + " " * 4096),
        standards("another alphabet", malformed, "v1,\u00e9" + good[4:]),
        standards("other spare bits", wrong, good[:-2] + chr(ord(good[-2]) + 1) + "="),
        standards("the other family's key", wrong, standard(BODY, MAIN, key=MAIN.encode())),
        case("another id", wrong, headers={**headers(BODY), "webhook-id": "wh_evt_abc124"}),
        case("another time", wrong, headers={**headers(BODY), "webhook-timestamp": "1687273801"}),
        case("another secret", wrong, secrets=[OTHER]),
        case("another body", wrong, BODY.replace("con_123", "con_124"), headers=headers(BODY)),
        seeds("hex: cut", malformed, mac[:20]),
        seeds("hex: too long", malformed, mac + "0"),
        seeds("hex: capitals", malformed, "sha256=" + mac[7:].upper()),
        seeds("hex: no prefix", malformed, mac[7:]),
        seeds("hex: another prefix", malformed, "sha1=" + mac[7:]),
        seeds("hex: not hex", malformed, "sha256=" + "g" * 64),
        seeds("hex: a line end after it", malformed, mac + "\n"),
        seeds("hex: another secret", wrong, fanfare(BODY, OTHER)),
        case(
            "hex: another body",
            wrong,
            BODY.replace("con_123", "con_124"),
            headers=seed(BODY),
            secrets=[SEED],
        ),
    ]


def _times() -> list[dict]:
    old, future = refused("timestamp_too_old"), refused("timestamp_in_future")
    invalid = refused("timestamp_invalid")

    def at(name: str, expect: dict, timestamp, **more) -> dict:
        return case(name, expect, headers=headers(BODY, timestamp=timestamp), **more)

    return [
        at("300 seconds old", GOOD, NOW - 300),
        at("301 seconds old", old, NOW - 301),
        at("300 seconds ahead", GOOD, NOW + 300),
        at("301 seconds ahead", future, NOW + 301),
        at("a tolerance of 10, kept", GOOD, NOW - 10, tolerance=10),
        at("a tolerance of 10, passed", old, NOW - 11, tolerance=10),
        at("a tolerance of an hour", GOOD, NOW + 3600, tolerance=3600),
        at("no tolerance, at once", GOOD, NOW, tolerance=0),
        at("no tolerance, a second ahead", future, NOW + 1, tolerance=0),
        at("a tolerance beyond all numbers", GOOD, 0, tolerance=2**53 - 1),
        at("zero", old, 0),
        at("below zero", old, -5),
        at("the smallest of 64 bits", old, -(2**63)),
        at("the greatest of 64 bits", future, 2**63 - 1),
        at("beyond 64 bits", future, 2**64 + NOW),
        at("400 digits", future, "9" * 400),
        at("400 digits below zero", old, "-" + "9" * 400),
        at("5000 digits", future, "9" * 5000),
        at("leading zeros", GOOD, f"000{NOW}"),
        at("milliseconds", future, NOW * 1000),
        at("a fraction", invalid, f"{NOW}.5"),
        at("an exponent", invalid, "1e9"),
        at("a plus sign", invalid, f"+{NOW}"),
        at("only a sign", invalid, "-"),
        at("hexadecimal", invalid, "0x64"),
        at("a word", invalid, "now"),
        at("a space before it", invalid, f" {NOW}"),
        at("a line end after it", invalid, f"{NOW}\n"),
        at("a date", invalid, "2024-06-20T15:30:00Z"),
        at("digits of another script", invalid, "\u0661\u0662\u0663"),
    ]


def _secrets() -> list[dict]:
    missing, space = refused("secret_missing"), refused("secret_has_whitespace")
    malformed = refused("secret_malformed")
    unpadded = MAIN.rstrip("=") + "A"
    short = "whsec_" + "A" * 28
    return [
        case("no secrets", missing, secrets=[]),
        case("an empty secret", missing, secrets=[""]),
        case("an empty secret beside a good one", missing, secrets=[MAIN, ""]),
        case("a secret with a line end", space, secrets=[MAIN + "\n"]),
        case("a secret with CRLF", space, secrets=[MAIN + "\r\n"]),
        case("a secret with a space before it", space, secrets=[" " + MAIN]),
        case("a secret with a space in it", space, secrets=["my own secret text"]),
        case("a secret with a line end beside a good one", space, secrets=[MAIN, MAIN + "\n"]),
        case(
            "a secret with a letter beyond ASCII", malformed, secrets=["whsec_pass\u00e9word12345"]
        ),
        case(
            "a secret with a control character", malformed, secrets=["whsec_\u0007bell-bell-bell"]
        ),
        case(
            "a secret of 16 bytes is an own one",
            GOOD,
            headers=seed(BODY, "whsec_" + "A" * 22 + "=="),
            secrets=["whsec_" + "A" * 22 + "=="],
        ),
        case("a secret of 21 bytes, `standard`", malformed, secrets=[short], require="standard"),
        case(
            "a secret that lost its padding, `standard`",
            malformed,
            secrets=[unpadded],
            require="standard",
        ),
        case(
            "a secret without its prefix, `standard`",
            malformed,
            secrets=[MAIN[6:]],
            require="standard",
        ),
        case("a secret of the other form among several", GOOD, secrets=[SEED, MAIN]),
        case(
            "the key alone as an own secret",
            refused("missing_header", header="x-fanfare-signature"),
            headers={k: v for k, v in headers(BODY).items() if k.startswith("webhook")},
            secrets=[MAIN[6:]],
        ),
    ]


def _bodies() -> list[dict]:
    event = json.loads(BODY)
    written = refused("signature_mismatch", "reserialised_body")
    accents = BODY.replace("prod_012", "prod_\u00e9\U0001f389\u2028/x")
    good = {"type": "distribution.winner_selected", "id": "wh_evt_abc123", "known": True}

    def again(name: str, text: str, original: str = BODY) -> dict:
        return case(name, written, text, headers=headers(original))

    def signed(name: str, expect: dict, body) -> dict:
        return case(name, expect, body)

    lines = BODY.replace(",", ",\r\n")
    not_event, not_json = refused("body_not_event"), refused("body_not_json")
    newer = BODY.replace("distribution.winner_selected", "distribution.reopened")
    return [
        case("a parsed object", refused("parsed_body"), event, headers=headers(BODY)),
        case(
            "a parsed object, an own secret",
            refused("parsed_body"),
            event,
            headers=seed(BODY),
            secrets=[SEED],
        ),
        case("an empty body", refused("empty_body"), "", headers=headers(BODY)),
        case("an empty body that is signed", refused("empty_body"), ""),
        again("written again: with spaces", json.dumps(event)),
        again("written again: indented", json.dumps(event, indent=2)),
        again("written again: sorted", json.dumps(event, sort_keys=True, separators=(",", ":"))),
        again(
            "written again: escaped",
            json.dumps(json.loads(accents), separators=(",", ":")),
            accents,
        ),
        again("written again: slashes escaped", accents.replace("/", "\\/"), accents),
        again("a line end was added", BODY + "\n"),
        again("CRLF became LF", lines.replace("\r\n", "\n"), lines),
        case(
            "written again, an own secret",
            written,
            json.dumps(event),
            headers=seed(BODY),
            secrets=[SEED],
        ),
        signed("letters beyond ASCII", good, accents),
        signed("CRLF that is signed", good, lines),
        signed("spaces that are signed", good, json.dumps(event)),
        signed("bytes", good, BODY.encode()),
        signed(
            "a field that is not known",
            good,
            BODY.replace('"data":{', '"new":[1],"data":{"newer":{"a":1},'),
        ),
        signed("a field of another kind", good, BODY.replace('"con_123"', "17")),
        signed("a field that is null", good, BODY.replace('"con_123"', "null")),
        signed("data without what is required", good, BODY.replace('"consumer_id":"con_123",', "")),
        signed(
            "a type that is not known",
            {"type": "distribution.reopened", "id": "wh_evt_abc123", "known": False},
            newer,
        ),
        signed("a text that is not JSON", not_json, "hello"),
        signed("JSON that was cut", not_json, BODY[:-1]),
        signed(
            "bytes that are not UTF-8", not_json, BODY.encode().replace(b"prod_012", b"prod_\xff")
        ),
        signed("a list", not_event, "[1,2]"),
        signed("null", not_event, "null"),
        signed("a number", not_event, "17"),
        signed("no type", not_event, BODY.replace('"type"', '"kind"')),
        signed("an id that is a number", not_event, BODY.replace('"wh_evt_abc123"', "17")),
        signed(
            "data that is a list",
            not_event,
            '{"id":"a","type":"b","timestamp":"c","organization_id":"d","data":[]}',
        ),
        signed("no data", not_event, '{"id":"a","type":"b","timestamp":"c","organization_id":"d"}'),
    ] + [
        case(f"an own secret, {name}", refusal, text, headers=seed(text), secrets=[SEED])
        for name, refusal, text in (
            ("not JSON", not_json, "hello"),
            ("not an event", not_event, "{}"),
        )
    ]
