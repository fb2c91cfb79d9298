import { execFileSync } from 'node:child_process';
import { AAC_FRAME_SAMPLES } from '#kit/media/aac.ts';
import { canonicalAccessUnit, parameterSetsOf } from '#kit/media/h264.ts';
import { NutReader, type NutPacket, ptsToUs } from '#kit/media/nut.ts';
import type { AudioPacket, MediaPacket, VideoPacket } from '#kit/media/packet.ts';

/** Two seconds of a real program, layer `720p` with a keyframe every half second, and AAC: to be played again and again at any speed. */
export interface Sample {
  readonly video: readonly VideoPacket[];
  readonly audio: readonly AudioPacket[];
}

const SECONDS = 2;
const FRAME_US = 40_000;
const AAC_US = (AAC_FRAME_SAMPLES * 1_000_000) / 48_000;

export function makeSample(): Sample {
  const picture = nut(['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '13']);
  const sound = nut(['-f', 'lavfi', '-i', 'sine=sample_rate=48000', '-c:a', 'aac', '-ac', '2']);
  return {
    video: picture.map((packet) => ({
      kind: 'video', codec: 'h264', layer: '720p', captureUs: ptsToUs(packet.pts, packet.timeBase), durationUs: FRAME_US, keyframe: packet.key,
      data: canonicalAccessUnit(packet.data, parameterSetsOf(packet.stream.extradata)),
    })),
    audio: sound.map(({ data }, index) => ({ kind: 'audio', codec: 'aac', captureUs: Math.round(index * AAC_US), durationUs: AAC_US, channels: 2, data })),
  };
}

/** The sample from `fromUs` on for this long, over and over, by capture time. */
export function* play(sample: Sample, fromUs: number, seconds: number): Generator<MediaPacket> {
  const all = [...sample.video, ...sample.audio].filter(({ captureUs }) => captureUs < SECONDS * 1_000_000).sort((a, b) => a.captureUs - b.captureUs);
  for (let atUs = 0; ; atUs += SECONDS * 1_000_000) {
    for (const packet of all) {
      const captureUs = fromUs + atUs + packet.captureUs;
      if (captureUs >= fromUs + seconds * 1_000_000) return;
      yield { ...packet, captureUs };
    }
  }
}

function nut(args: readonly string[]): NutPacket[] {
  const bytes = execFileSync('ffmpeg', ['-v', 'error', ...args, '-t', String(SECONDS), '-f', 'nut', 'pipe:1'], { maxBuffer: 64 * 1024 * 1024 });
  return new NutReader().push(bytes);
}
