"""The event catalogue, as far as types of events need it."""

import json
from dataclasses import dataclass
from pathlib import Path

HEADER = "Generated from the event catalogue by sdk/generate.py. Do not edit."


@dataclass(frozen=True)
class Field:
    """A member of an event's `data`."""

    name: str
    text: str
    #: string, integer, boolean, strings or object
    kind: str
    required: bool
    nullable: bool
    #: The values that are known now; empty when any value may come.
    values: tuple[str, ...]

    @property
    def optional(self) -> bool:
        """Whether there may be no value: left out, or null."""
        return self.nullable or not self.required


@dataclass(frozen=True)
class Event:
    """An event type of the catalogue."""

    type: str
    text: str
    fields: tuple[Field, ...]

    @property
    def name(self) -> str:
        """`order.paid` is `OrderPaid`."""
        return pascal(self.type)


def pascal(name: str) -> str:
    """`bid_placed` is `BidPlaced`."""
    return "".join(word.capitalize() for word in name.replace(".", "_").split("_"))


def camel(name: str) -> str:
    """`bid_placed` is `bidPlaced`."""
    rest = pascal(name)
    return rest[0].lower() + rest[1:]


def read(document: Path) -> list[Event]:
    """All event types in the order of the document."""
    webhooks = json.loads(document.read_text(encoding="utf-8"))["webhooks"]
    return [_event(name, webhook) for name, webhook in webhooks.items()]


def _event(name: str, webhook: dict) -> Event:
    content = webhook["post"]["requestBody"]["content"]["application/json"]
    data = content["schema"]["properties"]["data"]
    required = set(data["required"])
    fields = [_field(key, value, key in required) for key, value in data["properties"].items()]
    return Event(name, data["description"], tuple(fields))


def _field(name: str, schema: dict, required: bool) -> Field:
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    nullable = "null" in types
    (kind,) = [each for each in types if each != "null"]
    if kind == "array":
        assert schema["items"]["type"] == "string", f"{name}: only lists of strings are known"
        kind = "strings"
    assert kind in ("string", "integer", "boolean", "strings", "object"), f"{name}: {kind}"
    values = tuple(each for each in schema.get("enum", []) if each is not None)
    return Field(name, schema["description"], kind, required, nullable, values)
