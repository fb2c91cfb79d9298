import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import { ProgramOutput } from './output.ts';

const WAIT = { timeout: 10_000, interval: 2 };
/** More than a unix socket holds wherever this runs. */
const ITEM_BYTES = 1 << 23;
const WAITING_MAX = 8;

let folder: string;
let output: ProgramOutput;
let close: () => void;
let reader: Socket;
let placed: { position: number; index: number }[];
let done: number[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'output-'));
  const socket = join(folder, 'video.sock');
  const told: typeof placed = [];
  [placed, done] = [told, []];
  output = new ProgramOutput({ socket, waitingMax: WAITING_MAX, log: createLog('test'), onPlaced: (_connection, position, index) => void told.push({ position, index }) });
  close = await output.listen();
  reader = connect(socket);
  reader.pause();
  await once(reader, 'connect');
  // The gate has it too once an item waits.
  await vi.waitFor(() => {
    offer(0);
    expect(output.waiting).toBe(1);
  }, WAIT);
  done = [];
});

afterEach(() => {
  reader.destroy();
  close();
  rmSync(folder, { recursive: true, force: true });
});

function offer(index: number): void {
  const bytes = Buffer.alloc(ITEM_BYTES);
  bytes.writeUInt32LE(index);
  output.write({ bytes, index, count: 1, done: () => void done.push(index) });
}

/** The next item's index, read at the reader's leisure. */
async function take(): Promise<number> {
  const chunks: Buffer[] = [];
  for (let left = ITEM_BYTES; left > 0; ) {
    const chunk = reader.read(Math.min(left, reader.readableLength || 1)) as Buffer | null;
    if (chunk === null) await delay(1);
    else chunks.push(chunk);
    left -= chunk?.length ?? 0;
  }
  return Buffer.concat(chunks).readUInt32LE();
}

it('lets go of each item as soon as a slow encoder has taken it', async () => {
  for (let index = 1; index < WAITING_MAX; index += 1) offer(index);
  expect(output.waiting).toBe(WAITING_MAX);
  for (let taken = 1; taken <= WAITING_MAX; taken += 1) {
    expect(await take()).toBe(taken - 1);
    await vi.waitFor(() => expect(output.waiting).toBeLessThanOrEqual(WAITING_MAX - taken), WAIT);
  }
});

it('leaves out every fifth item for an encoder that takes four of five, and says what it gave in their place', async () => {
  const seen: number[] = [];
  for (let index = 1; index < WAITING_MAX; index += 1) offer(index);
  for (let index = WAITING_MAX; index < 40; index += 1) {
    if (index % 5 !== 0) {
      const taken = await take();
      seen.push(taken);
      // What it takes the gate hears of a moment later.
      await vi.waitFor(() => expect(done).toContain(taken), WAIT);
    }
    offer(index);
  }
  const steps = seen.slice(1).map((index, at) => index - (seen[at] ?? 0));
  expect(Math.max(...steps)).toBe(2);
  const said = seen.map((_, position) => {
    const stretch = placed.findLast((candidate) => candidate.position <= position);
    return stretch === undefined ? null : stretch.index + position - stretch.position;
  });
  expect(said).toEqual(seen);
});

it('says where a stretch begins when it is given, not when it begins to wait', async () => {
  for (let index = 1; index < WAITING_MAX - 1; index += 1) offer(index);
  offer(20);
  expect(placed).toEqual([{ position: 0, index: 0 }]);
  for (let taken = 0; taken < WAITING_MAX - 1; taken += 1) await take();
  expect(await take()).toBe(20);
  expect(placed.at(-1)).toEqual({ position: WAITING_MAX - 1, index: 20 });
});

it('gives an encoder that keeps up each item at once, and leaves nothing out', async () => {
  reader.resume();
  for (let index = 1; index < 50; index += 1) {
    offer(index);
    await vi.waitFor(() => expect(output.waiting).toBe(0), WAIT);
  }
  expect([output.dropped, placed]).toEqual([0, [{ position: 0, index: 0 }]]);
});

it('lets go of all that waited for an encoder that died', async () => {
  for (let index = 1; index < WAITING_MAX; index += 1) offer(index);
  reader.destroy();
  await vi.waitFor(() => expect(done.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]), WAIT);
  expect([output.waiting, output.dropped]).toEqual([0, 0]);
});
