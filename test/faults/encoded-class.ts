import type { PacketBus } from '#appliance/bus/packet-bus.ts';
import { systemClock } from '#kit/media/clock.ts';
import { canonicalAccessUnit, isKeyframe, parameterSetsOf } from '#kit/media/h264.ts';
import { NutReader, ptsToUs } from '#kit/media/nut.ts';
import type { MediaPacket, VideoPacket } from '#kit/media/packet.ts';
import { ffmpegNut, sampleAudio, TEST_EPOCH_US } from '#kit/media/testing/samples.ts';

export interface EncodedLayer {
  readonly id: string;
  readonly size: string;
  /** Asked of the encoder, which begins with a full buffer: in four seconds that comes to nearly a tenth more. */
  readonly kbps: number;
}

const SECONDS = 4;
const EVERY_MS = 5;

/** Four seconds of a noisy picture in every layer, keyframes a second apart, and of sound, in the order of time. */
export async function encodeClass(layers: readonly EncodedLayer[]): Promise<MediaPacket[]> {
  const video = await Promise.all(layers.map((layer) => encodeLayer(layer)));
  return [...video.flat(), ...(await sampleAudio('opus', SECONDS, undefined, '64k'))].sort((a, b) => a.captureUs - b.captureUs);
}

async function encodeLayer({ id, size, kbps }: EncodedLayer): Promise<VideoPacket[]> {
  const rate = ['-b:v', `${kbps}k`, '-maxrate', `${kbps}k`, '-bufsize', `${kbps}k`];
  const input = ['-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=25,noise=alls=12:allf=t`, '-t', String(SECONDS), '-pix_fmt', 'yuv420p'];
  const nut = await ffmpegNut([...input, '-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-profile:v', 'baseline', '-g', '25', '-sc_threshold', '0', ...rate]);
  return new NutReader().push(nut).map((packet) => {
    const data = canonicalAccessUnit(packet.data, parameterSetsOf(packet.stream.extradata));
    const captureUs = TEST_EPOCH_US + ptsToUs(packet.pts, packet.timeBase);
    return { kind: 'video', codec: 'h264', layer: id, captureUs, durationUs: 40_000, keyframe: isKeyframe(data), data };
  });
}

/** Over and over at the pace of time, with the time of day. */
export function playClass(bus: PacketBus, sample: readonly MediaPacket[]): NodeJS.Timeout {
  const clock = systemClock();
  const beganUs = clock.nowUs();
  const baseUs = sample[0]?.captureUs ?? 0;
  let count = 0;
  return setInterval(() => {
    for (;;) {
      const packet = sample[count % sample.length];
      const round = Math.floor(count / sample.length);
      const captureUs = beganUs + round * SECONDS * 1_000_000 + (packet?.captureUs ?? 0) - baseUs;
      if (packet === undefined || captureUs > clock.nowUs()) return;
      bus.publish({ ...packet, captureUs });
      count += 1;
    }
  }, EVERY_MS);
}
