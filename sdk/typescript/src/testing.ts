import { checkSecrets, fanfareKey, standardKey } from "./secrets.js";
import { signFanfare, signStandard } from "./sign.js";

/**
 * For the tests of a receiver: the headers that a delivery of `body` has. `timestamp` is in Unix
 * seconds, now unless told. The id is the body's, or `wh_evt_test` if it has none.
 */
export async function testHeaders(
  body: string | Uint8Array,
  secret: string,
  timestamp: number = Math.floor(Date.now() / 1000),
): Promise<Record<string, string>> {
  const [checked = ""] = checkSecrets(secret);
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "x-fanfare-signature": await signFanfare(fanfareKey(checked), bytes),
    "x-fanfare-timestamp": `${timestamp}`,
  };
  const key = standardKey(checked);
  if (key === undefined) return headers;
  const id = idOf(bytes);
  headers["webhook-id"] = id;
  headers["webhook-timestamp"] = `${timestamp}`;
  headers["webhook-signature"] = await signStandard(key, id, `${timestamp}`, bytes);
  return headers;
}

function idOf(body: Uint8Array): string {
  try {
    const { id } = JSON.parse(new TextDecoder().decode(body));
    return typeof id === "string" ? id : "wh_evt_test";
  } catch {
    return "wh_evt_test";
  }
}
