/** What encoders and players say to a server, in one go: they need not wait for its answers. */
import { type Amf, encodeAmf } from '#kit/media/rtmp/amf0.ts';
import { ChunkWriter, helloOf, NOISE_BYTES } from '#kit/media/rtmp.ts';

const COMMAND = 20;
const STREAM = 1;

/** C0, C1 and C2. */
export function greeting(): Buffer {
  const hello = helloOf(Buffer.alloc(NOISE_BYTES, 1));
  return Buffer.concat([hello, hello.subarray(1)]);
}

export function commandOf(streamId: number, ...values: readonly Amf[]): Buffer {
  return new ChunkWriter().write({ type: COMMAND, streamId, timestampMs: 0, payload: encodeAmf(...values) });
}

/** From `connect` to `createStream`. */
export function connecting(app = 'live'): Buffer {
  return Buffer.concat([commandOf(0, 'connect', 1, { app, tcUrl: `rtmp://edge/${app}` }), commandOf(0, 'createStream', 2, null)]);
}

/** `stream`: `room?token=…` */
export function playing(stream: string): Buffer {
  return Buffer.concat([greeting(), connecting(), commandOf(STREAM, 'play', 3, null, stream)]);
}

/** `stream`: `room?key=…` */
export function publishing(stream: string): Buffer {
  return Buffer.concat([greeting(), connecting(), commandOf(STREAM, 'publish', 3, null, stream, 'live')]);
}
