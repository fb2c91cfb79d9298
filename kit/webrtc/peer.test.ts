import { expect, test } from 'vitest';
import { CountingPlaces } from './congestion/counting-places.ts';
import type { DtlsEvents } from './dtls/association.ts';
import { LitePath } from './path.ts';
import { WebRtcPeer } from './peer.ts';
import { SRTP_PROFILE } from './srtp/session.ts';
import { buildCheck, type IceCredentials, type TransportAddress } from './stun/check.ts';
import { parseStun, type StunMessage } from './stun/message.ts';

const SERVER: IceCredentials = { localUfrag: 'serv', localPassword: 'p'.repeat(24), remoteUfrag: 'clnt', remotePassword: 'q'.repeat(24) };
const CLIENT: IceCredentials = { localUfrag: 'clnt', localPassword: 'q'.repeat(24), remoteUfrag: 'serv', remotePassword: 'p'.repeat(24) };
const HOME: TransportAddress = { address: '10.0.0.5', port: 4000 };
const ELSEWHERE: TransportAddress = { address: '10.9.9.9', port: 5000 };

function check(): StunMessage {
  const message = parseStun(buildCheck({ transactionId: Buffer.alloc(12, 7), ice: CLIENT, role: 'controlling', tieBreaker: 1n, nominate: true }));
  if (message === null) throw new Error('not STUN');
  return message;
}

/** A peer that waits for its first check, with DTLS that the test finishes. */
function waiting(): { peer: WebRtcPeer; clock: { nowMs: number }; connect: () => void } {
  const clock = { nowMs: 1000 };
  let dtls: DtlsEvents | null = null;
  const peer = new WebRtcPeer('peer', {
    send: () => undefined, onProven: () => true, onClosed: () => undefined, nowMs: () => clock.nowMs, cname: 'here', newSsrc: () => 1, pump: null, places: new CountingPlaces(0),
    createDtls: (_role, _fingerprints, events) => {
      dtls = events;
      return { start: () => undefined, receive: () => undefined, settle: () => undefined, close: () => undefined };
    },
  });
  const createPath = (ports: ConstructorParameters<typeof LitePath>[1]): LitePath => new LitePath(SERVER, ports);
  peer.begin({ createPath, dtlsRole: 'server', fingerprints: [], streams: [], candidates: [] });
  const [key, salt] = [Buffer.alloc(16, 1), Buffer.alloc(12, 2)];
  const connect = (): void => dtls?.onConnected({ profile: SRTP_PROFILE.aeadAes128Gcm, localKey: key, localSalt: salt, remoteKey: key, remoteSalt: salt });
  return { peer, clock, connect };
}

test('only who speaks from where the datagrams go keeps a connection alive', () => {
  const { peer, clock, connect } = waiting();
  peer.receiveStun(check(), HOME);
  connect();
  clock.nowMs = 8000;
  peer.receiveStun(check(), HOME);
  expect([peer.state, peer.heardAtMs]).toEqual(['connected', 8000]);
  clock.nowMs = 20_000;
  peer.receiveStun(check(), ELSEWHERE);
  expect(peer.heardAtMs).toBe(8000);
  clock.nowMs = 23_000;
  peer.tick();
  expect(peer.state).toBe('closed');
});
