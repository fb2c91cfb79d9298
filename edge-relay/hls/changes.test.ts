import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CodedError } from '#kit/process/errors.ts';
import { asked } from './asker.ts';
import { Changes } from './changes.ts';

const changes = new Changes<string>();
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const question = (check: () => string | null) => ({ check, withinMs: 6_000, late: () => new CodedError('late', 'Too late.') });
const ask = (key: string, check: () => string | null = () => null): Promise<string> => asked((asker) => changes.ask(key, question(check), asker));

test('thousands who wait for the same are answered by one look', async () => {
  let [looks, answer] = [0, null as string | null];
  const check = (): string | null => {
    looks += 1;
    return answer;
  };
  const waiting = Array.from({ length: 3_000 }, () => ask('next', check));
  const other = expect(ask('later')).rejects.toMatchObject({ code: 'late' });
  looks = 0;
  changes.notify();
  answer = 'here';
  changes.notify();
  expect([new Set(await Promise.all(waiting)), looks]).toEqual([new Set(['here']), 2]);
  await vi.advanceTimersByTimeAsync(6_000);
  await other;
});

test('each waits for as long as it may, whoever came before it', async () => {
  const late: string[] = [];
  ask('same').catch(() => late.push('first'));
  await vi.advanceTimersByTimeAsync(2_000);
  ask('same').catch(() => late.push('second'));
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
  const waiting = Promise.allSettled([ask('x', check), ask('x', check)]);
  gone = true;
  changes.notify();
  expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

test('there is a bound, and room again when some have gone', async () => {
  const told = { answer: vi.fn(), refuse: vi.fn() };
  const leaves = Array.from({ length: 20_000 }, () => changes.ask('crowd', question(() => null), told));
  await expect(ask('crowd')).rejects.toMatchObject({ code: 'busy', status: 503 });
  for (const leave of leaves.slice(0, 5_000)) leave();
  // Leaving twice frees no second place.
  leaves[0]?.();
  for (let more = 0; more < 5_000; more += 1) changes.ask('another crowd', question(() => null), told);
  await expect(ask('crowd')).rejects.toMatchObject({ code: 'busy', status: 503 });
  await vi.advanceTimersByTimeAsync(6_000);
  expect([told.answer.mock.calls.length, told.refuse.mock.calls.length]).toEqual([0, 20_000]);
  await expect(Promise.race([ask('crowd'), Promise.resolve('waits')])).resolves.toBe('waits');
});

test('whoever has left is told nothing, and the others are', () => {
  const [gone, stays] = [{ answer: vi.fn(), refuse: vi.fn() }, { answer: vi.fn(), refuse: vi.fn() }];
  let answer: string | null = null;
  const leave = changes.ask('y', question(() => answer), gone);
  changes.ask('y', question(() => answer), stays);
  leave();
  answer = 'here';
  changes.notify();
  expect([gone.answer.mock.calls, stays.answer.mock.calls]).toEqual([[], [['here']]]);
});
