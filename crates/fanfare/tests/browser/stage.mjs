// A server in the middle of a launch: something to see on every page.
import { execFileSync } from 'node:child_process';
import { api, apiUntil, join, world } from './chromium.mjs';

const LATER = '2100-01-01T00:00:00Z';
const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString();
const PEOPLE = [
  'Ada Lindqvist', 'Ben Okafor', 'Chiara Romano', 'Dinh Tran', 'Eve Nakamura', 'Farid Haddad',
  'Greta Weiss', 'Hugo Marques', 'Ines Ferreira', 'Jonas Berg', 'Kemi Adeyemi', 'Liv Sørensen',
];

/** Fills the server; the ids of what the pages are about. The owner suspends one of two members. */
export async function stage(owner, suspended) {
  await join(suspended, world.editor, 'Edda Editor');
  await join(suspended, world.admin, 'Adam Admin');
  await owner.goto('/settings/members');
  const row = owner.locator('tr[data-row]', { hasText: 'Adam Admin' });
  await row.locator('summary').click();
  await row.getByRole('button', { name: 'Suspend' }).click();
  await row.getByText('Suspended').waitFor();
  const hooks = await webhooks();
  const ids = { ...await launch(), webhook: hooks.shop };
  ids.key = (await api('GET', '/api/keys')).data[0].id;
  await api('POST', '/api/keys', { name: 'Order export', scopes: ['orders:read', 'events:read'] });
  const failed = await apiUntil('/api/deliveries?status=failed', ({ data }) => data.length > 1);
  ids.delivery = failed.data[0].id;
  ids.event = failed.data[0].eventId;
  const job = await api('POST', '/api/deliveries/resend', { filter: { status: ['failed'] } });
  ids.job = job.id;
  const waiting = `/api/deliveries?status=pending&webhookId=${hooks.down}`;
  await apiUntil(waiting, ({ data }) => data.length === 0);
  await apiUntil(`/api/jobs/${ids.job}`, ({ status }) => status === 'completed');
  ids.invitation = world.viewer;
  ids.reset = reset('editor@shop.example');
  return ids;
}

async function webhooks() {
  const add = async (path, events, description) => {
    const url = `${world.receiver.replace('127.0.0.1', 'localhost')}/${path}`;
    return (await api('POST', '/api/webhooks', { url, events, description })).id;
  };
  const shop = await add('shop/webhooks', ['*'], 'Shop: stock and orders');
  const down = await add('down/crm/fanfare', ['order.*', 'consumer.*'], 'CRM');
  const paused = await add('mail/hooks', ['distribution.admitted', 'distribution.winner_selected'], 'Mails to winners');
  await api('POST', `/api/webhooks/${paused}/pause`);
  const disabled = await add('old-shop/webhooks', ['order.paid'], 'The shop before');
  await api('POST', `/api/webhooks/${disabled}/disable`);
  return { shop, down };
}

async function launch() {
  const consumers = [];
  for (const [number, fullName] of PEOPLE.entries()) {
    const email = `${fullName.split(' ')[0].toLowerCase()}@mail.example`;
    const consumer = { fullName, email, externalId: `C-${1042 + number}`, metadata: { tier: 'gold', country: 'SE' } };
    consumers.push((await api('POST', '/api/consumers', consumer)).id);
  }
  const product = (await api('POST', '/api/products', { name: 'Runner 90', url: 'https://shop.example/runner-90' })).id;
  const experience = (await api('POST', '/api/experiences', { name: 'Winter Drop', slug: 'winter-drop', productIds: [product] })).id;
  const add = async (more) => {
    const distribution = { experienceId: experience, productId: product, ...more };
    return (await api('POST', '/api/distributions', distribution)).id;
  };
  const queue = await add({ type: 'queue', name: 'Front row', capacity: 500, admissionExpiresAfter: 3600 });
  const draw = await add({ type: 'draw', name: 'Signed pairs', winnerCount: 3, drawAt: LATER });
  const drawn = await add({ type: 'draw', name: 'Early birds', winnerCount: 2 });
  const auction = await add({ type: 'auction', name: 'Pair number one', currencyCode: 'EUR', startingPrice: '100', settleAt: LATER });
  await api('POST', `/api/experiences/${experience}/activate`);
  for (const each of [queue, draw, drawn]) {
    for (const consumerId of consumers) await api('POST', `/api/distributions/${each}/consumers`, { consumerId });
  }
  for (const [number, consumerId] of consumers.slice(0, 3).entries()) {
    await api('POST', `/api/distributions/${auction}/bids`, { consumerId, amount: String(120 + 15 * number) });
  }
  await api('POST', `/api/distributions/${queue}/admit`, { count: 5 });
  await api('POST', `/api/distributions/${drawn}/draw`, {});
  const { order, paid } = await orders(queue, consumers);
  await api('POST', '/api/experiences', { name: 'Spring Drop', openAt: inDays(9), closeAt: inDays(10) });
  const rainedOff = (await api('POST', '/api/experiences', { name: 'Rooftop Drop' })).id;
  await api('POST', `/api/experiences/${rainedOff}/cancel`, {});
  return { experience, queue, draw, auction, order, paid, consumer: consumers[0] };
}

/** One that waits to be paid, one that was paid, one that is on its way. */
async function orders(distributionId, consumers) {
  const ids = [];
  for (const [number, consumerId] of consumers.slice(0, 4).entries()) {
    const order = { consumerId, distributionId, externalOrderId: `#${20417 + number}`, totalAmount: '149.99', currencyCode: 'EUR' };
    ids.push((await api('POST', '/api/orders', order)).id);
  }
  const [order, paid, sent, cancelled] = ids;
  for (const id of [paid, sent]) await api('POST', `/api/orders/${id}/pay`, { provider: 'card' });
  await api('POST', `/api/orders/${sent}/fulfill`, { trackingCarrier: 'Postal service' });
  await api('POST', `/api/orders/${cancelled}/cancel`, { reason: 'changed their mind' });
  return { order, paid };
}

/** A link that sets a new password, from the command line. */
function reset(email) {
  const { program, folder, listen } = world.command;
  const options = { cwd: folder, env: { FANFARE_LISTEN: listen }, encoding: 'utf8' };
  return execFileSync(program, ['user', 'reset', email], options).split('\n')[0];
}
