/** Captures one RTSP source. Started by the appliance with IPC, ends with it: nothing else ever parses what the device sends. */
import { Socket } from 'node:net';
import type { MediaPacket } from '#kit/media/packet.ts';
import { checker } from '#kit/process/check.ts';
import { codeOf, reasonOf } from '#kit/process/errors.ts';
import { runService } from '#kit/process/run-service.ts';
import { untilOneEnds } from '#kit/process/until-one-ends.ts';
import type { CaptureNews } from '../capture-source.ts';
import type { StreamOffer } from '../rtsp/description.ts';
import { playRtsp } from '../rtsp/play.ts';
import { isPicture } from '../source-config.ts';
import { PicturePath } from './picture-path.ts';
import { BeginCapture, type FromCapture, TRACK_FD } from './protocol.ts';
import { SoundPath } from './sound-path.ts';
import { writeTrackPacket } from './track-wire.ts';

const asBegin = checker(BeginCapture, 'bad_capture_message');
/** A recorder's side that does not read for so long gets a gap in the track; the program does not notice. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

function send(message: FromCapture): Promise<void> {
  // The parent may be going: this process ends with it.
  return new Promise((resolve) => void (process.send?.(message, undefined, undefined, () => resolve()) ?? resolve()));
}

function newsTo(track: Socket): CaptureNews {
  return {
    size: ({ width, height }) => void send({ type: 'size', width, height }),
    latency: (latencyMs) => void send({ type: 'latency', latencyMs }),
    dropped: (frames) => void send({ type: 'dropped', frames }),
    packet: trackWriter(track),
  };
}

/** Leaves out whole groups of pictures rather than single frames. */
function trackWriter(track: Socket): (packet: MediaPacket) => void {
  let whole = true;
  return (packet) => {
    if (packet.kind === 'video' && !packet.keyframe && !whole) return;
    whole = track.writableLength < MAX_WAITING_BYTES;
    if (whole) track.write(writeTrackPacket(packet));
  };
}

async function capture(begin: BeginCapture, news: CaptureNews, signal: AbortSignal): Promise<void> {
  const { url, transport = 'tcp' } = begin.source;
  const onAway = (): void => void send({ type: 'away' });
  if (isPicture(begin.source)) {
    const path = new PicturePath(begin, news);
    const play = (scope: AbortSignal) => playRtsp({ url, transport, media: 'video', taker: (offer) => path.begin(offer), onAway, signal: scope });
    return await untilOneEnds(signal, [play, (scope) => path.decoder.run(scope)]);
  }
  const offered = Promise.withResolvers<SoundPath>();
  const open = (offer: StreamOffer): SoundPath => {
    const path = new SoundPath(begin, offer, news);
    offered.resolve(path);
    return path;
  };
  await untilOneEnds(signal, [
    (scope) => playRtsp({ url, transport, media: 'sound', taker: open, onAway, signal: scope }),
    async (scope) => {
      const path = await Promise.race([offered.promise, aborted(scope)]);
      if (path !== null) await untilOneEnds(scope, path.tasks());
    },
  ]);
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));
}

await runService(`capture-${process.argv[2] ?? 'source'}`, async (signal) => {
  const message = await new Promise<unknown>((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
    process.once('message', resolve);
  });
  if (message === null) return;
  const track = new Socket({ fd: TRACK_FD, readable: false, writable: true });
  track.on('error', () => undefined);
  try {
    await capture(asBegin(message), newsTo(track), signal);
  } catch (error) {
    // A device that is away is no failure of this process: the appliance says it in its own words.
    await send({ type: 'failed', code: codeOf(error) || 'capture_failed', message: reasonOf(error) });
  }
});
