import { describe, expect, it, test } from 'vitest';
import { authorizationOf, challengeOf } from './authorization.ts';
import { addressOf } from './connection.ts';
import { chooseStream } from './description.ts';
import { buildAnswer, buildRequest, RtspReader, type RtspResponse, type RtspUnit } from './message.ts';
import { BEGINNING, next, requestOf, type Session, teardownOf, type Wish } from './session.ts';

const URL = 'rtsp://10.0.0.5/stream';
const RTP = Buffer.from('80600001000000010000000241', 'hex');
const interleaved = (channel: number, data: Buffer): Buffer => Buffer.concat([Buffer.from([0x24, channel, data.length >> 8, data.length & 0xff]), data]);
const SDP = [
  'v=0', 'o=- 1 1 IN IP4 10.0.0.5', 's=Camera', 'c=IN IP4 0.0.0.0', 't=0 0', 'a=control:*',
  'm=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', 'a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAH9oBQBbsBEAAAPpAADDUI8YMqA==,aM48gA==', 'a=control:trackID=0',
  'm=audio 0 RTP/AVP 97', 'a=rtpmap:97 MPEG4-GENERIC/48000/2', 'a=fmtp:97 streamtype=5;mode=AAC-hbr;config=1190;sizeLength=13;indexLength=3', 'a=control:rtsp://10.0.0.5/sound',
].join('\r\n');
const answer = (status: number, headers: Record<string, string> = {}, body = ''): RtspResponse => ({
  type: 'response', status, reason: 'Word', body, headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
});

describe('addresses', () => {
  it.each([
    ['rtsp://10.0.0.5/ch?a=1@2', 'rtsp://10.0.0.5/ch?a=1@2', null],
    ['rtsp://admin:p%40ss@10.0.0.5:8554/ch@main', 'rtsp://10.0.0.5:8554/ch@main', { user: 'admin', password: 'p@ss' }],
    ['rtsp://admin:admin@123@10.0.0.5/ch', 'rtsp://10.0.0.5/ch', { user: 'admin', password: 'admin@123' }],
  ])('of %s: the camera is not sent a part of the password', (url, bare, credentials) => {
    expect(addressOf(url)).toMatchObject({ url: bare, host: '10.0.0.5', credentials });
  });

  it('that make no sense are told without the password that made them so', () => {
    expect(() => addressOf('rtsp://admin:s3#cret@10.0.0.5/ch')).toThrow(/^"rtsp:\/\/10\.0\.0\.5\/ch" is no RTSP address/);
  });
});

describe('messages', () => {
  const described = Buffer.from(`RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 4\r\nWWW-Authenticate: Basic\r\nWWW-Authenticate: Digest x\r\n\r\nv=0\n`);
  const stream = Buffer.concat([described, interleaved(0, RTP), Buffer.from('GET_PARAMETER * RTSP/1.0\r\nCSeq: 7\r\n\r\n'), interleaved(1, RTP)]);
  const kinds = (units: readonly RtspUnit[]): string[] => units.map((unit) => (unit.type === 'data' ? `data ${unit.channel} ${unit.data.length}` : unit.type === 'response' ? `${unit.status} ${unit.body.trim()}` : unit.method));
  const whole = ['200 v=0', 'data 0 13', 'GET_PARAMETER', 'data 1 13'];

  it('come in one piece or byte by byte', () => {
    expect(kinds(new RtspReader().push(stream))).toEqual(whole);
    const reader = new RtspReader();
    expect(kinds([...stream].flatMap((byte) => reader.push(Buffer.from([byte]))))).toEqual(whole);
  });

  it('keep headers of one name apart', () => {
    const [first] = new RtspReader().push(described);
    expect(first?.type === 'response' && first.headers.get('www-authenticate')).toEqual(['Basic', 'Digest x']);
  });

  it('go on behind garbage', () => {
    const garbage = Buffer.from('00ff2424241122RTSP/nonsense $$', 'latin1');
    expect(kinds(new RtspReader().push(Buffer.concat([garbage, stream, garbage, stream])))).toEqual([...whole, ...whole]);
  });

  it.each([
    ['nothing but garbage', Buffer.alloc(300_000, 7), /neither media nor messages/],
    ['a message without end', Buffer.from(`RTSP/1.0 200 OK\r\n${'X: y\r\n'.repeat(4_000)}`), /no end/],
    ['a body of a gigabyte', Buffer.from('RTSP/1.0 200 OK\r\nContent-Length: 1000000000\r\n\r\n'), /impossible length/],
  ])('refuse %s', (_what, bytes, why) => {
    expect(() => new RtspReader().push(bytes)).toThrow(why);
  });

  it('are written as RFC 2326 has them', () => {
    expect(buildRequest({ method: 'SETUP', url: URL, headers: { Transport: 'x' } }, 3)).toBe(`SETUP ${URL} RTSP/1.0\r\nCSeq: 3\r\nTransport: x\r\n\r\n`);
    expect(buildAnswer({ type: 'request', method: 'REDIRECT', headers: new Map([['cseq', ['9']]]) })).toBe('RTSP/1.0 501 Not Implemented\r\nCSeq: 9\r\n\r\n');
  });
});

describe('authorization', () => {
  const credentials = { user: 'Mufasa', password: 'Circle Of Life' };
  // The example of RFC 2617 section 3.5.
  const header = 'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"';

  it('answers as RFC 2617 does', () => {
    const challenge = challengeOf(['Basic realm="x"', header]);
    const value = challenge && authorizationOf(challenge, credentials, { method: 'GET', url: '/dir/index.html', count: 1, clientNonce: '0a4f113b' });
    expect(value).toContain('response="6629fae49393a05397450978507c4ef1"');
    expect(value).toContain('nc=00000001');
  });

  it.each([
    ['the older form', ['Digest realm="a", nonce="b"'], /response="[0-9a-f]{32}"$/],
    ['SHA-256 before MD5', ['Digest realm="a", nonce="b"', 'Digest realm="a", nonce="b", algorithm=SHA-256'], /response="[0-9a-f]{64}", algorithm=SHA-256$/],
    ['Basic where there is nothing else', ['Basic realm="x"'], /^Basic TXVmYXNhOkNpcmNsZSBPZiBMaWZl$/],
    ['nothing to the unknown', ['Bearer x', 'Digest realm="a"'], /^null$/],
  ])('gives %s', (_what, headers, expected) => {
    const challenge = challengeOf(headers);
    expect(challenge === null ? 'null' : authorizationOf(challenge, credentials, { method: 'DESCRIBE', url: URL, count: 1, clientNonce: 'c' })).toMatch(expected);
  });

  it('notices an old nonce', () => {
    expect(challengeOf(['Digest realm="a", nonce="b", stale=TRUE'])).toMatchObject({ stale: true });
  });
});

describe('description', () => {
  it('finds the picture with its parameter sets and the sound with its configuration', () => {
    expect(chooseStream(SDP, 'video', `${URL}/`)).toMatchObject({ codec: 'h264', payloadType: 96, control: `${URL}/trackID=0`, sets: { pps: Buffer.from('68ce3c80', 'hex') } });
    expect(chooseStream(SDP, 'sound', URL)).toMatchObject({ codec: 'aac', clockHz: 48_000, channels: 2, control: 'rtsp://10.0.0.5/sound', aac: { config: Buffer.from('1190', 'hex'), sizeLength: 13 } });
  });

  test.each([
    ['a static type', 'm=audio 0 RTP/AVP 8', 'sound', { codec: 'pcma', clockHz: 8_000, channels: 1, control: URL }],
    ['L16', 'm=audio 0 RTP/AVP 97\r\na=rtpmap:97 L16/48000\r\na=control:stream=0', 'sound', { codec: 'l16', clockHz: 48_000, control: `${URL}/stream=0` }],
    ['HEVC', 'm=video 0 RTP/AVP 96\r\na=rtpmap:96 H265/90000', 'video', { kind: 'foreign', codec: 'H265' }],
    ['motion JPEG', 'm=video 0 RTP/AVP 26', 'video', { kind: 'foreign', codec: 'JPEG' }],
    ['nothing of the kind', 'm=audio 0 RTP/AVP 0', 'video', null],
    ['AAC without configuration', 'm=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/48000', 'sound', { kind: 'foreign' }],
  ] as const)('%s', (_what, media, wanted, expected) => {
    const stream = chooseStream(`v=0\r\ns=x\r\n${media}\r\n`, wanted, URL);
    if (expected === null) expect(stream).toBeNull();
    else expect(stream).toMatchObject(expected);
  });

  it.each(['', 'nonsense', 'm=video\r\nm=\r\na=fmtp:\r\n', 'v=0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/0'])('takes "%s" without failing', (sdp) => {
    expect(() => chooseStream(sdp, 'video', URL)).not.toThrow();
  });
});

describe('session', () => {
  const tcp: Wish = { url: URL, media: 'video', udp: null };
  const udp: Wish = { url: URL, media: 'video', udp: { rtpPort: 5000, rtcpPort: 5001 } };
  const play = (wish: Wish, transport: string): Session => {
    const steps = [answer(200, { public: 'DESCRIBE, GET_PARAMETER' }), answer(200, { 'content-base': `${URL}/` }, SDP), answer(200, { session: '12;timeout=30', transport }), answer(200)];
    return steps.reduce((session, response) => next(session, response, wish), BEGINNING);
  };

  it('asks, in order, for what it takes to play', () => {
    let session: Session = BEGINNING;
    const asked: string[] = [];
    for (const response of [answer(501), answer(200, {}, SDP), answer(200, { session: 'abc', transport: 'RTP/AVP/TCP;interleaved=0-1' }), answer(200)]) {
      const { method, url } = requestOf(session, tcp);
      asked.push(`${method} ${url}`);
      session = next(session, response, tcp);
    }
    expect(asked).toEqual([`OPTIONS ${URL}`, `DESCRIBE ${URL}`, `SETUP ${URL}/trackID=0`, `PLAY ${URL}`]);
    expect(requestOf(session, tcp)).toEqual({ method: 'OPTIONS', url: URL, headers: { Session: 'abc' } });
    expect(teardownOf(session)?.method).toBe('TEARDOWN');
    expect(teardownOf(BEGINNING)).toBeNull();
  });

  it('takes what the camera says of transport and time', () => {
    expect(play(tcp, 'RTP/AVP/TCP;unicast;interleaved=2-3')).toMatchObject({ phase: 'playing', timeoutS: 30, keepAlive: 'GET_PARAMETER', transport: { rtpChannel: 2, rtcpChannel: 3 } });
    expect(play(udp, 'RTP/AVP;unicast;client_port=5000-5001;server_port=6970-6971')).toMatchObject({ transport: { kind: 'udp', serverRtpPort: 6970, serverRtcpPort: 6971 } });
  });

  it.each([
    ['a wrong password', { phase: 'describing', keepAlive: 'OPTIONS' }, answer(401), /user name and password/],
    ['a wrong path', { phase: 'describing', keepAlive: 'OPTIONS' }, answer(404), /path/],
    ['no such stream', { phase: 'describing', keepAlive: 'OPTIONS' }, answer(200, {}, 'v=0\r\nm=audio 0 RTP/AVP 0\r\n'), /no picture/],
    ['a foreign codec', { phase: 'describing', keepAlive: 'OPTIONS' }, answer(200, {}, 'v=0\r\nm=video 0 RTP/AVP 26\r\n'), /JPEG/],
    ['a forgotten session', play(tcp, 'RTP/AVP/TCP;interleaved=0-1'), answer(454), /454/],
  ] as const)('ends at %s, with advice', (_what, session, response, why) => {
    expect(() => next(session, response, tcp)).toThrow(why);
  });

  it('refuses another transport than was asked for', () => {
    expect(() => play(udp, 'RTP/AVP/TCP;interleaved=0-1')).toThrow(/transport/);
  });
});
