import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { codeOf } from '#kit/process/errors.ts';
import { readAnswer } from './answer.ts';
import { parseCandidates, parseDescription, type RemoteCodec } from './description.ts';
import { answeredProfileLevelId, chooseH264, profileOf } from './h264-profile.ts';
import { agreedStreams, negotiate, type NegotiateOptions } from './negotiate.ts';
import { offeredStreams } from './offer.ts';
import { writeAnswer, writeOffer, type LocalTransport } from './write.ts';

const read = (name: string): string => readFileSync(new URL(`../testing/offers/${name}.sdp`, import.meta.url), 'utf8').replaceAll('\n', '\r\n');
const CHROMIUM_WHEP = read('chromium-whep');
const CHROMIUM_WHIP = read('chromium-whip');
const CHROMIUM_SIMULCAST = read('chromium-whip-simulcast');
const FIREFOX_WHEP = read('firefox-whep');

const TRANSPORT: LocalTransport = {
  sessionId: '1',
  iceUfrag: 'local1',
  icePassword: 'p'.repeat(24),
  iceLite: true,
  fingerprint: 'AB:'.repeat(31) + 'AB',
  setup: 'passive',
  candidates: [{ address: '192.0.2.9', port: 8189 }, { address: '2001:db8::9', port: 8189 }],
  cname: 'name',
};

/** SSRCs 1000, 1001, … */
function options(direction: 'send' | 'receive', h264ProfileLevelId = '42c01f'): NegotiateOptions {
  let ssrc = 999;
  return { direction, h264ProfileLevelId, newSsrc: () => (ssrc += 1) };
}

function answerTo(offer: string, direction: 'send' | 'receive', profile?: string): string {
  return writeAnswer(negotiate(parseDescription(offer), options(direction, profile)), TRANSPORT);
}

/** Lines of the m-section that begins with `m=KIND`. */
function section(sdp: string, kind: string): string[] {
  const part = sdp.split(/(?=^m=)/m).find((each) => each.startsWith(`m=${kind}`)) ?? '';
  return part.split('\r\n').filter((line) => line !== '');
}

describe('answers to players', () => {
  test("Chromium's: golden video section", () => {
    expect(section(answerTo(CHROMIUM_WHEP, 'send'), 'video')).toEqual([
      'm=video 9 UDP/TLS/RTP/SAVPF 108 109',
      'c=IN IP4 0.0.0.0',
      'a=rtcp:9 IN IP4 0.0.0.0',
      'a=candidate:1 1 udp 2130706431 192.0.2.9 8189 typ host',
      'a=candidate:2 1 udp 2130706175 2001:db8::9 8189 typ host',
      'a=end-of-candidates',
      'a=ice-ufrag:local1',
      `a=ice-pwd:${'p'.repeat(24)}`,
      `a=fingerprint:sha-256 ${TRANSPORT.fingerprint}`,
      'a=setup:passive',
      'a=mid:0',
      'a=rtcp-mux',
      'a=rtcp-rsize',
      'a=extmap:9 urn:ietf:params:rtp-hdrext:sdes:mid',
      'a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id',
      'a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id',
      'a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01',
      'a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay',
      'a=sendonly',
      'a=msid:lectern video',
      'a=rtpmap:108 H264/90000',
      'a=rtcp-fb:108 nack',
      'a=rtcp-fb:108 nack pli',
      'a=rtcp-fb:108 ccm fir',
      'a=rtcp-fb:108 transport-cc',
      'a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42c01f;sps-pps-idr-in-keyframe=1',
      'a=rtpmap:109 rtx/90000',
      'a=fmtp:109 apt=108',
      'a=ssrc-group:FID 1000 1001',
      'a=ssrc:1000 cname:name',
      'a=ssrc:1000 msid:lectern video',
      'a=ssrc:1001 cname:name',
      'a=ssrc:1001 msid:lectern video',
    ]);
  });

  test('ice-lite and the group stand at session level, before any m-line', () => {
    const [session = ''] = answerTo(CHROMIUM_WHEP, 'send').split(/(?=^m=)/m);
    expect(session).toContain('a=ice-lite\r\n');
    expect(session).toContain('a=group:BUNDLE 0 1\r\n');
  });

  test("Firefox's: feedback named, extension directions turned round, Opus as offered", () => {
    const answer = answerTo(FIREFOX_WHEP, 'send');
    expect(section(answer, 'video')).toEqual(expect.arrayContaining(['m=video 9 UDP/TLS/RTP/SAVPF 126 127', 'a=rtcp-fb:126 nack', 'a=rtcp-fb:126 nack pli', 'a=rtcp-fb:126 transport-cc', 'a=extmap:6/sendonly http://www.webrtc.org/experiments/rtp-hdrext/playout-delay']));
    expect(section(answer, 'audio')).toEqual(expect.arrayContaining(['m=audio 9 UDP/TLS/RTP/SAVPF 109', 'a=fmtp:109 maxplaybackrate=48000;stereo=1;useinbandfec=1', 'a=sendonly']));
    // It counts pictures alone.
    expect(section(answer, 'audio').join()).not.toMatch(/transport-(cc|wide)/);
  });

  test('order of m-lines is that of the offer, and a data channel is refused', () => {
    const [session = '', video = '', audio = ''] = CHROMIUM_WHEP.split(/(?=^m=)/m);
    const data = 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=sctp-port:5000\r\n';
    const answer = answerTo(session + audio + data + video, 'send');
    expect(answer.split('\r\n').filter((line) => /^(m=|a=group)/.test(line))).toEqual(['a=group:BUNDLE 1 0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', 'm=application 0 UDP/DTLS/SCTP webrtc-datachannel', 'm=video 9 UDP/TLS/RTP/SAVPF 108 109']);
  });

  test('a second video m-line has nothing to carry: inactive', () => {
    const video = CHROMIUM_WHEP.split(/(?=^m=)/m)[1] ?? '';
    const answer = answerTo(CHROMIUM_WHEP + video.replace('a=mid:0', 'a=mid:2'), 'send');
    expect(answer.split(/(?=^m=)/m)[3]).toContain('a=inactive\r\n');
    expect(answer).toContain('a=group:BUNDLE 0 1 2');
  });

});

describe('answers to publishers', () => {
  test("Chromium's single stream: received with retransmission, every packet of picture and sound counted", () => {
    const offer = parseDescription(CHROMIUM_WHIP);
    const lines = negotiate(offer, options('receive'));
    expect(agreedStreams(lines)).toMatchObject([{ kind: 'video', direction: 'receive', nack: true, layers: [{ rid: null }] }, { kind: 'audio', direction: 'receive', nack: false }]);
    const answer = writeAnswer(lines, TRANSPORT);
    const counted = 'a=extmap:4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01';
    expect(section(answer, 'video')).toEqual(expect.arrayContaining(['a=recvonly', 'a=rtcp-fb:108 transport-cc', counted]));
    expect(section(answer, 'audio')).toEqual(expect.arrayContaining(['a=recvonly', 'a=rtcp-fb:111 transport-cc', counted]));
    expect(answer).not.toMatch(/goog-remb|x-google|a=ssrc|a=msid:/);
  });

  test('who knows no transport-wide feedback gets a REMB', () => {
    const answer = answerTo(CHROMIUM_WHIP.replaceAll(/a=rtcp-fb:\d+ transport-cc\r\n/g, ''), 'receive');
    expect(section(answer, 'video')).toContain('a=rtcp-fb:108 goog-remb');
    expect(answer).not.toMatch(/transport-(cc|wide)/);
  });

  test("Chromium's simulcast: both layers taken", () => {
    const lines = negotiate(parseDescription(CHROMIUM_SIMULCAST), options('receive'));
    expect(agreedStreams(lines)[0]?.layers.map(({ rid }) => rid)).toEqual(['h', 'l']);
    expect(section(writeAnswer(lines, TRANSPORT), 'video')).toEqual(expect.arrayContaining(['a=rid:h recv', 'a=rid:l recv', 'a=simulcast:recv h;l']));
  });

  test('a player who asks to publish, or the other way round, has nothing in common', () => {
    expect(codeOf(caught(() => answerTo(CHROMIUM_WHIP, 'send')))).toBe('no_common_codec');
    expect(codeOf(caught(() => answerTo(CHROMIUM_WHEP, 'receive')))).toBe('no_common_codec');
  });

  test('an offer with a picture that can not be had is refused, sound or no sound; one with sound alone is taken', () => {
    const withoutH264 = FIREFOX_WHEP.replaceAll(/H264\/90000/g, 'H265/90000');
    expect(codeOf(caught(() => answerTo(withoutH264, 'send')))).toBe('no_common_codec');
    const notWanted = withoutH264.replace('a=recvonly', 'a=inactive');
    expect(agreedStreams(negotiate(parseDescription(notWanted), options('send'))).map(({ kind }) => kind)).toEqual(['audio']);
  });
});

describe('the uplink', () => {
  const offered = offeredStreams({ rids: ['720p', '360p'], audio: true, h264ProfileLevelId: '42c01f' }, options('send').newSsrc);
  const offer = writeOffer(offered, '42c01f', { ...TRANSPORT, iceLite: false, setup: 'actpass' });

  test('its offer is understood by the answering side, and its answer by the uplink', () => {
    const answer = answerTo(offer, 'receive');
    const { streams } = readAnswer(answer, offered);
    expect(streams).toEqual(offered);
  });

  test('what the answer leaves out is not sent', () => {
    const answer = answerTo(offer, 'receive').replaceAll('a=simulcast:recv 720p;360p', 'a=simulcast:recv 360p').replace('m=audio 9', 'm=audio 0');
    expect(readAnswer(answer, offered).streams.map(({ kind, layers }) => [kind, layers.map(({ rid }) => rid)])).toEqual([['video', ['360p']]]);
  });

  test('an answer without one of our m-lines is no answer', () => {
    const answer = answerTo(offer, 'receive').split(/(?=^m=audio)/m)[0] ?? '';
    expect(codeOf(caught(() => readAnswer(answer, offered)))).toBe('bad_sdp');
  });
});

describe('what is no usable SDP', () => {
  test.each([
    ['prose', 'hello'],
    ['JSON', '{"type":"offer"}'],
    ['no m-line', 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n'],
    ['no ufrag', CHROMIUM_WHEP.replaceAll(/a=ice-ufrag.*\r\n/g, '')],
    ['a ufrag with a space', CHROMIUM_WHEP.replaceAll(/a=ice-ufrag:.*\r\n/g, 'a=ice-ufrag:ab cd\r\n')],
    ['a short password', CHROMIUM_WHEP.replaceAll(/a=ice-pwd:.*\r\n/g, 'a=ice-pwd:short\r\n')],
    ['no fingerprint', CHROMIUM_WHEP.replaceAll(/a=fingerprint.*\r\n/g, '')],
    ['no DTLS role', CHROMIUM_WHEP.replaceAll(/a=setup.*\r\n/g, '')],
    ['a megabyte', 'v=0\r\n' + 'a=x\r\n'.repeat(200_000)],
    ['a hundred m-lines', 'v=0\r\n' + 'm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n'.repeat(100)],
  ])('%s', (_name, sdp) => expect(codeOf(caught(() => parseDescription(sdp)))).toBe('bad_sdp'));

  test('a mid that would break our own lines is replaced', () => {
    const { media } = parseDescription(CHROMIUM_WHEP.replace('a=mid:0', 'a=mid:0 evil'));
    expect(media[0]?.mid).toMatch(/^[A-Za-z0-9]+$/);
  });
});

test('candidates: UDP with a literal address, nothing else', () => {
  const fragment = ['a=mid:0', 'a=candidate:1 1 UDP 100 192.0.2.1 4000 typ host', 'a=candidate:2 1 TCP 100 192.0.2.1 9 typ host tcptype active', 'a=candidate:3 1 udp 100 0194-name.local 4000 typ host', 'a=candidate:4 2 udp 100 192.0.2.1 4001 typ host', 'a=candidate:5 1 udp 99 2001:db8::1 4002 typ srflx raddr 0.0.0.0 rport 0'];
  expect(parseCandidates(fragment.join('\r\n'))).toEqual([
    { address: '192.0.2.1', port: 4000, priority: 100 },
    { address: '2001:db8::1', port: 4002, priority: 99 },
  ]);
});

describe('H.264 profiles', () => {
  test.each([['42c01f', 'constrained-baseline'], ['42e01f', 'constrained-baseline'], ['42001f', 'baseline'], ['4d001f', 'main'], ['640c1f', 'constrained-high'], ['64001f', 'high'], ['f4001f', null], ['zz', null]])('%s is %s', (id, profile) => expect(profileOf(id)).toBe(profile));

  const codec = (payloadType: number, fmtp: string): RemoteCodec => ({ payloadType, name: 'h264', clockHz: 90_000, channels: 1, fmtp, feedback: [] });
  const offered = [codec(96, 'packetization-mode=0;profile-level-id=42e01f'), codec(97, 'packetization-mode=1;profile-level-id=64001f'), codec(98, 'packetization-mode=1;profile-level-id=42e01f'), codec(99, 'packetization-mode=1;profile-level-id=42001f')];

  test.each([['42c01f', 98], ['42001f', 99], ['64001f', 97], ['4d001f', 97]])('%s goes out as %i', (id, payloadType) => expect(chooseH264(offered, id)?.payloadType).toBe(payloadType));

  test("the answer names the stream's own level in a format of its profile", () => {
    expect(answeredProfileLevelId(codec(98, 'profile-level-id=42e01f'), '42C028')).toBe('42c028');
    expect(answeredProfileLevelId(codec(97, 'profile-level-id=64001F'), '42c01f')).toBe('64001f');
  });
});

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return null;
}
