"""Writes what all libraries share: the types of the events from the event catalogue, the list of
reasons, and the vectors that every library must pass.

    python3 sdk/generate.py            write them
    python3 sdk/generate.py --check    fail when a generated file is not what would be written

The catalogue is read from `openapi/fanfare.v1.json`, which the product's own tests hold against
the code. A field that the catalogue does not require may be missing; one that may be null may be
null. Nothing else decides what is written: the same catalogue gives the same bytes.
"""

import json
import sys
from pathlib import Path

SDK = Path(__file__).resolve().parent
EXAMPLES = {
    "typescript": ("example/server.mjs", "js"),
    "python": ("example/server.py", "python"),
    "rust": ("examples/server.rs", "rust,no_run"),
    "go": ("example/main.go", "go"),
    "php": ("example/server.php", "php"),
    "ruby": ("example/server.rb", "ruby"),
}
sys.dont_write_bytecode = True
sys.path.insert(0, str(SDK))

from generator import (  # noqa: E402
    catalogue,  # noqa: E402
    go,
    php,
    python,
    reasons,
    ruby,
    rust,
    typescript,
    vectors,
)


def files() -> dict[str, str]:
    """What each generated file has to say, by its path below `sdk/`."""
    document = SDK.parent / "openapi/fanfare.v1.json"
    events = catalogue.read(document)
    written = {**reasons.files(), **vectors.files(document), **readmes(), **licences()}
    for language in (typescript, python, rust, go, php, ruby):
        written.update(language.files(events))
    return written


def readmes() -> dict[str, str]:
    """The READMEs with what is put in between their marks: the reasons, and the examples."""
    written = {"README.md": between(read("README.md"), "reasons", reasons.table())}
    for package, (example, language) in EXAMPLES.items():
        block = f"```{language}\n{read(f'{package}/{example}')}```\n"
        text = between(read(f"{package}/README.md"), "example", block)
        written[f"{package}/README.md"] = between(text, "reasons", reasons.table())
    return written


def read(path: str) -> str:
    return (SDK / path).read_text(encoding="utf-8")


def between(whole: str, mark: str, text: str) -> str:
    """The whole with the text between `<!-- mark -->` and `<!-- /mark -->`."""
    before, rest = whole.split(f"<!-- {mark} -->\n")
    _, after = rest.split(f"<!-- /{mark} -->\n")
    return f"{before}<!-- {mark} -->\n{text}<!-- /{mark} -->\n{after}"


def licences() -> dict[str, str]:
    """The licence, which every package has to bring with it."""
    text = (SDK.parent / "LICENSE").read_text(encoding="utf-8")
    return {f"{package}/LICENSE": text for package in EXAMPLES}


def main() -> int:
    wanted = files()
    # A data class of an event type that is gone must go too.
    present = {str(path.relative_to(SDK)) for path in (SDK / "php/src/Data").glob("*.php")}
    gone = sorted(present - wanted.keys())
    stale = [
        path
        for path, text in wanted.items()
        if not (SDK / path).exists() or (SDK / path).read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv[1:]:
        for path in stale + gone:
            print(f"sdk/{path} is not what the catalogue says: run python3 sdk/generate.py")
        return 1 if stale or gone else 0
    for path in stale:
        (SDK / path).parent.mkdir(parents=True, exist_ok=True)
        (SDK / path).write_text(wanted[path], encoding="utf-8")
        print(f"wrote sdk/{path}")
    for path in gone:
        (SDK / path).unlink()
        print(f"removed sdk/{path}")
    return 0


if __name__ == "__main__":
    # json is what the catalogue is in; a broken document is reported as such.
    try:
        sys.exit(main())
    except json.JSONDecodeError as error:
        sys.exit(f"openapi/fanfare.v1.json cannot be read: {error}")
