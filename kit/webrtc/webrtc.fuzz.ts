import { readFileSync } from 'node:fs';
import { pieces, type FuzzTarget } from '../testing/fuzz.ts';
import { dtlsTargets } from './dtls/handshake.fuzz.ts';
import { splitRecords } from './dtls/records.ts';
import { buildNack, buildReceiverReport, buildRemb, buildSenderReport, parseRtcp } from './rtcp/packet.ts';
import { buildRtpHeader, parseRtp } from './rtp/packet.ts';
import { parseCandidates, parseDescription, parseRestart } from './sdp/description.ts';
import { negotiate } from './sdp/negotiate.ts';
import { answerCheck, type TransportAddress } from './stun/check.ts';
import { ATTRIBUTE, buildStun, hasFingerprint, hasIntegrity, parseStun, STUN } from './stun/message.ts';
import { FrameReader, framed } from './tcp-frames.ts';

const FROM: TransportAddress = { address: '192.0.2.7', port: 5_000 };
const ICE = { localUfrag: 'abcd', localPassword: 'passwordOfEnoughCharacters', remoteUfrag: 'efgh', remotePassword: 'otherPasswordOfTheOtherSide' };
const CHECK = buildStun(STUN.bindingRequest, Buffer.alloc(12, 7), [{ type: ATTRIBUTE.username, value: Buffer.from('abcd:efgh') }, { type: ATTRIBUTE.useCandidate, value: Buffer.alloc(0) }], ICE.localPassword);
const RTP = Buffer.concat([
  buildRtpHeader({ payloadType: 96, marker: true, sequence: 1, timestamp: 2, ssrc: 3 }, [{ id: 1, value: Buffer.from('0') }, { id: 2, value: Buffer.from('720p') }]),
  Buffer.alloc(40, 0x41),
]);
/** What of Chromium's offer the others do not have: rids, simulcast, more than one profile. */
const SIMULCAST = Buffer.from(
  [
    'v=0', 'o=- 1 2 IN IP4 127.0.0.1', 's=-', 't=0 0', 'a=group:BUNDLE 0', 'm=video 9 UDP/TLS/RTP/SAVPF 102 103', 'c=IN IP4 0.0.0.0', 'a=ice-ufrag:abcd', 'a=ice-pwd:passwordOfEnoughCharacters',
    `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => 'AB').join(':')}`, 'a=setup:actpass', 'a=mid:0', 'a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid', 'a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
    'a=sendonly', 'a=rtcp-mux', 'a=rtpmap:102 H264/90000', 'a=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f', 'a=rtcp-fb:102 nack', 'a=rtpmap:103 rtx/90000', 'a=fmtp:103 apt=102',
    'a=rid:a send', 'a=rid:b send', 'a=simulcast:send a;b', '',
  ].join('\r\n'),
);
const TRANSPORT_FEEDBACK = Buffer.from('8fcd000600000001000000020001000a00000103200a0404fc0004', 'hex');

export const webRtcTargets: readonly FuzzTarget[] = [
  {
    name: 'stun',
    seeds: () => [CHECK],
    feed: (input) => {
      const message = parseStun(input);
      return message === null ? null : [hasFingerprint(message), hasIntegrity(message, ICE.localPassword), answerCheck(message, FROM, ICE)];
    },
  },
  { name: 'rtp', seeds: () => [RTP], feed: parseRtp },
  {
    name: 'rtcp',
    seeds: () => [
      buildSenderReport({ ssrc: 1, ntp: 2n, rtpTimestamp: 3, packets: 4, bytes: 5 }),
      Buffer.concat([buildReceiverReport(1, []), buildNack(1, 2, [1, 2, 30]), buildRemb(1, 1e6, [2])]),
      TRANSPORT_FEEDBACK,
    ],
    feed: parseRtcp,
  },
  { name: 'dtls-records', seeds: () => [Buffer.concat([Buffer.from('16fefd00000000000000000020', 'hex'), Buffer.alloc(32, 1)])], feed: splitRecords },
  ...dtlsTargets,
  {
    name: 'sdp',
    seeds: () => [readFileSync(new URL('./testing/offers/firefox-whep.sdp', import.meta.url)), SIMULCAST],
    feed: (input, random) => {
      const text = input.toString('latin1');
      parseCandidates(text);
      return negotiate(parseDescription(text), { direction: random() < 0.5 ? 'receive' : 'send', h264ProfileLevelId: '42e01f', newSsrc: () => 1 });
    },
  },
  { name: 'ice-fragment', seeds: () => [Buffer.from('a=ice-ufrag:abcd\r\na=ice-pwd:passwordOfEnoughCharacters\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n')], feed: (input) => parseRestart(input.toString('latin1')) },
  {
    name: 'ice-tcp',
    seeds: () => [Buffer.concat([framed(CHECK), framed(RTP)])],
    feed: (input, random) => {
      const reader = new FrameReader();
      for (const piece of pieces(input, random)) if (reader.push(piece) === null) return;
    },
  },
];
