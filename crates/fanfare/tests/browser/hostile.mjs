// What receivers and publishers send to attack who looks at it is shown as text.
import assert from 'node:assert/strict';
import { WEBHOOKS, api, apiUntil, becomeOwner, heading, scenario, world } from './chromium.mjs';

const SCRIPT = '<script>alert(document.domain)</script>';
const SVG = '"><svg onload=alert(1)>';
/** What each receiver's answer looks like on the page. */
const SHOWN = {
  script: SCRIPT,
  svg: SVG,
  line: 'x'.repeat(1_000),
  'not-utf8': 'before\ufffd\ufffdafter',
  nul: 'before\u2400after',
  bidi: 'before⟨U+202E⟩after',
};
/** The most that a page of a delivery may weigh, whatever the receiver answered. */
const HEAVIEST = 200_000;

await scenario(async ({ open, complaints }) => {
  const page = await open();
  await becomeOwner(page);
  await provoke(page, complaints);
  const hooks = await attack();
  await page.goto('/deliveries');
  await harmless(page);
  for (const [name, shown] of Object.entries(SHOWN)) {
    const path = `/api/deliveries?webhookId=${hooks[name]}`;
    const found = await apiUntil(path, ({ data }) => data[0]?.attemptCount > 0);
    const answer = await page.goto(`/deliveries/${found.data[0].id}`);
    assert.ok((await answer.body()).length < HEAVIEST, name);
    await page.locator('.timeline pre').getByText(shown).first().waitFor();
    await harmless(page);
    await downloads(page);
    await page.goto(`${WEBHOOKS}/${hooks[name]}`);
    await harmless(page);
  }
  const event = (await api('GET', '/api/events')).data[0].id;
  await page.goto(`/events/${event}`);
  await page.getByText(SCRIPT).first().waitFor();
  await harmless(page);
  await page.goto(WEBHOOKS);
  await page.getByText(SVG).first().waitFor();
  await harmless(page);
});

/** A complaint would be noticed: this makes one. */
async function provoke(page, complaints) {
  await page.evaluate(() => {
    const script = document.createElement('script');
    try { script.textContent = 'window.ran = true'; } catch { /* trusted types */ }
    script.append('window.ran = true');
    document.body.append(script);
  });
  const noticed = () => complaints.some((complaint) => complaint.includes('policy: '));
  const end = Date.now() + 10_000;
  while (!noticed()) {
    assert.ok(Date.now() < end, 'a breach of the policy is noticed');
    await page.evaluate(() => document.title);
  }
  assert.equal(await page.evaluate(() => window.ran), undefined);
  await page.goto('/account');
  await heading(page, 'Your account');
  complaints.length = 0;
}

/** One event with bad words, and a receiver for each kind of bad answer; their webhooks. */
async function attack() {
  const hooks = {};
  for (const name of Object.keys(SHOWN)) {
    const url = `${world.receiver}/${name}`;
    const hook = { url, events: ['consumer.created'], description: SVG };
    hooks[name] = (await api('POST', '/api/webhooks', hook)).id;
  }
  await api('POST', '/api/consumers', { fullName: SCRIPT, metadata: { [SVG]: SCRIPT } });
  return hooks;
}

/** Nothing on the page is the attacker's: no script, no handler, no wider than the window. */
async function harmless(page) {
  const found = await page.evaluate(() => ({
    scripts: [...document.scripts].filter((it) => !new URL(it.src).pathname.startsWith('/assets/')).length,
    handlers: [...document.querySelectorAll('*')]
      .flatMap((it) => it.getAttributeNames()).filter((name) => name.startsWith('on')),
    wider: document.documentElement.scrollWidth > window.innerWidth,
  }));
  assert.deepEqual(found, { scripts: 0, handlers: [], wider: false }, page.url());
}

/** What is downloaded is a file of plain text, never a page. */
async function downloads(page) {
  const link = page.locator('.timeline a[download]').first();
  const answer = await page.request.get(await link.getAttribute('href'));
  const headers = answer.headers();
  assert.match(headers['content-disposition'], /^attachment;/);
  assert.match(headers['content-type'], /^text\/plain/);
  assert.match(headers['content-security-policy'], /sandbox/);
}
