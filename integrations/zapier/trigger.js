'use strict';

// One REST hook trigger for each event type of the catalogue.

const { api } = require('./authentication');

const KINDS = { integer: 'integer', number: 'number', boolean: 'boolean' };

/** `order.paid` as the key of a trigger. */
const keyOf = (type) => type.replace('.', '_');

const words = (text) => {
  const spaced = text.replace(/[._]/g, ' ').replace(/\bid\b/g, 'ID');
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
};

const fields = (row) => [
  { key: 'id', label: 'Event ID' },
  { key: 'type', label: 'Event type' },
  { key: 'timestamp', label: 'Time', type: 'datetime' },
  { key: 'organization_id', label: 'Organization ID' },
  ...row.fields.map(({ name, kind }) => ({
    key: `data__${name}`,
    label: words(name),
    ...(KINDS[kind] && { type: KINDS[kind] }),
  })),
];

/** The trigger of a row of `catalogue.json`. */
const trigger = (row) => ({
  key: keyOf(row.type),
  noun: words(row.type),
  display: {
    label: words(row.type),
    description: `Triggers when this happens: ${row.description.toLowerCase()}.`,
  },
  operation: {
    type: 'hook',
    performSubscribe: async (z, bundle) => {
      const response = await z.request({
        method: 'POST',
        url: api(bundle, '/webhooks'),
        body: {
          channel: 'zapier',
          url: bundle.targetUrl,
          events: [row.type],
          description: `Zapier: ${words(row.type)}`,
        },
      });
      // What Zapier keeps; the secret is not for a place where nobody verifies with it.
      return { id: response.data.id };
    },
    performUnsubscribe: async (z, bundle) => {
      const response = await z.request({
        method: 'DELETE',
        url: api(bundle, `/webhooks/${bundle.subscribeData.id}`),
        skipThrowForStatus: true,
      });
      // Somebody removed it before: that is what we want.
      if (response.status !== 404) response.throwForStatus();
      return {};
    },
    perform: (z, bundle) => [bundle.cleanedRequest],
    performList: async (z, bundle) => {
      const url = api(bundle, `/event-types/${row.type}/samples`);
      return (await z.request({ url, params: { limit: 3 } })).data.data;
    },
    sample: row.example,
    outputFields: fields(row),
  },
});

module.exports = { trigger, keyOf };
