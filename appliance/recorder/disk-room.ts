import { CodedError } from '#kit/process/errors.ts';
import type { ApplianceConfig } from '../config/appliance-config.ts';
import { recordedRendition } from '../pipeline/program-encoder.ts';
import type { DiskLimits } from '../state/recording-proof.ts';

/** AAC beside the pictures. */
const AUDIO_KBPS = 128;
const MEGABYTE = 1_000_000;
export const ROOM_DEFAULTS = { reserveMegabytes: 256, makeRoomBelowHours: 3, makeRoomToHours: 6 };
/** Once full, recording begins again when this many times the reserve is free: not with every block that a log gives back. */
const RESUME_FACTOR = 1.1;

/** How much of the disk recordings may take, and when old ones have to make room. */
export class DiskRoom {
  readonly limits: DiskLimits;
  readonly #belowBytes: number;
  readonly #toBytes: number;
  #full = false;

  constructor({ disk, program }: Pick<ApplianceConfig, 'disk' | 'program'>) {
    const { reserveMegabytes, makeRoomBelowHours, makeRoomToHours } = { ...ROOM_DEFAULTS, ...disk };
    const bytesPerHour = ((recordedRendition(program).bitrateKbps + AUDIO_KBPS) * 1000 * 3600) / 8;
    this.limits = { bytesPerHour, reserveBytes: reserveMegabytes * MEGABYTE };
    this.#belowBytes = makeRoomBelowHours * bytesPerHour + this.limits.reserveBytes;
    this.#toBytes = makeRoomToHours * bytesPerHour + this.limits.reserveBytes;
  }

  /** @throws CodedError `ENOSPC` where so much more would touch what is kept for the rest of the box */
  need(bytes: number, freeBytes: number): void {
    const { reserveBytes } = this.limits;
    this.#full = freeBytes - bytes < reserveBytes * (this.#full ? RESUME_FACTOR : 1);
    if (this.#full) throw new CodedError('ENOSPC', 'no space is left but for what the box itself needs', { status: 507 });
  }

  /** Bytes that safe recordings should give back; 0 while there is room. */
  wanted(freeBytes: number): number {
    return freeBytes < this.#belowBytes ? Math.round(this.#toBytes - freeBytes) : 0;
  }
}
