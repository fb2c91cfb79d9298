/**
 * The way of a class out of the building (pure): WebRTC over UDP first, over TCP where UDP is blocked, then RTMP; under TLS alone where the edge has
 * that, or whoever breaks the TLS would be handed class and key in the clear. While a lesser way carries the class the better ones are tried beside it
 * every half minute, less often where they stood and carried nothing. Where nothing goes at all a short wait grows. It never gives up while the class
 * runs.
 */

export type Way = 'whip' | 'whip-tcp' | 'rtmps' | 'rtmp';

/** Best first, and not empty. */
export type Ways = readonly [Way, ...Way[]];

export function waysOf(has: { readonly rtmps: boolean }): Ways {
  return ['whip', 'whip-tcp', has.rtmps ? 'rtmps' : 'rtmp'];
}

export type UplinkState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'trying'; readonly way: Way; readonly deadlineMs: number; readonly failures: number; readonly relapses: number }
  | ({ readonly kind: 'on'; readonly retryAtMs: number } & Carrying)
  /** The class goes on by `way` while `better` is tried beside it: the edge switches only when that stands. */
  | ({ readonly kind: 'on-trying'; readonly better: Way; readonly deadlineMs: number } & Carrying)
  | { readonly kind: 'waiting'; readonly untilMs: number; readonly failures: number };

interface Carrying {
  readonly way: Way;
  readonly sinceMs: number;
  /** How many connections in a row were lost soon after they stood. */
  readonly relapses: number;
}

export type UplinkEvent =
  | { readonly type: 'begin' }
  | { readonly type: 'end' }
  | { readonly type: 'connected'; readonly way: Way }
  | { readonly type: 'failed'; readonly way: Way; readonly reason: string }
  /** The edge answers, but hasn't had media of this room for seconds: the connection is dead although nobody said so. */
  | { readonly type: 'unseen' }
  /** Other addresses or another token: worth a try at once. */
  | { readonly type: 'target-changed' }
  | { readonly type: 'tick' };

export interface UplinkEffect {
  readonly type: 'open' | 'close';
  readonly way: Way;
}

export interface UplinkStep {
  readonly state: UplinkState;
  readonly effects: readonly UplinkEffect[];
}

export const NO_UPLINK: UplinkState = { kind: 'idle' };

const TIMEOUT_MS: Readonly<Record<Way, number>> = { whip: 3_000, 'whip-tcp': 3_000, rtmps: 6_000, rtmp: 6_000 };
const BETTER_AGAIN_MS = 30_000;
const BETTER_AGAIN_AT_LATEST_MS = 900_000;
/** A connection that was lost sooner was none: there are firewalls that let a few packets pass before they know what to block. */
const LASTED_MS = 15_000;
/** One is an accident; after so many in a row the class goes the next way, and the better ones are tried less and less often. */
const RELAPSES = 2;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 4_000;

/** `random` between 0 and 1 spreads the retries of many boxes after an edge's restart. */
export function nextUplink(state: UplinkState, event: UplinkEvent, nowMs: number, random: number, ways: Ways): UplinkStep {
  if (event.type === 'end') return { state: NO_UPLINK, effects: openOf(state).map(close) };
  switch (state.kind) {
    case 'idle':
      return event.type === 'begin' ? tryWay(ways[0], nowMs) : stay(state);
    case 'trying':
      return trying(state, event, nowMs, random, ways);
    case 'on':
      return on(state, event, nowMs, random, ways);
    case 'on-trying':
      return onTrying(state, event, nowMs, ways);
    case 'waiting':
      return event.type === 'target-changed' || isLate(event, state.untilMs, nowMs) ? tryWay(ways[0], nowMs, state) : stay(state);
  }
}

/** The way that carries the class, if one does. */
export function wayOf(state: UplinkState): Way | null {
  return state.kind === 'on' || state.kind === 'on-trying' ? state.way : null;
}

function trying(state: Extract<UplinkState, { kind: 'trying' }>, event: UplinkEvent, nowMs: number, random: number, ways: Ways): UplinkStep {
  const { way, failures, relapses } = state;
  if (event.type === 'connected' && event.way === way) return { state: arrived(way, nowMs, relapses), effects: [] };
  if (!failed(event, way) && !isLate(event, state.deadlineMs, nowMs)) return stay(state);
  const next = ways[ways.indexOf(way) + 1];
  const step = next === undefined ? wait(failures + 1, nowMs, random) : tryWay(next, nowMs, state);
  return closing(way, step);
}

function on(state: Extract<UplinkState, { kind: 'on' }>, event: UplinkEvent, nowMs: number, random: number, ways: Ways): UplinkStep {
  const { way } = state;
  if (isLost(event, way)) return closing(way, afterLoss(state, nowMs, random, ways));
  if (way === ways[0] || !isLate(event, state.retryAtMs, nowMs)) return stay(state);
  return tryBeside(state, ways[0], nowMs);
}

/** The best way first (the edge may just have restarted), the others after it; but not again and again one that stands and carries nothing. */
function afterLoss({ way, sinceMs, relapses: before }: Carrying, nowMs: number, random: number, ways: Ways): UplinkStep {
  const relapses = nowMs - sinceMs < LASTED_MS ? before + 1 : 0;
  const next = relapses < RELAPSES ? ways[0] : ways[ways.indexOf(way) + 1];
  return next === undefined ? wait(1, nowMs, random) : tryWay(next, nowMs, { failures: 0, relapses });
}

function onTrying(state: Extract<UplinkState, { kind: 'on-trying' }>, event: UplinkEvent, nowMs: number, ways: Ways): UplinkStep {
  const { way, better, deadlineMs, relapses } = state;
  if (event.type === 'connected' && event.way === better) return { state: arrived(better, nowMs, relapses), effects: [close(way)] };
  if (isLost(event, way)) return { state: { kind: 'trying', way: better, deadlineMs, failures: 0, relapses }, effects: [close(way)] };
  if (!failed(event, better) && !isLate(event, deadlineMs, nowMs)) return stay(state);
  const next = ways[ways.indexOf(better) + 1];
  const step = next === undefined || next === way ? { state: { ...arrived(way, nowMs, relapses), sinceMs: state.sinceMs }, effects: [] } : tryBeside(state, next, nowMs);
  return closing(better, step);
}

const stay = (state: UplinkState): UplinkStep => ({ state, effects: [] });

const close = (way: Way): UplinkEffect => ({ type: 'close', way });

const failed = (event: UplinkEvent, way: Way): boolean => event.type === 'failed' && event.way === way;

const isLost = (event: UplinkEvent, way: Way): boolean => failed(event, way) || event.type === 'unseen';

const isLate = (event: UplinkEvent, deadlineMs: number, nowMs: number): boolean => event.type === 'tick' && nowMs >= deadlineMs;

function arrived(way: Way, nowMs: number, relapses: number): { readonly kind: 'on'; readonly retryAtMs: number } & Carrying {
  const againMs = relapses < RELAPSES ? BETTER_AGAIN_MS : Math.min(BETTER_AGAIN_AT_LATEST_MS, BETTER_AGAIN_MS * 2 ** Math.min(relapses, 10));
  return { kind: 'on', way, sinceMs: nowMs, retryAtMs: nowMs + againMs, relapses };
}

function tryWay(way: Way, nowMs: number, { failures = 0, relapses = 0 }: { readonly failures?: number; readonly relapses?: number } = {}): UplinkStep {
  return { state: { kind: 'trying', way, deadlineMs: nowMs + TIMEOUT_MS[way], failures, relapses }, effects: [{ type: 'open', way }] };
}

function tryBeside({ way, sinceMs, relapses }: Carrying, better: Way, nowMs: number): UplinkStep {
  return { state: { kind: 'on-trying', way, sinceMs, relapses, better, deadlineMs: nowMs + TIMEOUT_MS[better] }, effects: [{ type: 'open', way: better }] };
}

function wait(failures: number, nowMs: number, random: number): UplinkStep {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 10));
  return { state: { kind: 'waiting', untilMs: nowMs + full / 2 + (full / 2) * random, failures }, effects: [] };
}

function closing(way: Way, step: UplinkStep): UplinkStep {
  return { state: step.state, effects: [close(way), ...step.effects] };
}

function openOf(state: UplinkState): Way[] {
  if (state.kind === 'idle' || state.kind === 'waiting') return [];
  return state.kind === 'on-trying' ? [state.better, state.way] : [state.way];
}
