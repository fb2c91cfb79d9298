import { reasonOf } from '../../process/errors.ts';
import { type Amf, decodeAmf, encodeAmf } from './amf0.ts';
import { controlMessage, PING, RTMP_TYPE, type RtmpMessage } from './message.ts';

/** Where to: `rtmp://host/app/stream?key=…` in its parts. */
export interface PublishTarget {
  readonly app: string;
  /** Without application and stream: servers tell virtual hosts by it. */
  readonly tcUrl: string;
  readonly stream: string;
}

/** The way to a published stream (RTMP 1.0 section 7.2, and the three commands of Flash's encoder that servers wait for). */
export type PublishState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'creating' }
  | { readonly kind: 'asking'; readonly streamId: number }
  | { readonly kind: 'publishing'; readonly streamId: number }
  | { readonly kind: 'failed'; readonly reason: string };

export interface PublishStep {
  readonly state: PublishState;
  readonly send: readonly RtmpMessage[];
}

const CONNECT = 1;
const RELEASE = 2;
const FC_PUBLISH = 3;
const CREATE = 4;
const PUBLISH = 5;
/** So often the server is asked to say how much it has. */
const ACKNOWLEDGE_EVERY_BYTES = 250_000;
const STATUS_LIMIT = 200;

/** `rtmp://host:1935/live/room?key=…`; null where application or stream are missing. */
export function publishTarget(address: string): PublishTarget | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  const [app, ...stream] = url?.pathname.slice(1).split('/') ?? [];
  if (url === null || app === undefined || app === '' || stream.join('/') === '') return null;
  return { app, tcUrl: `${url.protocol}//${url.host}/${app}`, stream: `${stream.join('/')}${url.search}` };
}

export function beginPublish({ app, tcUrl }: PublishTarget): PublishStep {
  const connect = command(0, 'connect', CONNECT, { app, type: 'nonprivate', flashVer: 'FMLE/3.0 (compatible; Lectern)', tcUrl });
  return { state: { kind: 'connecting' }, send: [controlMessage(RTMP_TYPE.windowSize, ACKNOWLEDGE_EVERY_BYTES), connect] };
}

/** What a message of the server changes, and what is answered. */
export function nextPublish(state: PublishState, message: RtmpMessage, target: PublishTarget): PublishStep {
  if (message.type === RTMP_TYPE.userControl) return { state, send: pong(message.payload) };
  if (message.type !== RTMP_TYPE.command) return { state, send: [] };
  try {
    const [name, transaction, , info] = decodeAmf(message.payload);
    return onCommand(state, { name, transaction, info }, target);
  } catch (error) {
    return { state: { kind: 'failed', reason: reasonOf(error) }, send: [] };
  }
}

interface Command {
  readonly name: Amf;
  readonly transaction: Amf;
  readonly info: Amf;
}

function onCommand(state: PublishState, { name, transaction, info }: Command, { stream }: PublishTarget): PublishStep {
  if (name === '_error' && transaction !== RELEASE && transaction !== FC_PUBLISH) return { state: { kind: 'failed', reason: wordsOf(info) }, send: [] };
  if (name === 'onStatus') return onStatus(state, info);
  if (name !== '_result') return { state, send: [] };
  if (state.kind === 'connecting' && transaction === CONNECT) {
    const send = [command(0, 'releaseStream', RELEASE, null, stream), command(0, 'FCPublish', FC_PUBLISH, null, stream), command(0, 'createStream', CREATE, null)];
    return { state: { kind: 'creating' }, send };
  }
  if (state.kind === 'creating' && transaction === CREATE && typeof info === 'number') {
    return { state: { kind: 'asking', streamId: info }, send: [command(info, 'publish', PUBLISH, null, stream, 'live')] };
  }
  return { state, send: [] };
}

function onStatus(state: PublishState, info: Amf): PublishStep {
  const { level, code } = propertiesOf(info);
  if (level === 'error') return { state: { kind: 'failed', reason: wordsOf(info) }, send: [] };
  if (state.kind === 'asking' && code === 'NetStream.Publish.Start') return { state: { kind: 'publishing', streamId: state.streamId }, send: [] };
  return { state, send: [] };
}

/** The goodbye: the server need not wait for a publisher that comes back. */
export function endPublish(streamId: number, { stream }: PublishTarget): RtmpMessage[] {
  return [command(0, 'FCUnpublish', PUBLISH + 1, null, stream), command(0, 'deleteStream', PUBLISH + 2, null, streamId)];
}

/** `@setDataFrame` is taken by every server as the stream's `onMetaData`. */
export function metadata(streamId: number, values: Readonly<Record<string, Amf>>): RtmpMessage {
  return { type: RTMP_TYPE.data, streamId, timestampMs: 0, payload: encodeAmf('@setDataFrame', 'onMetaData', values) };
}

function command(streamId: number, ...values: readonly Amf[]): RtmpMessage {
  return { type: RTMP_TYPE.command, streamId, timestampMs: 0, payload: encodeAmf(...values) };
}

function pong(payload: Buffer): RtmpMessage[] {
  if (payload.length < 6 || payload.readUInt16BE() !== PING.request) return [];
  const answer = Buffer.from(payload.subarray(0, 6));
  answer.writeUInt16BE(PING.response);
  return [{ type: RTMP_TYPE.userControl, streamId: 0, timestampMs: 0, payload: answer }];
}

function wordsOf(info: Amf): string {
  const { description, code } = propertiesOf(info);
  const words = typeof description === 'string' && description !== '' ? description : typeof code === 'string' ? code : 'it gives no reason';
  return words.slice(0, STATUS_LIMIT);
}

function propertiesOf(info: Amf): Readonly<Record<string, Amf>> {
  return typeof info === 'object' && info !== null && !Array.isArray(info) ? (info as Readonly<Record<string, Amf>>) : {};
}
