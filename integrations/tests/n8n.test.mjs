// The node of n8n, built as it is published, with contexts that stand for n8n's own, against the
// real server.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';

import { startFanfare, startReceiver } from './fanfare.mjs';

const require = createRequire(new URL('../n8n-nodes-fanfare/package.json', import.meta.url));
const manifest = require('./package.json');
const [{ FanfareTrigger }, { Fanfare }, { FanfareApi }] = [
  './dist/nodes/FanfareTrigger/FanfareTrigger.node.js',
  './dist/nodes/Fanfare/Fanfare.node.js',
  './dist/credentials/FanfareApi.credentials.js',
].map((path) => require(path));

let fanfare;
let n8n;
before(async () => {
  [fanfare, n8n] = await Promise.all([startFanfare(), startReceiver()]);
});
after(() => Promise.all([fanfare.stop(), n8n.stop()]));

/** `={{…}}` with the credentials, as n8n resolves it. */
function resolved(expression, $credentials) {
  const inside = /^=(.*?)\{\{(.*)\}\}$/.exec(expression);
  return inside[1] + new Function('$credentials', `return ${inside[2]}`)($credentials);
}

/** What n8n gives a node, as far as ours uses it. */
function context({ staticData = {}, parameters = {}, credentials, ...more } = {}) {
  const values = credentials ?? { server: `${fanfare.url}/`, apiKey: fanfare.key };
  const authenticate = new FanfareApi().authenticate.properties.headers.Authorization;
  return {
    getWorkflowStaticData: () => staticData,
    getNodeParameter: (name, ...rest) =>
      parameters[name] ?? (typeof rest[0] === 'number' ? rest[1] : undefined),
    getNodeWebhookUrl: () => `${n8n.url}/webhook/abc`,
    getWorkflow: () => ({ id: '1', name: 'Tell the warehouse' }),
    getNode: () => ({ name: 'Fanfare', type: 'fanfare', typeVersion: 1, parameters: {} }),
    getCredentials: async () => values,
    helpers: {
      returnJsonArray: (data) => [data].flat().map((json) => ({ json })),
      httpRequestWithAuthentication: async (name, { method, url, qs, body }) => {
        assert.equal(name, 'fanfareApi');
        const query = new URLSearchParams(qs).toString();
        const response = await fetch(query ? `${url}?${query}` : url, {
          method,
          headers: {
            authorization: resolved(authenticate, values),
            'content-type': 'application/json',
          },
          body: body && JSON.stringify(body),
        });
        const text = await response.text();
        const data = text ? JSON.parse(text) : '';
        if (response.ok) return data;
        const error = new Error(`Request failed with status code ${response.status}`);
        throw Object.assign(error, { response: { status: response.status, data } });
      },
    },
    ...more,
  };
}

const hooks = new FanfareTrigger().webhookMethods.default;
const hook = (name, given) => hooks[name].call(context(given));

/** What the trigger does with a delivery: workflow data, or the status and body it answers. */
async function deliver(staticData, { raw, headers }) {
  let answer;
  const response = {
    status: (status) => ({ json: (body) => (answer = { status, body }) }),
  };
  const result = await new FanfareTrigger().webhook.call(
    context({
      staticData,
      getRequestObject: () => ({ rawBody: raw, headers }),
      getResponseObject: () => response,
      getBodyData: () => JSON.parse(raw),
    }),
  );
  return { ...result, answer };
}

test('everything the manifest names is built', () => {
  for (const path of [...manifest.n8n.nodes, ...manifest.n8n.credentials]) {
    assert.ok(require.resolve(`./${path}`));
  }
  assert.equal(new FanfareTrigger().description.webhooks[0].rawBody, true);
});

test('the credentials are tested by asking who they are', async () => {
  const { test: check, authenticate } = new FanfareApi();
  const ask = (apiKey) => {
    const credentials = { server: `${fanfare.url}//`, apiKey };
    return fetch(resolved(check.request.baseURL, credentials) + check.request.url, {
      headers: {
        authorization: resolved(authenticate.properties.headers.Authorization, credentials),
      },
    });
  };
  assert.equal((await ask(fanfare.key)).status, 200);
  assert.equal((await ask('sk_test_nobody')).status, 401);
});

test('the list of events comes from the server', async () => {
  const { getEventTypes } = new FanfareTrigger().methods.loadOptions;
  const options = await getEventTypes.call(context());
  const all = ['*', ...fanfare.types.map((row) => row.type)];
  assert.deepEqual(options.map((option) => option.value), all);
});

describe('a subscription', () => {
  const staticData = {};
  const parameters = { events: ['order.paid', 'consumer.created'] };
  const given = { staticData, parameters };

  test('is made, shown as a webhook of n8n, and found again', async () => {
    assert.equal(await hook('checkExists', given), false);
    assert.equal(await hook('create', given), true);
    assert.equal(await hook('checkExists', given), true);
    const [webhook, ...others] = await fanfare.webhooks('n8n');
    assert.deepEqual(others, []);
    assert.equal(webhook.id, staticData.webhookId);
    assert.equal(webhook.url, `${n8n.url}/webhook/abc`);
    assert.deepEqual(webhook.events, parameters.events);
    assert.equal(webhook.description, 'n8n: Tell the warehouse');
    assert.equal(webhook.standardWebhooks, 'available');
  });

  test('starts the workflow with what was sent, and only with that', async () => {
    const id = await fanfare.publish('order.paid');
    const delivery = await n8n.next();
    const { workflowData, answer } = await deliver(staticData, delivery);
    assert.equal(answer, undefined);
    assert.deepEqual(workflowData, [[{ json: JSON.parse(delivery.raw) }]]);
    assert.equal(workflowData[0][0].json.id, id);

    const { raw, headers } = delivery;
    const forged = {
      'another body': { raw: Buffer.concat([raw, Buffer.from(' ')]), headers },
      'another id': { raw, headers: { ...headers, 'webhook-id': 'wh_evt_other' } },
      'no signature': { raw, headers: { ...headers, 'webhook-signature': undefined } },
      'a short signature': { raw, headers: { ...headers, 'webhook-signature': 'v1,AAAA' } },
      'no body': { raw: Buffer.alloc(0), headers },
      'an old timestamp': { raw, headers: { ...headers, 'webhook-timestamp': '1' } },
      'no number': { raw, headers: { ...headers, 'webhook-timestamp': 'now' } },
    };
    for (const [what, request] of Object.entries(forged)) {
      const refused = await deliver(staticData, request);
      assert.equal(refused.answer?.status, 401, what);
      assert.deepEqual(refused.workflowData, undefined, what);
    }
    assert.equal((await deliver({}, delivery)).answer.status, 401, 'nobody is subscribed');
  });

  test('that is made twice is one, with the later secret and events', async () => {
    const before = { ...staticData };
    const more = { staticData, parameters: { events: ['order.cancelled'] } };
    assert.equal(await hook('checkExists', more), false, 'the events differ');
    assert.equal(await hook('create', more), true);
    assert.equal(staticData.webhookId, before.webhookId);
    const webhooks = await fanfare.webhooks('n8n');
    assert.deepEqual(webhooks.map((webhook) => webhook.events), [['order.cancelled']]);
    await fanfare.publish('order.cancelled');
    const delivery = await n8n.next();
    assert.equal((await deliver(staticData, delivery)).answer, undefined);
    assert.equal((await deliver(before, delivery)).answer.status, 401);
  });

  test('moves with the address of n8n', async () => {
    const before = staticData.webhookId;
    const moved = context({ staticData, parameters });
    moved.getNodeWebhookUrl = () => `${n8n.url}/moved/abc`;
    assert.equal(await hooks.checkExists.call(moved), false);
    assert.equal(await hooks.create.call(moved), true);
    assert.notEqual(staticData.webhookId, before);
    const webhooks = await fanfare.webhooks('n8n');
    assert.deepEqual(webhooks.map((webhook) => webhook.url), [`${n8n.url}/moved/abc`]);
  });

  test('ends, also when somebody removed it before', async () => {
    const kept = { ...staticData };
    assert.equal(await hook('delete', given), true);
    assert.deepEqual(staticData, {});
    assert.deepEqual(await fanfare.webhooks('n8n'), []);
    assert.equal(await hook('delete', { staticData: kept }), true);
    assert.equal(await hook('delete', { staticData: {} }), true);
    assert.equal(await hook('checkExists', { staticData: { ...kept }, parameters }), false);
  });

  test('whose key is wrong fails loudly', async () => {
    const credentials = { server: fanfare.url, apiKey: 'sk_test_nobody' };
    const wrong = { parameters, credentials, staticData: { webhookId: 'whk_1', secret: 'whsec_' } };
    for (const name of ['create', 'checkExists', 'delete']) {
      await assert.rejects(hook(name, wrong), { name: 'NodeApiError', httpCode: '401' }, name);
    }
  });
});

describe('the action', () => {
  const run = (parameters, more = {}) =>
    new Fanfare().execute.call(
      context({
        parameters,
        getInputData: () => [{ json: {} }],
        continueOnFail: () => false,
        ...more,
      }),
    );
  const getAll = (resource, more) => ({ resource, operation: 'getAll', returnAll: true, ...more });

  test('lists consumers, page after page, and finds one by e-mail', async () => {
    for (let number = 0; number < 103; number++) {
      const email = `c${number}@example.com`;
      assert.equal((await fanfare.call('POST', '/consumers', { email })).status, 201);
    }
    const [all] = await run(getAll('consumer'));
    assert.equal(new Set(all.map((row) => row.json.id)).size, 103);
    assert.deepEqual(all[0].pairedItem, { item: 0 });
    const [some] = await run(getAll('consumer', { returnAll: false, limit: 101 }));
    assert.equal(some.length, 101);
    const filters = { email: 'c7@example.com', externalId: '' };
    const [one] = await run(getAll('consumer', { filters }));
    assert.deepEqual(one.map((row) => row.json.email), ['c7@example.com']);
  });

  test('lists orders', async () => {
    const consumers = (await fanfare.call('GET', '/consumers?limit=1')).body.data;
    const order = {
      consumerId: consumers[0].id,
      externalOrderId: 'A-1',
      totalAmount: '10.00',
      currencyCode: 'EUR',
    };
    const made = await fanfare.call('POST', '/orders', order);
    assert.equal(made.status, 201, JSON.stringify(made.body));
    const [orders] = await run(getAll('order', { filters: { externalOrderId: 'A-1' } }));
    assert.deepEqual(orders.map((row) => row.json.id), [made.body.id]);
    assert.deepEqual(await run(getAll('order', { filters: { status: 'paid' } })), [[]]);
  });

  test('says what the server said about a distribution that does not exist', async () => {
    const missing = getAll('participant', { distributionId: 'dist_00000000000000000000000000' });
    await assert.rejects(run(missing), { name: 'NodeApiError', httpCode: '404' });
    const [rows] = await run(missing, { continueOnFail: () => true });
    assert.equal(typeof rows[0].json.error, 'string');
  });

  test('sends a delivery again', async () => {
    const url = `${n8n.url}/again`;
    await fanfare.call('POST', '/webhooks', { url, events: ['experience.created'] });
    await fanfare.publish('experience.created');
    const first = await n8n.next();
    const deliveryId = first.headers['x-fanfare-delivery-id'];
    const [rows] = await run({ resource: 'delivery', operation: 'resend', deliveryId });
    assert.equal(rows[0].json.origin, 'resend');
    const again = await n8n.next();
    assert.deepEqual(again.raw, first.raw);
  });
});
