import { createHmac } from 'node:crypto';
import { CodedError } from '#kit/process/errors.ts';
import { sameSecret } from '#kit/process/secrets.ts';

const LIFE_MS = 4 * 3_600_000;

export interface IssuedGrant {
  readonly grant: string;
  readonly expiresAtMs: number;
}

/** One viewer's right to one recording for four hours, to be carried in the playlist's URL: `<expiry>.<viewer>.<signature>`. */
export function issueGrant(secret: string, recording: string, viewer: string, nowMs: number): IssuedGrant {
  const expiresAtMs = nowMs + LIFE_MS;
  const who = Buffer.from(viewer).toString('base64url');
  return { grant: `${expiresAtMs}.${who}.${signatureOf(secret, recording, expiresAtMs, who)}`, expiresAtMs };
}

/** @throws CodedError 401 `bad_grant` or `grant_expired` */
export function checkGrant(secret: string, recording: string, grant: string, nowMs: number): void {
  const match = /^(\d{1,15})\.([\w-]{0,400})\.([\w-]{43})$/.exec(grant);
  const [, expires = '0', who = '', signature = ''] = match ?? [];
  if (!match || !sameSecret(signature, signatureOf(secret, recording, Number(expires), who))) {
    throw new CodedError('bad_grant', 'This link is not valid for this recording. Open the replay page again.', { status: 401 });
  }
  if (Number(expires) <= nowMs) {
    throw new CodedError('grant_expired', 'This link has expired. Open the replay page again.', { status: 401 });
  }
}

function signatureOf(secret: string, recording: string, expiresAtMs: number, who: string): string {
  return createHmac('sha256', secret).update(`${recording}\n${expiresAtMs}\n${who}`).digest('base64url');
}
