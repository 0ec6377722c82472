"""Why a delivery is refused: the one list, from which every language's list is written."""

from .catalogue import HEADER, pascal

REASONS = {
    "secret_missing": "no secret was given, or an empty one: is the environment variable set?",
    "secret_has_whitespace": "the secret has white space in it: it was probably copied with a line end",
    "secret_malformed": "no secret given is of the form that is needed: visible ASCII, and for "
    "webhook-signature `whsec_` and the base64 of 24 to 64 bytes",
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
HINTS = {
    "reserialised_body": "the body is not in the form that Fanfare sends: it was probably parsed and "
    "written again, so pass the raw bytes",
    "wrong_secret": "the body looks as it was sent: check that the secret is this webhook's, and during "
    "a rotation pass the old and the new one",
}


def files() -> dict[str, str]:
    return {
        "typescript/src/reasons.ts": _typescript(),
        "python/src/fanfare_webhooks/reasons.py": _python(),
        "rust/src/reasons.rs": _rust(),
        "go/reasons.go": _go(),
        "php/src/Reason.php": _php("Reason", "Why a delivery is refused.", REASONS),
        "php/src/Hint.php": _php("Hint", "What probably made the signature differ.", HINTS),
        "ruby/lib/fanfare/webhooks/reasons.rb": _ruby(),
    }


def table() -> str:
    """The list as the README shows it."""
    lines = ["| reason | what it says |", "|---|---|"]
    lines += [f"| `{code}` | {text} |" for code, text in REASONS.items()]
    lines += ["", "| hint of `signature_mismatch` | what it says |", "|---|---|"]
    lines += [f"| `{code}` | {text} |" for code, text in HINTS.items()]
    return "\n".join(lines) + "\n"


def _typescript() -> str:
    lines = [f"// {HEADER}", ""]
    for name, doc, entries in (
        ("REASONS", "Why a delivery is refused.", REASONS),
        ("HINTS", "What probably made the signature differ.", HINTS),
    ):
        lines += [f"/** {doc} */", f"export const {name} = {{"]
        lines += [f'  {code}: "{text}",' for code, text in entries.items()]
        lines += ["} as const;", ""]
    lines += ["/** Why a delivery is refused. */", "export type Reason = keyof typeof REASONS;"]
    lines += [
        "/** What probably made the signature differ. */",
        "export type Hint = keyof typeof HINTS;",
    ]
    return "\n".join(lines) + "\n"


def _python() -> str:
    lines = ['"""Why a delivery is refused.', "", HEADER, '"""', ""]
    lines += ["from typing import Dict, Literal", ""]
    for name, entries in (("Reason", REASONS), ("Hint", HINTS)):
        lines += [f"{name} = Literal["] + [f'    "{code}",' for code in entries] + ["]"]
    for name, kind, entries in (("REASONS", "Reason", REASONS), ("HINTS", "Hint", HINTS)):
        lines += ["", f"{name}: Dict[{kind}, str] = {{"]
        lines += [f'    "{code}": "{text}",' for code, text in entries.items()]
        lines += ["}"]
    return "\n".join(lines) + "\n"


def _rust() -> str:
    lines = [f"//! Why a delivery is refused. {HEADER}"]
    for name, doc, entries in (
        ("Reason", "Why a delivery is refused.", REASONS),
        ("Hint", "What probably made the signature differ.", HINTS),
    ):
        lines += ["", f"/// {doc}", "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]"]
        lines += ["#[non_exhaustive]", f"pub enum {name} {{"]
        for code, text in entries.items():
            lines += [f"    /// {text[0].upper()}{text[1:]}.", f"    {pascal(code)},"]
        lines += ["}", "", f"impl {name} {{", "    /// The code, the same in every language."]
        lines += ["    pub const fn as_str(self) -> &'static str {", "        match self {"]
        lines += [f'            Self::{pascal(code)} => "{code}",' for code in entries]
        lines += ["        }", "    }", "", "    /// What it says, in a sentence."]
        lines += ["    pub const fn message(self) -> &'static str {", "        match self {"]
        for code, text in entries.items():
            arm = f'            Self::{pascal(code)} => "{text}",'
            if len(arm) > 100:
                lines += [
                    f"            Self::{pascal(code)} => {{",
                    f'                "{text}"',
                    "            }",
                ]
            else:
                lines += [arm]
        lines += ["        }", "    }", "}"]
    return "\n".join(lines) + "\n"


def _go() -> str:
    lines = ["// Code generated by sdk/generate.py. DO NOT EDIT.", "", "package fanfare"]
    for name, doc, entries in (
        ("Reason", "why a delivery is refused", REASONS),
        ("Hint", "what probably made the signature differ", HINTS),
    ):
        width = max(len(pascal(code)) for code in entries)
        lines += [
            "",
            f"// {name} says {doc}.",
            f"type {name} string",
            "",
            f"// Values of {name}.",
            "const (",
        ]
        kind = name
        lines += [f'\t{kind}{pascal(code).ljust(width)} {kind} = "{code}"' for code in entries]
        lines += [")", "", f"var messageOf{name} = map[{name}]string{{"]
        longest = max(len(code) for code in map(pascal, entries))
        for code, text in entries.items():
            gap = " " * (longest - len(pascal(code)) + 1)
            lines += [f'\t{kind}{pascal(code)}:{gap}"{text}",']
        lines += ["}"]
    return "\n".join(lines) + "\n"


def _php(name: str, doc: str, entries: dict[str, str]) -> str:
    lines = ["<?php", "", f"// {HEADER}", "", "declare(strict_types=1);", ""]
    lines += ["namespace Fanfare\\Webhooks;", "", f"/** {doc} */", f"enum {name}: string", "{"]
    lines += [f"    case {pascal(code)} = '{code}';" for code in entries]
    lines += [
        "",
        "    /** What it says, in a sentence. */",
        "    public function message(): string",
    ]
    lines += ["    {", "        return match ($this) {"]
    lines += [
        f"            self::{pascal(code)} => '{_quoted(text)}'," for code, text in entries.items()
    ]
    lines += ["        };", "    }", "}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return text.replace("'", "\\'")


def _ruby() -> str:
    lines = [
        "# frozen_string_literal: true",
        "",
        f"# {HEADER}",
        "",
        "module Fanfare",
        "  module Webhooks",
    ]
    for name, doc, entries in (
        ("REASONS", "Why a delivery is refused.", REASONS),
        ("HINTS", "What probably made the signature differ.", HINTS),
    ):
        lines += [f"    # {doc}", f"    {name} = {{"]
        lines += [f'      {code}: "{text}",' for code, text in entries.items()]
        lines[-1] = lines[-1].rstrip(",")
        lines += ["    }.freeze", ""]
    lines.pop()
    return "\n".join(lines + ["  end", "end"]) + "\n"
