import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { expect, it, vi } from 'vitest';
import { LaptopDecoder } from './laptop-decoder.ts';

/** FFmpeg that reads nothing until it is let. */
class Hung extends Writable {
  #waiting: (() => void)[] = [];

  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    this.#waiting.push(done);
  }

  async readAll(): Promise<void> {
    while (this.writableLength > 0) {
      for (const done of this.#waiting.splice(0)) done();
      await Promise.resolve();
    }
  }
}

const stdin = new Hung();
const child = Object.assign(new EventEmitter(), { stdin, pid: undefined });
const exit = Promise.withResolvers<{ lastWords: string }>();
vi.mock(import('#kit/process/child.ts'), async (original) => ({ ...(await original()), startChild: vi.fn(() => ({ process: child, exited: exit.promise }) as never) }));

const MEGABYTE = Buffer.alloc(1024 * 1024);

it('counts the pictures of a laptop that its decoder does not get, and none before anything is shared', async () => {
  let [lost, asked] = [0, 0];
  const decoder = new LaptopDecoder({ name: 'laptop', arguments: [], socketPath: '/none/laptop.sock', news: { dropped: (frames) => void (lost += frames) } });
  decoder.write(MEGABYTE, true);
  expect(lost).toBe(0);
  const running = decoder.run(new AbortController().signal).catch((error: Error) => error.message);
  decoder.begin({ head: () => Buffer.alloc(0), onNeedsKeyframe: () => void (asked += 1) });
  await vi.waitFor(() => expect(asked).toBe(1));

  for (const keyframe of [true, false, false, false]) decoder.write(MEGABYTE, keyframe);
  expect(lost).toBe(0);
  decoder.write(MEGABYTE, false);
  for (const keyframe of [false, true, false]) decoder.write(MEGABYTE, keyframe);
  expect([lost, asked]).toEqual([3, 4]);
  await stdin.readAll();
  for (const keyframe of [false, true, false]) decoder.write(MEGABYTE, keyframe);
  expect([lost, asked]).toEqual([4, 5]);

  exit.resolve({ lastWords: 'killed' });
  expect(await running).toMatch(/killed/);
  decoder.write(MEGABYTE, true);
  expect(lost).toBe(5);
});
