// The real `fanfare serve` on a free port with a database of its own, and a receiver that stands for
// a platform's URL.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const KEY = 'sk_test_abcdefghijklmnopqrstuvwxyz';
const BINARY =
  process.env.FANFARE_TEST_BINARY ??
  fileURLToPath(new URL('../../target/debug/fanfare', import.meta.url));

/** Starts a server; `stop` ends it and removes what it kept. */
export async function startFanfare() {
  const folder = await mkdtemp(join(tmpdir(), 'fanfare-automations-'));
  const child = spawn(BINARY, ['serve'], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      FANFARE_LISTEN: '127.0.0.1:0',
      FANFARE_DATABASE_URL: `sqlite:${join(folder, 'test.db')}`,
      FANFARE_BOOTSTRAP_API_KEY: KEY,
      FANFARE_ALLOW_PRIVATE_TARGETS: '127.0.0.0/8',
      FANFARE_ALLOW_HTTP_TARGETS: 'true',
      FANFARE_RETRY_SCHEDULE: '0s,100ms,200ms,400ms,1s,1s',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const url = await address(child);
  const call = async (method, path, body) => {
    const response = await fetch(`${url}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : undefined };
  };
  const types = (await call('GET', '/event-types')).body.data;
  return {
    url,
    key: KEY,
    types,
    call,
    /** Webhooks made through a channel. */
    webhooks: async (channel) => (await call('GET', `/webhooks?channel=${channel}`)).body.data,
    /** Publishes the catalogue's example of a type; gives the event's id. */
    publish: async (type) => {
      const { data } = types.find((row) => row.type === type).example;
      const accepted = await call('POST', '/events', { type, data });
      assert.equal(accepted.status, 202, JSON.stringify(accepted.body));
      return accepted.body.id;
    },
    stop: async () => {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

/** Where a server that was just started listens: it says so. */
function address(child) {
  return new Promise((resolve, reject) => {
    let said = '';
    const hear = (chunk) => {
      said += chunk;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (found) resolve(found[0]);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
}

/**
 * A URL that takes requests and answers 200, or what `answer` says. `next` gives the requests one by
 * one in their order, waiting for those that have not come yet.
 */
export async function startReceiver() {
  const come = [];
  const wanted = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const received = {
      method: request.method,
      path: request.url,
      headers: request.headers,
      raw: Buffer.concat(chunks),
    };
    const answer = (await receiver.answer?.(received)) ?? { status: 200 };
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body ?? {}));
    const waiting = wanted.shift();
    if (waiting) waiting(received);
    else come.push(received);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver = {
    url: `http://127.0.0.1:${server.address().port}`,
    answer: undefined,
    next: () =>
      come.length > 0
        ? Promise.resolve(come.shift())
        : new Promise((resolve) => wanted.push(resolve)),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return receiver;
}

/** Looks until `look` gives something, for at most ten seconds. */
export async function eventually(look) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    assert.ok(Date.now() < deadline, 'it takes at most ten seconds');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
