import { packetizeH264 } from '#kit/media/rtp-h264.ts';
import { sampleAudio, sampleVideo } from '#kit/media/testing/samples.ts';
import type { PacketizedFrame } from '../types.ts';

/** Test aid: a real 360p picture and tone, encoded beforehand by FFmpeg, given out in real time for ever, as a room would. */
export interface LiveSource {
  /** The group of pictures that is running, as a viewer's first burst. */
  readonly gop: readonly PacketizedFrame[];
  onFrame(listener: (frame: PacketizedFrame) => void): () => void;
  close(): void;
}

const FRAME_MS = 40;
const OPUS_MS = 20;

export async function startLiveSource(): Promise<LiveSource> {
  const video = await sampleVideo({ seconds: 4, width: 640, height: 360, fps: 25, keyframeEvery: 25 });
  const audio = await sampleAudio('opus', 4);
  const listeners = new Set<(frame: PacketizedFrame) => void>();
  const startMs = Date.now();
  let gop: PacketizedFrame[] = [];
  let frames = 0;
  let sounds = 0;
  const give = (frame: PacketizedFrame): void => {
    for (const listener of listeners) listener(frame);
  };
  const giveVideo = (): void => {
    const sample = video[frames % video.length];
    if (sample === undefined) return;
    const frame: PacketizedFrame = { kind: 'video', captureUs: (startMs + frames * FRAME_MS) * 1000, keyframe: sample.keyframe, payloads: packetizeH264(sample.data, 1180) };
    gop = sample.keyframe ? [frame] : [...gop, frame];
    frames += 1;
    give(frame);
  };
  const giveAudio = (): void => {
    const sample = audio[sounds % audio.length];
    if (sample !== undefined) give({ kind: 'audio', captureUs: (startMs + sounds * OPUS_MS) * 1000, keyframe: true, payloads: [sample.data] });
    sounds += 1;
  };
  const timer = setInterval(() => {
    while (startMs + frames * FRAME_MS <= Date.now()) giveVideo();
    while (startMs + sounds * OPUS_MS <= Date.now()) giveAudio();
  }, 5);
  return {
    get gop() {
      return gop;
    },
    onFrame: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => clearInterval(timer),
  };
}
