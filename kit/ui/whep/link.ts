/** Why a picture is not playing: a code the page has words for, and the service's own sentence. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

export type Link =
  | { readonly phase: 'idle' }
  | { readonly phase: 'connecting'; readonly attempt: number }
  | { readonly phase: 'playing'; readonly attempt: number }
  | { readonly phase: 'waiting'; readonly attempt: number; readonly delayMs: number; readonly problem: Problem };

export type LinkEvent =
  | { readonly type: 'started' }
  | { readonly type: 'connected' }
  /** Media has flowed for a while: the next loss starts counting anew. */
  | { readonly type: 'proven' }
  | { readonly type: 'lost'; readonly problem: Problem }
  | { readonly type: 'stopped' };

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;

/** Waits double from a quarter of a second to five. */
export function delayOf(attempt: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
}

export function next(link: Link, event: LinkEvent): Link {
  switch (event.type) {
    case 'started':
      return { phase: 'connecting', attempt: link.phase === 'waiting' ? link.attempt + 1 : 0 };
    case 'connected':
      return link.phase === 'connecting' ? { phase: 'playing', attempt: link.attempt } : link;
    case 'proven':
      return link.phase === 'playing' ? { phase: 'playing', attempt: 0 } : link;
    case 'lost':
      return lost(link, event.problem);
    case 'stopped':
      return { phase: 'idle' };
  }
}

function lost(link: Link, problem: Problem): Link {
  if (link.phase === 'idle' || link.phase === 'waiting') return link;
  return { phase: 'waiting', attempt: link.attempt, delayMs: delayOf(link.attempt), problem };
}
