// Every page there is, with an address that shows something.
import assert from 'node:assert/strict';
import { WEBHOOKS as W, becomeOwner, local, world } from './chromium.mjs';
import { stage } from './stage.mjs';

const page = (route, name, at = () => route, more = {}) => ({ route, name, at, ...more });
const of = (kind) => (ids, route) => route.replace('{id}', ids[kind]);
/** Seen by somebody who is not signed in, and by a member who was suspended. */
const OUTSIDE = { as: 'outside' };
const SUSPENDED = { as: 'suspended' };

/** In the order of the table of routes; then what is no route of its own. */
export const PAGES = [
  page('/sign-in', 'sign-in', undefined, OUTSIDE),
  // Only `fanfare demo` prints such a link: here is what a link says that was used.
  page('/sign-in/link', 'link-used', () => '/sign-in/link?token=used', { ...OUTSIDE, status: 409 }),
  page('/setup', 'setup', () => local(world.setup), OUTSIDE),
  page('/invitation', 'invitation', (ids) => local(ids.invitation), OUTSIDE),
  page('/reset', 'reset', (ids) => local(ids.reset), OUTSIDE),
  page('/no-organization', 'no-organization', undefined, SUSPENDED),
  page('/', 'overview'),
  page('/events', 'events'),
  page('/events/{id}', 'event', of('event')),
  page('/event-types', 'event-types'),
  page('/event-types/{type}', 'event-type', () => '/event-types/order.paid'),
  page('/experiences', 'experiences'),
  page('/experiences/{id}', 'experience', of('experience')),
  page('/experiences/{id}/complete', 'experience-complete', of('experience')),
  page('/experiences/{id}/cancel', 'experience-cancel', of('experience')),
  page('/distributions/{id}', 'queue', of('queue')),
  page('/distributions/{id}', 'draw', of('draw')),
  page('/distributions/{id}', 'auction', of('auction')),
  page('/distributions/{id}/draw', 'draw-now', of('draw')),
  page('/distributions/{id}/settle', 'auction-settle', of('auction')),
  page('/orders', 'orders'),
  page('/orders/{id}', 'order', of('paid')),
  page('/orders/{id}/cancel', 'order-cancel', of('order')),
  page('/consumers', 'consumers'),
  page('/consumers/{id}', 'consumer', of('consumer')),
  page('/settings/integrations', 'integrations'),
  page(W, 'webhooks'),
  page(`${W}/new`, 'webhook-new'),
  page(`${W}/{id}`, 'webhook', of('webhook')),
  page(`${W}/{id}/metrics`, 'webhook-metrics', of('webhook')),
  page(`${W}/{id}/test`, 'webhook-test', of('webhook')),
  page(`${W}/{id}/settings`, 'webhook-settings', of('webhook')),
  page(`${W}/{id}/signing`, 'webhook-signing', of('webhook')),
  page(`${W}/{id}/activity`, 'webhook-activity', of('webhook')),
  page(`${W}/{id}/disable`, 'webhook-disable', of('webhook')),
  page(`${W}/{id}/delete`, 'webhook-delete', of('webhook')),
  page('/deliveries', 'deliveries'),
  page('/deliveries/{id}', 'delivery', of('delivery')),
  page('/jobs/{id}', 'job', of('job')),
  page('/notices', 'notices'),
  page('/settings/api-keys', 'api-keys'),
  page('/settings/api-keys/{id}/revoke', 'api-key-revoke', of('key')),
  page('/settings/members', 'members'),
  page('/settings/audit-log', 'audit-log'),
  page('/account', 'account'),
  page(null, 'nothing-matches', () => '/deliveries?status=cancelled'),
  page(null, 'not-found', () => '/nowhere', { status: 404 }),
];

/** Routes that give no page: files and streams. */
const NO_PAGES = [
  '/assets/{name}', '/events/{id}/body', '/deliveries/live', '/deliveries/{id}/live',
  '/deliveries/{id}/body', '/deliveries/{id}/response/{attempt}', '/settings/audit-log/export',
];

/** The table of routes, which the test brings, and this one are the same. */
export function complete() {
  const known = new Set([...PAGES.map(({ route }) => route), ...NO_PAGES]);
  known.delete(null);
  assert.deepEqual(world.routes.filter((route) => !known.has(route)), [], 'routes without a page');
  assert.deepEqual([...known].filter((route) => !world.routes.includes(route)), [], 'no such route');
}

/** Looks at every page as those who see it: `look` is given a tab, the page and the ids. */
export async function tour(open, look) {
  const tabs = { inside: await open(), outside: await open(), suspended: await open() };
  const setup = PAGES.find(({ name }) => name === 'setup');
  // Before the link is used.
  await look(tabs.outside, setup, {});
  await becomeOwner(tabs.inside);
  const ids = await stage(tabs.inside, tabs.suspended);
  for (const page of PAGES.filter((page) => page !== setup)) {
    await look(tabs[page.as ?? 'inside'], page, ids);
  }
}

/** Goes there; the page is as it should be. */
export async function visit(tab, { route, name, at, status = 200 }, ids) {
  const address = at(ids, route);
  const answer = await tab.goto(address);
  assert.equal(answer.status(), status, `${name}: ${tab.url()}`);
  assert.equal(local(tab.url()), address, 'a page is not led elsewhere');
  await tab.locator('h1').waitFor();
}
