import type { Browser, Page } from 'playwright-core';
import { startEdge, type TestEdge, until } from '#edge-relay/testing/edge.ts';
import { openBrowser } from '../product/browser.ts';
import { publishClass } from './published-class.ts';
import { UdpFaults } from './udp-faults.ts';
import { countedInPage, shownInPage, watchInPage, type ShownPicture } from './watch-in-page.ts';

/** The encoder begins with a full buffer, which counts in four seconds: told so, these come to 2,200 and 350 kbps, as a lecture has them. */
const LADDER = [
  { id: '720p', size: '1280x720', kbps: 2000 },
  { id: '360p', size: '640x360', kbps: 320 },
] as const;
/** A picture that stands longer than this is seen to stand (W3C webrtc-stats: freezeCount's 150 ms over the average). */
const NOTICED_MS = 190;
const FRAME_MS = 40;

/** A class at a real edge, and a student in a real browser behind a line with faults. */
export interface ViewerStage {
  readonly line: UdpFaults;
  /** Width of the newest picture that was shown. */
  width(): Promise<number>;
  /** All that were shown since the stage opened. */
  shown(): Promise<readonly ShownPicture[]>;
  counted(): ReturnType<typeof countedInPage>;
  close(): Promise<void>;
}

export async function openViewerStage(seed = 1): Promise<ViewerStage> {
  const line = await UdpFaults.open(seed);
  const edge = await startEdge();
  line.target(edge.ports.webrtc);
  const { amy } = await edge.seed();
  const lesson = await publishClass(edge, LADDER);
  const browser = await openBrowser();
  const page = await watch(browser, edge, line.port, amy);
  const shown: ShownPicture[] = [];
  const look = async (): Promise<readonly ShownPicture[]> => {
    shown.push(...(await page.evaluate(shownInPage)));
    return shown;
  };
  await until(async () => (await look()).length > 0);
  return {
    line,
    shown: look,
    width: async () => (await look()).at(-1)?.width ?? 0,
    counted: () => page.evaluate(countedInPage),
    close: async () => {
      await browser.close();
      await lesson.close();
      await edge.stop();
      await line.close();
    },
  };
}

async function watch(browser: Browser, edge: TestEdge, linePort: number, session: string): Promise<Page> {
  const { token } = (await edge.playback(session)).json as { token: string };
  const page = await browser.newPage();
  await page.goto(`${edge.url}/healthz`);
  await page.evaluate(watchInPage, { url: `${edge.url}/whep/room-1`, token, fromPort: edge.ports.webrtc, toPort: linePort });
  return page;
}

/** Share of the time in which the picture stood, and the longest time it did. */
export function standing(shown: readonly ShownPicture[], sinceMs: number, untilMs: number): { readonly share: number; readonly longestMs: number } {
  const times = [sinceMs, ...shown.map(({ atMs }) => atMs).filter((atMs) => atMs > sinceMs && atMs < untilMs), untilMs];
  const stood = times.slice(1).map((atMs, index) => atMs - (times[index] ?? atMs)).filter((ms) => ms > NOTICED_MS).map((ms) => ms - FRAME_MS);
  return { share: stood.reduce((sum, ms) => sum + ms, 0) / (untilMs - sinceMs), longestMs: Math.round(Math.max(0, ...stood)) };
}
