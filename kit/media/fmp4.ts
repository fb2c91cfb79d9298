/** Fragmented MP4 and CMAF as bytes (ISO/IEC 14496-12, 14496-15, 23000-19): written from packets, read back as an index. */
export { AUDIO_TIMESCALE, codecString, initSegment, timescaleOf, VIDEO_TIMESCALE } from './fmp4/init-segment.ts';
export type { Mp4Track } from './fmp4/init-segment.ts';
export { fragment } from './fmp4/fragment.ts';
export type { Mp4Sample } from './fmp4/fragment.ts';
export { mfra } from './fmp4/mfra.ts';
export type { RandomAccessEntry } from './fmp4/mfra.ts';
export { findBox, walkBoxes } from './fmp4/walk.ts';
export { FragmentIndexReader, readFragmentIndex } from './fmp4/fragment-index.ts';
