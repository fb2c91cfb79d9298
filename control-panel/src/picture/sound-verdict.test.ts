import { expect, it } from 'vitest';
import { held, soundVerdict } from './sound-verdict.ts';

it('keeps its judgement through a pause for breath', () => {
  const afterPause = held(-20, -90, 2_000);
  expect([afterPause, soundVerdict(afterPause)]).toEqual([-32, 'good']);
  expect(soundVerdict(held(-20, -90, 4_000))).toBe('quiet');
});

it('hears loudness at once', () => {
  expect(soundVerdict(held(-30, -3, 100))).toBe('loud');
});
