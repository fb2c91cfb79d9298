import { expect, it } from 'vitest';
import { awake, NOBODY, OPERATOR, wished, type Holding } from './holder.ts';

/** Each wish as owner, `.` for letting go, and when; each answer whether it was heard. */
function play(wishes: readonly (readonly [owner: string, atMs: number, still?: '.'])[]): { heard: boolean[]; holder: string | null } {
  let holding: Holding = NOBODY;
  const heard: boolean[] = [];
  for (const [owner, atMs, still] of wishes) {
    const turn = wished(holding, owner, still === '.', atMs);
    holding = turn.holding;
    heard.push(turn.heard);
  }
  return { heard, holder: holding.holder?.owner ?? null };
}

it.each([
  ['one finger', [['a', 0], ['a', 120], ['a', 130, '.']], [true, true, true], null],
  ['the newest touch has it', [['a', 0], ['b', 50], ['a', 100], ['b', 150]], [true, true, false, true], 'b'],
  ['a finger that was overruled counts again once it was lifted', [['a', 0], ['b', 50], ['a', 60, '.'], ['a', 100]], [true, true, false, true], 'a'],
  ['it stays overruled while it stays down', [['a', 0], ['b', 50], ['b', 100, '.'], ['a', 120], ['a', 240]], [true, true, true, false, false], null],
  ['who goes silent loses it', [['a', 0], ['b', 300]], [true, true], 'b'],
  ['letting go of what another has does nothing', [['a', 0], ['b', 50, '.']], [true, false], 'a'],
  ['the operator drives while nobody does', [[OPERATOR, 0], [OPERATOR, 120]], [true, true], OPERATOR],
  ['the operator yields to a person', [[OPERATOR, 0], ['a', 10], [OPERATOR, 40]], [true, true, false], 'a'],
  ['and has it again at once when they let go', [[OPERATOR, 0], ['a', 10], [OPERATOR, 40], ['a', 50, '.'], [OPERATOR, 60]], [true, true, false, true, true], OPERATOR],
] as const)('%s', (_what, wishes, heard, holder) => {
  expect(play(wishes)).toEqual({ heard, holder });
});

it('forgets who went silent', () => {
  const { holding } = wished(NOBODY, 'a', false, 0);
  expect(awake(holding, 299).holder?.owner).toBe('a');
  expect(awake(holding, 300)).toEqual(NOBODY);
});
