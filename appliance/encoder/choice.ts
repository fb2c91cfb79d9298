import type { Refusal } from './probe.ts';

/** Which encoder the box uses. The one in use is at the front of `candidates` once `tried`. */
export interface Choice {
  /** Every encoder that may be tried, in order of preference. */
  readonly encoders: readonly string[];
  /** Not refused yet, in order of preference. */
  readonly candidates: readonly string[];
  readonly tried: boolean;
  readonly refused: readonly Refusal[];
  /** Of those, the ones that had worked and failed later: they get another chance between classes. Best first. */
  readonly failed: readonly string[];
}

export type ChoiceEvent =
  | { readonly type: 'worked' }
  | { readonly type: 'refused'; readonly reason: string }
  /** While it encoded the program: it ended, or hung. */
  | { readonly type: 'failed'; readonly reason: string }
  /** Nothing is left: a machine that was only busy gets another chance, from the best one on. */
  | { readonly type: 'begun-anew' }
  /** Between classes, a better one that had failed was tried and works again. */
  | { readonly type: 'recovered'; readonly name: string }
  /** Its trial between classes left a process behind that nobody can end: each further one would leave another. */
  | { readonly type: 'given-up'; readonly name: string };

export function choiceOf(encoders: readonly string[]): Choice {
  return { encoders, candidates: encoders, tried: false, refused: [], failed: [] };
}

export function next(choice: Choice, event: ChoiceEvent): Choice {
  switch (event.type) {
    case 'worked':
      return { ...choice, tried: true, refused: without(choice.refused, currentOf(choice)) };
    case 'refused':
      return refuse(choice, event.reason);
    case 'failed': {
      const name = currentOf(choice);
      // The last one left is kept: a program that stutters is better than none.
      if (name === null || choice.candidates.length === 1) return choice;
      // No trial in the middle of a class: the next one shows by running whether it works.
      return { ...refuse(choice, event.reason), tried: true, failed: [...choice.failed, name] };
    }
    case 'begun-anew':
      return { ...choice, candidates: choice.encoders, tried: false, failed: [] };
    case 'recovered':
      return {
        ...choice, tried: true, candidates: [event.name, ...choice.candidates.filter((name) => name !== event.name)],
        refused: without(choice.refused, event.name), failed: choice.failed.filter((name) => name !== event.name),
      };
    case 'given-up':
      return { ...choice, failed: choice.failed.filter((name) => name !== event.name) };
  }
}

/** The encoder to try or to use; null when every one was refused. */
export function currentOf(choice: Choice): string | null {
  return choice.candidates[0] ?? null;
}

function refuse(choice: Choice, reason: string): Choice {
  const [name, ...candidates] = choice.candidates;
  if (name === undefined) return choice;
  return { ...choice, candidates, tried: false, refused: [...without(choice.refused, name), { name, reason }] };
}

function without(refused: readonly Refusal[], name: string | null): readonly Refusal[] {
  return refused.filter((earlier) => earlier.name !== name);
}
