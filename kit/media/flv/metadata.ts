import { type Amf, encodeAmf } from '../rtmp/amf0.ts';
import { FLV_TAG, type FlvTag } from './tag.ts';

const ECMA_ARRAY = 8;

/** The `onMetaData` script tag that players read before anything else (annex E.5): a name, and an ECMA array of what is told. */
export function flvMetadata(values: Readonly<Record<string, Amf>>): FlvTag {
  const head = Buffer.alloc(5);
  head.writeUInt8(ECMA_ARRAY);
  head.writeUInt32BE(Object.keys(values).length, 1);
  // An array is written as an object is, but for its marker and its length.
  return { type: FLV_TAG.script, timestampMs: 0, data: Buffer.concat([encodeAmf('onMetaData'), head, encodeAmf(values).subarray(1)]) };
}
