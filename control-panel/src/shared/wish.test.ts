import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Wish } from './wish.svelte.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function slowBox() {
  const sent: unknown[] = [];
  let underWay = 0;
  const send = async (value: unknown) => {
    expect(++underWay).toBe(1);
    sent.push(value);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    underWay -= 1;
  };
  return { sent, send };
}

it.each([
  [0, [-2, -10]],
  [150, [-2, -10]],
])('sends the last wish, also where the box takes longer to answer than a finger to move (gathering for %d ms)', async (gatherMs, expected) => {
  const { sent, send } = slowBox();
  const gain = new Wish<number>(send, gatherMs);
  for (const gainDb of [-2, -5, -10]) {
    void gain.want(gainDb);
    await vi.advanceTimersByTimeAsync(200);
  }
  expect(gain.wished).toBe(-10);
  await vi.advanceTimersByTimeAsync(5_000);
  expect([sent, gain.wished]).toEqual([expected, null]);
});

it('asks at once where nothing is gathered, and once for a finger that slides', async () => {
  const layout = vi.fn(async (_id: string) => true);
  void new Wish<string>(layout).want('slides');
  expect(layout).toHaveBeenCalledTimes(1);
  const sound = vi.fn(async (_gainDb: number) => true);
  const gain = new Wish<number>(sound, 150);
  for (const gainDb of [1, 2, 3]) void gain.want(gainDb);
  expect(sound).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(150);
  expect(sound.mock.calls).toEqual([[3]]);
});

it('falls back to what the box says where a wish was refused', async () => {
  const gain = new Wish<number>(async () => false);
  await gain.want(3);
  expect(gain.wished).toBeNull();
});
