import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { visit } from '../product/browser.ts';
import type { Played, Player } from './player.ts';

const HLS_JS = createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js');

interface Seen {
  readonly atMs: number;
  readonly position: number;
  /** Seconds; null before it is known. */
  readonly behind: number | null;
  readonly errors: readonly string[];
}

/** hls.js as its makers ship it, with nothing set, in a page that has nothing else. */
export function bareHlsJs(browser: Browser, origin: string): Player {
  return async (url, seconds) => {
    const page = await visit(browser, `${origin}/metrics`, { bypassCSP: true });
    const complaints = listen(page);
    await page.addScriptTag({ path: HLS_JS });
    await page.evaluate(`(${OPEN})(${JSON.stringify(url)})`);
    const look = (): Promise<Seen> => page.evaluate(`(${LOOK_BARE})()`);
    return playFor({ name: 'hls.js', page, seconds, look, complaints });
  };
}

/** The watch page, in a browser without WebRTC. */
export function watchPage(browser: Browser): Player {
  return async (url, seconds) => {
    const page = await visit(browser, url, { withoutWebRtc: true });
    const complaints = listen(page);
    const look = (): Promise<Seen> => page.evaluate(`(${LOOK_WATCHED})()`);
    return playFor({ name: 'watch page', page, seconds, look, complaints });
  };
}

const OPEN = `async (url) => {
  const video = Object.assign(document.createElement('video'), { autoplay: true });
  document.body.append(video);
  window.errors = [];
  window.hls = new Hls();
  hls.on(Hls.Events.ERROR, (event, { type, details, fatal, error }) => errors.push((fatal ? 'fatal ' : '') + type + ' ' + details + ' ' + (error?.message ?? '')));
  hls.loadSource(url);
  hls.attachMedia(video);
}`;
const LOOK_BARE = `() => {
  const video = document.querySelector('video');
  const shows = video.readyState > 2;
  return { atMs: performance.now(), position: shows ? video.currentTime : 0, behind: shows ? hls.latency : null, errors };
}`;
const LOOK_WATCHED = `() => {
  const video = document.querySelector('video');
  const delay = video?.dataset.delayMs;
  return { atMs: performance.now(), position: video?.dataset.state === 'playing' ? video.currentTime : 0, behind: delay ? Number(delay) / 1000 : null, errors: [] };
}`;

/** What the browser says about a page: its console, errors that nobody caught, answers that are none (but to what it asks for by itself). */
function listen(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && !message.text().startsWith('Failed to load resource') && complaints.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.message}`));
  page.on('response', (response) => response.status() >= 400 && !response.url().endsWith('/favicon.ico') && complaints.push(`${response.status()} ${new URL(response.url()).pathname}`));
  return complaints;
}

const BEGINS_WITHIN_MS = 30_000;
const LOOK_MS = 200;

async function playFor({ name, page, seconds, look, complaints }: { name: string; page: Page; seconds: number; look: () => Promise<Seen>; complaints: string[] }): Promise<Played> {
  const lookWhen = async (wanted: (seen: Seen) => boolean, withinMs: number): Promise<Seen> => {
    for (const byMs = performance.now() + withinMs; ; ) {
      const seen = await look();
      if (wanted(seen) || performance.now() > byMs) return seen;
      await page.waitForTimeout(LOOK_MS);
    }
  };
  const first = await lookWhen(({ position, behind }) => position > 0 && behind !== null, BEGINS_WITHIN_MS);
  if (first.position === 0) return { name, seconds: 0, moved: 0, behind: Infinity, complaints: [...complaints, ...first.errors, 'it never played'] };
  const last = await lookWhen(({ atMs }) => atMs - first.atMs >= seconds * 1_000, seconds * 1_000 + BEGINS_WITHIN_MS);
  await page.context().close();
  return { name, seconds: (last.atMs - first.atMs) / 1_000, moved: last.position - first.position, behind: last.behind ?? Infinity, complaints: [...complaints, ...last.errors] };
}
