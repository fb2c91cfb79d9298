/** What the page knows of its connection to the box. Times are milliseconds of the page's own steady clock. */
export type BoxLink =
  /** `heard`: a state of the box is shown, and grows old. */
  | { readonly phase: 'joining'; readonly sinceMs: number; readonly attempt: number; readonly heard: boolean }
  | { readonly phase: 'open' }
  /** The box does not accept the token: the PIN is asked for. */
  | { readonly phase: 'refused' };

export type BoxLinkEvent =
  | { readonly type: 'began'; readonly atMs: number }
  /** The box has told its state; what follows on it comes over a connection that is not open yet. */
  | { readonly type: 'heard'; readonly atMs: number }
  | { readonly type: 'welcomed' }
  | { readonly type: 'dropped'; readonly atMs: number }
  | { readonly type: 'refused' };

export const begun = (atMs: number): BoxLink => ({ phase: 'joining', sinceMs: atMs, attempt: 0, heard: false });

export function next(link: BoxLink, event: BoxLinkEvent): BoxLink {
  switch (event.type) {
    case 'began':
      return begun(event.atMs);
    case 'heard':
      return link.phase === 'joining' && !link.heard ? { ...link, sinceMs: event.atMs, heard: true } : link;
    case 'welcomed':
      return { phase: 'open' };
    case 'refused':
      return { phase: 'refused' };
    case 'dropped':
      if (link.phase === 'joining') return { ...link, attempt: link.attempt + 1 };
      return link.phase === 'open' ? { phase: 'joining', sinceMs: event.atMs, attempt: 0, heard: true } : link;
  }
}

/** A blink is not worth a word: only after this is the connection called lost. */
const BLINK_MS = 1_500;
const LONG_MS = 10_000;

export function wordsNeeded(link: BoxLink, nowMs: number): 'none' | 'joining' | 'joining-long' | 'lost' {
  if (link.phase !== 'joining') return 'none';
  const forMs = nowMs - link.sinceMs;
  if (link.heard) return forMs > BLINK_MS ? 'lost' : 'none';
  return forMs > LONG_MS ? 'joining-long' : 'joining';
}

/** 200 ms doubling to 3 s. */
export function retryDelayMs(link: BoxLink): number {
  return link.phase === 'joining' ? Math.min(3_000, 200 * 2 ** Math.min(link.attempt, 5)) : 0;
}
