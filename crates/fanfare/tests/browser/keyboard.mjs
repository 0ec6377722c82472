// The keys that the help names.
import assert from 'node:assert/strict';
import { api, apiUntil, becomeOwner, heading, scenario, world } from './chromium.mjs';

await scenario(async ({ open }) => {
  const page = await open();
  await becomeOwner(page);
  await api('POST', '/api/webhooks', { url: `${world.receiver}/ok`, events: ['*'] });
  for (const name of ['Ada', 'Ben', 'Eve']) await api('POST', '/api/consumers', { fullName: name });
  await apiUntil('/api/deliveries?status=succeeded', ({ data }) => data.length === 3);
  await page.goto('/deliveries');
  await page.locator('[data-live-state="on"]').waitFor();
  const rows = page.locator('tr[data-row]');
  const ids = await rows.evaluateAll((all) => all.map((row) => row.dataset.row));
  assert.equal(ids.length, 3);
  const current = () => page.locator('tr.current').evaluateAll((all) => all.map((row) => row.dataset.row));
  for (const [key, at] of [['j', 0], ['j', 1], ['j', 2], ['j', 2], ['k', 1], ['k', 0], ['k', 0], ['j', 1]]) {
    await page.keyboard.press(key);
    assert.deepEqual(await current(), [ids[at]], key);
  }

  await page.keyboard.press('/');
  assert.ok(await page.evaluate(() => document.activeElement.matches('[data-search]')));
  await page.keyboard.press('j');
  assert.deepEqual(await current(), [ids[1]], 'in a field it is a letter');
  await page.evaluate(() => document.activeElement.blur());

  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keys' });
  await help.waitFor();
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'hidden' });

  await page.keyboard.press('k');
  await page.keyboard.press('Enter');
  await heading(page, 'Delivery of consumer.created');
  assert.ok(page.url().endsWith(ids[0]));
  await page.keyboard.press('r');
  await page.getByText('Sent again, as this new delivery.').waitFor();
  assert.ok(!page.url().endsWith(ids[0]));
});
