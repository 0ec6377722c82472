// Checks captured deliveries: once as the seed's page shows, once with the published Standard
// Webhooks library. usage: node verify.cjs captured.json
const crypto = require("crypto");
const fs = require("fs");
const { Webhook } = require("standardwebhooks");

// The verifier of the product's own documentation, with the length check it lacks: unequal
// lengths make timingSafeEqual throw.
function verifyWebhook(payload, signature, secret) {
  const expected = crypto.createHmac("sha256", secret).update(payload).digest("hex");
  const given = Buffer.from(signature);
  const wanted = Buffer.from(`sha256=${expected}`);
  return given.length === wanted.length && crypto.timingSafeEqual(given, wanted);
}

const captured = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
let standard = 0;
for (const { body, headers, secret } of captured) {
  if (!verifyWebhook(body, headers["x-fanfare-signature"], secret)) {
    throw new Error(`X-Fanfare-Signature does not verify: ${body}`);
  }
  if (verifyWebhook(body + " ", headers["x-fanfare-signature"], secret)) {
    throw new Error("a changed body verifies");
  }
  if (headers["webhook-signature"]) {
    const event = new Webhook(secret).verify(body, headers);
    if (event.id !== headers["webhook-id"]) throw new Error("the id is not the event's");
    standard += 1;
  }
}
console.log(`verified ${captured.length} ${standard}`);
