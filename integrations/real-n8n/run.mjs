// Our node in a real n8n with the real server: a workflow is activated, gets a signed delivery, runs
// to its end, refuses a forged one, and is deactivated, after which the webhook is gone.
//
// FANFARE_TEST_N8N is n8n's command, FANFARE_TEST_BINARY that of Fanfare.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { startFanfare } from '../tests/fanfare.mjs';

const N8N = process.env.FANFARE_TEST_N8N;
const NODE = fileURLToPath(new URL('../n8n-nodes-fanfare/', import.meta.url));
const WORKFLOW = 'fanfareWorkflow1';
/** n8n needs a while to start the first time, when it makes its database. */
const PATIENCE_MS = 180_000;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function eventually(what, look) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look().catch(() => undefined);
    if (found) return found;
    assert.ok(Date.now() < deadline, `${what} within ${PATIENCE_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** A folder of n8n with our node as it is published, its credentials and a workflow. */
async function prepare(folder, fanfare) {
  const place = join(folder, '.n8n/custom/node_modules/n8n-nodes-fanfare');
  await mkdir(place, { recursive: true });
  await cp(join(NODE, 'dist'), join(place, 'dist'), { recursive: true });
  await cp(join(NODE, 'package.json'), join(place, 'package.json'));
  const credentials = {
    id: 'fanfareCredential',
    name: 'Fanfare',
    type: 'fanfareApi',
    data: { server: fanfare.url, apiKey: fanfare.key },
  };
  const trigger = {
    id: 'a6a9b6b0-6f0d-4b0e-9d3b-0e8b2f1c0a01',
    name: 'Fanfare Trigger',
    type: 'CUSTOM.fanfareTrigger',
    typeVersion: 1,
    position: [0, 0],
    webhookId: 'a6a9b6b0-6f0d-4b0e-9d3b-0e8b2f1c0a02',
    parameters: { events: ['order.paid'] },
    credentials: { fanfareApi: { id: credentials.id, name: credentials.name } },
  };
  const workflow = {
    id: WORKFLOW,
    name: 'Tell the warehouse',
    active: false,
    nodes: [trigger],
    connections: {},
    settings: { executionOrder: 'v1' },
  };
  await writeFile(join(folder, 'credentials.json'), JSON.stringify([credentials]));
  await writeFile(join(folder, 'workflow.json'), JSON.stringify([workflow]));
}

/** The interface that n8n's own pages use, as its owner. */
async function signIn(url) {
  const headers = { 'content-type': 'application/json', 'browser-id': 'test' };
  const owner = {
    email: 'owner@example.com',
    firstName: 'Ada',
    lastName: 'Example',
    password: 'Correct-horse-1',
  };
  const request = { method: 'POST', headers, body: JSON.stringify(owner) };
  const signedIn = await fetch(`${url}/rest/owner/setup`, request);
  assert.equal(signedIn.status, 200, await signedIn.text());
  const [cookie] = signedIn.headers.getSetCookie().map((text) => text.split(';')[0]);
  return async (method, path, body) => {
    const response = await fetch(`${url}/rest${path}`, {
      method,
      headers: { ...headers, cookie },
      body: body && JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text).data;
  };
}

const said = [];
const folder = await mkdtemp(join(tmpdir(), 'fanfare-n8n-'));
const fanfare = await startFanfare();
const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const env = {
  PATH: process.env.PATH,
  HOME: folder,
  N8N_USER_FOLDER: folder,
  NODE_PATH: dirname(dirname(dirname(N8N))),
  N8N_LISTEN_ADDRESS: '127.0.0.1',
  N8N_PORT: String(port),
  N8N_RUNNERS_BROKER_PORT: String(await freePort()),
  WEBHOOK_URL: `${url}/`,
  N8N_ENCRYPTION_KEY: 'of a test',
  N8N_SECURE_COOKIE: 'false',
  N8N_DIAGNOSTICS_ENABLED: 'false',
  N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
  N8N_TEMPLATES_ENABLED: 'false',
  N8N_PUBLIC_API_DISABLED: 'true',
};
let n8n;
try {
  await prepare(folder, fanfare);
  const command = (...given) =>
    promisify(execFile)(process.execPath, [N8N, ...given], { env, cwd: folder });
  await command('import:credentials', `--input=${join(folder, 'credentials.json')}`);
  await command('import:workflow', `--input=${join(folder, 'workflow.json')}`);
  await command('publish:workflow', `--id=${WORKFLOW}`);
  console.log('   imported and published');

  n8n = spawn(process.execPath, [N8N, 'start'], { env, cwd: folder });
  for (const stream of [n8n.stdout, n8n.stderr]) stream.on('data', (text) => said.push(text));
  await eventually('n8n is ready', async () => (await fetch(`${url}/healthz/readiness`)).ok);
  const webhook = await eventually('the workflow subscribes', async () => {
    const [one] = await fanfare.webhooks('n8n');
    return one;
  });
  assert.deepEqual(webhook.events, ['order.paid']);
  assert.ok(webhook.url.startsWith(url), webhook.url);
  console.log(`   activated: ${webhook.id} ${webhook.url}`);

  const event = await fanfare.publish('order.paid');
  const rest = await signIn(url);
  const filter = encodeURIComponent(JSON.stringify({ workflowId: WORKFLOW }));
  const executions = async () => (await rest('GET', `/executions?filter=${filter}`)).results;
  const execution = await eventually('an execution ends', async () => {
    const [one] = await executions();
    return one?.stoppedAt && one;
  });
  assert.equal(execution.status, 'success');
  const { data } = await rest('GET', `/executions/${execution.id}`);
  assert.ok(data.includes(event), 'with the event that was published');
  await eventually('the delivery has succeeded', async () => {
    const [delivery] = (await fanfare.call('GET', '/deliveries')).body.data;
    return delivery.status === 'succeeded';
  });
  console.log(`   delivered ${event}: execution ${execution.id} ${execution.status}`);

  const forged = await fetch(webhook.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'webhook-id': event,
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': 'v1,AAAA',
    },
    body: '{}',
  });
  assert.equal(forged.status, 401);
  assert.deepEqual(await forged.json(), { error: 'no signature matches' });
  assert.equal((await executions()).length, 1);
  console.log('   refused a forged delivery with 401');

  await rest('POST', `/workflows/${WORKFLOW}/deactivate`);
  assert.deepEqual(await fanfare.webhooks('n8n'), []);
  console.log('   deactivated: the webhook is gone');
} catch (error) {
  console.error(Buffer.concat(said).toString());
  throw error;
} finally {
  if (n8n && n8n.exitCode === null) {
    const ended = once(n8n, 'exit');
    n8n.kill('SIGTERM');
    await ended;
  }
  await fanfare.stop();
  await rm(folder, { recursive: true, force: true });
}
