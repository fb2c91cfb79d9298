/** Numbers from 0 up to 1. */
export type Random = () => number;

/** Numbers that a seed decides: what was found once can be run again. Mulberry32 (Tommy Ettinger, public domain). */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A whole number from 0 up to, and without, the limit. */
export function below(limit: number, random: Random): number {
  return Math.floor(random() * limit);
}

export function oneOf<T>(things: readonly [T, ...T[]], random: Random): T {
  return things[below(things.length, random)] ?? things[0];
}
