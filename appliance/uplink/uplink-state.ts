/**
 * The way of a class out of the building (pure): WHIP over UDP first, RTMP where UDP is blocked, WHIP again every half minute while
 * on RTMP, and a short wait that grows where nothing goes at all. It never gives up while the class runs.
 */
export type UplinkState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'trying-whip'; readonly deadlineMs: number; readonly failures: number }
  | { readonly kind: 'whip' }
  | { readonly kind: 'trying-rtmp'; readonly deadlineMs: number; readonly failures: number }
  | { readonly kind: 'rtmp'; readonly retryWhipAtMs: number }
  /** RTMP goes on while WHIP is tried beside it: the edge switches only when WHIP stands. */
  | { readonly kind: 'rtmp-trying-whip'; readonly deadlineMs: number }
  | { readonly kind: 'waiting'; readonly untilMs: number; readonly failures: number; readonly reason: string };

export type UplinkEvent =
  | { readonly type: 'begin' }
  | { readonly type: 'end' }
  | { readonly type: 'whip-connected' }
  | { readonly type: 'whip-failed'; readonly reason: string }
  | { readonly type: 'rtmp-connected' }
  | { readonly type: 'rtmp-failed'; readonly reason: string }
  /** The edge answers, but hasn't had media of this room for seconds: the connection is dead although nobody said so. */
  | { readonly type: 'unseen' }
  /** Other addresses or another token: worth a try at once. */
  | { readonly type: 'target-changed' }
  | { readonly type: 'tick' };

export type UplinkEffect = 'open-whip' | 'close-whip' | 'open-rtmp' | 'close-rtmp';

export interface UplinkStep {
  readonly state: UplinkState;
  readonly effects: readonly UplinkEffect[];
}

export const NO_UPLINK: UplinkState = { kind: 'idle' };

const WHIP_TIMEOUT_MS = 3_000;
const RTMP_TIMEOUT_MS = 6_000;
const WHIP_AGAIN_MS = 30_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 4_000;

/** `random` between 0 and 1 spreads the retries of many boxes after an edge's restart. */
export function nextUplink(state: UplinkState, event: UplinkEvent, nowMs: number, random: number): UplinkStep {
  if (event.type === 'end') return { state: NO_UPLINK, effects: closing(state) };
  switch (state.kind) {
    case 'idle':
      return event.type === 'begin' ? tryWhip(0, nowMs) : stay(state);
    case 'trying-whip':
      if (event.type === 'whip-connected') return { state: { kind: 'whip' }, effects: [] };
      if (event.type === 'whip-failed' || isLate(event, state.deadlineMs, nowMs)) return tryRtmp(state.failures, nowMs);
      return stay(state);
    case 'whip':
      // Lost: WHIP itself again first (the edge may just have restarted), RTMP after that.
      if (event.type === 'whip-failed' || event.type === 'unseen') return prepend('close-whip', tryWhip(0, nowMs));
      return stay(state);
    case 'trying-rtmp':
      if (event.type === 'rtmp-connected') return { state: { kind: 'rtmp', retryWhipAtMs: nowMs + WHIP_AGAIN_MS }, effects: [] };
      if (event.type === 'rtmp-failed') return wait(state.failures + 1, event.reason, nowMs, random);
      if (isLate(event, state.deadlineMs, nowMs)) return wait(state.failures + 1, 'The edge did not take the class over RTMP.', nowMs, random);
      return stay(state);
    case 'rtmp':
      if (event.type === 'rtmp-failed' || event.type === 'unseen') return prepend('close-rtmp', tryWhip(0, nowMs));
      if (isLate(event, state.retryWhipAtMs, nowMs)) {
        return { state: { kind: 'rtmp-trying-whip', deadlineMs: nowMs + WHIP_TIMEOUT_MS }, effects: ['open-whip'] };
      }
      return stay(state);
    case 'rtmp-trying-whip':
      return besideRtmp(state, event, nowMs);
    case 'waiting':
      return event.type === 'target-changed' || isLate(event, state.untilMs, nowMs) ? tryWhip(state.failures, nowMs) : stay(state);
  }
}

export function protocolOf(state: UplinkState): 'whip' | 'rtmp' | 'none' {
  if (state.kind === 'whip') return 'whip';
  return state.kind === 'rtmp' || state.kind === 'rtmp-trying-whip' ? 'rtmp' : 'none';
}

function besideRtmp(state: Extract<UplinkState, { kind: 'rtmp-trying-whip' }>, event: UplinkEvent, nowMs: number): UplinkStep {
  if (event.type === 'whip-connected') return { state: { kind: 'whip' }, effects: ['close-rtmp'] };
  if (event.type === 'rtmp-failed') return { state: { kind: 'trying-whip', deadlineMs: state.deadlineMs, failures: 0 }, effects: ['close-rtmp'] };
  if (event.type !== 'whip-failed' && !isLate(event, state.deadlineMs, nowMs)) return stay(state);
  return { state: { kind: 'rtmp', retryWhipAtMs: nowMs + WHIP_AGAIN_MS }, effects: ['close-whip'] };
}

const stay = (state: UplinkState): UplinkStep => ({ state, effects: [] });

const isLate = (event: UplinkEvent, deadlineMs: number, nowMs: number): boolean => event.type === 'tick' && nowMs >= deadlineMs;

function tryWhip(failures: number, nowMs: number): UplinkStep {
  return { state: { kind: 'trying-whip', deadlineMs: nowMs + WHIP_TIMEOUT_MS, failures }, effects: ['open-whip'] };
}

function tryRtmp(failures: number, nowMs: number): UplinkStep {
  return { state: { kind: 'trying-rtmp', deadlineMs: nowMs + RTMP_TIMEOUT_MS, failures }, effects: ['close-whip', 'open-rtmp'] };
}

function wait(failures: number, reason: string, nowMs: number, random: number): UplinkStep {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 10));
  return { state: { kind: 'waiting', untilMs: nowMs + full / 2 + (full / 2) * random, failures, reason }, effects: ['close-rtmp'] };
}

function prepend(effect: UplinkEffect, step: UplinkStep): UplinkStep {
  return { state: step.state, effects: [effect, ...step.effects] };
}

function closing(state: UplinkState): UplinkEffect[] {
  switch (state.kind) {
    case 'idle':
    case 'waiting':
      return [];
    case 'trying-whip':
    case 'whip':
      return ['close-whip'];
    case 'trying-rtmp':
    case 'rtmp':
      return ['close-rtmp'];
    case 'rtmp-trying-whip':
      return ['close-whip', 'close-rtmp'];
  }
}
