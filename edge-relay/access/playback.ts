/** Hands out the right to watch one room for ten minutes, with every address ready to use. */
import { randomUUID } from 'node:crypto';
import { signToken } from '#kit/process/tokens.ts';
import { CodedError } from '#kit/process/errors.ts';
import { EDGE_AUDIENCE, type PlaybackClaims } from '../contract/access.ts';
import type { Playback } from '../contract/api.ts';
import type { Entitlements } from './entitlements.ts';
import type { Places } from './places.ts';
import type { StudentIdentity } from './model.ts';
import type { Watching } from './sent-away.ts';

const LIFETIME_S = 600;

export interface PlaybackOptions {
  readonly publicUrl: string;
  readonly privateKeyPem: string;
  readonly entitlements: Entitlements;
  readonly places: Places;
  /** Throws where this caller was asked to leave, or where nobody new is let in. */
  readonly admit: (watching: Watching) => void;
  readonly now: () => number;
}

/**
 * `place` is the playback session that the caller is renewing, kept so that a renewal does not count as one more viewer.
 * @throws CodedError as `Entitlements.demand`; 409 `too_many_viewers`, 403 `sent_away`, 503 `draining`, `edge_full`
 */
export function issuePlayback(options: PlaybackOptions, student: StudentIdentity, room: string, place: string | null): Playback {
  const nowMs = options.now();
  options.entitlements.demand(student.account, room);
  options.admit({ account: student.account, room, place });
  if (!options.places.hasRoomFor(student.account, place, nowMs)) throw tooManyViewers();
  const exp = Math.floor(nowMs / 1000) + LIFETIME_S;
  const claims: PlaybackClaims = {
    iss: 'edge', aud: EDGE_AUDIENCE, sub: student.account, scope: 'play', room, name: student.name, jti: place ?? randomUUID(), exp,
  };
  const token = signToken(claims, options.privateKeyPem);
  return { token, expiresAt: new Date(exp * 1000).toISOString(), expiresInS: LIFETIME_S, ...addresses(options.publicUrl, room, token) };
}

export function tooManyViewers(): CodedError {
  return new CodedError('too_many_viewers', 'This account is already watching in as many places as it may. Close one of them first.', { status: 409 });
}

function addresses(publicUrl: string, room: string, token: string): Pick<Playback, 'whep' | 'hls' | 'flv' | 'events'> {
  const base = publicUrl.replace(/\/$/, '');
  return {
    whep: `${base}/whep/${room}`,
    hls: `${base}/hls/${room}/index.m3u8?token=${token}`,
    flv: `${base}/flv/${room}.flv?token=${token}`,
    events: `${base.replace(/^http/, 'ws')}/rooms/${room}/events`,
  };
}
