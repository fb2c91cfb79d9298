import type { ShareStanding } from '#appliance/contract/share.ts';

/** Where a laptop stands on its way to the class (pure). `joining` types the code, `ready` chooses a screen, `broken` comes back by itself. */
export type Step =
  | { readonly name: 'unable' }
  | { readonly name: 'joining'; readonly refusal: Refusal | null }
  | { readonly name: 'waiting' | 'ready' | 'connecting' | 'sharing' | 'broken' }
  | { readonly name: 'ended'; readonly why: 'stopped' | 'over' | 'refused' | 'lost' };

export interface Refusal {
  readonly code: string;
  readonly retryAfterMs: number;
}

export type StepEvent =
  | { readonly type: 'refused'; readonly refusal: Refusal }
  | { readonly type: 'stood'; readonly standing: ShareStanding }
  | { readonly type: 'chose' }
  | { readonly type: 'connected' }
  | { readonly type: 'lost' }
  /** Away for so long that nobody waits for it any more. */
  | { readonly type: 'gave-up' }
  | { readonly type: 'stopped' }
  | { readonly type: 'again' };

export const FIRST: Step = { name: 'joining', refusal: null };

export function next(step: Step, event: StepEvent): Step {
  switch (event.type) {
    case 'refused':
      return step.name === 'joining' ? { name: 'joining', refusal: event.refusal } : step;
    case 'stood':
      return stood(step, event.standing);
    case 'chose':
      return step.name === 'ready' ? { name: 'connecting' } : step;
    case 'connected':
      return step.name === 'connecting' || step.name === 'broken' ? { name: 'sharing' } : step;
    case 'lost':
      return step.name === 'sharing' || step.name === 'connecting' ? { name: 'broken' } : step;
    case 'gave-up':
      return step.name === 'broken' ? { name: 'ended', why: 'lost' } : step;
    case 'stopped':
      return isOn(step) ? { name: 'ended', why: 'stopped' } : step;
    case 'again':
      return step.name === 'unable' ? step : FIRST;
  }
}

/** Something is captured, so that the browser's own "stop sharing" ends it. */
export function isOn({ name }: Step): boolean {
  return name === 'connecting' || name === 'sharing' || name === 'broken';
}

/** What the box says of this laptop: asked while it waits, chooses or shares. */
function stood(step: Step, standing: ShareStanding): Step {
  if (step.name === 'joining') return standing === 'over' ? step : { name: standing === 'waiting' ? 'waiting' : 'ready' };
  if (standing === 'over') return step.name === 'waiting' ? { name: 'ended', why: 'refused' } : over(step);
  return step.name === 'waiting' && standing === 'admitted' ? { name: 'ready' } : step;
}

function over(step: Step): Step {
  // The box has given the seat up meanwhile: nobody decided that.
  if (step.name === 'broken') return { name: 'ended', why: 'lost' };
  return isOn(step) || step.name === 'ready' ? { name: 'ended', why: 'over' } : step;
}
