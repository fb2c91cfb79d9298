import { AAC_FRAME_SAMPLES } from '#kit/media/aac.ts';
import { AUDIO_TIMESCALE, fragment, initSegment, mfra, type Mp4Sample, type Mp4Track, type RandomAccessEntry, VIDEO_TIMESCALE } from '#kit/media/fmp4.ts';
import { annexBToAvcc, type ParameterSets, parameterSetsOf } from '#kit/media/h264.ts';
import type { AudioPacket, MediaPacket, VideoPacket } from '#kit/media/packet.ts';

export interface Piece {
  readonly bytes: Buffer;
  /** Of the first frame; microseconds since 1970. */
  readonly captureUs: number;
  readonly durationUs: number;
  /** How much of that has sound, µs. */
  readonly soundUs: number;
  /** Where a player can begin; null for a fragment inside a group of pictures. */
  readonly entry: RandomAccessEntry | null;
}

/** What a part holds: `program` picture and sound, `picture` alone, `sound` alone. */
export type PartShape = 'program' | 'picture' | 'sound';

const VIDEO_TRACK = 1;
const AUDIO_TRACK = 2;
/** Sound that is this near to where the last ended follows it without a seam, µs; further away its own time is believed. */
const AUDIO_SEAM_US = 30_000;
/** A fragment is closed by the first keyframe from here on, µs: whole GOPs, a second at most. */
const CLOSING_US = 700_000;
/** A camera that sends its keyframes rarely is cut between them, µs. */
const LONGEST_US = 1_000_000;
/** The program's own encoder makes a keyframe a second: one that came later than this has died meanwhile. */
const LONGEST_PROGRAM_US = 1_500_000;
const MAX_WAITING_AUDIO = 400;
/** Time that leaps further than this, or runs backwards, begins a new part, µs. */
const LEAP_US = 60_000_000;
/** Size of the `prft` in front of each `moof`. */
export const PRFT_BYTES = 32;

/** One part file's content: turns packets into an initialisation segment and fragments of a second at most. Pure. */
export class Fragmenter {
  readonly init: Buffer;
  readonly #shape: PartShape;
  readonly #sets: ParameterSets | null;
  readonly #epochUs: number;
  #lastUs: number;
  #video: VideoPacket[] = [];
  #audio: AudioPacket[] = [];
  #sequence = 0;
  /** Samples at 48 kHz since the part's first frame, of where the sound so far ends. */
  #audioEnd: number | null = null;

  /** `first` is the packet that the part begins with; it is still to be pushed. `sets` are those of its picture. */
  constructor(shape: PartShape, first: MediaPacket, sets: ParameterSets | null) {
    this.#shape = shape;
    this.#epochUs = first.captureUs;
    this.#lastUs = first.captureUs;
    this.#sets = sets;
    this.init = initSegment(tracksOf(shape, first, sets));
  }

  /** Whether this packet can go on in the same part: another encoder writes other parameter sets, another clock other times. */
  accepts(packet: MediaPacket): boolean {
    if (packet.kind === 'audio' && this.#shape !== 'sound') return true;
    if (packet.captureUs < this.#lastUs - AUDIO_SEAM_US || packet.captureUs - this.#lastUs > LEAP_US) return false;
    if (packet.kind === 'audio' || !packet.keyframe || this.#sets === null) return true;
    const sets = parameterSetsOf(packet.data);
    return sets !== null && sets.sps.equals(this.#sets.sps) && sets.pps.equals(this.#sets.pps);
  }

  /** The finished fragment when `packet` begins the next one, else null. */
  push(packet: MediaPacket): Piece | null {
    return packet.kind === 'audio' ? this.#pushAudio(packet) : this.#pushVideo(packet);
  }

  /** What is left, at the end. */
  flush(): Piece | null {
    return this.#isEmpty ? null : this.#close(null);
  }

  /** The closing index of a part with these entries. */
  static closing(entries: readonly RandomAccessEntry[]): Buffer {
    return mfra(entries);
  }

  get #isEmpty(): boolean {
    return this.#shape === 'sound' ? this.#audio.length === 0 : this.#video.length === 0;
  }

  #pushAudio(packet: AudioPacket): Piece | null {
    if (packet.captureUs < this.#epochUs || this.#shape === 'picture') return null;
    const [first] = this.#audio;
    const ends = this.#shape === 'sound' && first !== undefined && packet.captureUs - first.captureUs >= LONGEST_US - packet.durationUs;
    const piece = ends ? this.#close(null) : null;
    if (this.#audio.length < MAX_WAITING_AUDIO) this.#audio.push(packet);
    if (this.#shape === 'sound') this.#lastUs = packet.captureUs;
    return piece ?? this.#closeOverdue(packet);
  }

  #pushVideo(packet: VideoPacket): Piece | null {
    const [first] = this.#video;
    const ageUs = first === undefined ? 0 : packet.captureUs - first.captureUs;
    const longestUs = this.#shape === 'program' ? LONGEST_PROGRAM_US : LONGEST_US;
    const ends = first !== undefined && ((packet.keyframe && ageUs >= CLOSING_US) || ageUs >= longestUs);
    const piece = ends ? this.#close(packet.captureUs) : null;
    this.#video.push(packet);
    this.#lastUs = packet.captureUs;
    return piece;
  }

  /** Sound runs on while the picture's encoder is dead: what it had made goes to disk now, not with its successor's first frame. */
  #closeOverdue(packet: AudioPacket): Piece | null {
    const [first] = this.#video;
    if (this.#shape !== 'program' || first === undefined || packet.captureUs - first.captureUs < LONGEST_PROGRAM_US + LONGEST_US) return null;
    return this.#close(null);
  }

  #close(nextUs: number | null): Piece {
    const { captureUs, endUs } = this.#shape === 'sound' ? this.#audioSpan() : this.#videoSpan(nextUs);
    const keyframe = this.#shape === 'sound' || this.#video[0]?.keyframe === true;
    this.#sequence += 1;
    const video = { trackId: VIDEO_TRACK, baseDecodeTime: this.#ticks(captureUs), samples: this.#videoSamples(endUs) };
    const audio = this.#takeAudio();
    const tracks = this.#shape === 'program' ? [video, audio] : [this.#shape === 'sound' ? audio : video];
    const bytes = fragment({ sequence: this.#sequence, captureUs, tracks });
    this.#video = [];
    const { trackId, baseDecodeTime: time } = tracks[0] ?? video;
    const soundUs = Math.round((audio.samples.length * AAC_FRAME_SAMPLES * 1_000_000) / AUDIO_TIMESCALE);
    // Sources reckon in fractions (a frame of AAC is 21,333.3 µs), an index in whole microseconds.
    const [fromUs, toUs] = [Math.round(captureUs), Math.round(endUs)];
    return { bytes, captureUs: fromUs, durationUs: toUs - fromUs, soundUs, entry: keyframe ? { trackId, time, moofOffset: PRFT_BYTES } : null };
  }

  #videoSpan(nextUs: number | null): { captureUs: number; endUs: number } {
    const captureUs = this.#video[0]?.captureUs ?? this.#epochUs;
    const last = this.#video.at(-1);
    const nominalEndUs = last === undefined ? captureUs : last.captureUs + last.durationUs;
    // After a gap the next frame does not say how long this one was.
    const endUs = nextUs !== null && Math.abs(nextUs - nominalEndUs) < (last?.durationUs ?? 0) ? nextUs : nominalEndUs;
    return { captureUs, endUs };
  }

  #audioSpan(): { captureUs: number; endUs: number } {
    const captureUs = this.#audio[0]?.captureUs ?? this.#epochUs;
    const last = this.#audio.at(-1);
    return { captureUs, endUs: last === undefined ? captureUs : last.captureUs + last.durationUs };
  }

  #videoSamples(endUs: number): Mp4Sample[] {
    return this.#video.map((packet, index) => {
      const nextUs = this.#video[index + 1]?.captureUs ?? endUs;
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

/** Whether a part of this shape can begin with this packet, and with which parameter sets; null where it cannot. */
export function beginningOf(shape: PartShape, packet: MediaPacket): { readonly sets: ParameterSets | null } | null {
  if (shape === 'sound') return packet.kind === 'audio' ? { sets: null } : null;
  if (packet.kind !== 'video' || !packet.keyframe) return null;
  const sets = parameterSetsOf(packet.data);
  return sets === null ? null : { sets };
}

function tracksOf(shape: PartShape, first: MediaPacket, sets: ParameterSets | null): Mp4Track[] {
  const channels = first.kind === 'audio' ? first.channels : 2;
  const sound: Mp4Track = { kind: 'aac', trackId: AUDIO_TRACK, channels };
  if (shape === 'sound' || sets === null) return [sound];
  const picture: Mp4Track = { kind: 'h264', trackId: VIDEO_TRACK, ...sets };
  return shape === 'program' ? [picture, sound] : [picture];
}
