// The secrets that a receiver knows, and the two keys that each stands for.

import { WebhookVerificationError } from "./error.js";

const ENCODER = new TextEncoder();
const PREFIX = "whsec_";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Checks every secret; nothing is trimmed or mended, because the characters are the key. */
export function checkSecrets(given: string | readonly string[]): string[] {
  const secrets = typeof given === "string" ? [given] : [...(given ?? [])];
  if (secrets.length === 0 || secrets.some((secret) => !secret)) {
    throw new WebhookVerificationError("secret_missing");
  }
  if (secrets.some((secret) => typeof secret !== "string")) {
    throw new WebhookVerificationError("secret_malformed");
  }
  if (secrets.some((secret) => /[ \t\r\n\f\v]/.test(secret))) {
    throw new WebhookVerificationError("secret_has_whitespace");
  }
  if (secrets.some((secret) => !/^[!-~]+$/.test(secret))) {
    throw new WebhookVerificationError("secret_malformed");
  }
  return secrets;
}

/** The key of `X-Fanfare-Signature`: the whole text. */
export function fanfareKey(secret: string): Uint8Array<ArrayBuffer> {
  return ENCODER.encode(secret);
}

/**
 * The key of `webhook-signature`: what the base64 after `whsec_` stands for, if it is 24 to 64
 * bytes. For any other secret there is none.
 */
export function standardKey(secret: string): Uint8Array<ArrayBuffer> | undefined {
  const encoded = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : "";
  if (!BASE64.test(encoded)) return undefined;
  const bytes = Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0));
  // What is not written as an encoder would write it is no key.
  if (btoa(String.fromCharCode(...bytes)) !== encoded) return undefined;
  return bytes.length >= 24 && bytes.length <= 64 ? bytes : undefined;
}
