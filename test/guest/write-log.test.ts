import { expect, it } from 'vitest';
import { randomFrom } from '#kit/testing/random.ts';
import { readWriteLog, writesAfterCut } from './write-log.ts';

function header(): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.writeBigUInt64LE(0x6a736677736872n, 0);
  bytes.writeUInt32LE(512, 24);
  return bytes;
}

function record(sector: number, data: Buffer, flags = 0): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.writeBigUInt64LE(BigInt(sector), 0);
  bytes.writeBigUInt64LE(BigInt(data.length / 512), 8);
  bytes.writeBigUInt64LE(BigInt(flags), 16);
  return Buffer.concat([bytes, data]);
}

const sectors = (count: number, fill: number): Buffer => Buffer.alloc(count * 512, fill);
const flush = record(0, Buffer.alloc(0), 1);
const log = Buffer.concat([header(), record(8, sectors(2, 1)), flush, record(16, sectors(4, 2)), record(8, sectors(1, 3))]);

it('is read record by record, a torn last one left out', () => {
  const events = readWriteLog(log);
  expect(events.map(({ write }) => (write === null ? 'flush' : `${write.at}+${write.bytes.length}`))).toEqual(['4096+1024', 'flush', '8192+2048', '4096+512']);
  expect(events.at(-1)?.endsAt).toBe(log.length);
  expect(readWriteLog(log.subarray(0, -1))).toHaveLength(3);
  expect(() => readWriteLog(Buffer.alloc(1024))).toThrow('no log');
});

it('keeps what was flushed, and of the rest what chance has it, sectors whole', () => {
  const events = readWriteLog(log);
  expect(writesAfterCut(events, 2, () => 0.9)).toEqual([{ at: 4096, bytes: sectors(2, 1) }]);
  expect(writesAfterCut(events, 4, () => 0.9)).toHaveLength(1);
  const outcomes = Array.from({ length: 200 }, (_, seed) => writesAfterCut(events, 4, randomFrom(seed)));
  for (const writes of outcomes) expect(writes[0]).toEqual({ at: 4096, bytes: sectors(2, 1) });
  const shapes = new Set(outcomes.map((writes) => writes.map(({ at, bytes }) => `${at}+${bytes.length}`).join(' ')));
  // Nothing, either one, both, and parts of the larger.
  expect(shapes).toContain('4096+1024');
  expect(shapes).toContain('4096+1024 8192+2048 4096+512');
  expect(shapes.size).toBeGreaterThan(8);
});
