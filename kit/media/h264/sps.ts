import { CodedError } from '../../process/errors.ts';
import { BitReader } from '../bit-reader.ts';
import { unescapeRbsp } from './access-unit.ts';
import { NAL, nalType } from './nal.ts';

export interface SpsInfo {
  /** Size in pixels, cropping applied. */
  readonly width: number;
  readonly height: number;
  /** How wide a pixel is for its height; left out where they are square or the stream does not say. */
  readonly pixelAspect?: number;
  /** profile_idc, constraint flags and level_idc in hex as SDP and `avc1.` codec strings have them, e.g. `42c01f`. */
  readonly profileLevelId: string;
  readonly profileIdc: number;
  readonly levelIdc: number;
  /** From the timing information, or null where the stream has none. */
  readonly fps: number | null;
  /** max_num_reorder_frames, or null where the stream does not say. 0 promises that there are no B-frames to wait for. */
  readonly maxReorderFrames: number | null;
}

/** profile_idc values whose SPS carries the chroma and scaling fields (H.264 section 7.3.2.1.1). */
const HIGH_PROFILES: ReadonlySet<number> = new Set([44, 83, 86, 100, 110, 118, 122, 128, 134, 135, 138, 139, 244]);
const EXTENDED_SAR = 255;
/** By aspect_ratio_idc (H.264 table E-1); 0 is unspecified. */
const PIXEL_SHAPES: readonly (readonly [across: number, down: number])[] = [
  [1, 1], [1, 1], [12, 11], [10, 11], [16, 11], [40, 33], [24, 11], [20, 11], [32, 11], [80, 33], [18, 11], [15, 11], [64, 33], [160, 99], [4, 3], [3, 2], [2, 1],
];

/** Reads an SPS NAL unit (header byte included, no start code). Throws `CodedError` `bad_h264` when it is not one. */
export function parseSps(sps: Buffer): SpsInfo {
  if (nalType(sps) !== NAL.sps || sps.length < 4) throw badSps('it is not an SPS NAL unit');
  try {
    return readSps(sps, new BitReader(unescapeRbsp(sps.subarray(4))));
  } catch (error) {
    if (error instanceof RangeError) throw badSps(error.message, error);
    throw error;
  }
}

function readSps(sps: Buffer, bits: BitReader): SpsInfo {
  const profileIdc = sps.readUInt8(1);
  bits.unsignedGolomb(); // seq_parameter_set_id
  const chroma = HIGH_PROFILES.has(profileIdc) ? readChroma(bits) : 1;
  bits.unsignedGolomb(); // log2_max_frame_num_minus4
  skipPictureOrder(bits);
  bits.unsignedGolomb(); // max_num_ref_frames
  bits.skip(1); // gaps_in_frame_num_value_allowed_flag
  const size = readSize(bits, chroma);
  const vui = bits.flag() ? readVui(bits) : { fps: null, maxReorderFrames: null };
  return { ...size, ...vui, profileIdc, levelIdc: sps.readUInt8(3), profileLevelId: sps.toString('hex', 1, 4) };
}

function readChroma(bits: BitReader): number {
  const chroma = bits.unsignedGolomb();
  if (chroma > 3) throw new RangeError('chroma_format_idc is out of range');
  if (chroma === 3) bits.skip(1); // separate_colour_plane_flag
  bits.unsignedGolomb(); // bit_depth_luma_minus8
  bits.unsignedGolomb(); // bit_depth_chroma_minus8
  bits.skip(1); // qpprime_y_zero_transform_bypass_flag
  if (!bits.flag()) return chroma;
  for (let list = 0; list < (chroma === 3 ? 12 : 8); list += 1) if (bits.flag()) skipScalingList(bits, list < 6 ? 16 : 64);
  return chroma;
}

/** H.264 section 7.3.2.1.1.1. */
function skipScalingList(bits: BitReader, size: number): void {
  let last = 8;
  let next = 8;
  for (let index = 0; index < size; index += 1) {
    if (next !== 0) next = (last + bits.signedGolomb() + 256) % 256;
    if (next !== 0) last = next;
  }
}

function skipPictureOrder(bits: BitReader): void {
  const type = bits.unsignedGolomb();
  if (type === 0) bits.unsignedGolomb(); // log2_max_pic_order_cnt_lsb_minus4
  if (type !== 1) return;
  bits.skip(1); // delta_pic_order_always_zero_flag
  bits.signedGolomb(); // offset_for_non_ref_pic
  bits.signedGolomb(); // offset_for_top_to_bottom_field
  const cycle = bits.unsignedGolomb();
  if (cycle > 255) throw new RangeError('num_ref_frames_in_pic_order_cnt_cycle is out of range');
  for (let index = 0; index < cycle; index += 1) bits.signedGolomb();
}

/** Macroblocks to pixels, less the cropping rectangle counted in chroma units (H.264 equations 7-19 to 7-22). */
function readSize(bits: BitReader, chroma: number): { width: number; height: number } {
  const widthMbs = bits.unsignedGolomb() + 1;
  const heightMapUnits = bits.unsignedGolomb() + 1;
  const framesOnly = bits.flag();
  if (!framesOnly) bits.skip(1); // mb_adaptive_frame_field_flag
  bits.skip(1); // direct_8x8_inference_flag
  const fieldFactor = framesOnly ? 1 : 2;
  const crop = bits.flag() ? [bits.unsignedGolomb(), bits.unsignedGolomb(), bits.unsignedGolomb(), bits.unsignedGolomb()] : [0, 0, 0, 0];
  const [left = 0, right = 0, top = 0, bottom = 0] = crop;
  const cropX = chroma === 1 || chroma === 2 ? 2 : 1;
  const cropY = (chroma === 1 ? 2 : 1) * fieldFactor;
  const width = widthMbs * 16 - (left + right) * cropX;
  const height = heightMapUnits * 16 * fieldFactor - (top + bottom) * cropY;
  if (width <= 0 || height <= 0 || width > 16_384 || height > 16_384) throw new RangeError('picture size is out of range');
  return { width, height };
}

/** H.264 annex E.1.1. */
function readVui(bits: BitReader): Pick<SpsInfo, 'fps' | 'maxReorderFrames' | 'pixelAspect'> {
  const pixelAspect = bits.flag() ? readPixelAspect(bits) : 1;
  if (bits.flag()) bits.skip(1); // overscan
  if (bits.flag()) {
    bits.skip(4); // video_format, video_full_range_flag
    if (bits.flag()) bits.skip(24); // colour description
  }
  if (bits.flag()) {
    bits.unsignedGolomb(); // chroma_sample_loc_type_top_field
    bits.unsignedGolomb(); // chroma_sample_loc_type_bottom_field
  }
  const fps = bits.flag() ? readTiming(bits) : null;
  const nalHrd = bits.flag();
  if (nalHrd) skipHrd(bits);
  const vclHrd = bits.flag();
  if (vclHrd) skipHrd(bits);
  if (nalHrd || vclHrd) bits.skip(1); // low_delay_hrd_flag
  bits.skip(1); // pic_struct_present_flag
  return { fps, maxReorderFrames: bits.flag() ? readReorder(bits) : null, ...(pixelAspect === 1 ? {} : { pixelAspect }) };
}

/** Reserved numbers and zeros say nothing (H.264 annex E.2.1). */
function readPixelAspect(bits: BitReader): number {
  const idc = bits.bits(8);
  const [across, down] = idc === EXTENDED_SAR ? [bits.bits(16), bits.bits(16)] : (PIXEL_SHAPES[idc] ?? [1, 1]);
  return across === 0 || down === 0 ? 1 : across / down;
}

/** A frame lasts two ticks: they count fields (H.264 annex E.2.1, num_units_in_tick). */
function readTiming(bits: BitReader): number | null {
  const unitsInTick = bits.bits(32);
  const timeScale = bits.bits(32);
  bits.skip(1); // fixed_frame_rate_flag
  return unitsInTick === 0 ? null : timeScale / (2 * unitsInTick);
}

function skipHrd(bits: BitReader): void {
  const count = bits.unsignedGolomb() + 1;
  if (count > 32) throw new RangeError('cpb_cnt is out of range');
  bits.skip(8); // bit_rate_scale, cpb_size_scale
  for (let index = 0; index < count; index += 1) {
    bits.unsignedGolomb();
    bits.unsignedGolomb();
    bits.skip(1);
  }
  bits.skip(20); // four 5-bit lengths
}

function readReorder(bits: BitReader): number {
  bits.skip(1); // motion_vectors_over_pic_boundaries_flag
  for (let field = 0; field < 4; field += 1) bits.unsignedGolomb();
  return bits.unsignedGolomb();
}

function badSps(why: string, cause?: unknown): CodedError {
  return new CodedError('bad_h264', `The video's sequence parameter set can't be read: ${why}. Send H.264 from a working encoder.`, { cause });
}
