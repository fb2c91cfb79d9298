import type { Page } from 'playwright-core';
import type { RoomInfo } from '#edge-relay/contract/api.ts';
import { callApi } from '../demo/api.ts';
import { visit } from '../product/browser.ts';
import { eventually } from '../product/eventually.ts';
import { noteFirstFrameInPage } from '../product/in-page.ts';
import { Student } from '../product/student.ts';
import type { Bench } from './bench.ts';
import { joinInPage } from './join-in-page.ts';
import { onProduct, refuseTarget, type Stage } from './on-product.ts';

const NOTE_PRESS = 'addEventListener("pointerdown", () => { globalThis.pressedAt = Date.now(); }, true)';

/** Who waits for a class has the page open for a while: it, and the browser around it, have come to rest. */
const RESTED_MS = 3_000;

/** The finger on Start class to the first frame on the page of a student who waits. The baseline joins the class that then runs. */
export const startLatency: Bench = async function* (options) {
  refuseTarget(options, 'it presses Start on the panel of its own room.');
  await using stage = await onProduct(options);
  const panel = await visit(stage.browser, stage.product.demo.panel.url, { viewport: { width: 1280, height: 800 } });
  await panel.evaluate(NOTE_PRESS);
  const [raw, joins]: [number[], number[]] = [[], []];
  for (let run = 0; run < options.runs; run++) {
    raw.push(await pressToPicture(stage, panel));
    joins.push(await joinRunning(stage));
    options.say(`run ${run + 1}: ${Math.round(raw.at(-1) ?? 0)} ms`);
    await stage.box.rest();
    await eventually('the edge to let go of the class', async () => !(await callApi<RoomInfo>(`${stage.product.demo.edge.url}/api/rooms/room-301`)).live);
  }
  yield {
    case: 'press-to-first-frame',
    unit: 'ms',
    raw,
    baseline: { name: 'WHEP request to first frame in the class that runs already', command: null, raw: joins },
    promise: { median: 1_000 },
  };
};

async function pressToPicture({ browser, product }: Stage, panel: Page): Promise<number> {
  const context = await browser.newContext({ locale: 'en-GB' });
  await context.addInitScript(noteFirstFrameInPage);
  const student = await context.newPage();
  await student.goto(product.demo.students.paid.watchUrl);
  await student.getByRole('heading', { name: 'The class has not started yet' }).waitFor();
  await student.waitForTimeout(RESTED_MS);
  await panel.getByRole('button', { name: 'Start class' }).click();
  const firstFrameAt = await eventually('the first frame', () => student.evaluate<number | null>('globalThis.firstFrameAt ?? null'));
  await context.close();
  return firstFrameAt - (await panel.evaluate<number>('globalThis.pressedAt'));
}

async function joinRunning({ browser, product }: Stage): Promise<number> {
  const { whep, token } = await new Student(product.demo).playback('room-301');
  const page = await visit(browser, `${product.demo.edge.url}/`);
  const elapsed = await page.evaluate(joinInPage, { url: whep, token });
  await page.context().close();
  return elapsed;
}
