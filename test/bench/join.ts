import type { Page } from 'playwright-core';
import { openBrowser, visit } from '../product/browser.ts';
import { Student } from '../product/student.ts';
import type { Bench } from './bench.ts';
import { joinInPage, loopbackInPage } from './join-in-page.ts';
import { onProduct } from './on-product.ts';
import type { Measured } from './report.ts';

type Door = () => Promise<{ readonly url: string; readonly token: string }>;

/**
 * WHEP request to the first frame shown, in Chromium, of a class that runs. `--target` measures any WHEP address with the same
 * client; its bearer token, if it wants one, is in LECTERN_BENCH_TOKEN. The baseline is the browser connected to itself.
 */
export const join: Bench = async function* (options) {
  const { target, runs } = options;
  if (target !== null) {
    const browser = await openBrowser();
    // A page of the target's own origin needs no CORS.
    const page = await visit(browser, new URL('/', target).href);
    yield await measure(page, runs, async () => ({ url: target, token: process.env['LECTERN_BENCH_TOKEN'] ?? '' }));
    await browser.close();
    return;
  }
  await using stage = await onProduct(options);
  await stage.box.start();
  await stage.box.until('the class to be seen at the edge', ({ stream }) => stream.seenAtEdge);
  const page = await visit(stage.browser, `${stage.product.demo.edge.url}/`);
  const student = new Student(stage.product.demo);
  yield await measure(page, runs, async () => {
    const { whep, token } = await student.playback('room-301');
    return { url: whep, token };
  });
  await stage.box.rest();
};

async function measure(page: Page, runs: number, door: Door): Promise<Measured> {
  const [raw, alone]: [number[], number[]] = [[], []];
  // The first of each pays for what the browser loads once.
  await page.evaluate(loopbackInPage);
  await page.evaluate(joinInPage, await door());
  for (let run = 0; run < runs; run++) {
    alone.push(await page.evaluate(loopbackInPage));
    raw.push(await page.evaluate(joinInPage, await door()));
  }
  return {
    case: 'whep-first-frame',
    unit: 'ms',
    raw,
    baseline: { name: 'Chromium to itself, one peer connection to another', command: null, raw: alone },
    promise: { median: 150 },
  };
}
