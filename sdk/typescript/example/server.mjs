// @ts-check
// A receiver with Hono: PORT=3000 FANFARE_WEBHOOK_SECRET=whsec_… node example/server.mjs
//
// Answers 200 to what verifies, once for each event, and 400 with the reason to anything else.

import { verify, WebhookVerificationError } from "@fanfare/webhooks";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

// Several during a rotation, separated by commas.
const secrets = (process.env.FANFARE_WEBHOOK_SECRET ?? "").split(",");
// Deliveries come at least once. A real receiver keeps the ids in its database, in the same
// transaction as what it does with the event.
/** @type {Set<string>} */
const seen = new Set();
const app = new Hono();

app.post("/webhooks", async (context) => {
  // The raw body: it is verified before it is parsed.
  const body = await context.req.text();
  /** @type {import("@fanfare/webhooks").FanfareEvent} */
  let event;
  try {
    event = await verify(body, context.req.raw.headers, secrets);
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.error(`refused: ${error.message}`);
    return context.json({ error: error.reason, hint: error.hint }, 400);
  }
  if (seen.has(event.id)) return context.json({ received: event.id, duplicate: true });
  seen.add(event.id);
  handle(event);
  return context.json({ received: event.id, duplicate: false });
});

/** @param {import("@fanfare/webhooks").FanfareEvent} event */
function handle(event) {
  switch (event.type) {
    case "order.paid":
      console.log(`order ${event.data.order_id} is paid: ${event.data.total_amount}`);
      break;
    case "distribution.winner_selected":
      console.log(`${event.data.consumer_id} has won`);
      break;
    default:
      // Also the types that come with later versions.
      console.log(`${event.type}: nothing to do`);
  }
}

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(process.env.PORT ?? 3000) });
