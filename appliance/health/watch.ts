/** When something counts as wrong, and when as well again: two thresholds and two times, so that an alarm does not flutter. */
export interface Hysteresis {
  readonly worse: 'higher' | 'lower';
  /** At or beyond this it is wrong… */
  readonly enterAt: number;
  /** …once it has been so for this long, ms. */
  readonly enterMs: number;
  /** Back at or before this it is well… */
  readonly leaveAt: number;
  readonly leaveMs: number;
}

export type Watch =
  | { readonly kind: 'well' }
  | { readonly kind: 'doubtful'; readonly sinceMs: number }
  | { readonly kind: 'wrong'; readonly sinceMs: number }
  | { readonly kind: 'recovering'; readonly sinceMs: number; readonly wellSinceMs: number };

export const WELL: Watch = { kind: 'well' };

/** The watch after one more reading (pure). What can't be read any more is gone, and no longer wrong. */
export function nextWatch(watch: Watch, value: number | null, limits: Hysteresis, nowMs: number): Watch {
  const sign = limits.worse === 'higher' ? 1 : -1;
  const bad = value !== null && sign * value >= sign * limits.enterAt;
  const good = value === null || sign * value <= sign * limits.leaveAt;
  switch (watch.kind) {
    case 'well':
      return bad ? risen({ kind: 'doubtful', sinceMs: nowMs }, limits, nowMs) : watch;
    case 'doubtful':
      return bad ? risen(watch, limits, nowMs) : WELL;
    case 'wrong':
      return good ? healed({ kind: 'recovering', sinceMs: watch.sinceMs, wellSinceMs: nowMs }, limits, nowMs) : watch;
    case 'recovering':
      return good ? healed(watch, limits, nowMs) : { kind: 'wrong', sinceMs: watch.sinceMs };
  }
}

export function isRaised(watch: Watch): watch is Extract<Watch, { kind: 'wrong' | 'recovering' }> {
  return watch.kind === 'wrong' || watch.kind === 'recovering';
}

function risen(watch: Extract<Watch, { kind: 'doubtful' }>, { enterMs }: Hysteresis, nowMs: number): Watch {
  return nowMs - watch.sinceMs >= enterMs ? { kind: 'wrong', sinceMs: watch.sinceMs } : watch;
}

function healed(watch: Extract<Watch, { kind: 'recovering' }>, { leaveMs }: Hysteresis, nowMs: number): Watch {
  return nowMs - watch.wellSinceMs >= leaveMs ? WELL : watch;
}
