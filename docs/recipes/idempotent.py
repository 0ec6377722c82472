"""A receiver's memory: each event has its effect once, however often it comes.

The id of the event and what is done about it are one transaction. If the effect fails, the id is not
remembered, the receiver answers 500, and the event comes again.
"""

import sqlite3


def open_memory(path):
    memory = sqlite3.connect(path)
    memory.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY, at TEXT NOT NULL)")
    memory.execute("CREATE TABLE IF NOT EXISTS paid (order_id TEXT PRIMARY KEY, amount TEXT)")
    return memory


def receive(memory, event):
    """Handles a verified event; says whether it was new."""
    with memory:  # Commits at the end, rolls back when something is raised.
        new = memory.execute(
            "INSERT INTO seen (id, at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (event["id"], event["timestamp"]),
        )
        if new.rowcount == 0:
            return False
        handle(memory, event)
        return True


def handle(memory, event):
    if event["type"] == "order.paid":
        data = event["data"]
        memory.execute("INSERT INTO paid VALUES (?, ?)", (data["order_id"], data["total_amount"]))


def forget(memory, before):
    """Ids older than the longest time in which an event can be sent again need no place."""
    with memory:
        memory.execute("DELETE FROM seen WHERE at < ?", (before,))
