import { AAC_FRAME_SAMPLES } from '#kit/media/aac.ts';
import { AUDIO_TIMESCALE, fragment, initSegment, mfra, type Mp4Sample, type RandomAccessEntry, VIDEO_TIMESCALE } from '#kit/media/fmp4.ts';
import { annexBToAvcc, type ParameterSets, parameterSetsOf } from '#kit/media/h264.ts';
import type { AudioPacket, MediaPacket, VideoPacket } from '#kit/media/packet.ts';

export interface Piece {
  readonly bytes: Buffer;
  /** Of the first frame; microseconds since 1970. */
  readonly captureUs: number;
  readonly durationUs: number;
  /** Position of the `moof` inside the bytes (a `prft` stands in front). */
  readonly moofOffset: number;
  /** Decode time of the first frame, 90 kHz from the part's first. */
  readonly videoTime: number;
}

const VIDEO_TRACK = 1;
const AUDIO_TRACK = 2;
/** Sound that is this near to where the last ended follows it without a seam, µs; further away its own time is believed. */
const AUDIO_SEAM_US = 30_000;
/** A GOP without a next keyframe (the encoder died) is closed at this length, µs. */
const GOP_MAX_US = 4_000_000;
const MAX_WAITING_AUDIO = 400;
/** Size of the `prft` in front of each `moof`. */
export const PRFT_BYTES = 32;

/** One part file's content: turns the program's packets into an initialisation segment and fragments of one GOP each. Pure. */
export class Fragmenter {
  readonly init: Buffer;
  readonly #sets: ParameterSets;
  readonly #epochUs: number;
  #gop: VideoPacket[] = [];
  #audio: AudioPacket[] = [];
  #sequence = 0;
  /** Samples at 48 kHz since the part's first frame, of where the sound so far ends. */
  #audioEnd: number | null = null;

  /** `first` is the keyframe that the part begins with; it is still to be pushed. */
  constructor(first: VideoPacket, sets: ParameterSets) {
    this.#epochUs = first.captureUs;
    this.#sets = sets;
    this.init = initSegment([{ kind: 'h264', trackId: VIDEO_TRACK, ...sets }, { kind: 'aac', trackId: AUDIO_TRACK, channels: 2 }]);
  }

  /** Whether this keyframe can go on in the same part: another encoder writes other parameter sets. */
  accepts(keyframe: VideoPacket): boolean {
    const sets = parameterSetsOf(keyframe.data);
    return sets !== null && sets.sps.equals(this.#sets.sps) && sets.pps.equals(this.#sets.pps);
  }

  /** The finished fragment when `packet` begins the next one, else null. */
  push(packet: MediaPacket): Piece | null {
    if (packet.kind === 'audio') {
      if (packet.captureUs >= this.#epochUs && this.#audio.length < MAX_WAITING_AUDIO) this.#audio.push(packet);
      return null;
    }
    const first = this.#gop[0];
    const ends = first !== undefined && (packet.keyframe || packet.captureUs - first.captureUs > GOP_MAX_US);
    const piece = ends ? this.#close(packet.captureUs) : null;
    if (this.#gop.length > 0 || packet.keyframe) this.#gop.push(packet);
    return piece;
  }

  /** What is left, at the end. */
  flush(): Piece | null {
    return this.#gop.length === 0 ? null : this.#close(null);
  }

  /** The closing index of a part whose fragments begin at `offsets` (their `moof`) at the given times. */
  static closing(entries: readonly { readonly time: number; readonly moofOffset: number }[]): Buffer {
    return mfra(entries.map((entry): RandomAccessEntry => ({ trackId: VIDEO_TRACK, ...entry })));
  }

  #close(nextUs: number | null): Piece {
    const gop = this.#gop;
    const captureUs = gop[0]?.captureUs ?? this.#epochUs;
    const last = gop.at(-1);
    const nominalEndUs = last === undefined ? captureUs : last.captureUs + last.durationUs;
    // After a gap the next frame does not say how long this one was.
    const endUs = nextUs !== null && Math.abs(nextUs - nominalEndUs) < (last?.durationUs ?? 0) ? nextUs : nominalEndUs;
    const videoTime = this.#ticks(captureUs);
    this.#sequence += 1;
    const bytes = fragment({
      sequence: this.#sequence,
      captureUs,
      tracks: [{ trackId: VIDEO_TRACK, baseDecodeTime: videoTime, samples: this.#videoSamples(gop, endUs) }, this.#takeAudio()],
    });
    this.#gop = [];
    return { bytes, captureUs, durationUs: endUs - captureUs, moofOffset: PRFT_BYTES, videoTime };
  }

  #videoSamples(gop: readonly VideoPacket[], endUs: number): Mp4Sample[] {
    return gop.map((packet, index) => {
      const nextUs = gop[index + 1]?.captureUs ?? endUs;
      return { data: annexBToAvcc(packet.data), duration: this.#ticks(nextUs) - this.#ticks(packet.captureUs), keyframe: packet.keyframe };
    });
  }

  #takeAudio(): { trackId: number; baseDecodeTime: number; samples: Mp4Sample[] } {
    const [first] = this.#audio;
    if (first === undefined) return { trackId: AUDIO_TRACK, baseDecodeTime: 0, samples: [] };
    const byClock = Math.round(((first.captureUs - this.#epochUs) * AUDIO_TIMESCALE) / 1_000_000);
    const isSeamless = this.#audioEnd !== null && Math.abs(byClock - this.#audioEnd) < (AUDIO_SEAM_US * AUDIO_TIMESCALE) / 1_000_000;
    const baseDecodeTime = isSeamless && this.#audioEnd !== null ? this.#audioEnd : byClock;
    const samples = this.#audio.map(({ data }) => ({ data, duration: AAC_FRAME_SAMPLES, keyframe: true }));
    this.#audio = [];
    this.#audioEnd = baseDecodeTime + samples.length * AAC_FRAME_SAMPLES;
    return { trackId: AUDIO_TRACK, baseDecodeTime, samples };
  }

  #ticks(captureUs: number): number {
    return Math.round(((captureUs - this.#epochUs) * VIDEO_TIMESCALE) / 1_000_000);
  }
}
