// From the link of the first start to a delivery that turned green. With scripts nothing is loaded
// again by hand; without them the same path works, and what changed shows when a page is reloaded.
import assert from 'node:assert/strict';
import { becomeOwner, heading, reloadUntil, scenario, sidebar, world } from './chromium.mjs';

const live = world.scripts;
/** Waits for what changes: it arrives, or is there after reloading. */
const shows = (page, locator) =>
  live ? locator.first().waitFor() : reloadUntil(page, locator);

await scenario(async ({ open }) => {
  const page = await open({ javaScriptEnabled: live });
  await becomeOwner(page);
  await addWebhook(page);

  const list = await page.context().newPage();
  await list.goto(page.url().replace(/\/test$/, ''));
  if (live) {
    await list.locator('[data-live-state="on"]').waitFor();
    await list.evaluate(() => { window.sameDocument = true; });
  }
  const rows = list.locator('tr[data-row]');
  assert.equal(await rows.count(), 0);
  const nothing = list.getByRole('heading', { name: 'No deliveries yet' });
  await nothing.waitFor();
  await page.getByRole('button', { name: 'Send Test Event' }).click();
  await shows(list, rows.getByText('503'));
  assert.equal(await rows.count(), 1);
  assert.equal(await nothing.isVisible(), false);

  await page.getByRole('link', { name: world.hook }).first().click();
  await page.locator('tr[data-row]').getByRole('link', { name: 'order.paid' }).click();
  await heading(page, 'Delivery of order.paid');
  const timeline = page.locator('.timeline');
  await timeline.getByText('closed for stock-taking').waitFor();
  await timeline.getByText('The receiver failed.').waitFor();

  assert.ok((await fetch(`${world.receiver}/mend`)).ok);
  await page.getByRole('button', { name: 'Resend' }).click();
  await page.getByText('Sent again, as this new delivery.').waitFor();
  await shows(page, page.locator('.standing .badge.good'));
  await timeline.getByText('Attempt 1').waitFor();
  await shows(list, rows.locator('.badge.good'));
  assert.equal(await rows.count(), 2);
  if (live) assert.ok(await list.evaluate(() => window.sameDocument), 'it was not reloaded');
});

/** The seed's path and its three fields. */
async function addWebhook(page) {
  await sidebar(page).getByRole('link', { name: 'Integrations' }).click();
  await heading(page, 'Integrations');
  await page.locator('main').getByRole('link', { name: 'Webhooks' }).click();
  await heading(page, 'Webhooks');
  await page.getByRole('link', { name: 'Add Webhook' }).first().click();
  await page.getByLabel('Endpoint URL').fill(world.hook);
  const events = page.getByRole('group', { name: 'Events to subscribe' });
  await events.getByRole('checkbox', { name: 'order.paid' }).check();
  await page.getByLabel('Secret for signature verification').fill('whsec_your_secret_key');
  await page.getByRole('button', { name: 'Add Webhook' }).click();
  await page.getByText('Webhook added.').waitFor();
  await heading(page, world.hook);
}
