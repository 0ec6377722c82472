'use strict';

const { version } = require('./package.json');
const { version: platformVersion } = require('zapier-platform-core');

const { authentication, withKey } = require('./authentication');
const catalogue = require('./catalogue.json');
const consumer = require('./searches/consumer');
const order = require('./searches/order');
const { trigger } = require('./trigger');

module.exports = {
  version,
  platformVersion,
  authentication,
  beforeRequest: [withKey],
  triggers: Object.fromEntries(catalogue.map(trigger).map((one) => [one.key, one])),
  searches: { [consumer.key]: consumer, [order.key]: order },
};
