// Pipedream's sources: imported as Pipedream does, their hooks called with what Pipedream would give
// them as `this`, against the real server.

import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { startFanfare, startReceiver } from './fanfare.mjs';

const SOURCES = new URL('../pipedream/sources/', import.meta.url);
const load = async (name) => (await import(new URL(`${name}/${name}.mjs`, SOURCES))).default;
const entries = await readdir(SOURCES, { withFileTypes: true });
const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);

let fanfare;
let pipedream;
before(async () => {
  [fanfare, pipedream] = await Promise.all([startFanfare(), startReceiver()]);
});
after(() => Promise.all([fanfare.stop(), pipedream.stop()]));

/** `this` of a source: its props, its methods, and what it emitted and answered. */
function instance(source, { events, auth } = {}) {
  const kept = new Map();
  const emitted = new Map();
  const app = source.props.fanfare;
  const $auth = auth ?? { server: `${fanfare.url}/`, api_key: fanfare.key };
  const self = {
    ...source.methods,
    fanfare: { ...app.methods, $auth },
    events,
    db: { get: (key) => kept.get(key), set: (key, value) => kept.set(key, value) },
    answers: [],
    emitted,
    // `dedupe: "unique"`: an id that was seen is not emitted again.
    $emit: (event, meta) => emitted.has(meta.id) || emitted.set(meta.id, { event, meta }),
  };
  self.http = {
    endpoint: `${pipedream.url}/${source.key}`,
    respond: (answer) => self.answers.push(answer),
  };
  return self;
}

const asPipedream = ({ raw, headers }) => ({
  headers,
  bodyRaw: raw.toString(),
  body: JSON.parse(raw),
});

test('there are sources', () => {
  assert.deepEqual(names.length, 3);
});

for (const name of names) {
  describe(name, async () => {
    const source = await load(name);
    const wanted = source.methods.eventTypes.call({ events: ['order.paid', 'consumer.*'] });
    let self;
    before(() => {
      self = instance(source, { events: ['order.paid', 'consumer.*'] });
    });

    test('begins with what happened last, as it would have been delivered', async () => {
      const ids = [];
      for (let number = 0; number < 12; number++) ids.push(await fanfare.publish(wanted[0]));
      await source.hooks.deploy.call(self);
      assert.deepEqual([...self.emitted.keys()], ids.slice(-10));
      for (const { event } of self.emitted.values()) {
        const keys = ['id', 'type', 'timestamp', 'organization_id', 'data'];
        assert.deepEqual(Object.keys(event), keys);
      }
      self.emitted.clear();
    });

    test('subscribes, once', async () => {
      await source.hooks.activate.call(self);
      await source.hooks.activate.call(self);
      const [webhook, ...others] = await fanfare.webhooks('pipedream');
      assert.deepEqual(others, []);
      assert.deepEqual(webhook.events, wanted);
      assert.equal(webhook.url, self.http.endpoint);
      assert.equal(webhook.id, self.db.get('webhookId'));
    });

    test('emits what was signed, once, and nothing else', async () => {
      const id = await fanfare.publish(wanted[0]);
      const request = asPipedream(await pipedream.next());
      await source.run.call(self, request);
      await source.run.call(self, request);
      assert.deepEqual(self.answers, [{ status: 200 }, { status: 200 }]);
      const [[emittedId, { event, meta }], ...others] = self.emitted;
      assert.deepEqual(others, []);
      assert.equal(emittedId, id);
      assert.deepEqual(event, request.body);
      assert.equal(meta.ts, Date.parse(request.body.timestamp));

      self.emitted.clear();
      const { headers } = request;
      const forged = [
        { ...request, bodyRaw: `${request.bodyRaw} ` },
        { ...request, bodyRaw: undefined },
        { ...request, headers: { ...headers, 'webhook-id': 'wh_evt_other' } },
        { ...request, headers: { ...headers, 'webhook-signature': 'v1,AAAA' } },
        { ...request, headers: { ...headers, 'webhook-signature': undefined } },
        { ...request, headers: { ...headers, 'webhook-timestamp': '1' } },
      ];
      for (const one of forged) {
        self.answers.length = 0;
        await source.run.call(self, one);
        assert.equal(self.answers[0].status, 401);
      }
      assert.equal(self.emitted.size, 0);
    });

    test('ends, also when somebody removed it before', async () => {
      const id = self.db.get('webhookId');
      await source.hooks.deactivate.call(self);
      assert.deepEqual(await fanfare.webhooks('pipedream'), []);
      self.db.set('webhookId', id);
      await source.hooks.deactivate.call(self);
      await source.hooks.deactivate.call(self);
      assert.equal(self.db.get('webhookId'), null);
    });

    test('fails loudly when the key is wrong', async () => {
      const auth = { server: fanfare.url, api_key: 'sk_test_nobody' };
      const wrong = instance(source, { events: wanted, auth });
      wrong.db.set('webhookId', 'whk_1');
      for (const hook of ['activate', 'deactivate']) {
        await assert.rejects(source.hooks[hook].call(wrong), { status: 401 }, hook);
      }
    });
  });
}

test('a source begins with nothing when nothing has happened', async () => {
  const source = await load('new-event-instant');
  const self = instance(source, { events: ['experience.*'] });
  await source.hooks.deploy.call(self);
  assert.equal(self.emitted.size, 0, 'an example would start workflows');
});

test('the list of events comes from the server', async () => {
  const source = await load('new-event-instant');
  const { options } = source.props.fanfare.propDefinitions.events;
  const list = await options.call(instance(source).fanfare);
  const all = ['*', ...fanfare.types.map((row) => row.type)];
  assert.deepEqual(list.map(({ value }) => value), all);
});
