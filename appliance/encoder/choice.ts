import type { Refusal } from './probe.ts';

/** Which encoder the box uses. The one in use is at the front of `candidates` once `tried`. */
export interface Choice {
  /** Every encoder that may be tried, in order of preference. */
  readonly encoders: readonly string[];
  /** Not refused yet, in order of preference. */
  readonly candidates: readonly string[];
  readonly tried: boolean;
  readonly refused: readonly Refusal[];
  readonly quickDeaths: number;
}

export type ChoiceEvent =
  | { readonly type: 'worked' }
  | { readonly type: 'refused'; readonly reason: string }
  | { readonly type: 'died'; readonly afterMs: number; readonly reason: string }
  /** Nothing is left: a machine that was only busy gets another chance, from the best one on. */
  | { readonly type: 'begun-anew' };

/** An encoder that dies sooner than this has not settled. */
const QUICK_MS = 10_000;
const QUICK_DEATHS_MAX = 2;

export function choiceOf(encoders: readonly string[]): Choice {
  return { encoders, candidates: encoders, tried: false, refused: [], quickDeaths: 0 };
}

export function next(choice: Choice, event: ChoiceEvent): Choice {
  switch (event.type) {
    case 'worked':
      return { ...choice, tried: true, quickDeaths: 0, refused: choice.refused.filter(({ name }) => name !== choice.candidates[0]) };
    case 'refused':
      return refuse(choice, event.reason);
    case 'died': {
      const quickDeaths = event.afterMs < QUICK_MS ? choice.quickDeaths + 1 : 0;
      // The last one left is kept: a program that stutters is better than none.
      if (quickDeaths < QUICK_DEATHS_MAX || choice.candidates.length === 1) return { ...choice, quickDeaths };
      return refuse(choice, `it stopped twice in a row: ${event.reason}`);
    }
    case 'begun-anew':
      return { ...choice, candidates: choice.encoders, tried: false, quickDeaths: 0 };
  }
}

/** The encoder to try or to use; null when every one was refused. */
export function currentOf(choice: Choice): string | null {
  return choice.candidates[0] ?? null;
}

function refuse(choice: Choice, reason: string): Choice {
  const [name, ...candidates] = choice.candidates;
  if (name === undefined) return choice;
  const refused = [...choice.refused.filter((earlier) => earlier.name !== name), { name, reason }];
  return { ...choice, candidates, tried: false, refused, quickDeaths: 0 };
}
