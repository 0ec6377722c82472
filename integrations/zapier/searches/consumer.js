'use strict';

const { api } = require('../authentication');

module.exports = {
  key: 'consumer',
  noun: 'Consumer',
  display: { label: 'Find Consumer', description: 'Finds a consumer by e-mail address.' },
  operation: {
    inputFields: [{ key: 'email', label: 'E-mail address', required: true }],
    perform: async (z, bundle) => {
      const params = { email: bundle.inputData.email, limit: 1 };
      return (await z.request({ url: api(bundle, '/consumers'), params })).data.data;
    },
    sample: {
      id: 'con_01h455vb4pex5vsknk084sn02q',
      email: 'ada@example.com',
      fullName: 'Ada Example',
      externalId: 'customer-42',
    },
    outputFields: [
      { key: 'id', label: 'Consumer ID' },
      { key: 'email', label: 'E-mail address' },
      { key: 'fullName', label: 'Full name' },
      { key: 'externalId', label: 'ID in your system' },
    ],
  },
};
