import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { openBrowser } from './browser.ts';
import { startProduct, type Product, type ProductOptions } from './product.ts';
import { RoomBox } from './room-box.ts';

export interface Stage {
  readonly product: Product;
  readonly browser: Browser;
  readonly box: RoomBox;
}

/** One product and one browser for all tests of a file. A failed test shows what the services said last. */
export function withProduct(options: () => Promise<ProductOptions> | ProductOptions = () => ({})): Stage {
  const on: { product?: Product; browser?: Browser; box?: RoomBox } = {};
  const present = <T>(thing: T | undefined): T => {
    if (thing === undefined) throw new Error('The product is there from beforeAll on.');
    return thing;
  };
  beforeAll(async () => {
    on.product = await startProduct(await options());
    on.box = new RoomBox(on.product.demo);
    on.browser = await openBrowser();
  });
  afterEach(({ task }) => {
    if (task.result?.state === 'fail') console.error(on.product?.logs());
  });
  afterAll(async () => {
    await on.browser?.close();
    await on.product?.stop();
  });
  return {
    get product() {
      return present(on.product);
    },
    get browser() {
      return present(on.browser);
    },
    get box() {
      return present(on.box);
    },
  };
}
