"""Types for Ruby: a Struct per event type, with the fields' names as they come."""

from .catalogue import HEADER, Event


def files(events: list[Event]) -> dict[str, str]:
    lines = ["# frozen_string_literal: true", "", f"# {HEADER}", ""]
    lines += ["module Fanfare", "  module Webhooks", "    # The data of each event type."]
    lines += ["    module Data"]
    for event in events:
        lines += [f"      # {event.text}.", "      #"]
        for field in event.fields:
            known = f" Known now: {', '.join(field.values)}." if field.values else ""
            may = " May be nil." if field.optional else ""
            lines += [f"      # {field.name}: {field.text}{known}{may}"]
        lines += [f"      {event.name} = Struct.new("]
        lines += [f"        :{field.name}," for field in event.fields]
        lines += ["        keyword_init: true", "      )", ""]
    lines.pop()
    lines += [
        "    end",
        "",
        "    # The event types that this version knows, with the class of their data.",
    ]
    lines += ["    EVENT_TYPES = {"]
    lines += [f'      "{event.type}" => Data::{event.name},' for event in events]
    lines[-1] = lines[-1].rstrip(",")
    lines += ["    }.freeze", "  end", "end"]
    return {"ruby/lib/fanfare/webhooks/events.rb": "\n".join(lines) + "\n"}
