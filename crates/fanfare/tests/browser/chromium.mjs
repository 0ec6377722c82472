// What every scenario starts from: a browser that is watched, the server it is about, and the API.
//
// A scenario fails when it throws, when it takes too long, and when a page complained of anything:
// a breach of the page's policy, an error of a script, a dialog. It is started by
// `tests/it/browser.rs`, which tells it about its server in FANFARE_TEST_WORLD.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { setTimeout } from 'node:timers/promises';

const { FANFARE_TEST_CHROMIUM, FANFARE_TEST_NODE_PATH, FANFARE_TEST_WORLD } = process.env;
export const library = createRequire(`${FANFARE_TEST_NODE_PATH}/scenario.js`);
const { chromium } = library('playwright-core');

/** What the test says: base, key, receiver, setup and whatever else the scenario needs. */
export const world = JSON.parse(FANFARE_TEST_WORLD);
export const PASSWORD = 'correct horse battery staple';
export const WEBHOOKS = '/settings/integrations/webhooks';
const LIMIT = world.limit ?? 120_000;

/** Plays a scenario; `open` gives it pages. */
export async function scenario(play) {
  const done = new AbortController();
  const { signal } = done;
  setTimeout(LIMIT, null, { signal }).then(() => {
    console.error(`not done within ${LIMIT} ms`);
    process.exit(1);
  }, () => {});
  // Text is smoothed in grey, so that pictures of pages have few colours.
  const args = ['--disable-lcd-text', '--font-render-hinting=none'];
  const browser = await chromium.launch({ executablePath: FANFARE_TEST_CHROMIUM, args });
  const complaints = [];
  try {
    await play({ open: (options) => open(browser, complaints, options), complaints });
    assert.deepEqual(complaints, [], 'what pages complained of');
  } catch (error) {
    console.error(error.stack);
    for (const page of browser.contexts().flatMap((context) => context.pages())) {
      console.error(`open: ${page.url()}`);
    }
    for (const complaint of complaints) console.error(complaint);
    process.exitCode = 1;
  } finally {
    await browser.close();
    done.abort();
  }
}

/** A page of a browser of its own: cookies and cache are empty. */
async function open(browser, complaints, options = {}) {
  const viewport = { width: 1280, height: 900 };
  const context = await browser.newContext({ baseURL: world.base, viewport, ...options });
  context.setDefaultTimeout(30_000);
  context.on('page', (page) => watch(page, complaints));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  return context.newPage();
}

function watch(page, complaints) {
  const complain = (text) => complaints.push(`${page.url()}: ${text}`);
  page.on('console', (message) => {
    // Scenarios look at the status of what they ask for themselves.
    const refused = /^Failed to load resource: the server responded with a status of 4/;
    if (message.type() === 'error' && !refused.test(message.text())) complain(message.text());
  });
  page.on('pageerror', (error) => complain(error.message));
  page.on('dialog', (dialog) => {
    complain(`a dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
}

/** Path and query of a link that was printed somewhere. */
export const local = (link) => {
  const { pathname, search } = new URL(link, world.base);
  return pathname + search;
};

/** Uses the link of the first start. */
export async function becomeOwner(page) {
  await page.goto(local(world.setup));
  await page.getByLabel('E-mail').fill('olga@shop.example');
  await page.getByLabel('Your name').fill('Olga Owner');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create the account' }).click();
  await heading(page, 'Overview');
}

/** Uses an invitation. */
export async function join(page, link, name) {
  await page.goto(local(link));
  await page.getByLabel('Your name').fill(name);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Join' }).click();
  await sidebar(page).waitFor();
}

export const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

/** The sidebar. */
export const sidebar = (page) => page.getByRole('navigation', { name: 'Main' });

/** Loads a page again and again until it shows something: for pages without scripts. */
export async function reloadUntil(page, locator) {
  const end = Date.now() + 30_000;
  while (!(await locator.first().isVisible())) {
    assert.ok(Date.now() < end, `${locator} on ${page.url()}`);
    await page.reload();
  }
}

/** Asks the API; the answer's JSON. */
export async function api(method, path, body) {
  const headers = { authorization: `Bearer ${world.key}`, 'content-type': 'application/json' };
  const request = { method, headers, body: body && JSON.stringify(body) };
  const answer = await fetch(world.base + path, request);
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? {} : JSON.parse(text);
}

/** Asks the API until the answer is as it should be. */
export async function apiUntil(path, good) {
  const end = Date.now() + 30_000;
  for (;;) {
    const answer = await api('GET', path);
    if (good(answer)) return answer;
    assert.ok(Date.now() < end, `${path}: ${JSON.stringify(answer)}`);
    await setTimeout(50);
  }
}
