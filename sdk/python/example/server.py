"""A receiver with FastAPI: FANFARE_WEBHOOK_SECRET=whsec_… PORT=3000 python example/server.py

Answers 200 to what verifies, once for each event, and 400 with the reason to anything else.
"""

import logging
import os
from typing import Set

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from fanfare_webhooks import Event, WebhookVerificationError, verify

# Several during a rotation, separated by commas.
SECRETS = os.environ.get("FANFARE_WEBHOOK_SECRET", "").split(",")
# Deliveries come at least once. A real receiver keeps the ids in its database, in the same
# transaction as what it does with the event.
SEEN: Set[str] = set()
LOG = logging.getLogger("uvicorn.error")

app = FastAPI()


@app.post("/webhooks")
async def receive(request: Request) -> JSONResponse:
    # The raw body: it is verified before it is parsed.
    body = await request.body()
    try:
        event = verify(body, request.headers, SECRETS)
    except WebhookVerificationError as error:
        LOG.warning("refused: %s", error)
        return JSONResponse({"error": error.reason, "hint": error.hint}, status_code=400)
    duplicate = event["id"] in SEEN
    if not duplicate:
        SEEN.add(event["id"])
        handle(event)
    return JSONResponse({"received": event["id"], "duplicate": duplicate})


def handle(event: Event) -> None:
    if event["type"] == "order.paid":
        LOG.info("order %s is paid: %s", event["data"]["order_id"], event["data"]["total_amount"])
    elif event["type"] == "distribution.winner_selected":
        LOG.info("%s has won", event["data"]["consumer_id"])
    else:
        # Also the types that come with later versions.
        LOG.info("%s: nothing to do", event["type"])


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "3000")))
