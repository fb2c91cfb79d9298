import { CodedError } from '../../process/errors.ts';
import type { ParameterSets } from './access-unit.ts';

export interface AvcConfig extends ParameterSets {
  /** Bytes of each NAL length prefix: 1, 2 or 4. */
  readonly lengthSize: number;
}

/** profile_idc values whose record ends with the chroma and bit depth fields (ISO/IEC 14496-15 section 5.3.3.1). */
const WITH_CHROMA: ReadonlySet<number> = new Set([100, 110, 122, 144]);

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15 section 5.3.3.1), 4-byte lengths, one SPS and one PPS, 8-bit 4:2:0. */
export function avcDecoderConfigurationRecord(sps: Buffer, pps: Buffer): Buffer {
  const head = Buffer.from([1, sps.readUInt8(1), sps.readUInt8(2), sps.readUInt8(3), 0xff, 0xe1, sps.length >> 8, sps.length & 0xff]);
  const middle = Buffer.from([1, pps.length >> 8, pps.length & 0xff]);
  const tail = WITH_CHROMA.has(sps.readUInt8(1)) ? Buffer.from([0xfd, 0xf8, 0xf8, 0]) : Buffer.alloc(0);
  return Buffer.concat([head, sps, middle, pps, tail]);
}

/** First SPS and PPS of a record. Throws `CodedError` `bad_h264` when it is torn or has none. */
export function parseAvcDecoderConfigurationRecord(record: Buffer): AvcConfig {
  if (record.length < 7 || record[0] !== 1) throw badRecord('it does not begin with version 1');
  const lengthSize = (record.readUInt8(4) & 3) + 1;
  if (lengthSize === 3) throw badRecord('3-byte lengths do not exist');
  const spsList = readSets(record, 6, record.readUInt8(5) & 0x1f);
  const ppsList = readSets(record, spsList.end + 1, record[spsList.end] ?? 0);
  const [sps] = spsList.sets;
  const [pps] = ppsList.sets;
  if (sps === undefined || pps === undefined) throw badRecord('it has no parameter sets');
  return { sps, pps, lengthSize };
}

function readSets(record: Buffer, from: number, count: number): { sets: Buffer[]; end: number } {
  const sets: Buffer[] = [];
  let at = from;
  for (let index = 0; index < count; index += 1) {
    if (at + 2 > record.length) throw badRecord('it ends early');
    const end = at + 2 + record.readUInt16BE(at);
    if (end > record.length) throw badRecord('it ends early');
    sets.push(record.subarray(at + 2, end));
    at = end;
  }
  return { sets, end: at };
}

function badRecord(why: string): CodedError {
  return new CodedError('bad_h264', `The video's decoder configuration can't be read: ${why}. Send H.264 from a working encoder.`);
}
