"""Types for PHP: a class per event type in a file of its own, as autoloading wants it."""

from .catalogue import HEADER, Event, Field, camel

KINDS = {
    "string": "string",
    "integer": "int",
    "boolean": "bool",
    "strings": "array",
    "object": "array",
}
DOCS = {"strings": "list<string>", "object": "array<string, mixed>"}
OPENING = ["<?php", "", f"// {HEADER}", "", "declare(strict_types=1);", ""]


def files(events: list[Event]) -> dict[str, str]:
    written = {f"php/src/Data/{event.name}.php": _class(event) for event in events}
    lines = OPENING + ["namespace Fanfare\\Webhooks;", ""]
    lines += ["/** The event types that this version knows. */", "enum EventType: string", "{"]
    for event in events:
        lines += [f"    /** {event.text}. */", f"    case {event.name} = '{event.type}';"]
    lines += ["", "    /**", "     * The class of the type's data.", "     *"]
    lines += ["     * @return class-string<Data>", "     */"]
    lines += ["    public function dataClass(): string", "    {", "        return match ($this) {"]
    for event in events:
        lines += [f"            self::{event.name} => Data\\{event.name}::class,"]
    lines += ["        };", "    }", "}"]
    written["php/src/EventType.php"] = "\n".join(lines) + "\n"
    return written


def _class(event: Event) -> str:
    lines = OPENING + ["namespace Fanfare\\Webhooks\\Data;", "", "use Fanfare\\Webhooks\\Data;", ""]
    lines += [f"/** {event.text}. */", f"final class {event.name} implements Data", "{"]
    ordered = [
        *(f for f in event.fields if f.required),
        *(f for f in event.fields if not f.required),
    ]
    lines += ["    public function __construct("]
    for field in ordered:
        lines += _member(field)
    lines += ["    ) {", "    }", ""]
    lines += [
        "    public static function from(array $data): static",
        "    {",
        "        return new static(",
    ]
    for field in ordered:
        end = "" if field.required else " ?? null"
        lines += [f"            $data['{field.name}']{end},"]
    lines += ["        );", "    }", "}"]
    return "\n".join(lines) + "\n"


def _member(field: Field) -> list[str]:
    known = f" Known now: {', '.join(field.values)}." if field.values else ""
    kind = KINDS[field.kind]
    mark, default = ("?", "") if field.optional else ("", "")
    if not field.required:
        default = " = null"
    doc = (
        f"@var {DOCS[field.kind]}{'|null' if field.optional else ''} " if field.kind in DOCS else ""
    )
    return [
        f"        /** {doc}{field.text}{known} */",
        f"        public readonly {mark}{kind} ${camel(field.name)}{default},",
    ]
