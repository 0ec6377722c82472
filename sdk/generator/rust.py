"""Types for Rust: a struct per event type and an enum of them.

What may be missing or null is an `Option`. Texts of which only some values are known now stay
texts, so that a value that comes later is not an error.
"""

from .catalogue import HEADER, Event, Field

KINDS = {
    "string": "String",
    "integer": "i64",
    "boolean": "bool",
    "strings": "Vec<String>",
    "object": "serde_json::Map<String, serde_json::Value>",
}


def files(events: list[Event]) -> dict[str, str]:
    lines = [
        f"//! The data of each event. {HEADER}",
        "",
        "use serde::{Deserialize, Serialize};",
        "",
    ]
    lines += [
        "/// Every event type that this version knows.",
        "pub const EVENT_TYPES: &[&str] = &[",
    ]
    lines += [f'    "{event.type}",' for event in events]
    lines += ["];", ""]
    for event in events:
        lines += [
            f"/// {event.text}.",
            "#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]",
        ]
        lines += ["#[non_exhaustive]", f"pub struct {event.name} {{"]
        for field in event.fields:
            lines += _member(field)
        lines += ["}", ""]
    lines += [
        "/// The data of an event; the event's type tells which.",
        "#[derive(Debug, Clone, PartialEq)]",
    ]
    lines += ["#[non_exhaustive]", "pub enum Data {"]
    for event in events:
        lines += [f"    /// `{event.type}`: {event.text}.", f"    {event.name}({event.name}),"]
    lines += ["    /// A type or a form that this version does not know, as it came."]
    lines += ["    Unknown(serde_json::Value),", "}", ""]
    lines += [
        "impl Data {",
        "    pub(crate) fn read(kind: &str, data: serde_json::Value) -> Self {",
    ]
    lines += ["        let known = match kind {"]
    for event in events:
        arm = f'            "{event.type}" => serde_json::from_value(data.clone()).map(Self::{event.name}),'
        if len(arm) > 100:
            head, tail = arm.split(" => ")
            lines += [f"{head} => {{", f"                {tail.rstrip(',')}", "            }"]
        else:
            lines += [arm]
    lines += ["            _ => return Self::Unknown(data),", "        };"]
    lines += ["        known.unwrap_or(Self::Unknown(data))", "    }", "}"]
    return {"rust/src/events.rs": "\n".join(lines) + "\n"}


def _member(field: Field) -> list[str]:
    known = (
        f" Known now: {', '.join(f'`{value}`' for value in field.values)}." if field.values else ""
    )
    lines = [f"    /// {field.text}{known}"]
    kind = KINDS[field.kind]
    if field.optional:
        lines += ['    #[serde(default, skip_serializing_if = "Option::is_none")]']
        kind = f"Option<{kind}>"
    return lines + [f"    pub {field.name}: {kind},"]
