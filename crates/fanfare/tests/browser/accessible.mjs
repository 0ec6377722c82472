// axe-core finds nothing serious on any page: light, dark and narrow. No page is wider than a phone.
import assert from 'node:assert/strict';
import { library, scenario } from './chromium.mjs';
import { PAGES, complete, tour, visit } from './pages.mjs';

const axe = library('axe-core');
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 844 };
const LOOKS = [['light', WIDE], ['dark', WIDE], ['light', NARROW], ['dark', NARROW]];

await scenario(async ({ open }) => {
  complete();
  const found = [];
  await provoke(await open());
  await tour(open, async (tab, page, ids) => {
    await visit(tab, page, ids);
    found.push(...await judge(tab, page.name));
  });
  assert.deepEqual(found, [], found.join('\n'));
  console.log(`${PAGES.length} pages looked at by axe-core ${axe.version}, in ${LOOKS.length} ways`);
});

/** A violation would be noticed, and a page that is too wide: this makes both. */
async function provoke(tab) {
  await tab.goto('/sign-in');
  await tab.evaluate(() => {
    const button = document.createElement('button');
    button.style.width = '2000px';
    document.body.append(button);
  });
  const found = await judge(tab, 'provoked');
  assert.equal(found.filter((text) => text.includes('button-name')).length, LOOKS.length);
  assert.equal(found.filter((text) => text.includes('wider than the window')).length, LOOKS.length);
}

/** What is wrong with the page that is open. */
async function judge(tab, name) {
  const found = [];
  await tab.evaluate(axe.source);
  for (const [colorScheme, size] of LOOKS) {
    await tab.emulateMedia({ colorScheme });
    await tab.setViewportSize(size);
    const { violations, wider } = await tab.evaluate(async () => ({
      violations: (await window.axe.run(document, { resultTypes: ['violations'] })).violations,
      wider: document.documentElement.scrollWidth - window.innerWidth,
    }));
    const where = `${name} ${colorScheme} ${size.width}`;
    if (wider > 0) found.push(`${where}: ${wider} px wider than the window`);
    for (const { id, impact, nodes } of violations) {
      if (!['serious', 'critical'].includes(impact)) continue;
      const [node] = nodes;
      found.push(`${where}: ${id}, ${nodes.length} times: ${node.html} ${node.failureSummary}`);
    }
  }
  return found;
}
