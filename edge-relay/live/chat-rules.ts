/** What a chat message may be, and how often. Pure. */

/** One message a second, three at once. */
const PER_SECOND = 1;
const BURST = 3;
const MAX_CHARS = 500;

/** A token bucket as data. */
export interface Allowance {
  readonly tokens: number;
  readonly atMs: number;
}

/** Nothing is to be remembered of who may say all again. */
export function isFull(allowance: Allowance, nowMs: number): boolean {
  return tokensAt(allowance, nowMs) >= BURST;
}

export function fullAllowance(nowMs: number): Allowance {
  return { tokens: BURST, atMs: nowMs };
}

/** Takes one message from the allowance, or says how long until there is one. */
export function spend(allowance: Allowance, nowMs: number): { readonly allowance: Allowance; readonly retryAfterMs: number } {
  const tokens = tokensAt(allowance, nowMs);
  if (tokens < 1) return { allowance: { tokens, atMs: nowMs }, retryAfterMs: Math.ceil(((1 - tokens) / PER_SECOND) * 1000) };
  return { allowance: { tokens: tokens - 1, atMs: nowMs }, retryAfterMs: 0 };
}

/** A clock that was set back takes nothing from anybody. */
function tokensAt({ tokens, atMs }: Allowance, nowMs: number): number {
  return Math.min(BURST, tokens + (Math.max(0, nowMs - atMs) / 1000) * PER_SECOND);
}

/**
 * The text as it is shown: one line, without control characters (C0, C1) and without the marks that reorder or hide what stands
 * around them (Unicode bidirectional controls, zero-width space, byte order mark). Null where nothing is left, or too much.
 */
export function shownText(text: string): string | null {
  const clean = text
    .normalize('NFC')
    .replace(/[\t\n\r\u2028\u2029]+/gu, ' ')
    .replace(/[\p{Cc}\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, '')
    .trim();
  return clean === '' || [...clean].length > MAX_CHARS ? null : clean;
}
