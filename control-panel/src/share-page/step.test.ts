import { describe, expect, it } from 'vitest';
import { FIRST, next, type Step, type StepEvent } from './step.ts';

const stood = (standing: 'admitted' | 'waiting' | 'over'): StepEvent => ({ type: 'stood', standing });
const after = (...events: readonly StepEvent[]): Step => events.reduce(next, FIRST);
const sharing: readonly StepEvent[] = [stood('admitted'), { type: 'chose' }, { type: 'connected' }];

describe('a laptop on its way to the class', () => {
  it.each<[string, readonly StepEvent[], Step['name']]>([
    ['is let in at once where nobody shares', [stood('admitted')], 'ready'],
    ['waits where somebody does', [stood('waiting')], 'waiting'],
    ['is let in by the teacher', [stood('waiting'), stood('admitted')], 'ready'],
    ['shares', sharing, 'sharing'],
    ['comes back after a break', [...sharing, { type: 'lost' }, { type: 'connected' }], 'sharing'],
    ['does not give up while it is connected', [...sharing, { type: 'gave-up' }], 'sharing'],
    ['stays where it is while the box says what is known', [...sharing, stood('admitted')], 'sharing'],
    ['begins again', [...sharing, { type: 'stopped' }, { type: 'again' }], 'joining'],
  ])('%s', (_what, events, expected) => {
    expect(after(...events).name).toBe(expected);
  });

  it.each<[string, readonly StepEvent[], 'stopped' | 'over' | 'refused' | 'lost']>([
    ['refused by the teacher', [stood('waiting'), stood('over')], 'refused'],
    ['ended by the teacher or the class', [...sharing, stood('over')], 'over'],
    ['too slow to choose', [stood('admitted'), stood('over')], 'over'],
    ['away until the box gave its seat up', [...sharing, { type: 'lost' }, stood('over')], 'lost'],
    ['away for too long', [...sharing, { type: 'lost' }, { type: 'gave-up' }], 'lost'],
    ['stopped by its owner', [...sharing, { type: 'stopped' }], 'stopped'],
  ])('is told why it ended: %s', (_what, events, why) => {
    expect(after(...events)).toEqual({ name: 'ended', why });
  });

  it('keeps a wrong code in view until another is typed', () => {
    const refusal = { code: 'wrong_code', retryAfterMs: 0 };
    expect(after({ type: 'refused', refusal })).toEqual({ name: 'joining', refusal });
    expect(after({ type: 'refused', refusal }, stood('admitted')).name).toBe('ready');
  });
});
