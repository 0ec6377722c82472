'use strict';

// A server and an API key of one organization.

const server = (bundle) => bundle.authData.server.replace(/\/+$/, '');

module.exports = {
  /** The address of a path of the API. */
  api: (bundle, path) => `${server(bundle)}/api${path}`,

  /** Every request is made with the key. */
  withKey: (request, z, bundle) => {
    if (bundle.authData.apiKey) {
      request.headers = { ...request.headers, Authorization: `Bearer ${bundle.authData.apiKey}` };
    }
    return request;
  },

  authentication: {
    type: 'custom',
    fields: [
      {
        key: 'server',
        label: 'Server',
        required: true,
        default: 'https://admin.fanfare.io',
        helpText: 'The address of your Fanfare server, without a path.',
      },
      {
        key: 'apiKey',
        label: 'API key',
        type: 'password',
        required: true,
        helpText:
          'A secret key with the scopes `webhooks:read`, `webhooks:write`, `events:read`, ' +
          '`consumers:read` and `orders:read`.',
      },
    ],
    test: async (z, bundle) => (await z.request({ url: `${server(bundle)}/api/me` })).data,
    connectionLabel: '{{organization.name}}',
  },
};
