import type { ApiError } from '#kit/ui/client/api-client.ts';

export const RETRY_MS = 2_000;
/** A ticket may be bought, a sign-in link opened, another screen closed: the page finds out by itself. */
const LOOK_AGAIN_MS = 10_000;
/** A service that names a longer time is asked all the same. */
const LONGEST_MS = 120_000;
/** The most that a timer takes: 24 days. */
const NEVER_MS = 2 ** 31 - 1;

type Refusal = Pick<ApiError, 'code' | 'status' | 'details'>;

/** The service is out of reach, or has too much to do: no word about the student's right. */
export function isPassing({ status }: Refusal): boolean {
  return status === 0 || status >= 500 || status === 429;
}

/** Who was asked to leave does not come back by the page alone. */
export function waitsForPerson({ code }: Refusal): boolean {
  return code === 'sent_away';
}

/** How long a page that was refused waits before it asks again by itself. */
export function askAgainAfterMs(refusal: Refusal): number {
  if (waitsForPerson(refusal)) return NEVER_MS;
  const toldMs = Number(refusal.details['retryAfterMs']);
  if (refusal.status === 503 && toldMs > 0) return Math.min(LONGEST_MS, Math.max(RETRY_MS, toldMs));
  return isPassing(refusal) ? RETRY_MS : LOOK_AGAIN_MS;
}
