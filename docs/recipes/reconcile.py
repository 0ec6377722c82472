"""Reconciles orders by polling: python3 reconcile.py URL STATE_FILE, the key in FANFARE_API_KEY.

Prints each order that changed since the last run, once, as a line of JSON. The cursor is written after
the lines: cut off in between, the next run prints some again and skips none.
"""

import json
import os
import sys
import urllib.request


def changes(url, key, cursor):
    """Pages of changed orders from a cursor on, each with the cursor behind it."""
    while True:
        after = f"&after={cursor}" if cursor else ""
        request = urllib.request.Request(
            f"{url}/api/orders?sort=updatedAt&limit=100{after}",
            headers={"Authorization": f"Bearer {key}"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            page = json.load(answer)
        if not page["data"]:
            return
        cursor = page["pageInfo"]["endCursor"]
        yield page["data"], cursor
        if not page["pageInfo"]["hasNextPage"]:
            return


def main(url, state):
    cursor = None
    if os.path.exists(state):
        with open(state) as file:
            cursor = file.read()
    for orders, cursor in changes(url, os.environ["FANFARE_API_KEY"], cursor):
        for order in orders:
            print(json.dumps(order), flush=True)
        with open(state + ".new", "w") as file:
            file.write(cursor)
        os.replace(state + ".new", state)


if __name__ == "__main__":
    main(*sys.argv[1:])
