import { CodedError } from '../process/errors.ts';
import { BitReader } from './bit-reader.ts';

export interface AacConfig {
  /** Audio object type (ISO/IEC 14496-3 table 1.17); AAC-LC is 2. */
  readonly objectType: number;
  readonly sampleRateHz: number;
  readonly channels: number;
}

export interface AdtsFrame {
  readonly config: AacConfig;
  /** Raw AAC frame without its ADTS header. */
  readonly data: Buffer;
}

/** Samples of one AAC-LC frame. */
export const AAC_FRAME_SAMPLES = 1024;

/** Samples by which FFmpeg's AAC encoder delays sound against its timestamps. */
export const AAC_ENCODER_DELAY_SAMPLES = 1024;

/** ISO/IEC 14496-3 table 1.18. */
const SAMPLE_RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];
const EXPLICIT_RATE = 15;
const ADTS_HEADER_BYTES = 7;

/** AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1) of plain AAC: two bytes, five for an unlisted sample rate. */
export function buildAudioSpecificConfig(config: AacConfig): Buffer {
  const index = SAMPLE_RATES.indexOf(config.sampleRateHz);
  if (index !== -1) return Buffer.from([(config.objectType << 3) | (index >> 1), ((index & 1) << 7) | (config.channels << 3)]);
  const value = (BigInt(config.objectType) << 35n) | (15n << 31n) | (BigInt(config.sampleRateHz) << 7n) | (BigInt(config.channels) << 3n);
  return Buffer.from(value.toString(16).padStart(10, '0'), 'hex');
}

/** Throws `CodedError` `bad_aac`. With SBR or PS signalled in front (types 5 and 29) it answers the AAC underneath. */
export function parseAudioSpecificConfig(bytes: Buffer): AacConfig {
  try {
    const bits = new BitReader(bytes);
    const first = readObjectType(bits);
    const sampleRateHz = readSampleRate(bits);
    const channels = bits.bits(4);
    if (first !== 5 && first !== 29) return { objectType: first, sampleRateHz, channels };
    readSampleRate(bits); // of the extension
    return { objectType: readObjectType(bits), sampleRateHz, channels };
  } catch (error) {
    if (error instanceof RangeError) throw badAac(error.message);
    throw error;
  }
}

function readObjectType(bits: BitReader): number {
  const type = bits.bits(5);
  return type === 31 ? 32 + bits.bits(6) : type;
}

function readSampleRate(bits: BitReader): number {
  const index = bits.bits(4);
  const rate = index === EXPLICIT_RATE ? bits.bits(24) : SAMPLE_RATES[index];
  if (rate === undefined || rate === 0) throw badAac('its sample rate is unknown');
  return rate;
}

/** ADTS header without CRC (ISO/IEC 14496-3 section 1.A.2.2) for a raw frame of `bytes` bytes. */
export function adtsHeader(config: AacConfig, bytes: number): Buffer {
  const index = SAMPLE_RATES.indexOf(config.sampleRateHz);
  if (index === -1) throw badAac(`ADTS has no code for ${config.sampleRateHz} Hz`);
  const length = bytes + ADTS_HEADER_BYTES;
  return Buffer.from([
    0xff, 0xf1,
    ((config.objectType - 1) << 6) | (index << 2) | (config.channels >> 2),
    ((config.channels & 3) << 6) | (length >> 11),
    (length >> 3) & 0xff,
    ((length & 7) << 5) | 0x1f, 0xfc, // buffer fullness 0x7ff: variable bit rate
  ]);
}

/** Reads a stream of ADTS frames from chunks cut anywhere. Bytes that are no header are passed over; it holds one frame at most. */
export class AdtsReader {
  #pending: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): AdtsFrame[] {
    const bytes = Buffer.concat([this.#pending, chunk]);
    const frames: AdtsFrame[] = [];
    let at = 0;
    while (at + ADTS_HEADER_BYTES <= bytes.length) {
      const head = readAdtsHeader(bytes, at);
      if (head === null) {
        at += 1;
        continue;
      }
      if (at + head.length > bytes.length) break;
      frames.push({ config: head.config, data: Buffer.from(bytes.subarray(at + head.headerBytes, at + head.length)) });
      at += head.length;
    }
    this.#pending = Buffer.from(bytes.subarray(at));
    return frames;
  }
}

function readAdtsHeader(bytes: Buffer, at: number): { config: AacConfig; headerBytes: number; length: number } | null {
  if (bytes.readUInt8(at) !== 0xff || (bytes.readUInt8(at + 1) & 0xf6) !== 0xf0) return null;
  const packed = bytes.readUInt32BE(at + 2);
  const sampleRateHz = SAMPLE_RATES[(packed >>> 26) & 15];
  const headerBytes = (bytes.readUInt8(at + 1) & 1) === 1 ? ADTS_HEADER_BYTES : ADTS_HEADER_BYTES + 2;
  const length = (packed >>> 5) & 0x1fff;
  if (sampleRateHz === undefined || length <= headerBytes) return null;
  return { config: { objectType: (packed >>> 30) + 1, sampleRateHz, channels: (packed >>> 22) & 7 }, headerBytes, length };
}

function badAac(why: string): CodedError {
  return new CodedError('bad_aac', `The sound's configuration can't be read: ${why}. Send AAC-LC.`);
}
