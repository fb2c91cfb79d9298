import { describe, expect, it, vi } from 'vitest';
import type { IndexLine } from '#cloud-sync/contract/recording-folder.ts';
import { createLog } from '#kit/process/log.ts';
import { keptOf, redactionOf, type Span } from './erase.ts';
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
    // The one that was being written when others had to go.
    watch.next(6 * SECOND_US, SECOND_US);
    watch.next(9 * SECOND_US, SECOND_US);
    expect(watch.forMeta().map(({ from, reason }) => [from, reason])).toEqual([
      ['1970-01-01T00:00:00.000Z', 'earlier'],
      ['1970-01-01T00:00:01.000Z', 'The recorder was restarted.'],
      ['1970-01-01T00:00:07.000Z', 'The disk could not keep up.'],
    ]);
  });

  it('states what never came before the end', () => {
    const watch = new GapWatch(null, []);
    watch.end(5 * SECOND_US);
    watch.next(0, SECOND_US);
    watch.end(SECOND_US + 200_000);
    expect(watch.all).toEqual([]);
    watch.end(3 * SECOND_US);
    expect(watch.all).toEqual([{ fromMs: 1_000, toMs: 3_000, reason: expect.stringMatching(/encoder/) as string }]);
  });

  it('states that the class began before its recording did, but not the half second to the first keyframe', () => {
    const prompt = new GapWatch(null, [], 0);
    prompt.next(SECOND_US, SECOND_US);
    const late = new GapWatch(null, [], 0);
    late.dropped('The disk is full.');
    late.next(20 * SECOND_US, SECOND_US);
    late.next(22 * SECOND_US, SECOND_US);
    const never = new GapWatch(null, [], 0);
    never.end(20 * SECOND_US);
    expect([prompt, late, never].map(({ all }) => all.map(({ fromMs, toMs, reason }) => [fromMs, toMs, reason]))).toEqual([
      [],
      [[0, 20_000, 'The disk is full.'], [21_000, 22_000, expect.stringMatching(/encoder/)]],
      [[0, 20_000, 'The recording began late.']],
    ]);
    // An earlier life of the recording says better where it ended.
    const again = new GapWatch(5 * SECOND_US, [], 0);
    again.next(6 * SECOND_US, SECOND_US);
    expect(again.all).toEqual([{ fromMs: 5_000, toMs: 6_000, reason: 'The recorder was restarted.' }]);
  });

  it('takes the time before the press, where that is recorded, for no gap', () => {
    const watch = new GapWatch(null, [], 10 * SECOND_US);
    expect([watch.next(0, SECOND_US), watch.next(SECOND_US, SECOND_US), watch.next(3 * SECOND_US, SECOND_US)]).toEqual([false, false, true]);
  });

  it('states what was erased as one gap, whatever was in it', () => {
    const watch = new GapWatch(null, []);
    for (const second of [0, 1, 3, 4]) watch.next(second * SECOND_US, SECOND_US);
    expect(watch.all).toHaveLength(1);
    watch.erased(2 * SECOND_US);
    watch.next(7 * SECOND_US, SECOND_US);
    expect(watch.all).toEqual([{ fromMs: 2_000, toMs: 7_000, reason: 'Erased by the teacher.' }]);
    watch.erased(null);
    watch.next(9 * SECOND_US, SECOND_US);
    expect(watch.all).toEqual([{ fromMs: 0, toMs: 9_000, reason: 'Erased by the teacher.' }]);
  });

  it('goes on counting from a clock that was set back', () => {
    const watch = new GapWatch(null, []);
    watch.next(3_600 * SECOND_US, SECOND_US);
    expect(watch.next(10 * SECOND_US, SECOND_US)).toBe(false);
    expect(watch.next(13 * SECOND_US, SECOND_US)).toBe(true);
  });
});

describe('what is kept when the end is erased', () => {
  const line = (kind: IndexLine['kind'], second = 0): IndexLine => ({
    kind, offset: 0, bytes: 1, sha256: '', captureUs: second * SECOND_US, durationUs: kind === 'fragment' ? SECOND_US : 0,
  });
  const part = (from: number, to: number): IndexLine[] => [
    line('init'), ...Array.from({ length: to - from }, (_, at) => line('fragment', from + at)),
  ];
  const seconds = (fromUs: number, toUs: number): Span => ({ fromUs: fromUs * SECOND_US, toUs: toUs * SECOND_US });

  it.each([
    ['nothing younger', part(0, 10), seconds(10, 20), 11],
    ['whole fragments', part(0, 10), seconds(7, 10), 8],
    ['a fragment that reaches into it', part(0, 10), seconds(7.5, 10), 8],
    ['with the closing index', [...part(0, 10), line('end')], seconds(9, 10), 10],
    ['not a closing index alone', [...part(0, 10), line('end')], seconds(10, 20), 12],
    ['everything', part(0, 10), seconds(-5, 10), 1],
    ['nothing behind something younger', part(0, 10), seconds(2, 5), 11],
    ['never more than was held back, whatever the clock did', part(0, 100), seconds(0, 200), 59],
  ])('cuts %s', (_what, lines, span, expected) => {
    expect(keptOf(lines, span)).toHaveLength(expected);
  });

  it('asks for no more than 38 s of the disk, and for the rest of the library', () => {
    expect(redactionOf(100 * SECOND_US, 30)).toEqual({ from: at(70), to: at(100), erasedFrom: at(70) });
    expect(redactionOf(100 * SECOND_US, 90)).toEqual({ from: at(10), to: at(100), erasedFrom: at(62) });
  });
  const at = (second: number): string => new Date(second * 1000).toISOString();
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

  it('drops the oldest that waits when more than half a minute does', async () => {
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
    for (let work = 1; work <= 34; work += 1) queue.add(work);
    expect(dropped).toEqual([2, 3, 4]);
    release();
    await queue.drained();
    expect(written).toEqual([1, ...Array.from({ length: 30 }, (_, at) => at + 5)]);
  });

  it('writes what waited though the disk stood still until long after the end', async () => {
    vi.useFakeTimers();
    const stalled = Promise.withResolvers<void>();
    const written: number[] = [];
    const write = async (work: number): Promise<void> => {
      await stalled.promise;
      written.push(work);
    };
    const queue = new WriteQueue({ write, durationUs: () => SECOND_US, onDropped: () => undefined, log });
    for (const work of [1, 2, 3]) queue.add(work);
    const drained = queue.drained();
    await vi.advanceTimersByTimeAsync(20_000);
    stalled.resolve();
    await drained;
    vi.useRealTimers();
    expect(written).toEqual([1, 2, 3]);
  });

  it('gives up what a disk refuses at the end, each tried once more at least', async () => {
    vi.useFakeTimers();
    const [tried, dropped]: [number[], number[]] = [[], []];
    const write = async (work: number): Promise<void> => {
      tried.push(work);
      throw failure;
    };
    const queue = new WriteQueue({ write, durationUs: () => SECOND_US, onDropped: (work: number) => void dropped.push(work), log });
    for (const work of [1, 2, 3]) queue.add(work);
    const drained = queue.drained();
    await vi.advanceTimersByTimeAsync(6_000);
    await drained;
    vi.useRealTimers();
    expect([tried.slice(-3), dropped]).toEqual([[1, 2, 3], [1, 2, 3]]);
  });

  it('gives up with an erasure all that was to come behind it', async () => {
    vi.useFakeTimers();
    const written: string[] = [];
    let answers: (error: Error) => void = () => undefined;
    const write = async (work: string): Promise<void> => {
      if (work === 'erase') return new Promise((_, reject) => (answers = reject));
      written.push(work);
    };
    const queue = new WriteQueue({ write, durationUs: (work) => (work === 'erase' ? 0 : SECOND_US), onDropped: () => undefined, log });
    const erased = queue.done('erase');
    queue.add('behind');
    const drained = queue.drained();
    await vi.advanceTimersByTimeAsync(6_000);
    answers(failure);
    await drained;
    vi.useRealTimers();
    expect([await erased, written]).toEqual([false, []]);
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
