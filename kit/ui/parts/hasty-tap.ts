/** Browsers take two taps within this for a double tap. */
const DOUBLE_TAP_MS = 500;

/** Whether a touch beside a dialog is a refusal: the second tap of a finger that taps twice falls there as soon as the first has opened it. */
export function isMeant(sinceOpenedMs: number): boolean {
  return sinceOpenedMs > DOUBLE_TAP_MS;
}
