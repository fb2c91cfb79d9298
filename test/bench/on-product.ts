import type { Browser } from 'playwright-core';
import { CodedError } from '#kit/process/errors.ts';
import { openBrowser } from '../product/browser.ts';
import { startProduct, type Product } from '../product/product.ts';
import { RoomBox } from '../product/room-box.ts';
import type { BenchOptions } from './bench.ts';

export interface Stage extends AsyncDisposable {
  readonly product: Product;
  readonly browser: Browser;
  readonly box: RoomBox;
}

/** The product and a browser, for `await using`. */
export async function onProduct({ say }: BenchOptions): Promise<Stage> {
  say('Starting the product…');
  const product = await startProduct();
  const browser = await openBrowser();
  const close = async (): Promise<void> => {
    await browser.close();
    await product.stop();
  };
  return { product, browser, box: new RoomBox(product.demo), [Symbol.asyncDispose]: close };
}

export function refuseTarget({ target }: BenchOptions, why: string): void {
  if (target !== null) throw new CodedError('usage', `--target is of no use here: ${why}`);
}
