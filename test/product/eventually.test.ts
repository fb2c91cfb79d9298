import { describe, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { medianDelayMs } from './watch-probe.ts';

describe('eventually', () => {
  test('asks again after nothing, false and an error', async () => {
    const answers = [undefined, null, false, new Error('not yet'), 0];
    const ask = (): unknown => {
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    };
    expect(await eventually('a number', ask, { everyMs: 1 })).toBe(0);
  });

  test('says what was waited for, and the last reason', async () => {
    const ask = (): never => {
      throw new Error('the camera is off');
    };
    await expect(eventually('a picture', ask, { everyMs: 1, timeoutMs: 5 })).rejects.toThrow(/a picture: not within 0.005 s \(the camera is off\)/);
  });
});

test('the delay is the middle one, and no picture is no delay', () => {
  expect(medianDelayMs([900, 120, 100].map((delay) => ({ seenMs: 1_000, shownMs: 1_000 + delay })))).toBe(120);
  expect(() => medianDelayMs([])).toThrow('No frame');
});
