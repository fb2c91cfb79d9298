/** Life of a far end, as data. `selected` appears when a path is proven, media flows only in `connected`. */
export type Phase =
  | { readonly name: 'waiting'; readonly sinceMs: number }
  | { readonly name: 'handshaking'; readonly sinceMs: number }
  | { readonly name: 'connected'; readonly heardAtMs: number }
  | { readonly name: 'closed'; readonly reason: string };

export type PhaseEvent =
  | { readonly type: 'path-proven'; readonly atMs: number }
  | { readonly type: 'keys-agreed'; readonly atMs: number }
  | { readonly type: 'heard'; readonly atMs: number }
  | { readonly type: 'time-passed'; readonly atMs: number }
  | { readonly type: 'ended'; readonly reason: string };

/** Without a single valid check: the offer was abandoned, or UDP is blocked. */
export const CHECK_WITHIN_MS = 15_000;
export const HANDSHAKE_WITHIN_MS = 10_000;
/** RFC 7675 speaks of 30 s; a class needs to know sooner. */
export const SILENCE_MS = 15_000;

export function next(phase: Phase, event: PhaseEvent): Phase {
  if (phase.name === 'closed') return phase;
  switch (event.type) {
    case 'ended':
      return { name: 'closed', reason: event.reason };
    case 'path-proven':
      return phase.name === 'waiting' ? { name: 'handshaking', sinceMs: event.atMs } : phase;
    case 'keys-agreed':
      return phase.name === 'handshaking' ? { name: 'connected', heardAtMs: event.atMs } : phase;
    case 'heard':
      return phase.name === 'connected' ? { name: 'connected', heardAtMs: event.atMs } : phase;
    case 'time-passed':
      return afterTime(phase, event.atMs);
  }
}

function afterTime(phase: Exclude<Phase, { name: 'closed' }>, atMs: number): Phase {
  switch (phase.name) {
    case 'waiting':
      return atMs - phase.sinceMs < CHECK_WITHIN_MS ? phase : { name: 'closed', reason: 'no answer over UDP: a firewall may block it' };
    case 'handshaking':
      return atMs - phase.sinceMs < HANDSHAKE_WITHIN_MS ? phase : { name: 'closed', reason: 'the DTLS handshake did not finish in 10 s' };
    case 'connected':
      return atMs - phase.heardAtMs < SILENCE_MS ? phase : { name: 'closed', reason: 'no answer from the network for 15 s' };
  }
}
