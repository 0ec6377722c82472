"""Types for TypeScript: one interface per event type, and their union by `type`."""

from .catalogue import HEADER, Event, Field

KINDS = {
    "string": "string",
    "integer": "number",
    "boolean": "boolean",
    "strings": "string[]",
    "object": "Record<string, unknown>",
}


def files(events: list[Event]) -> dict[str, str]:
    lines = [f"// {HEADER}", "", "/** Every event type that this version knows. */"]
    lines += ["export const EVENT_TYPES = ["]
    lines += [f'  "{event.type}",' for event in events]
    lines += ["] as const;", ""]
    lines += ["/** A type of event that this version knows. */"]
    lines += ["export type EventType = (typeof EVENT_TYPES)[number];", ""]
    lines += ["/** What every event has around its data. */"]
    lines += ["export interface Envelope<T extends string, D> {"]
    lines += ["  /** The event's id, the same on every attempt: remember it. */", "  id: string;"]
    lines += ["  type: T;", "  /** When it happened, RFC 3339 in UTC. */", "  timestamp: string;"]
    lines += ["  organization_id: string;", "  data: D;", "}", ""]
    for event in events:
        lines += [f"/** {event.text}. */", f"export interface {event.name}Data {{"]
        for field in event.fields:
            lines += [f"  /** {field.text} */", f"  {_member(field)};"]
        lines += ["}", ""]
        lines += [f"/** {event.text}. */"]
        kind = f'Envelope<"{event.type}", {event.name}Data>'
        lines += [f"export type {event.name}Event = {kind};", ""]
    lines += ["/** An event of a type that this version knows; `type` tells which. */"]
    lines += ["export type FanfareEvent ="]
    lines += [f"  | {event.name}Event" for event in events]
    lines[-1] += ";"
    return {"typescript/src/events.ts": "\n".join(lines) + "\n"}


def _member(field: Field) -> str:
    kind = " | ".join(f'"{value}"' for value in field.values) or KINDS[field.kind]
    mark = "" if field.required else "?"
    return f"{field.name}{mark}: {kind}{' | null' if field.nullable else ''}"
