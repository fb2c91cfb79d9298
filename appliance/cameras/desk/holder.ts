/** Nobody steers who has not said so for this long: a head stops, and the next who asks has it. */
export const WATCHDOG_MS = 300;
/** The owner of what the automatic operator drives: it takes a camera from nobody. */
export const OPERATOR = 'operator';

/** Who steers one camera. */
export interface Held {
  readonly owner: string;
  readonly atMs: number;
}

export interface Holding {
  readonly holder: Held | null;
  /** Those whose camera a newer touch took, as long as their finger is still down: it must be lifted before it counts again. */
  readonly displaced: readonly Held[];
}

export const NOBODY: Holding = { holder: null, displaced: [] };

/** A wish to steer, or (`still`) to steer no more. The newest touch has the camera. */
export function wished(before: Holding, owner: string, still: boolean, nowMs: number): { readonly holding: Holding; readonly heard: boolean } {
  const holding = awake(before, nowMs);
  const { holder, displaced } = holding;
  const me: Held = { owner, atMs: nowMs };
  if (displaced.some((one) => one.owner === owner)) {
    const others = displaced.filter((one) => one.owner !== owner);
    return { holding: { holder, displaced: still ? others : [...others, me] }, heard: false };
  }
  if (holder !== null && holder.owner !== owner) {
    if (still || owner === OPERATOR) return { holding, heard: false };
    return { holding: { holder: me, displaced: holder.owner === OPERATOR ? displaced : [...displaced, holder] }, heard: true };
  }
  return { holding: { holder: still ? null : me, displaced }, heard: true };
}

/** Without those who have gone silent. */
export function awake({ holder, displaced }: Holding, nowMs: number): Holding {
  const recent = ({ atMs }: Held): boolean => nowMs - atMs < WATCHDOG_MS;
  return { holder: holder !== null && recent(holder) ? holder : null, displaced: displaced.filter(recent) };
}
