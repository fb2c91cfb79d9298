import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { bringTo, MOMENTS } from '../pages/moments.ts';
import { openScreen, screens, type Language } from '../pages/screens.ts';
import { withProduct } from '../product/with-product.ts';

const stage = withProduct();
const LANGUAGES: readonly Language[] = ['en', 'zh-CN'];

for (const moment of MOMENTS) {
  describe.sequential(`${moment} a class`, () => {
    beforeAll(() => bringTo(moment, stage.product), 120_000);
    const cases = screens.filter((screen) => screen.moment === moment).flatMap((screen) => LANGUAGES.map((language) => ({ screen, language, name: screen.name })));

    test.each(cases)('$name in $language can be used by everybody, by day and by night', async ({ screen, language }) => {
      const page = await openScreen(stage.browser, stage.product.demo, screen, { language, theme: 'light' });
      try {
        expect(await page.getAttribute('html', 'lang')).toBe(language);
        expect(await barriersOf(page)).toEqual([]);
        await page.emulateMedia({ colorScheme: 'dark' });
        expect(await barriersOf(page)).toEqual([]);
      } finally {
        await page.context().close();
      }
    });
  });
}

/** What axe calls serious or critical, with the elements that are meant. */
async function barriersOf(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  return grave.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary ?? ''}`));
}
