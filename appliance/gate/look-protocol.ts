/** On a look socket: one byte asks for the source's next picture, which comes as this header and raw I420. */
import { join } from 'node:path';

export interface LookHeader {
  readonly width: number;
  readonly height: number;
  /** When the picture came to the gate, microseconds of the machine's monotonic clock. */
  readonly arrivedUs: number;
}

export const LOOK_HEADER_BYTES = 16;

/** Where the gate answers for this source. */
export function lookSocketOf(runDir: string, source: string): string {
  return join(runDir, `look-${source}.sock`);
}

export function writeLookHeader(to: Buffer, { width, height, arrivedUs }: LookHeader): void {
  to.writeUInt32LE(width, 0);
  to.writeUInt32LE(height, 4);
  to.writeDoubleLE(arrivedUs, 8);
}

export function readLookHeader(from: Buffer): LookHeader {
  return { width: from.readUInt32LE(0), height: from.readUInt32LE(4), arrivedUs: from.readDoubleLE(8) };
}
