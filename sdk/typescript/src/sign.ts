// HMAC-SHA256 by WebCrypto, which Node 18, Deno, Bun and edge runtimes all have.

const ENCODER = new TextEncoder();

/** `sha256=` and the hex signature of the body alone. */
export async function signFanfare(key: Uint8Array<ArrayBuffer>, body: Uint8Array): Promise<string> {
  const mac = await hmac(key, body);
  return `sha256=${Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** `v1,` and the base64 signature of `id.timestamp.body`. */
export async function signStandard(
  key: Uint8Array<ArrayBuffer>,
  id: string,
  timestamp: string,
  body: Uint8Array,
): Promise<string> {
  const start = ENCODER.encode(`${id}.${timestamp}.`);
  const message = new Uint8Array(start.length + body.length);
  message.set(start);
  message.set(body, start.length);
  return `v1,${btoa(String.fromCharCode(...(await hmac(key, message))))}`;
}

/** Whether two texts are equal, in a time that only depends on the length of the second. */
export function equal(expected: string, given: string): boolean {
  let difference = expected.length ^ given.length;
  for (let at = 0; at < given.length; at += 1) {
    // Beyond the end there is NaN, which counts as 0; the lengths differ then anyway.
    difference |= expected.charCodeAt(at) ^ given.charCodeAt(at);
  }
  return difference === 0;
}

async function hmac(key: Uint8Array<ArrayBuffer>, message: Uint8Array): Promise<Uint8Array> {
  const { subtle } = globalThis.crypto ?? (await nodeCrypto());
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", imported, new Uint8Array(message)));
}

/** Node 18 has WebCrypto, but only behind a flag as a global. */
async function nodeCrypto(): Promise<Crypto> {
  const name = "node:crypto";
  return (await import(name)).webcrypto;
}
