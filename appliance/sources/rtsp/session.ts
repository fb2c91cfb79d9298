/** The conversation with a camera, as data: what is asked, and what follows from each answer (RFC 2326 appendix A.1). */
import { CodedError } from '#kit/process/errors.ts';
import { chooseStream, type StreamOffer } from './description.ts';
import type { RtspRequest, RtspResponse } from './message.ts';

export type Transport =
  | { readonly kind: 'tcp'; readonly rtpChannel: number; readonly rtcpChannel: number }
  | { readonly kind: 'udp'; readonly serverRtpPort: number | null; readonly serverRtcpPort: number | null };

interface Open {
  readonly stream: StreamOffer;
  /** The presentation's address. */
  readonly base: string;
  readonly id: string;
  /** The camera forgets a session that it did not hear of for so long. */
  readonly timeoutS: number;
  readonly transport: Transport;
  /** What keeps the session alive. */
  readonly keepAlive: 'GET_PARAMETER' | 'OPTIONS';
}

export type Session =
  | { readonly phase: 'asking-options' }
  | { readonly phase: 'describing'; readonly keepAlive: Open['keepAlive'] }
  | { readonly phase: 'setting-up'; readonly keepAlive: Open['keepAlive']; readonly stream: StreamOffer; readonly base: string }
  | ({ readonly phase: 'asking-to-play' } & Open)
  | ({ readonly phase: 'playing' } & Open);

/** What the session is to become. */
export interface Wish {
  readonly url: string;
  readonly media: 'video' | 'sound';
  /** Our ports, where media are to come over UDP. */
  readonly udp: { readonly rtpPort: number; readonly rtcpPort: number } | null;
}

export const BEGINNING: Session = { phase: 'asking-options' };
const DEFAULT_TIMEOUT_S = 60;

/** What to ask next; while playing, what keeps the session alive. */
export function requestOf(session: Session, wish: Wish): RtspRequest {
  switch (session.phase) {
    case 'asking-options':
      return { method: 'OPTIONS', url: wish.url, headers: {} };
    case 'describing':
      return { method: 'DESCRIBE', url: wish.url, headers: { Accept: 'application/sdp' } };
    case 'setting-up':
      return { method: 'SETUP', url: session.stream.control, headers: { Transport: transportOffer(wish) } };
    case 'asking-to-play':
      return { method: 'PLAY', url: session.base, headers: { Session: session.id, Range: 'npt=0.000-' } };
    case 'playing':
      return { method: session.keepAlive, url: session.base, headers: { Session: session.id } };
  }
}

export function teardownOf(session: Session): RtspRequest | null {
  return 'id' in session ? { method: 'TEARDOWN', url: session.base, headers: { Session: session.id } } : null;
}

/**
 * What an answer makes of the session.
 * @throws CodedError `rtsp_refused`, `bad_sdp`, `no_stream`, `unsupported_codec`
 */
export function next(session: Session, response: RtspResponse, wish: Wish): Session {
  switch (session.phase) {
    case 'asking-options':
      // Some cameras refuse the question itself; the description is asked for all the same.
      return { phase: 'describing', keepAlive: keepAliveOf(response) };
    case 'describing':
      return described(session.keepAlive, accepted(response), wish);
    case 'setting-up':
      return setUp(session, accepted(response), wish);
    case 'asking-to-play':
      accepted(response);
      return { ...session, phase: 'playing' };
    case 'playing':
      if (response.status === 454) throw refused(response);
      return session;
  }
}

function described(keepAlive: Open['keepAlive'], response: RtspResponse, wish: Wish): Session {
  const header = (name: string): string | undefined => response.headers.get(name)?.[0];
  const base = header('content-base') ?? header('content-location') ?? wish.url;
  const stream = chooseStream(response.body, wish.media, base);
  if (stream === null) {
    const what = wish.media === 'video' ? 'picture' : 'sound';
    throw new CodedError('no_stream', `The device offers no ${what} at this address. Check the address.`);
  }
  if (stream.kind === 'foreign') throw new CodedError('unsupported_codec', `The device sends ${stream.codec}, which only FFmpeg reads here.`, { details: { codec: stream.codec } });
  return { phase: 'setting-up', keepAlive, stream, base };
}

function setUp(session: Extract<Session, { phase: 'setting-up' }>, response: RtspResponse, wish: Wish): Session {
  const [id = '', ...parameters] = (response.headers.get('session')?.[0] ?? '').split(';');
  const timeout = Number(/timeout\s*=\s*(\d+)/i.exec(parameters.join(';'))?.[1] ?? DEFAULT_TIMEOUT_S);
  const transport = transportOf(response.headers.get('transport')?.[0] ?? '', wish);
  if (id === '' || transport === null) throw new CodedError('rtsp_refused', 'The device did not take the way its media are asked for. Set `transport` of the source to the other of tcp and udp.');
  const { stream, base, keepAlive } = session;
  return { phase: 'asking-to-play', stream, base, keepAlive, id: id.trim(), timeoutS: timeout > 0 ? timeout : DEFAULT_TIMEOUT_S, transport };
}

function transportOffer({ udp }: Wish): string {
  return udp === null ? 'RTP/AVP/TCP;unicast;interleaved=0-1' : `RTP/AVP;unicast;client_port=${udp.rtpPort}-${udp.rtcpPort}`;
}

function transportOf(header: string, { udp }: Wish): Transport | null {
  const pair = (name: string): [number, number] | null => {
    const found = new RegExp(`${name}\\s*=\\s*(\\d+)(?:-(\\d+))?`, 'i').exec(header);
    return found === null ? null : [Number(found[1]), Number(found[2] ?? Number(found[1]) + 1)];
  };
  if (udp !== null) {
    if (/rtp\/avp\/tcp/i.test(header)) return null;
    const [rtp = null, rtcp = null] = pair('server_port') ?? [];
    return { kind: 'udp', serverRtpPort: rtp, serverRtcpPort: rtcp };
  }
  if (!/rtp\/avp\/tcp/i.test(header)) return null;
  const [rtpChannel, rtcpChannel] = pair('interleaved') ?? [0, 1];
  return { kind: 'tcp', rtpChannel, rtcpChannel };
}

function keepAliveOf(response: RtspResponse): Open['keepAlive'] {
  return (response.headers.get('public') ?? []).join(',').toUpperCase().includes('GET_PARAMETER') ? 'GET_PARAMETER' : 'OPTIONS';
}

function accepted(response: RtspResponse): RtspResponse {
  if (response.status >= 200 && response.status < 300) return response;
  throw refused(response);
}

function refused({ status, reason }: RtspResponse): CodedError {
  const advice = status === 401 || status === 403
    ? 'Check the user name and password in its address.'
    : status === 404 || status === 400 ? 'Check the path of its address.'
    : status === 461 ? 'Set `transport` of the source to the other of tcp and udp.'
    : status === 453 || status === 503 ? 'Too many devices may be watching it.' : 'Restart the device if it goes on.';
  return new CodedError('rtsp_refused', `The device answered ${status} ${reason}. ${advice}`);
}
