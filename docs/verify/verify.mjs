import { createHmac, timingSafeEqual } from "node:crypto";

// X-Fanfare-Signature: "sha256=" and the hex HMAC-SHA256 of the body; the key is the secret as it
// is, "whsec_" included.
export function verifyFanfare(body, headers, secret) {
  const mac = createHmac("sha256", secret).update(body).digest("hex");
  return equal(`sha256=${mac}`, headers["x-fanfare-signature"]);
}

// webhook-signature: Standard Webhooks over "id.timestamp.body"; the key is what the base64 after
// "whsec_" says. The timestamp is signed too: what is older than five minutes is refused.
export function verifyStandard(body, headers, secret, now = Date.now() / 1000) {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"] ?? "";
  const fresh = /^\d+$/.test(timestamp) && Math.abs(now - Number(timestamp)) <= 300;
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const mac = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");
  const signatures = (headers["webhook-signature"] ?? "").split(" ");
  return fresh && signatures.some((each) => equal(`v1,${mac}`, each));
}

function equal(expected, given) {
  const [a, b] = [Buffer.from(expected), Buffer.from(given ?? "")];
  return a.length === b.length && timingSafeEqual(a, b);
}
