/** The panel in a browser, before a box that does what boxes do: it is slow, goes away, and comes back as another. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { BoxForTests } from './shared/box-for-tests.ts';
import { stateWith } from './shared/state-for-tests.ts';

const dist = mkdtempSync(join(tmpdir(), 'panel-page-'));
let browser: Browser;
let page: Page;
let box: BoxForTests;

const startedAt = new Date(Date.now() - 600_000).toISOString();
const running = (id: string) => ({ phase: 'live' as const, id, title: id, teacher: '', startedAt, endsAt: null });
const camera = { id: 'head', name: 'Head', link: 'ok' as const, panDeg: 0, tiltDeg: 0, zoom: 1, moving: false, presets: [], advice: '' };
const button = (name: string) => page.getByRole('button', { name, exact: true });

beforeAll(async () => {
  const vite = fileURLToPath(new URL('../../node_modules/vite/bin/vite.js', import.meta.url));
  const built = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn', '--outDir', dist, '--emptyOutDir'], { cwd: join(import.meta.dirname, '..'), encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--headless=new', '--disable-quic', '--disable-background-networking'] });
}, 120_000);
afterAll(async () => {
  await browser.close();
  rmSync(dist, { recursive: true, force: true });
});

beforeEach(async () => {
  page = await (await browser.newContext({ locale: 'en', viewport: { width: 1280, height: 800 } })).newPage();
  box = new BoxForTests(dist, stateWith({ lesson: running('optics'), cameras: [camera] }));
  await box.open(page);
  await button('End class').waitFor();
});
afterEach(() => page.context().close());

const spokenOf = (times: number) => {
  const until = box.spoken + times;
  return expect.poll(() => box.spoken).toBeGreaterThan(until);
};
/** What is opened last lies above what was open in the top layer before (Fullscreen API, section 5). */
async function topLayerMoves(selector: string): Promise<() => Promise<string[]>> {
  const moves = await page.locator(selector).evaluateHandle((element) => {
    const seen: string[] = [];
    element.addEventListener('beforetoggle', (event) => seen.push((event as ToggleEvent).newState));
    return seen;
  });
  return () => moves.jsonValue();
}
const drives = () => box.driven.filter(({ pan, tilt, zoom }) => pan !== 0 || tilt !== 0 || zoom !== 0).length;

it('asks about the end of this class, also whoever taps twice, and not about the next', async () => {
  await button('End class').dblclick();
  const dialog = page.getByRole('dialog', { name: 'End this class?' });
  await spokenOf(3);
  expect(await dialog.isVisible()).toBe(true);
  box.state = stateWith({ lesson: running('acoustics'), cameras: [camera] });
  await dialog.waitFor({ state: 'hidden' });
  expect(box.asked).not.toContain('/api/lesson/stop');
});

it('takes no answer to a question while the box is out of reach', async () => {
  await button('End class').click();
  const agree = page.getByRole('dialog').getByRole('button', { name: 'End class' });
  expect(await agree.isEnabled()).toBe(true);
  box.away = true;
  await expect.poll(() => agree.isDisabled()).toBe(true);
  box.away = false;
  await expect.poll(() => agree.isDisabled()).toBe(false);
});

it('mutes at a double tap', async () => {
  await button('Mute').click();
  await expect.poll(() => box.asked).toContain('/api/mute');
  await spokenOf(3);
  // The second tap of the two, of a box that has answered in between.
  await page.mouse.down({ clickCount: 2 });
  await page.mouse.up({ clickCount: 2 });
  await spokenOf(3);
  expect(box.asked.filter((path) => path === '/api/mute')).toHaveLength(1);
});

it('drives no camera on for a key that was let go while the box was away', async () => {
  await page.getByRole('application', { name: 'Move the view' }).focus();
  await page.keyboard.down('ArrowRight');
  await expect.poll(drives).toBeGreaterThan(2);
  box.away = true;
  await expect.poll(() => button('Zoom in').isDisabled()).toBe(true);
  await page.keyboard.up('ArrowRight');
  box.away = false;
  await expect.poll(() => button('Zoom in').isDisabled()).toBe(false);
  const before = drives();
  await spokenOf(5);
  expect(drives()).toBe(before);
});

it('drives no camera on for a key that is something else when it comes up', async () => {
  await page.getByRole('application', { name: 'Move the view' }).focus();
  for (const key of ['Shift', 'Equal']) await page.keyboard.down(key);
  await expect.poll(drives).toBeGreaterThan(2);
  for (const key of ['Shift', 'Equal']) await page.keyboard.up(key);
  await expect.poll(() => box.driven.at(-1)).toEqual({ pan: 0, tilt: 0, zoom: 0 });
  const before = drives();
  await spokenOf(5);
  expect(drives()).toBe(before);
});

it('says above a dialog why its question was refused', async () => {
  box.refuses.add('/api/lesson/extend');
  await button('Extend').click();
  const raised = await topLayerMoves('.toasts');
  await page.getByRole('dialog').getByRole('button', { name: 'Extend' }).click();
  await page.locator('.toast', { hasText: 'That did not work. Not now.' }).waitFor();
  expect(await raised()).toEqual(['closed', 'open']);
});

it('shows the picture of a source that the box takes a second to give', async () => {
  box.snapshotMs = 1_000;
  const slides = { id: 'slides', name: 'Slides', kind: 'slides', signal: 'ok', verdict: 'ok', fps: 10, width: 1280, height: 720, levelDbfs: -90, advice: '', note: '', still: false, droppedFrames: 0, latencyMs: null, driftPpm: null } as const;
  box.state = stateWith({ lesson: running('optics'), sources: [slides] });
  await page.getByRole('tab', { name: 'Sources' }).click();
  await page.getByRole('list', { name: 'Sources' }).locator('img').waitFor({ state: 'attached' });
});

it('calls last known what it heard of the cloud before the box was away', async () => {
  const recordings = [{ id: 'r', title: 'Optics', endedAt: startedAt, safe: false }];
  box.state = stateWith({ cloud: { state: 'uploading', remainingSeconds: 20, recordings } });
  await page.getByText('Safe in the cloud in about 20 s.', { exact: true }).waitFor();
  box.away = true;
  await page.getByText('Last known: Safe in the cloud in about 20 s.').waitFor();
});

it('leaves nothing standing that it can’t draw any more, and goes on when it is loaded again', async () => {
  box.state = { ...box.state, sources: null as never };
  await page.getByRole('alert').getByText('This screen has stopped').waitFor();
  expect(await button('End class').count()).toBe(0);
  box.state = stateWith({ lesson: running('optics') });
  await button('Load again').click();
  await button('End class').waitFor();
});

it('says that a picture does not come', async () => {
  await page.getByText('The picture is coming').waitFor();
});

it('is loaded anew, once, when the box is back with another page', async () => {
  let loads = 0;
  page.on('load', () => (loads += 1));
  const [today = ''] = readdirSync(join(dist, 'assets')).filter((name) => /^index-.*js$/.test(name));
  copyFileSync(join(dist, 'assets', today), join(dist, 'assets/index-tomorrow.js'));
  box.page = (html) => html.replace(today, 'index-tomorrow.js');
  await box.restart();
  await expect.poll(() => loads).toBe(1);
  await button('End class').waitFor();
  await box.restart();
  await spokenOf(3);
  expect(loads).toBe(1);
});
