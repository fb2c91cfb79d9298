import type { Readable } from 'node:stream';
import { systemClock } from '#kit/media/clock.ts';
import { canonicalAccessUnit, parameterSetsOf } from '#kit/media/h264.ts';
import { NutReader, type NutPacket, ptsToUs } from '#kit/media/nut.ts';
import type { MediaPacket } from '#kit/media/packet.ts';
import { startChild } from '#kit/process/child.ts';

const ARGUMENTS = [
  '-hide_banner', '-nostdin', '-loglevel', 'error',
  '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-re', '-f', 'lavfi', '-i', 'sine=sample_rate=48000',
  '-map', '0:v', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '10', '-flush_packets', '1', '-f', 'nut', 'pipe:3',
  '-map', '1:a', '-c:a', 'aac', '-ac', '2', '-flush_packets', '1', '-f', 'nut', 'pipe:4',
];
const FRAME_US = 40_000;
const AAC_US = 21_333;

/** A small live program as the bus would give it: layer `720p` with a keyframe every 0.4 s, and AAC. */
export async function livePackets(onPacket: (packet: MediaPacket) => void, signal: AbortSignal): Promise<void> {
  const epochUs = systemClock().nowUs();
  const child = startChild('ffmpeg', ARGUMENTS, { signal, name: 'live-packets', stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] });
  const read = (descriptor: number, toPacket: (nut: NutPacket, captureUs: number) => MediaPacket): void => {
    const reader = new NutReader();
    (child.process.stdio[descriptor] as Readable).on('data', (chunk: Buffer) => {
      for (const nut of reader.push(chunk)) onPacket(toPacket(nut, epochUs + ptsToUs(nut.pts, nut.timeBase)));
    });
  };
  read(3, (nut, captureUs) => ({
    kind: 'video', codec: 'h264', layer: '720p', captureUs, durationUs: FRAME_US, keyframe: nut.key,
    data: canonicalAccessUnit(nut.data, parameterSetsOf(nut.stream.extradata)),
  }));
  read(4, (nut, captureUs) => ({ kind: 'audio', codec: 'aac', captureUs, durationUs: AAC_US, channels: 2, data: nut.data }));
  await child.exited;
}
