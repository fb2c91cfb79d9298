import { expect, it } from 'vitest';
import type { SourceState } from '#appliance/contract/sources.ts';
import { en } from '../words/en.ts';
import { sourceSize, sourceVerdict } from './source-words.ts';

const slides: SourceState = {
  id: 'slides', name: 'Slides', kind: 'slides', signal: 'ok', verdict: 'ok', fps: 9.98, width: 1920, height: 1080, levelDbfs: -90,
  advice: '', note: '', still: false, droppedFrames: 0, latencyMs: null, driftPpm: null,
};

it.each<[string, Partial<SourceState>, 'look' | 'rest', string]>([
  ['good', {}, 'rest', en.sourceGood],
  ['slides that stand still', { still: true }, 'rest', en.sourceStill],
  ['a camera that stands still for a while', { kind: 'camera', still: true }, 'rest', en.sourceGood],
  ['a frozen camera', { kind: 'camera', verdict: 'frozen', still: true }, 'look', en.verdicts('frozen')],
  ['lost', { signal: 'lost', advice: 'Look at it.' }, 'look', en.sourceLost],
  ['never there', { signal: 'absent', advice: 'Look at it.' }, 'look', en.sourceAbsent],
  ['a microphone that is closed between classes', { kind: 'microphone', signal: 'absent' }, 'rest', en.sourceOff],
])('says of a source: %s', (_what, over, tone, sentence) => {
  expect(sourceVerdict({ ...slides, ...over }, en)).toEqual({ tone, sentence });
});

it('tells size and rate of a picture', () => {
  expect(sourceSize(slides)).toBe('1920 × 1080 · 10/s');
  expect(sourceSize({ ...slides, width: 0, height: 0 })).toBe('');
  expect(sourceSize({ ...slides, signal: 'lost' })).toBe('');
});
