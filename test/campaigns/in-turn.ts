import { oneOf, type Random } from '#kit/testing/random.ts';

/** Each of them once in random order, then any of them. */
export function* inTurn<T>(known: readonly T[], random: Random): Generator<T, never> {
  const first = known.map((one) => ({ one, at: random() })).sort((a, b) => a.at - b.at);
  for (const { one } of first) yield one;
  for (;;) yield oneOf(known as readonly [T, ...T[]], random);
}
