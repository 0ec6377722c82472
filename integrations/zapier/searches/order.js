'use strict';

const { api } = require('../authentication');

module.exports = {
  key: 'order',
  noun: 'Order',
  display: { label: 'Find Order', description: 'Finds an order by its number in your shop.' },
  operation: {
    inputFields: [{ key: 'externalOrderId', label: 'Order number in your shop', required: true }],
    perform: async (z, bundle) => {
      const params = { externalOrderId: bundle.inputData.externalOrderId, limit: 1 };
      return (await z.request({ url: api(bundle, '/orders'), params })).data.data;
    },
    sample: {
      id: 'ord_01h455vb4pex5vsknk084sn02q',
      externalOrderId: 'A-1001',
      status: 'paid',
      totalAmount: '129.00',
      currencyCode: 'EUR',
    },
    outputFields: [
      { key: 'id', label: 'Order ID' },
      { key: 'externalOrderId', label: 'Order number in your shop' },
      { key: 'status', label: 'Status' },
      { key: 'totalAmount', label: 'Total amount' },
      { key: 'currencyCode', label: 'Currency' },
    ],
  },
};
