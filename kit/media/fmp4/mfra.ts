import { fullBox, box, u32, u64 } from './box.ts';

export interface RandomAccessEntry {
  readonly trackId: number;
  /** Decode time of the fragment's first sample, which is a keyframe, in the track's timescale. */
  readonly time: number;
  /** Where its `moof` begins in the file, bytes. */
  readonly moofOffset: number;
  /** Position of the track's `traf` in the `moof`, from 1. */
  readonly trafNumber?: number;
}

/** Index appended when a recording is finished (ISO/IEC 14496-12 section 8.8.9): players seek without reading the whole file. */
export function mfra(entries: readonly RandomAccessEntry[]): Buffer {
  const trackIds = [...new Set(entries.map((entry) => entry.trackId))];
  const tables = trackIds.map((trackId) => tfra(trackId, entries.filter((entry) => entry.trackId === trackId)));
  const size = tables.reduce((sum, table) => sum + table.length, 8 + 16);
  return box('mfra', ...tables, fullBox('mfro', 0, 0, u32(size)));
}

/** Version 1 (64-bit times and offsets), one byte each for traf, trun and sample number. */
function tfra(trackId: number, entries: readonly RandomAccessEntry[]): Buffer {
  const rows = entries.map((entry) => Buffer.concat([u64(entry.time), u64(entry.moofOffset), Buffer.from([entry.trafNumber ?? 1, 1, 1])]));
  return fullBox('tfra', 1, 0, u32(trackId, 0, entries.length), ...rows);
}
