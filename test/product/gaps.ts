/** Two cores that also run browsers leave out pictures now and then; what a test does wrong costs more than this. */
const OVERLOAD_MS = 2_000;

/** The stated gaps that a busy machine does not explain. */
export function gapsBeyondOverload<T extends { readonly from: string; readonly to: string }>(gaps: readonly T[]): T[] {
  return gaps.filter(({ from, to }) => Date.parse(to) - Date.parse(from) >= OVERLOAD_MS);
}
