import { describe, expect, it, vi } from 'vitest';
import { createLog } from '#kit/process/log.ts';
import { GapWatch } from './gaps.ts';
import { WriteQueue } from './write-queue.ts';

const log = createLog('test');
log.level = 'silent';
const SECOND_US = 1_000_000;

describe('gaps', () => {
  it('states nothing for a late frame, and what is missing for more', () => {
    const watch = new GapWatch(null, []);
    expect(watch.next(0, SECOND_US)).toBe(false);
    expect(watch.next(SECOND_US + 200_000, SECOND_US)).toBe(false);
    expect(watch.next(3 * SECOND_US, SECOND_US)).toBe(true);
    expect(watch.all).toEqual([{ fromMs: 2200, toMs: 3000, reason: expect.stringMatching(/encoder/) as string }]);
  });

  it('says that the disk, or a restart, was the reason', () => {
    const watch = new GapWatch(SECOND_US, [{ from: '1970-01-01T00:00:00.000Z', to: '1970-01-01T00:00:00.500Z', reason: 'earlier' }]);
    watch.next(5 * SECOND_US, SECOND_US);
    watch.dropped('The disk could not keep up.');
    watch.next(9 * SECOND_US, SECOND_US);
    expect(watch.forMeta().map(({ from, reason }) => [from, reason])).toEqual([
      ['1970-01-01T00:00:00.000Z', 'earlier'],
      ['1970-01-01T00:00:01.000Z', 'The recorder was restarted.'],
      ['1970-01-01T00:00:06.000Z', 'The disk could not keep up.'],
    ]);
  });
});

describe('queue', () => {
  const failure = Object.assign(new Error('no space'), { code: 'ENOSPC' });

  it('keeps the order and tries the same work again after a failure', async () => {
    const written: number[] = [];
    const write = vi.fn(async (work: number) => void written.push(work)).mockRejectedValueOnce(failure);
    const queue = new WriteQueue({ write, durationUs: () => SECOND_US, onDropped: () => undefined, log });
    for (const work of [1, 2, 3]) queue.add(work);
    await vi.waitFor(() => expect(queue.problem).toMatch(/disk is full/));
    await queue.drained();
    expect(written).toEqual([1, 2, 3]);
    expect(queue.problem).toBe('');
  });

  it('drops the oldest that waits when more than 8 s do', async () => {
    let release: () => void = () => undefined;
    const stalled = new Promise<void>((resolve) => {
      release = resolve;
    });
    const written: number[] = [];
    const dropped: number[] = [];
    const write = async (work: number): Promise<void> => {
      await stalled;
      written.push(work);
    };
    const queue = new WriteQueue({ write, durationUs: () => SECOND_US, onDropped: (work: number) => void dropped.push(work), log });
    for (let work = 1; work <= 12; work += 1) queue.add(work);
    expect(dropped).toEqual([2, 3, 4]);
    release();
    await queue.drained();
    expect(written).toEqual([1, 5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it('works again after it was empty', async () => {
    const written: number[] = [];
    const queue = new WriteQueue({ write: async (work: number) => void written.push(work), durationUs: () => 0, onDropped: () => undefined, log });
    queue.add(1);
    await vi.waitFor(() => expect(written).toEqual([1]));
    queue.add(2);
    await vi.waitFor(() => expect(written).toEqual([1, 2]));
  });
});
