import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Changes } from './changes.ts';

const changes = new Changes<string>();
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('thousands who wait for the same are answered by one look', async () => {
  let [looks, answer] = [0, null as string | null];
  const check = (): string | null => {
    looks += 1;
    return answer;
  };
  const waiting = Array.from({ length: 3_000 }, () => changes.until('next', check, 6_000));
  const other = changes.until('later', () => null, 6_000);
  looks = 0;
  changes.notify();
  answer = 'here';
  changes.notify();
  expect([new Set(await Promise.all(waiting)), looks]).toEqual([new Set(['here']), 2]);
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await other).toBeNull();
});

test('each waits for as long as it may, whoever came before it', async () => {
  const late: string[] = [];
  void changes.until('same', () => null, 6_000).then(() => late.push('first'));
  await vi.advanceTimersByTimeAsync(2_000);
  void changes.until('same', () => null, 6_000).then(() => late.push('second'));
  await vi.advanceTimersByTimeAsync(4_001);
  expect(late).toEqual(['first']);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(late).toEqual(['first', 'second']);
});

test('what can not come any more is said to all who wait for it', async () => {
  let gone = false;
  const check = () => {
    if (gone) throw new Error('gone');
    return null;
  };
  const waiting = Promise.allSettled([changes.until('x', check, 6_000), changes.until('x', check, 6_000)]);
  gone = true;
  changes.notify();
  expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('there is a bound, and room again when some have gone', async () => {
  const waiting = Array.from({ length: 20_000 }, () => changes.until('crowd', () => null, 6_000));
  await expect(changes.until('crowd', () => null, 6_000)).rejects.toMatchObject({ code: 'busy', status: 503 });
  await vi.advanceTimersByTimeAsync(6_000);
  expect(await Promise.all(waiting)).toHaveLength(20_000);
  await expect(Promise.race([changes.until('crowd', () => null, 6_000), Promise.resolve('waits')])).resolves.toBe('waits');
});
