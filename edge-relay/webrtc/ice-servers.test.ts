import { expect, it } from 'vitest';
import { iceServers, turnCredential } from './ice-servers.ts';

const now = (): number => 1_790_000_000_900;

it('makes the credential as the draft says', () => {
  // printf 1790000600:viewer-1 | openssl dgst -sha1 -hmac north -binary | base64
  expect(turnCredential('north', 'viewer-1', 1_790_000_600)).toEqual({ username: '1790000600:viewer-1', credential: '1r9i1p0JscgKUeYOBhl1itS3C8o=' });
});

it.each([
  ['nothing', [], [], null],
  ['STUN', ['stun:stun.test', 'stun:other.test:3479'], [], '<stun:stun.test>; rel="ice-server", <stun:other.test:3479>; rel="ice-server"'],
  ['TURN', ['stun:stun.test'], ['turn:turn.test?transport=udp', 'turns:turn.test?transport=tcp'],
    '<stun:stun.test>; rel="ice-server", ' +
      '<turn:turn.test?transport=udp>; rel="ice-server"; username="1790000600:viewer-1"; credential="nY="; credential-type="password", ' +
      '<turns:turn.test?transport=tcp>; rel="ice-server"; username="1790000600:viewer-1"; credential="nY="; credential-type="password"'],
])('tells of %s', (_, stun, urls, expected) => {
  const turn = urls.length === 0 ? null : { urls, secret: () => 'north', credentialSeconds: 600 };
  expect(iceServers({ stun, turn, now })('viewer-1')?.replaceAll(/credential="[^"]+="/g, 'credential="nY="') ?? null).toBe(expected);
});

it('makes each credential with the secret of the moment', () => {
  let secret = 'north';
  const told = iceServers({ stun: [], turn: { urls: ['turn:turn.test'], secret: () => secret, credentialSeconds: 600 }, now });
  const before = told('viewer-1');
  secret = 'south';
  expect(told('viewer-1')).not.toBe(before);
});
