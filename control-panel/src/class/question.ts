import type { State } from '#appliance/contract/state.ts';

/** What a dialog asks about one class. */
export interface Question {
  readonly about: 'end' | 'extend' | 'erase';
  readonly lesson: string | null;
}

/** What is still asked: a dialog that nobody answered until its class was over must not be about the next one. */
export function stillAsked(question: Question | null, { phase, id }: Pick<State['lesson'], 'phase' | 'id'>): Question['about'] | null {
  const running = phase === 'live' || phase === 'paused';
  return running && question !== null && question.lesson === id ? question.about : null;
}
