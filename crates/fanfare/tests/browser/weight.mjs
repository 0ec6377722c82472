// What the first look at the dashboard costs: everything that is loaded, with an empty cache.
import assert from 'node:assert/strict';
import { api, apiUntil, becomeOwner, scenario, world } from './chromium.mjs';

const MOST = 150_000;

await scenario(async ({ open }) => {
  const owner = await open();
  await becomeOwner(owner);
  await api('POST', '/api/webhooks', { url: `${world.receiver}/ok`, events: ['*'] });
  for (let number = 0; number < 60; number += 1) {
    await api('POST', '/api/consumers', { fullName: `Consumer ${number}` });
  }
  await apiUntil('/api/deliveries?status=succeeded&limit=100', ({ data }) => data.length === 60);
  const cookies = await owner.context().cookies();
  for (const path of ['/sign-in', '/', '/deliveries']) {
    const page = await open();
    if (path !== '/sign-in') await page.context().addCookies(cookies);
    const bytes = await weighed(page, path);
    console.log(`first page load of ${path}: ${(bytes / 1000).toFixed(1)} KB in all`);
    assert.ok(bytes > 1_000 && bytes < MOST, `${path}: ${bytes} bytes`);
  }
});

/** Bytes of all answers, with their heads. */
async function weighed(page, path) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  let bytes = 0;
  devtools.on('Network.loadingFinished', (event) => { bytes += event.encodedDataLength; });
  devtools.on('Network.dataReceived', () => {});
  await page.goto(path, { waitUntil: 'load' });
  return bytes;
}
