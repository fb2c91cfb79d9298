import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';
import { pictureDecoderArguments as laptopArguments } from '../share/decoder-arguments.ts';
import { meanLumaOf } from '../gate/picture-facts.ts';
import { captureArguments } from './arguments.ts';

const RASTER = { width: 320, height: 180 };
const LUMA_BYTES = RASTER.width * RASTER.height;
const FRAMES = 5;
const folder = mkdtempSync(join(tmpdir(), 'letterbox-'));
const file = join(folder, 'colour.h264');

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Frames of one colour, as H.264. `pixels`: how wide each is for its height. */
async function coded(colour: string, size: string, pixels: string): Promise<Buffer> {
  const args = ['-v', 'error', '-f', 'lavfi', '-i', `color=${colour}:size=${size}:rate=25,format=yuv420p,setsar=${pixels}`, '-frames:v', String(FRAMES), '-c:v', 'libx264', '-f', 'h264', 'pipe:1'];
  return (await promisify(execFile)('ffmpeg', args, { encoding: 'buffer' })).stdout;
}

/** Runs what would write to the gate, on the file and into our hands. */
async function rasters(args: readonly string[], frames: number): Promise<Buffer[]> {
  const here = args.map((arg) => (arg === 'pipe:0' ? file : arg)).slice(0, -'-listen 1 unix:'.split(' ').length);
  const { stdout } = await promisify(execFile)('ffmpeg', [...here, '-frames:v', String(frames), 'pipe:1'], { encoding: 'buffer', maxBuffer: 1e8 });
  return Array.from({ length: frames }, (_, index) => stdout.subarray((index * LUMA_BYTES * 3) / 2));
}

/** How much of the raster the picture takes. */
function areaOf(frame: Buffer): string {
  const isWhite = (x: number, y: number): boolean => (frame[y * RASTER.width + x] ?? 0) > 200;
  const width = Array.from({ length: RASTER.width }, (_, x) => x).filter((x) => isWhite(x, RASTER.height / 2)).length;
  const height = Array.from({ length: RASTER.height }, (_, y) => y).filter((y) => isWhite(RASTER.width / 2, y)).length;
  return `${width}x${height}`;
}

const ways: [string, readonly string[]][] = [
  ['a captured picture', captureArguments({ source: { id: 's', name: 'S', kind: 'camera', url: `file:${file}` }, raster: RASTER, programFps: 25, socketPath: '/none' }, null)],
  ['a laptop’s picture', laptopArguments(RASTER, '/none')],
];

it.each(ways)('%s is never stretched, whatever its size and pixels are and become', async (_what, args) => {
  const parts = [['704x576', '16/11'], ['704x576', '12/11'], ['320x180', '1/1'], ['640x480', '1/1'], ['480x480', '3/1']] as const;
  writeFileSync(file, Buffer.concat(await Promise.all(parts.map(([size, pixels]) => coded('white', size, pixels)))));
  const seen = (await rasters(args, parts.length * FRAMES)).map(areaOf);
  expect(seen.filter((_area, index) => index % FRAMES === FRAMES - 1)).toEqual(['320x180', '240x180', '320x180', '240x180', '320x106']);
});

it.each(ways)('%s that is black is found to be, whatever its shape', async (_what, args) => {
  writeFileSync(file, await coded('black', '640x480', '1/1'));
  const [raster] = await rasters(args, 1);
  expect(Math.round(meanLumaOf(raster?.subarray(0, LUMA_BYTES) ?? Buffer.alloc(0)))).toBe(16);
});
