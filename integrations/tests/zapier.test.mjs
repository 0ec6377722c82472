// The Zapier app with the platform's own app tester, against the real server; and the platform's
// structural check, without its command line.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';

import { eventually, startFanfare, startReceiver } from './fanfare.mjs';

// Or the platform would print the memory it uses for every call.
process.env.NODE_ENV = 'test';
const require = createRequire(new URL('../zapier/package.json', import.meta.url));
const CATALOGUE = new URL('../zapier/catalogue.json', import.meta.url);

let fanfare;
let zapier;
let app;
let tester;
let authData;
before(async () => {
  [fanfare, zapier] = await Promise.all([startFanfare(), startReceiver()]);
  if (process.env.FANFARE_TEST_UPDATE) await writeFile(CATALOGUE, catalogue());
  app = require('./index.js');
  tester = require('zapier-platform-core').createAppTester(app);
  authData = { server: `${fanfare.url}/`, apiKey: fanfare.key };
});
after(() => Promise.all([fanfare.stop(), zapier.stop()]));

/** The types that happen in launches: reports about webhooks have no trigger here. */
const published = () => fanfare.types.filter(({ report }) => !report);

/** What the app is made from, as the server has it. */
function catalogue() {
  const kind = ({ type }) => [type].flat().find((one) => one !== 'null') ?? 'string';
  const rows = published().map(({ type, description, schema, example }) => ({
    type,
    description,
    fields: Object.entries(schema.properties).map(([name, property]) => ({
      name,
      kind: kind(property),
    })),
    example,
  }));
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}

test('the catalogue is that of the server', async () => {
  const committed = await readFile(CATALOGUE, 'utf8');
  assert.equal(committed, catalogue(), 'run the test with FANFARE_TEST_UPDATE=1');
  assert.equal(Object.keys(app.triggers).length, 16);
});

test('the platform finds the app structurally sound', async () => {
  const handler = require('zapier-platform-core/src/tools/create-lambda-handler')(app);
  const { results } = await handler({ command: 'validate' });
  assert.deepEqual(results, []);
});

test('the authentication is tested by asking who it is', async () => {
  const me = await tester(app.authentication.test, { authData });
  assert.equal(typeof me.organization.name, 'string');
  const wrong = { authData: { ...authData, apiKey: 'sk_test_nobody' } };
  await assert.rejects(tester(app.authentication.test, wrong), /401|unauthorized|API key/i);
});

describe('every trigger', async () => {
  for (const row of JSON.parse(await readFile(CATALOGUE, 'utf8'))) {
    test(`${row.type} subscribes, lists, receives and unsubscribes`, async () => {
      const { operation } = app.triggers[row.type.replace('.', '_')];
      const targetUrl = `${zapier.url}/hooks/${row.type}`;
      const before = await tester(operation.performList, { authData });
      assert.deepEqual(before, [row.example], 'the example, as long as there is no event');

      const subscribeData = await tester(operation.performSubscribe, { authData, targetUrl });
      const again = await tester(operation.performSubscribe, { authData, targetUrl });
      assert.deepEqual(again, subscribeData);
      const [webhook, ...others] = await fanfare.webhooks('zapier');
      assert.deepEqual(others, []);
      assert.deepEqual([webhook.id, webhook.events], [subscribeData.id, [row.type]]);

      const id = await fanfare.publish(row.type);
      const { raw, headers } = await zapier.next();
      const cleanedRequest = JSON.parse(raw);
      const rawRequest = { content: raw.toString(), headers };
      const bundle = { authData, subscribeData, cleanedRequest, rawRequest };
      const results = await tester(operation.perform, bundle);
      assert.deepEqual([results.length, results[0].id], [1, id]);
      const listed = await tester(operation.performList, { authData });
      assert.deepEqual(listed, results, 'a sample is what is delivered');
      const named = new Set(operation.outputFields.map(({ key }) => key));
      for (const key of Object.keys(results[0].data)) assert.ok(named.has(`data__${key}`), key);

      const bundleToEnd = { authData, subscribeData, targetUrl };
      await tester(operation.performUnsubscribe, bundleToEnd);
      assert.deepEqual(await fanfare.webhooks('zapier'), []);
      await tester(operation.performUnsubscribe, bundleToEnd);
    });
  }
});

test('unsubscribing with a key that is wrong fails loudly', async () => {
  const { operation } = app.triggers.order_paid;
  const wrong = { server: fanfare.url, apiKey: 'sk_test_nobody' };
  const bundle = { authData: wrong, subscribeData: { id: 'whk_1' } };
  await assert.rejects(tester(operation.performUnsubscribe, bundle));
});

test('a Zap that is gone ends its subscription, which says why and can begin again', async () => {
  const { operation } = app.triggers.order_paid;
  const targetUrl = `${zapier.url}/hooks/gone`;
  const { id } = await tester(operation.performSubscribe, { authData, targetUrl });
  zapier.answer = () => ({ status: 410 });
  await fanfare.publish('order.paid');
  await zapier.next();
  const look = async () => (await fanfare.call('GET', `/webhooks/${id}`)).body;
  const disabled = await eventually(async () => {
    const webhook = await look();
    return webhook.status === 'disabled' && webhook;
  });
  assert.equal(disabled.disabledReason, 'gone');
  zapier.answer = undefined;
  assert.deepEqual(await tester(operation.performSubscribe, { authData, targetUrl }), { id });
  const enabled = await look();
  assert.deepEqual([enabled.status, enabled.disabledReason], ['active', null]);
});

test('a consumer is found by e-mail, an order by its number, and nothing is no error', async () => {
  const consumer = { email: 'ada@example.com', fullName: 'Ada Example' };
  const { id: consumerId } = (await fanfare.call('POST', '/consumers', consumer)).body;
  const order = { externalOrderId: 'A-1', totalAmount: '10.00', currencyCode: 'EUR' };
  const made = await fanfare.call('POST', '/orders', { consumerId, ...order });
  const find = (search, inputData) =>
    tester(app.searches[search].operation.perform, { authData, inputData });
  const [found] = await find('consumer', { email: 'ADA@example.com' });
  assert.equal(found.id, consumerId);
  const [foundOrder] = await find('order', { externalOrderId: 'A-1' });
  assert.equal(foundOrder.id, made.body.id);
  assert.deepEqual(await find('consumer', { email: 'nobody@example.com' }), []);
  for (const search of Object.values(app.searches)) {
    const row = search.key === 'order' ? foundOrder : found;
    for (const { key } of search.operation.outputFields) assert.ok(key in row, key);
  }
});
