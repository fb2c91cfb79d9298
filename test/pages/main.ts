/** `node test/pages/main.ts`: takes the README's pictures of the pages, from the running product, into docs/screenshots. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openBrowser } from '../product/browser.ts';
import { startProduct } from '../product/product.ts';
import { bringTo, MOMENTS } from './moments.ts';
import { openScreen, screens } from './screens.ts';
import { shrinkPng } from './shrink-png.ts';

const folder = join(import.meta.dirname, '../../docs/screenshots');
const MAX_BYTES = 200_000;

mkdirSync(folder, { recursive: true });
const product = await startProduct();
const browser = await openBrowser();
try {
  for (const moment of MOMENTS) {
    await bringTo(moment, product);
    for (const screen of screens.filter((candidate) => candidate.moment === moment)) {
      const page = await openScreen(browser, product.demo, screen, { language: 'en', theme: 'light' });
      const file = join(folder, `${screen.name}.png`);
      await page.screenshot({ path: file });
      await page.context().close();
      await shrinkPng(file, MAX_BYTES);
      console.log(file);
    }
  }
} finally {
  await browser.close();
  await product.stop();
}
