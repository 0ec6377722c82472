"""Gives schemathesis ids that exist: three requests of four go to things that are there, so that
more than `404` is tested. Which ones exist is asked before each request, because requests delete
and cancel. Told by FANFARE_CONTRACT_URL and FANFARE_CONTRACT_KEY."""

import hashlib
import json
import os
import urllib.request

import schemathesis

URL = os.environ["FANFARE_CONTRACT_URL"]
KEY = os.environ["FANFARE_CONTRACT_KEY"]

# The beginning of a path, and the list that has the ids which follow it.
LISTS = {
    "/api/webhooks/{id}": "/api/webhooks",
    "/api/events/{id}": "/api/events",
    "/api/deliveries/{id}": "/api/deliveries",
    "/api/feed/groups/{group}": "/api/feed/groups",
    "/api/jobs/{id}": "/api/jobs",
    "/api/keys/{id}": "/api/keys",
    "/api/consumers/{id}": "/api/consumers",
    "/api/products/{id}": "/api/products",
    "/api/experiences/{id}": "/api/experiences",
    "/api/distributions/{id}": "/api/distributions",
    "/api/orders/{id}": "/api/orders",
    "/api/integrations/connections/{id}": "/api/integrations/connections",
}
SPARED = {"bootstrap"}


def listed(path):
    """What is listed there now, by its id or its name."""
    request = urllib.request.Request(URL + path, headers={"Authorization": f"Bearer {KEY}"})
    with urllib.request.urlopen(request) as answer:
        items = json.load(answer)["data"]
    return [item.get("id") or item.get("name") or item["consumerId"] for item in items if item.get("name") not in SPARED]


def choice(seed, items):
    return items[int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") % len(items)]


@schemathesis.hook
def before_call(context, case, kwargs):
    """Puts ids that exist where generated ones were."""
    if case.path == "/api/feed" and str((case.query or {}).get("wait", "")).isdigit():
        # Nobody publishes meanwhile: the wait would be for nothing.
        case.query["wait"] = "0"
    seed = repr((case.path_parameters, case.query, case.body))
    if choice(seed + "?", range(4)) == 0:
        return
    if case.path == "/api/feed" and "group" in (case.query or {}):
        groups = listed("/api/feed/groups")
        if groups:
            case.query["group"] = choice(seed, groups)
    for start, path in LISTS.items():
        if not case.path.startswith(start) or not case.path_parameters:
            continue
        name = start[start.index("{") + 1 : -1]
        known = listed(path)
        if known:
            case.path_parameters[name] = choice(seed, known)
        if "consumerId" in case.path_parameters and known:
            who = listed(f"/api/distributions/{case.path_parameters['id']}/consumers")
            if who:
                case.path_parameters["consumerId"] = choice(seed, who)
