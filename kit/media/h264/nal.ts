/** nal_unit_type (ITU-T H.264 table 7-1) of what the product meets. */
export const NAL = { slice: 1, idr: 5, sei: 6, sps: 7, pps: 8, accessUnitDelimiter: 9, endOfSequence: 10, endOfStream: 11, filler: 12 } as const;

const START_CODE_3 = Buffer.from([0, 0, 1]);
const START_CODE_4 = Buffer.from([0, 0, 0, 1]);

/**
 * Most NAL units of one access unit: a picture has tens of slices, and hundreds where an encoder cuts them to the size of a packet. Each begins a packet of
 * its own when it is sent on: in payloads of 1,180 bytes an access unit of 4 MiB becomes fewer than 4,096, and not a million.
 */
export const MAX_NAL_UNITS = 512;

/** More than {@link MAX_NAL_UNITS}, as whoever splits it will count them: some senders put several, with start codes between, where one belongs. */
export function hasTooManyNalUnits(annexB: Buffer): boolean {
  let units = 0;
  for (let at = annexB.indexOf(START_CODE_3); at !== -1 && units <= MAX_NAL_UNITS; at = annexB.indexOf(START_CODE_3, at + START_CODE_3.length)) units += 1;
  return units > MAX_NAL_UNITS;
}

export function nalType(nal: Buffer): number {
  return (nal[0] ?? 0) & 0x1f;
}

/**
 * NAL units of an Annex B stream (H.264 annex B.1), without start codes, as views on the same memory.
 * Takes 3- and 4-byte start codes; what precedes the first one is not a NAL unit and is left out.
 */
export function splitNalUnits(annexB: Buffer): Buffer[] {
  const nals: Buffer[] = [];
  let code = annexB.indexOf(START_CODE_3);
  while (code !== -1) {
    const start = code + 3;
    code = annexB.indexOf(START_CODE_3, start);
    const end = trimZeros(annexB, start, code === -1 ? annexB.length : code);
    if (end > start) nals.push(annexB.subarray(start, end));
  }
  return nals;
}

/** Annex B with 4-byte start codes. */
export function joinNalUnits(nals: readonly Buffer[]): Buffer {
  return Buffer.concat(nals.flatMap((nal) => [START_CODE_4, nal]));
}

/** Length-prefixed (4 bytes) form that MP4 and FLV carry (ISO/IEC 14496-15 section 5.2.3). */
export function annexBToAvcc(annexB: Buffer): Buffer {
  const nals = splitNalUnits(annexB);
  const out = Buffer.allocUnsafe(nals.reduce((sum, nal) => sum + 4 + nal.length, 0));
  let at = 0;
  for (const nal of nals) {
    at = out.writeUInt32BE(nal.length, at);
    at += nal.copy(out, at);
  }
  return out;
}

/**
 * Inverse of {@link annexBToAvcc}. A unit whose length runs past the end is left out, with everything after it; so is what comes after one more than
 * {@link MAX_NAL_UNITS}.
 */
export function avccToAnnexB(avcc: Buffer, lengthSize: number = 4): Buffer {
  const nals: Buffer[] = [];
  let at = 0;
  while (at + lengthSize <= avcc.length && nals.length <= MAX_NAL_UNITS) {
    const start = at + lengthSize;
    const end = start + avcc.readUIntBE(at, lengthSize);
    if (end > avcc.length) break;
    if (end > start) nals.push(avcc.subarray(start, end));
    at = end;
  }
  return joinNalUnits(nals);
}

/** trailing_zero_8bits and the fourth byte of a long start code belong to no NAL unit, which never ends in a zero (7.4.1). */
function trimZeros(bytes: Buffer, start: number, end: number): number {
  let last = end;
  while (last > start && bytes[last - 1] === 0) last -= 1;
  return last;
}
