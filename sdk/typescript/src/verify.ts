// The rules of verification. `sdk/README.md` says them in words; they are the same in every
// language, and the shared vectors hold all of them to it.

import { WebhookVerificationError } from "./error.js";
import type { FanfareEvent } from "./events.js";
import { type HeadersLike, header } from "./headers.js";
import { checkSecrets, fanfareKey, standardKey } from "./secrets.js";
import { equal, signFanfare, signStandard } from "./sign.js";

/** How to verify; every part has a default. */
export interface VerifyOptions {
  /** How many seconds the signed time may lie from now, either way. 300 unless told. */
  tolerance?: number;
  /**
   * Which signature has to verify. `auto`: `webhook-signature`, unless one of the secrets cannot
   * make it; then `X-Fanfare-Signature`, if the delivery has nothing better. `standard`: only
   * `webhook-signature`, which protects against replay. `any`: `X-Fanfare-Signature` also when
   * `webhook-signature` is absent but should not be.
   */
  require?: "auto" | "standard" | "any";
  /** Now, in Unix seconds: for tests. */
  now?: number;
}

const MAX_HEADER_LENGTH = 4096;
const MAX_SIGNATURES = 16;
const MAX_SECONDS = 1e15;

/**
 * Verifies a delivery and gives its event.
 *
 * `body` is the raw body, before anything has parsed it. An event of a type that is newer than this
 * version comes as it is: give your `switch` a `default`.
 *
 * @throws {WebhookVerificationError} with a `reason`, and nothing else whatever the request is.
 */
export async function verify(
  body: string | Uint8Array | ArrayBuffer,
  headers: HeadersLike,
  secrets: string | readonly string[],
  options: VerifyOptions = {},
): Promise<FanfareEvent> {
  const known = checkSecrets(secrets);
  const bytes = rawBytes(body);
  const keys = known.map(standardKey).filter((key) => key !== undefined);
  const wanted = options.require ?? "auto";
  const only = wanted === "standard" || (wanted === "auto" && keys.length === known.length);
  if (only && keys.length === 0) throw new WebhookVerificationError("secret_malformed");
  if (only || (keys.length > 0 && header(headers, "webhook-signature") !== undefined)) {
    await verifyStandard(bytes, headers, keys, options);
  } else {
    await verifyFanfare(bytes, headers, known);
  }
  return parse(bytes);
}

async function verifyStandard(
  body: Uint8Array,
  headers: HeadersLike,
  keys: Uint8Array<ArrayBuffer>[],
  options: VerifyOptions,
): Promise<void> {
  const signature = needed(headers, "webhook-signature");
  const id = needed(headers, "webhook-id");
  const timestamp = needed(headers, "webhook-timestamp");
  const sent = seconds(timestamp);
  const items = signature.length > MAX_HEADER_LENGTH ? [] : signature.split(" ").filter(Boolean);
  const candidates = items.filter((item) => /^v1,[A-Za-z0-9+/]{43}=$/.test(item));
  if (candidates.length === 0 || items.length > MAX_SIGNATURES) {
    throw new WebhookVerificationError("malformed_signature");
  }
  let matches = false;
  for (const key of keys) {
    const expected = await signStandard(key, id, timestamp, body);
    for (const candidate of candidates) matches = equal(expected, candidate) || matches;
  }
  if (!matches) throw mismatch(body);
  const now = options.now ?? Math.floor(Date.now() / 1000);
  const tolerance = Math.max(0, options.tolerance ?? 300);
  if (now - sent > tolerance) throw new WebhookVerificationError("timestamp_too_old");
  if (sent - now > tolerance) throw new WebhookVerificationError("timestamp_in_future");
}

async function verifyFanfare(
  body: Uint8Array,
  headers: HeadersLike,
  secrets: string[],
): Promise<void> {
  const signature = needed(headers, "x-fanfare-signature");
  if (!/^sha256=[0-9a-f]{64}$/.test(signature)) {
    throw new WebhookVerificationError("malformed_signature");
  }
  let matches = false;
  for (const secret of secrets) {
    matches = equal(await signFanfare(fanfareKey(secret), body), signature) || matches;
  }
  if (!matches) throw mismatch(body);
}

function needed(headers: HeadersLike, name: string): string {
  const value = header(headers, name);
  if (value === undefined) throw new WebhookVerificationError("missing_header", { header: name });
  return value;
}

/** The number that a timestamp says; one that is beyond all reason stays beyond it. */
function seconds(timestamp: string): number {
  if (!/^-?[0-9]+$/.test(timestamp)) throw new WebhookVerificationError("timestamp_invalid");
  return Math.min(MAX_SECONDS, Math.max(-MAX_SECONDS, Number(timestamp)));
}

function rawBytes(body: unknown): Uint8Array {
  if (body === "") throw new WebhookVerificationError("empty_body");
  if (typeof body === "string") {
    // What a parsed object becomes when it is made a text.
    if (body === "[object Object]") throw new WebhookVerificationError("parsed_body");
    return new TextEncoder().encode(body);
  }
  const bytes = body instanceof ArrayBuffer ? new Uint8Array(body) : body;
  if (!(bytes instanceof Uint8Array)) throw new WebhookVerificationError("parsed_body");
  if (bytes.length === 0) throw new WebhookVerificationError("empty_body");
  return bytes;
}

function mismatch(body: Uint8Array): WebhookVerificationError {
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(body);
  const trimmed = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, "");
  const json = trimmed.startsWith("{") && trimmed.endsWith("}");
  const asSent = text.startsWith('{"id":"') && text.endsWith("}") && !/[\r\n]|\\\/|\\u/.test(text);
  const hint = json && !asSent ? "reserialised_body" : "wrong_secret";
  return new WebhookVerificationError("signature_mismatch", { hint });
}

function parse(body: Uint8Array): FanfareEvent {
  let event: Partial<FanfareEvent> | null;
  try {
    event = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    throw new WebhookVerificationError("body_not_json");
  }
  const texts = [event?.id, event?.type, event?.timestamp, event?.organization_id];
  const data: unknown = event?.data;
  const isObject = typeof data === "object" && data !== null && !Array.isArray(data);
  if (!isObject || texts.some((text) => typeof text !== "string")) {
    throw new WebhookVerificationError("body_not_event");
  }
  return event as FanfareEvent;
}
