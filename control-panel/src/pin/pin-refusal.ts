import type { ApiError } from '#kit/ui/client/api-client.ts';
import { span } from '#kit/ui/time/format.ts';
import type { Language } from '#kit/ui/words/language.ts';
import type { Words } from '../words/words.ts';

/** Why a PIN was not taken, in words. */
export function pinRefusal({ code, status, message, details }: ApiError, words: Words, language: Language): string {
  if (code === 'wrong_pin') return words.wrongPin;
  if (code === 'too_many_tries') {
    const waitMs = typeof details.retryAfterMs === 'number' ? details.retryAfterMs : 60_000;
    return words.tooManyTries(span(Math.ceil(waitMs / 1000) * 1000, language));
  }
  return status === 0 ? words.failed(words.unreachable) : words.failed(words.refusal(code, message));
}
