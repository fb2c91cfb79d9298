/** FLV as bytes (Adobe FLV 10.1 annex E): tags both ways, and to and from the packets the product carries. */
export { FLV_TAG, flvHeader, FlvReader, type FlvTag, flvTag } from './flv/tag.ts';
export { FlvFromPackets, FlvTags } from './flv/from-packets.ts';
export { PacketsFromFlv } from './flv/to-packets.ts';
