import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Turnstile } from './turnstile.ts';

const stays = new AbortController().signal;

function open() {
  const edge = { waitMs: 0 };
  return { edge, turnstile: new Turnstile(() => edge.waitMs) };
}

/** What was answered so far, by who asked; null for who still waits. */
function crowd(turnstile: Turnstile, count: number, gone: AbortSignal = stays): (boolean | null)[] {
  const answers: (boolean | null)[] = Array.from({ length: count }, () => null);
  for (let who = 0; who < count; who++) void turnstile.pass(gone).then((passes) => (answers[who] = passes));
  return answers;
}

describe('the turnstile', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('lets who comes alone in at once, and again a moment later', async () => {
    const { turnstile } = open();
    expect(await turnstile.pass(stays)).toBe(true);
    await vi.advanceTimersByTimeAsync(5);
    expect(vi.getTimerCount()).toBe(0);
    expect(await turnstile.pass(stays)).toBe(true);
  });

  it('lets a crowd in one by one, in order', async () => {
    const { turnstile } = open();
    const answers = crowd(turnstile, 4);
    await vi.advanceTimersByTimeAsync(0);
    expect(answers).toEqual([true, null, null, null]);
    await vi.advanceTimersByTimeAsync(10);
    expect(answers).toEqual([true, true, true, null]);
    expect(turnstile.waiting).toBe(1);
  });

  it('lets nobody in while those inside wait for their media', async () => {
    const { edge, turnstile } = open();
    edge.waitMs = 20;
    const answers = crowd(turnstile, 2);
    await vi.advanceTimersByTimeAsync(500);
    expect(answers).toEqual([null, null]);
    edge.waitMs = 19;
    await vi.advanceTimersByTimeAsync(10);
    expect(answers).toEqual([true, true]);
  });

  it('sends away whose turn does not come, and is open again', async () => {
    const { edge, turnstile } = open();
    edge.waitMs = 100;
    const answers = crowd(turnstile, 2);
    await vi.advanceTimersByTimeAsync(2_495);
    expect(answers).toEqual([null, null]);
    await vi.advanceTimersByTimeAsync(20);
    expect(answers).toEqual([false, false]);
    edge.waitMs = 0;
    expect(await turnstile.pass(stays)).toBe(true);
  });

  it('forgets who has gone', async () => {
    const { turnstile } = open();
    const leaves = new AbortController();
    const [first, gone, last] = [crowd(turnstile, 1), crowd(turnstile, 2, leaves.signal), crowd(turnstile, 1)];
    leaves.abort();
    await vi.advanceTimersByTimeAsync(5);
    expect([...first, ...gone, ...last]).toEqual([true, false, false, true]);
    expect(turnstile.waiting).toBe(0);
  });

  it('lets so many wait, and no more', async () => {
    const { edge, turnstile } = open();
    edge.waitMs = 100;
    const answers = crowd(turnstile, 1_001);
    await vi.advanceTimersByTimeAsync(0);
    expect(answers.filter((answer) => answer === null)).toHaveLength(1_000);
    expect(answers.at(-1)).toBe(false);
  });
});
