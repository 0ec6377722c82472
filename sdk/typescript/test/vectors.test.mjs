// The shared vectors, and what only this language can get wrong. Runs under Node, Deno and Bun.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { isKnownEventType, testHeaders, verify, WebhookVerificationError } from "../dist/index.js";

const shared = JSON.parse(readFileSync(new URL("../../vectors.json", import.meta.url), "utf8"));

test("all shared vectors", async (t) => {
  assert.ok(shared.cases.length > 100);
  for (const it of shared.cases) assert.deepEqual(await said(it), it.expect, it.name);
  t.diagnostic?.(`${shared.cases.length} vectors`);
});

async function said(it) {
  const body = it.body ?? it.parsed ?? Buffer.from(it.body_base64, "base64");
  const { now, tolerance, require } = it;
  try {
    const event = await verify(body, it.headers, it.secrets, { now, tolerance, require });
    return { type: event.type, id: event.id, known: isKnownEventType(event.type) };
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    const { reason, hint, header } = error;
    return JSON.parse(JSON.stringify({ reason, hint, header }));
  }
}

test("headers for tests are those of a delivery", async () => {
  for (const it of shared.test_headers) {
    assert.deepEqual(await testHeaders(it.body, it.secret, it.timestamp), it.expect);
  }
});

const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const body = shared.test_headers[0].body;

test("every kind of headers and body", async () => {
  const headers = await testHeaders(body, secret);
  const node = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k, [v]]));
  const asked = { get: (name) => headers[name], forEach: () => {} };
  const all = [headers, new Headers(headers), new Map(Object.entries(headers)), node, asked];
  for (const each of [...all, Object.entries(headers)]) {
    assert.equal((await verify(body, each, secret)).id, "wh_evt_abc123");
  }
  const bytes = new TextEncoder().encode(body);
  for (const each of [bytes, bytes.buffer, Buffer.from(body)]) {
    assert.equal((await verify(each, headers, secret)).id, "wh_evt_abc123");
  }
});

test("what is no request at all is refused by name", async () => {
  const reason = async (...given) => (await verify(...given).catch((error) => error)).reason;
  const headers = await testHeaders(body, secret);
  assert.equal(await reason(body, headers, undefined), "secret_missing");
  assert.equal(await reason(body, headers, [undefined]), "secret_missing");
  assert.equal(await reason(body, headers, [17]), "secret_malformed");
  assert.equal(await reason(undefined, headers, secret), "parsed_body");
  assert.equal(await reason("[object Object]", headers, secret), "parsed_body");
  assert.equal(await reason(new Uint8Array(), headers, secret), "empty_body");
  assert.equal(await reason(body, {}, secret), "missing_header");
  assert.equal(await reason(body, undefined, secret), "missing_header");
});

test("a message says what to do and repeats no secret", async () => {
  const headers = await testHeaders(body, secret);
  const error = await verify(`${body}\n`, headers, secret).catch((caught) => caught);
  assert.match(error.message, /no signature matches.*pass the raw bytes/);
  const missing = await verify(body, {}, secret).catch((caught) => caught);
  assert.match(missing.message, /\(webhook-signature\)/);
  assert.ok(!error.message.includes(secret.slice(6)));
});
