import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EDGE_AUDIENCE } from '#edge-relay/contract/access.ts';
import { createTokenKeys, signToken } from '#kit/process/tokens.ts';

/** Tokens that the services could have signed and would refuse: their own keys, read off the installation's disk. */
export interface Forger {
  /** A viewer's token as the edge signs it, with these claims changed. */
  playback(changed?: object): string;
  /** A box's publishing key as campus signs it, with these claims changed. */
  publish(changed?: object): string;
}

const PAST = 1_700_000_000;
export const EXPIRED = { exp: PAST };

export function forger(dir: string, room: string): { readonly genuine: Forger; readonly foreign: Forger } {
  const edge = (JSON.parse(readFileSync(join(dir, 'edge/keys.json'), 'utf8')) as { privateKeyPem: string }).privateKeyPem;
  const campus = readFileSync(join(dir, 'campus/token-key.pem'), 'utf8');
  const stranger = createTokenKeys().privateKeyPem;
  return { genuine: withKeys(edge, campus, room), foreign: withKeys(stranger, stranger, room) };
}

function withKeys(edge: string, campus: string, room: string): Forger {
  const exp = Math.floor(Date.now() / 1000) + 300;
  return {
    playback: (changed = {}) =>
      signToken({ iss: 'edge', aud: EDGE_AUDIENCE, sub: 'student-ana', scope: 'play', room, name: 'Ana Silva', jti: 'a-place', exp, ...changed }, edge),
    publish: (changed = {}) => signToken({ iss: 'campus', aud: EDGE_AUDIENCE, sub: 'a-box', scope: 'publish', room, exp, ...changed }, campus),
  };
}
