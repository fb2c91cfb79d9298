import { BitReader } from '../bit-reader.ts';
import { joinNalUnits, NAL, nalType, splitNalUnits } from './nal.ts';

export interface ParameterSets {
  readonly sps: Buffer;
  readonly pps: Buffer;
}

/** Not needed by any decoder: delimiters and filler cost bytes, SEI from encoders is a version banner or picture timing. */
const DISPENSABLE: ReadonlySet<number> = new Set([NAL.accessUnitDelimiter, NAL.sei, NAL.filler, NAL.endOfSequence, NAL.endOfStream]);

/** Bytes of a slice that hold first_mb_in_slice and slice_type, each at most 32 bits long in practice, escapes included. */
const SLICE_HEAD_BYTES = 16;

/** Whether decoding can begin at this access unit: it has an IDR slice. */
export function isKeyframe(annexB: Buffer): boolean {
  return splitNalUnits(annexB).some((nal) => nalType(nal) === NAL.idr);
}

/** First SPS and first PPS of an access unit or of extradata, or null when either is missing. */
export function parameterSetsOf(annexB: Buffer): ParameterSets | null {
  const nals = splitNalUnits(annexB);
  const sps = nals.find((nal) => nalType(nal) === NAL.sps);
  const pps = nals.find((nal) => nalType(nal) === NAL.pps);
  return sps === undefined || pps === undefined ? null : { sps, pps };
}

/** Whether any slice is a B slice (slice_type 1 or 6, H.264 table 7-6). Such a publisher is refused: WebRTC shows frames as they come. */
export function hasBFrames(annexB: Buffer): boolean {
  return splitNalUnits(annexB).some(isBSlice);
}

/** Drops delimiters, SEI and filler. 4-byte start codes whatever came in. */
export function stripDispensable(annexB: Buffer): Buffer {
  return joinNalUnits(splitNalUnits(annexB).filter((nal) => !DISPENSABLE.has(nalType(nal))));
}

/** Drops SPS and PPS, for containers that keep them elsewhere. */
export function stripParameterSets(annexB: Buffer): Buffer {
  return joinNalUnits(splitNalUnits(annexB).filter((nal) => nalType(nal) !== NAL.sps && nalType(nal) !== NAL.pps));
}

/**
 * The form that a `VideoPacket` promises: no delimiters, SEI or filler, and parameter sets in front of a keyframe. `sets` are
 * used where the access unit carries none itself (encoders that write a global header).
 */
export function canonicalAccessUnit(annexB: Buffer, sets: ParameterSets | null): Buffer {
  const nals = splitNalUnits(annexB).filter((nal) => !DISPENSABLE.has(nalType(nal)));
  const types = new Set(nals.map(nalType));
  const complete = !types.has(NAL.idr) || (types.has(NAL.sps) && types.has(NAL.pps));
  if (complete || sets === null) return joinNalUnits(nals);
  const rest = nals.filter((nal) => nalType(nal) !== NAL.sps && nalType(nal) !== NAL.pps);
  return joinNalUnits([sets.sps, sets.pps, ...rest]);
}

/** Removes emulation prevention bytes (H.264 section 7.4.1.1): 00 00 03 reads as 00 00. */
export function unescapeRbsp(nal: Buffer): Buffer {
  const out = Buffer.allocUnsafe(nal.length);
  let length = 0;
  let zeros = 0;
  for (const byte of nal) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    out[length] = byte;
    length += 1;
  }
  return out.subarray(0, length);
}

function isBSlice(nal: Buffer): boolean {
  if (nalType(nal) !== NAL.slice && nalType(nal) !== NAL.idr) return false;
  try {
    const bits = new BitReader(unescapeRbsp(nal.subarray(1, SLICE_HEAD_BYTES)));
    bits.unsignedGolomb(); // first_mb_in_slice
    return bits.unsignedGolomb() % 5 === 1;
  } catch (error) {
    // A slice too short to have a header has no type; the decoder will drop it.
    if (error instanceof RangeError) return false;
    throw error;
  }
}
