import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { walkBoxes } from '#kit/media/fmp4.ts';
import { parameterSetsOf } from '#kit/media/h264.ts';
import { sampleVideo } from '#kit/media/testing/samples.ts';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { Fragmenter } from './fragmenter.ts';
import { Prover, type Fragment } from './proof.ts';

const FRAGMENT_MS = 960;
let folder = '';
let spoken: Fragment[] = [];
let silent: Fragment[] = [];
let stop: AbortController;
let prover: Prover;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'proof-'));
  process.env['LECTERN_PID_DIR'] = folder;
  spoken = await record('testsrc2=size=320x180:rate=25', 'sine=frequency=440:sample_rate=48000');
  silent = await record('testsrc2=size=640x360:rate=25', 'anullsrc=sample_rate=48000');
});

afterAll(() => {
  delete process.env['LECTERN_PID_DIR'];
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  stop = new AbortController();
  prover = new Prover(stop.signal);
});

afterEach(async () => {
  stop.abort();
  await prover.ended();
});

it('looks at fragment after fragment with one FFmpeg, some left out between them', async () => {
  const pids = new Set<string>();
  for (const index of [0, 1, 4, 9]) {
    expect(await prover.prove(at(spoken, index))).toEqual({ picture: true, soundDbfs: expect.closeTo(-24, 0) as number });
    pids.add(readFileSync(join(folder, 'proof.pid'), 'utf8'));
  }
  expect(pids.size).toBe(1);
});

it('goes on with another part, and hears that it is silent', async () => {
  await prover.prove(at(spoken, 0));
  const proof = await prover.prove(at(silent, 3));
  expect(proof).toMatchObject({ picture: true });
  expect(proof?.soundDbfs).toBeLessThan(-80);
});

it.each<[string, (bytes: Buffer) => Buffer]>([
  ['has noise for its pictures', (bytes) => Buffer.concat([bytes.subarray(0, bytes.indexOf('mdat') + 4), noise(bytes.length - bytes.indexOf('mdat') - 4)])],
  ['ends too early', (bytes) => bytes.subarray(0, bytes.indexOf('mdat') + 40)],
  ['is nothing but zeros', (bytes) => Buffer.alloc(bytes.length)],
  ['is no fragment', () => noise(20_000)],
])('does not take for a recording what %s, and judges the next one by itself', async (_what, damage) => {
  await prover.prove(at(spoken, 0));
  const { bytes, ...of } = at(spoken, 1);
  expect(await prover.prove({ ...of, bytes: damage(bytes) })).toMatchObject({ picture: false });
  expect(await prover.prove(at(spoken, 2))).toMatchObject({ picture: true });
});

it('blames nothing on the recording when FFmpeg stands still', async () => {
  await prover.prove(at(spoken, 0));
  process.kill(Number(readFileSync(join(folder, 'proof.pid'), 'utf8')), 'SIGSTOP');
  expect(await prover.prove(at(spoken, 1))).toBeNull();
  expect(await prover.prove(at(spoken, 2))).toMatchObject({ picture: true });
}, 20_000);

it('takes pictures without sound for what they are, from the first fragment on', async () => {
  for (const fragment of await recordWithoutSound()) expect(await prover.prove(fragment)).toEqual({ picture: true, soundDbfs: null });
});

/** Ten fragments as the recorder makes them: two groups of pictures, and their sound. */
async function record(picture: string, sound: string): Promise<Fragment[]> {
  const { stdout } = await promisify(execFile)('ffmpeg', [
    '-v', 'error', '-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound, '-t', '10', '-ac', '2', '-c:v', 'libx264', '-preset', 'ultrafast', '-profile:v', 'baseline',
    '-pix_fmt', 'yuv420p', '-g', '12', '-c:a', 'aac', '-movflags', 'empty_moov+default_base_moof', '-frag_duration', String(FRAGMENT_MS * 1_000), '-f', 'mp4', 'pipe:1',
  ], { encoding: 'buffer', maxBuffer: 1 << 26 });
  const boxes = walkBoxes(stdout);
  const bytesOf = (type: string): Buffer[] => boxes.filter((box) => box.type === type).map(({ offset, bytes }) => stdout.subarray(offset, offset + bytes));
  const init = Buffer.concat([...bytesOf('ftyp'), ...bytesOf('moov')]);
  const data = bytesOf('mdat');
  return bytesOf('moof').map((moof, index) => ({ init, bytes: Buffer.concat([moof, data[index] ?? Buffer.alloc(0)]), soundMs: FRAGMENT_MS }));
}

/** As the recorder does while its sound's encoder is dead: a part has a track for sound all the same. */
async function recordWithoutSound(): Promise<Fragment[]> {
  const packets = await sampleVideo({ seconds: 4, keyframeEvery: 12 });
  const [first] = packets;
  if (first === undefined) throw new Error('FFmpeg made no pictures');
  const fragmenter = new Fragmenter('program', first, parameterSetsOf(first.data));
  return packets.flatMap((packet) => {
    const piece = fragmenter.push(packet);
    return piece === null ? [] : [{ init: fragmenter.init, bytes: piece.bytes, soundMs: piece.soundUs / 1_000 }];
  });
}

function at(fragments: readonly Fragment[], index: number): Fragment {
  const fragment = fragments[index];
  if (fragment === undefined) throw new Error(`there is no fragment ${index}`);
  return fragment;
}

function noise(bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, (_, index) => (index * 7919 + (index >> 3) * 104_729) & 0xff));
}
