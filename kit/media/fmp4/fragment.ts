import { box, fullBox, u32, u64 } from './box.ts';

export interface Mp4Sample {
  /** Length-prefixed H.264, a raw AAC frame or an Opus packet. */
  readonly data: Buffer;
  /** In the track's timescale. */
  readonly duration: number;
  readonly keyframe: boolean;
}

export interface TrackFragment {
  readonly trackId: number;
  /** Decode time of the first sample in the track's timescale. */
  readonly baseDecodeTime: number;
  readonly samples: readonly Mp4Sample[];
}

export interface FragmentInput {
  /** Counts up from 1 over the file. */
  readonly sequence: number;
  readonly tracks: readonly TrackFragment[];
  /** Adds a `prft` in front: at this capture time (µs since 1970) the first sample of the first track was taken. */
  readonly captureUs?: number;
}

/** sample_flags (ISO/IEC 14496-12 section 8.8.3.1): depends on nothing, or depends on others and is no sync sample. */
const SYNC_SAMPLE = 0x02000000;
const DEPENDENT_SAMPLE = 0x01010000;
const DEFAULT_BASE_IS_MOOF = 0x020000;
/** trun: data offset, and for each sample duration, size and flags. */
const TRUN_FLAGS = 0x000701;
const NTP_TO_UNIX_SECONDS = 2_208_988_800n;
/** prft flag: the time at which the reference frame was captured (section 8.16.5.1). */
const PRFT_CAPTURED = 24;

/** One movie fragment: optional `prft`, then `moof` and `mdat`; every track's samples lie together in track order. */
export function fragment(input: FragmentInput): Buffer {
  const tracks = input.tracks.filter((track) => track.samples.length > 0);
  const payloads = tracks.map((track) => track.samples.map((sample) => sample.data));
  // The moof's size does not depend on the offsets it has, so it is laid out once to learn where the data begins.
  const offsets = dataOffsets(moof(input.sequence, tracks, tracks.map(() => 0)).length + 8, payloads);
  const parts = [moof(input.sequence, tracks, offsets), box('mdat', ...payloads.flat())];
  const [first] = tracks;
  if (input.captureUs === undefined || first === undefined) return Buffer.concat(parts);
  return Buffer.concat([prft(first, input.captureUs), ...parts]);
}

function dataOffsets(start: number, payloads: readonly (readonly Buffer[])[]): number[] {
  const offsets: number[] = [];
  let at = start;
  for (const payload of payloads) {
    offsets.push(at);
    at += payload.reduce((sum, data) => sum + data.length, 0);
  }
  return offsets;
}

function moof(sequence: number, tracks: readonly TrackFragment[], offsets: readonly number[]): Buffer {
  const trafs = tracks.map((track, index) => traf(track, offsets[index] ?? 0));
  return box('moof', fullBox('mfhd', 0, 0, u32(sequence)), ...trafs);
}

function traf(track: TrackFragment, offset: number): Buffer {
  return box(
    'traf',
    fullBox('tfhd', 0, DEFAULT_BASE_IS_MOOF, u32(track.trackId)),
    fullBox('tfdt', 1, 0, u64(track.baseDecodeTime)),
    fullBox('trun', 0, TRUN_FLAGS, u32(track.samples.length, offset), sampleTable(track.samples)),
  );
}

function sampleTable(samples: readonly Mp4Sample[]): Buffer {
  const out = Buffer.allocUnsafe(samples.length * 12);
  let at = 0;
  for (const sample of samples) {
    at = out.writeUInt32BE(sample.duration, at);
    at = out.writeUInt32BE(sample.data.length, at);
    at = out.writeUInt32BE(sample.keyframe ? SYNC_SAMPLE : DEPENDENT_SAMPLE, at);
  }
  return out;
}

/** Producer reference time: lets any player measure its true delay. */
function prft(track: TrackFragment, captureUs: number): Buffer {
  const us = BigInt(Math.round(captureUs));
  const ntp = ((us / 1_000_000n + NTP_TO_UNIX_SECONDS) << 32n) | (((us % 1_000_000n) << 32n) / 1_000_000n);
  const time = Buffer.allocUnsafe(8);
  time.writeBigUInt64BE(BigInt.asUintN(64, ntp));
  return fullBox('prft', 1, PRFT_CAPTURED, u32(track.trackId), time, u64(track.baseDecodeTime));
}
