// Make's components, replayed against the real server.

import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { startFanfare, startReceiver } from './fanfare.mjs';
import { communicate, evaluate } from './make.mjs';

const ROOT = new URL('../make/', import.meta.url);
const load = async (path) => JSON.parse(await readFile(new URL(path, ROOT), 'utf8'));
const base = await load('base.json');

let fanfare;
let make;
let connection;
before(async () => {
  [fanfare, make] = await Promise.all([startFanfare(), startReceiver()]);
  connection = { server: fanfare.url, apiKey: fanfare.key };
});
after(() => Promise.all([fanfare.stop(), make.stop()]));

const run = async (path, scope) => communicate(await load(path), { connection, ...scope }, base);

test('every component is JSON, and what it refers to is there', async () => {
  const paths = await readdir(ROOT, { recursive: true });
  const components = paths.filter((path) => path.endsWith('.json'));
  assert.ok(components.length > 15);
  for (const path of components) await load(path);
  for (const name of await readdir(new URL('modules/', ROOT))) {
    const module = await load(`modules/${name}/module.json`);
    if (module.webhook) await load(`webhooks/${module.webhook}/attach.json`);
    else await load(`connections/${module.connection}/communication.json`);
    const fields = await load(`modules/${name}/interface.json`);
    assert.ok(fields.length > 0);
  }
  const [events] = await load('webhooks/events/parameters.json');
  await load(`rpcs/${events.options.replace('rpc://', '')}/communication.json`);
  const { connection: named } = await load('webhooks/events/webhook.json');
  for (const key of (await load(`connections/${named}/parameters.json`)).map(({ name }) => name)) {
    assert.ok(JSON.stringify(base).includes(`{{connection.${key}}}`), key);
  }
});

test('the key is never in a log', async () => {
  for (const one of [base, await load('connections/fanfare/communication.json')]) {
    assert.deepEqual(one.log.sanitize, ['request.headers.authorization']);
  }
});

test('the connection is tested by asking who it is', async () => {
  const component = await load('connections/fanfare/communication.json');
  const { metadata } = await communicate(component, { parameters: connection });
  assert.ok(metadata.value.length > 0);
  const wrong = { parameters: { ...connection, apiKey: 'sk_test_nobody' } };
  await assert.rejects(communicate(component, wrong), /^Error: \[401\] /);
});

test('the list of events comes from the server', async () => {
  const { output } = await run('rpcs/list-event-types/communication.json', {});
  assert.deepEqual(output.map(({ value }) => value), fanfare.types.map(({ type }) => type));
});

test('a webhook is attached once, gets events, and is detached', async () => {
  const parameters = { events: ['order.paid', 'order.cancelled'] };
  const webhook = { url: `${make.url}/hook` };
  const { data } = await run('webhooks/events/attach.json', { parameters, webhook });
  const again = await run('webhooks/events/attach.json', { parameters, webhook });
  assert.deepEqual(again.data, data);
  const [made, ...others] = await fanfare.webhooks('make');
  assert.deepEqual(others, []);
  assert.deepEqual([made.id, made.events], [data.externalHookId, parameters.events]);

  const id = await fanfare.publish('order.paid');
  const body = JSON.parse((await make.next()).raw);
  const output = evaluate((await load('webhooks/events/communication.json')).output, { body });
  assert.equal(output.id, id);
  const fields = await load('modules/watch-events/interface.json');
  assert.deepEqual(fields.map(({ name }) => name), Object.keys(output));

  const attached = { webhook: { ...webhook, ...data } };
  await run('webhooks/events/detach.json', attached);
  assert.deepEqual(await fanfare.webhooks('make'), []);
  await assert.rejects(run('webhooks/events/detach.json', attached), /^Error: \[404\] /);
});

test('the sample is what the catalogue has', async () => {
  const path = 'modules/watch-events/samples.json';
  const example = fanfare.types.find(({ type }) => type === 'order.paid').example;
  const wanted = `${JSON.stringify(example, undefined, 2)}\n`;
  if (process.env.FANFARE_TEST_UPDATE) await writeFile(new URL(path, ROOT), wanted);
  assert.equal(await readFile(new URL(path, ROOT), 'utf8'), wanted);
});

test('a consumer is found by e-mail, an order by its number, and nothing is no error', async () => {
  const consumer = { email: 'ada@example.com', fullName: 'Ada Example' };
  const { id: consumerId } = (await fanfare.call('POST', '/consumers', consumer)).body;
  const order = { externalOrderId: 'A-1', totalAmount: '10.00', currencyCode: 'EUR' };
  await fanfare.call('POST', '/orders', { consumerId, ...order });
  const find = async (name, parameters) => {
    const { output } = await run(`modules/${name}/communication.json`, { parameters });
    for (const { name: field } of await load(`modules/${name}/interface.json`)) {
      assert.ok(output.every((row) => field in row), field);
    }
    return output;
  };
  const [found] = await find('find-consumer', { email: 'ada@example.com' });
  assert.equal(found.id, consumerId);
  const [foundOrder] = await find('find-order', { externalOrderId: 'A-1' });
  assert.equal(foundOrder.consumerId, consumerId);
  assert.deepEqual(await find('find-consumer', { email: 'nobody@example.com' }), []);
});
