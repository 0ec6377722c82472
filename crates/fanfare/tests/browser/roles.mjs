// What each role sees of webhooks, and what ends a session.
import assert from 'node:assert/strict';
import {
  PASSWORD, WEBHOOKS, api, becomeOwner, heading, join, local, scenario, sidebar, world,
} from './chromium.mjs';

await scenario(async ({ open }) => {
  const hook = await api('POST', '/api/webhooks', { url: `${world.receiver}/ok`, events: ['*'] });
  const place = `${WEBHOOKS}/${hook.id}`;
  await becomeOwner(await open());
  await viewer(await open(), place);
  await editor(await open(), place);
  const page = await open();
  await admin(page, place);
  await signOut(open, page);
});

async function viewer(page, place) {
  await join(page, world.viewer, 'Vera Viewer');
  assert.equal(await sidebar(page).getByRole('link', { name: 'Integrations' }).count(), 0);
  assert.equal(await sidebar(page).getByRole('link', { name: 'Webhooks' }).count(), 0);
  for (const path of ['/settings/integrations', WEBHOOKS, place, `${place}/settings`]) {
    assert.equal((await page.goto(path)).status(), 403, path);
    assert.ok(!(await page.content()).includes(`${world.receiver}/ok`), path);
  }
}

async function editor(page, place) {
  await join(page, world.editor, 'Edda Editor');
  await sidebar(page).getByRole('link', { name: 'Webhooks' }).click();
  await page.getByRole('link', { name: `${world.receiver}/ok` }).click();
  await heading(page, `${world.receiver}/ok`);
  for (const name of ['Pause', 'Disable…', 'Settings', 'Test']) {
    assert.equal(await page.locator('main').getByText(name, { exact: true }).count(), 0, name);
  }
  for (const path of [`${WEBHOOKS}/new`, `${place}/settings`, `${place}/delete`]) {
    assert.equal((await page.goto(path)).status(), 403, path);
  }
  // Who makes up the form that the page does not have gets no further.
  await page.goto('/account');
  const csrf = await page.locator('input[name=csrf]').first().inputValue();
  const status = await page.evaluate(async ([path, csrf]) => {
    const body = new URLSearchParams({ csrf, command: 'pause' });
    return (await fetch(path, { method: 'POST', body })).status;
  }, [`${place}/command`, csrf]);
  assert.equal(status, 403);
  assert.equal((await api('GET', `/api/webhooks/${place.split('/').pop()}`)).status, 'active');
}

async function admin(page, place) {
  await join(page, world.admin, 'Adam Admin');
  await page.goto(place);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.locator('.standing').getByText('Paused').waitFor();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.locator('.standing').getByText('Active').waitFor();
  await page.goto(WEBHOOKS);
  await page.getByRole('link', { name: 'Add Webhook' }).click();
  await heading(page, 'Add Webhook');
}

async function signOut(open, page) {
  const [other, third] = [await open(), await open()];
  const old = await page.context().cookies();
  await page.locator('.account summary').last().click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await heading(page, 'Sign in');
  // The session has ended, not only the browser's cookie.
  await other.context().addCookies(old);
  await other.goto('/account');
  await heading(other, 'Sign in');

  for (const each of [page, other, third]) await signIn(each);
  await page.goto('/account');
  assert.equal(await page.locator('tr[data-row]').count(), 3);
  await page.getByRole('button', { name: 'Sign out everywhere' }).click();
  await heading(page, 'Sign in');
  for (const each of [page, other, third]) {
    await each.goto('/account');
    await heading(each, 'Sign in');
    assert.equal(local(each.url()), '/sign-in?next=%2Faccount');
  }
}

/** Led back to where they wanted to go. */
async function signIn(page) {
  await page.goto('/account');
  await page.getByLabel('E-mail').fill('admin@shop.example');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Where you are signed in' }).waitFor();
}
