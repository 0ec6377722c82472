"""Types for Python: typed dictionaries, joined by `type`. They work from Python 3.9 on."""

from .catalogue import HEADER, Event, Field

KINDS = {
    "string": "str",
    "integer": "int",
    "boolean": "bool",
    "strings": "List[str]",
    "object": "Dict[str, Any]",
}


def files(events: list[Event]) -> dict[str, str]:
    lines = ['"""The events of Fanfare.', "", HEADER, '"""', ""]
    lines += ["from typing import Any, Dict, List, Literal, Optional, TypedDict, Union", ""]
    lines += ["#: Every event type that this version knows.", "EVENT_TYPES = ("]
    lines += [f'    "{event.type}",' for event in events]
    lines += [")", ""]
    for event in events:
        lines += _classes(event)
    lines += [
        "",
        "#: An event of a type that this version knows; `type` tells which.",
        "Event = Union[",
    ]
    lines += [f"    {event.name}Event," for event in events]
    lines += ["]"]
    return {"python/src/fanfare_webhooks/events.py": "\n".join(lines) + "\n"}


def _classes(event: Event) -> list[str]:
    required = [field for field in event.fields if field.required]
    rest = [field for field in event.fields if not field.required]
    lines = ["", f"class _{event.name}Required(TypedDict):"]
    lines += [line for field in required for line in _member(field)]
    lines += ["", "", f"class {event.name}Data(_{event.name}Required, total=False):"]
    lines += [f'    """{event.text}."""', ""]
    lines += [line for field in rest for line in _member(field)]
    lines += ["", "", f"class {event.name}Event(TypedDict):", f'    """{event.text}."""', ""]
    lines += ["    id: str", f'    type: Literal["{event.type}"]', "    timestamp: str"]
    lines += ["    organization_id: str", f"    data: {event.name}Data", ""]
    return lines


def _member(field: Field) -> list[str]:
    values = ", ".join(f'"{value}"' for value in field.values)
    kind = f"Literal[{values}]" if values else KINDS[field.kind]
    kind = f"Optional[{kind}]" if field.nullable else kind
    return [f"    #: {field.text}", f"    {field.name}: {kind}"]
