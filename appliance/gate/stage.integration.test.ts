import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLog } from '#kit/process/log.ts';
import { afterAll, expect, it, vi } from 'vitest';
import { ArtStore } from './art.ts';
import type { Art } from './compose.ts';
import { lastingFrame } from './frames.ts';
import { CARD, cardPicture } from './i420.ts';
import type { Layout } from './layout.ts';
import type { Slates } from './program.ts';
import type { Words } from './protocol.ts';
import { Stage } from './stage.ts';

const WAIT = { timeout: 15_000, interval: 10 };
const PROGRAM = { width: 640, height: 360 };
const WORDS: Words = { language: 'en', course: "Optics: 'waves', 50% \\ 光学", teacher: 'Li Na', date: '21 November 2026' };
const folder = mkdtempSync(join(tmpdir(), 'stage-'));
const log = createLog('test');
log.level = 'silent';
const stop = new AbortController();
const shown: { layout: Layout; art: Art }[] = [];
const plain: Layout = { id: 'camera', tiles: [] };
const card = lastingFrame(cardPicture(PROGRAM));
const slates: Slates = { lost: new Map(), card, paused: card };
execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'color=red@0.5:s=64x64,format=rgba', '-frames:v', '1', join(folder, 'crest.png')]);
execFileSync('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', 'color=white:s=320x240', '-frames:v', '1', join(folder, 'sky.jpg')]);
const desk = { folder, signal: stop.signal };
const stage = new Stage(
  {
    program: PROGRAM, slates, desk, log, art: new ArtStore(PROGRAM, folder, desk), show: (layout, art) => void shown.push({ layout, art }),
    sources: [{ id: 'cam', name: 'Camera', kind: 'camera', media: 'picture', backup: false, socket: '', delayMs: 0 }],
  },
  plain, WORDS,
);
const running = stage.run(stop.signal);

afterAll(async () => {
  stop.abort();
  await running;
  rmSync(folder, { recursive: true, force: true });
});

function brightest(picture: Buffer): number {
  return picture.subarray(0, PROGRAM.width * PROGRAM.height).reduce((high, luma) => Math.max(high, luma), 0);
}

it('draws the cards with what is said in the room, and again when that changes', async () => {
  await vi.waitFor(() => expect(slates.lost.has('cam')).toBe(true), WAIT);
  expect(brightest(slates.paused.bytes)).toBeGreaterThan(200);
  const [paused, lost] = [slates.paused, slates.lost.get('cam')];
  stage.say({ ...WORDS, language: 'zh-CN' });
  await vi.waitFor(() => expect(slates.lost.get('cam')?.bytes.equals(lost?.bytes ?? Buffer.alloc(0))).toBe(false), WAIT);
  expect(slates.paused.bytes.equals(paused.bytes)).toBe(false);
});

it('shows a layout whole: when its background, logo and words are drawn', async () => {
  const layout: Layout = { id: 'own', tiles: [], background: { image: 'sky.jpg' }, lowerThird: ['course', 'teacher', 'date'], logo: { file: 'crest.png', rect: { x: 560, y: 16, width: 64, height: 48 } } };
  stage.show(layout);
  // On a busy machine it may first be shown without what takes longer than the stage's patience to draw.
  await vi.waitFor(() => expect(shown.at(-1)).toMatchObject({ layout: { id: 'own' }, art: { overlays: [{}, {}] } }), WAIT);
  const { art } = shown.at(-1) as { art: Art };
  expect(art.background?.[0]).toBeGreaterThan(225);
  expect(art.overlays.map(({ rect }) => rect.width)).toEqual([64, 294]);
  // Half transparent in its middle, nothing at the sides of a square in a wide rectangle.
  const behind = art.overlays[0]?.planes[0]?.behind;
  expect([behind?.[0], Math.abs((behind?.[24 * 64 + 32] ?? 0) - 128) < 4]).toEqual([256, true]);
  const times = shown.length;
  stage.show(plain);
  stage.show({ ...layout });
  expect(shown.slice(times).map(({ layout: { id } }) => id)).toEqual(['camera', 'own']);
});

it('shows a layout without the image that cannot be drawn', async () => {
  const layout: Layout = { id: 'torn', tiles: [], background: { image: 'gone.jpg' }, lowerThird: ['teacher'] };
  stage.show(layout);
  await vi.waitFor(() => expect(shown.at(-1)).toMatchObject({ layout: { id: 'torn' }, art: { background: null, overlays: [{ rect: { width: 294 } }] } }), WAIT);
  expect(cardPicture(PROGRAM)[0]).toBe(CARD.luma);
});
