// Pictures of every page, wide and narrow, light and dark, as small files.
import fs from 'node:fs';
import path from 'node:path';
import { scenario, world } from './chromium.mjs';
import { tour, visit } from './pages.mjs';
import { withPalette } from './png.mjs';

const SIZES = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 800 } };
/** What is further down is cut off. */
const TALLEST = 1_100;

await scenario(async ({ open }) => {
  fs.rmSync(world.folder, { recursive: true, force: true });
  fs.mkdirSync(world.folder, { recursive: true });
  await tour(open, take);
  const sizes = fs.readdirSync(world.folder).map((name) => fs.statSync(path.join(world.folder, name)).size);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  console.log(`${sizes.length} pictures, ${(all / 1e6).toFixed(1)} MB in all`);
});

async function take(tab, page, ids) {
  for (const [shape, size] of Object.entries(SIZES)) {
    await tab.setViewportSize(size);
    await visit(tab, page, ids);
    if (await tab.locator('[data-live]').count()) {
      await tab.locator('[data-live-state="on"], [data-live]:not(:has([data-live-state]))').first().waitFor();
    }
    const height = await tab.evaluate(() => document.documentElement.scrollHeight);
    await tab.setViewportSize({ ...size, height: Math.min(TALLEST, Math.max(size.height, height)) });
    for (const colorScheme of ['light', 'dark']) {
      await tab.emulateMedia({ colorScheme });
      const png = await tab.screenshot({ animations: 'disabled', caret: 'hide' });
      const name = `${page.name}-${shape}-${colorScheme}.png`;
      fs.writeFileSync(path.join(world.folder, name), withPalette(png));
    }
  }
}
