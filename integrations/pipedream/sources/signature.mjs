// Whether a request is Fanfare's.

import {
  createHmac, timingSafeEqual,
} from "node:crypto";

/** How far a delivery's timestamp may be from now, in seconds. */
const TOLERANCE = 300;

/**
 * Why a request is not to be believed, or `undefined` when it is Fanfare's: the Standard Webhooks
 * signature over the body as it came, with a timestamp that is not old, so that nobody can send it
 * again later.
 */
export function refusal(body, headers, secret, nowSeconds) {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  const signatures = headers["webhook-signature"];
  if (!id || !timestamp || !signatures) return "a webhook-* header is missing";
  if (typeof body !== "string") return "the body is missing";
  if (!/^\d+$/.test(timestamp) || Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE) {
    return "the timestamp is too far from now";
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const expected = createHmac("sha256", key)
    .update(`${id}.${timestamp}.${body}`)
    .digest();
  const matches = signatures.split(" ").some((signature) => {
    const [
      version,
      text,
    ] = signature.split(",");
    const given = Buffer.from(text ?? "", "base64");
    return version === "v1"
      && given.length === expected.length
      && timingSafeEqual(given, expected);
  });
  return matches
    ? undefined
    : "no signature matches";
}
