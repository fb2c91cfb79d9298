/** FLV as bytes (Adobe FLV 10.1 annex E): tags both ways, and to and from the packets the product carries. */
export { FLV_TAG, flvHeader, FlvReader, type FlvTag, flvTag } from './flv/tag.ts';
export { aacFrame, aacSequenceHeader, avcFrame, avcSequenceHeader } from './flv/codec-tags.ts';
export { FlvFromPackets, FlvTags } from './flv/from-packets.ts';
export { flvMetadata } from './flv/metadata.ts';
export { PacketsFromFlv } from './flv/to-packets.ts';
