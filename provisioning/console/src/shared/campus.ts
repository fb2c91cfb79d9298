import { ApiError, createApiClient } from '#kit/ui/client/api-client.ts';
import { words } from '../words/words.ts';

/** The campus service that served this page; the session's cookie speaks for who is signed in. */
export const campus = createApiClient();

export const isSignedOut = (error: unknown): boolean => error instanceof ApiError && error.status === 401;

/** What went wrong, in the page's language where it has words for it. */
export function problemIn(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  switch (error.code) {
    case 'wrong_sign_in':
      return words.wrongSignIn;
    case 'too_many_tries':
      return words.tooManyTries(Math.ceil(Number(error.details['retryAfterMs'] ?? 1000) / 1000));
    case 'unknown_claim_code':
      return words.unknownCode;
    case 'already_claimed':
      return words.alreadyClaimed;
    case 'room_has_box':
      return words.roomHasBox;
    case 'unknown_room':
      return words.unknownRoom;
  }
  if (error.status === 401) return words.sessionOver;
  return error.status === 0 ? words.unreachable : error.message;
}
