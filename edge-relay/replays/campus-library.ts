/** Asks campus's library for recordings, as the edge, under a token of its own that lives a minute. */
import type { Static, TSchema } from 'typebox';
import { checker } from '#kit/process/check.ts';
import { CodedError } from '#kit/process/errors.ts';
import { signToken } from '#kit/process/tokens.ts';
import { Catalogue, Grant, LIBRARY_AUDIENCE, type LibraryClaims, RecordingEntry } from '#cloud-sync/contract/library.ts';
import { type Library, unknownReplay } from './replays.ts';

const TIMEOUT_MS = 5_000;
const TOKEN_S = 60;

export function campusLibrary(options: { readonly url: string; readonly privateKeyPem: string; readonly now: () => number }): Library {
  const ask = asker(options);
  return {
    recordings: async (room) => (await ask(`/api/recordings?room=${encodeURIComponent(room)}`, Catalogue)).recordings,
    recording: async (id) => ask(`/api/recordings/${id}`, RecordingEntry),
    grant: async (id, viewer) => (await ask(`/api/recordings/${id}/grants`, Grant, { viewer })).playlist,
  };
}

function asker({ url, privateKeyPem, now }: { readonly url: string; readonly privateKeyPem: string; readonly now: () => number }) {
  return async <T extends TSchema>(path: string, schema: T, body?: object): Promise<Static<T>> => {
    const exp = Math.floor(now() / 1000) + TOKEN_S;
    const claims: LibraryClaims = { iss: 'edge', aud: LIBRARY_AUDIENCE, sub: 'edge', scope: 'catalogue', exp };
    const headers = { authorization: `Bearer ${signToken(claims, privateKeyPem)}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const response = await fetched(new URL(path, url), { headers, ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }) });
    try {
      return checker(schema, 'bad_campus_answer')(await response.json());
    } catch (cause) {
      // Cut off, too late, or not what was agreed: nothing that a student could put right.
      throw unavailable(cause);
    }
  };
}

async function fetched(url: URL, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch((cause: unknown) => {
    throw unavailable(cause);
  });
  if (response.ok) return response;
  await response.body?.cancel();
  if (response.status === 404) throw unknownReplay();
  throw unavailable(new Error(`campus answered ${response.status}`));
}

function unavailable(cause: unknown): CodedError {
  return new CodedError('replays_unavailable', 'Replays can not be reached right now. Try again in a minute.', { status: 503, cause });
}
