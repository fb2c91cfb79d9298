import { CodedError } from '#kit/process/errors.ts';
import type { ApplianceConfig } from '../config/appliance-config.ts';
import { recordedRendition } from '../pipeline/program-encoder.ts';
import type { DiskLimits } from '../state/recording-proof.ts';

/** AAC beside the pictures, and of each microphone. */
const AUDIO_KBPS = 128;
/** What a single picture is encoded with at most; a camera whose own stream is kept sends about that. */
const PICTURE_KBPS = 4000;
const MEGABYTE = 1_000_000;
export const ROOM_DEFAULTS = { reserveMegabytes: 256, makeRoomBelowHours: 3, makeRoomToHours: 6 };
/** Once full, recording begins again when this many times the reserve is free: not with every block that a log gives back. */
const RESUME_FACTOR = 1.1;

/** How much of the disk recordings may take, and when old ones have to make room. */
export class DiskRoom {
  readonly limits: DiskLimits;
  readonly #belowBytes: number;
  readonly #toBytes: number;
  /** What was last refused; null while there is room. */
  #refusedBytes: number | null = null;

  /** `tracks` are the single sources that are recorded beside the program. */
  constructor({ disk, program }: Pick<ApplianceConfig, 'disk' | 'program'>, tracks: readonly { readonly kind: string }[] = []) {
    const { reserveMegabytes, makeRoomBelowHours, makeRoomToHours } = { ...ROOM_DEFAULTS, ...disk };
    const singleKbps = tracks.reduce((sum, { kind }) => sum + (kind === 'microphone' ? AUDIO_KBPS : PICTURE_KBPS), 0);
    const bytesPerHour = ((recordedRendition(program).bitrateKbps + AUDIO_KBPS + singleKbps) * 1000 * 3600) / 8;
    this.limits = { bytesPerHour, reserveBytes: reserveMegabytes * MEGABYTE };
    this.#belowBytes = makeRoomBelowHours * bytesPerHour + this.limits.reserveBytes;
    this.#toBytes = makeRoomToHours * bytesPerHour + this.limits.reserveBytes;
  }

  /** Recordings are refused, though some is free: until enough is. */
  isFull(freeBytes: number): boolean {
    return this.#refusedBytes !== null && freeBytes - this.#refusedBytes < this.limits.reserveBytes * RESUME_FACTOR;
  }

  /** @throws CodedError `ENOSPC` where so much more would touch what is kept for the rest of the box */
  need(bytes: number, freeBytes: number): void {
    const isRefused = freeBytes - bytes < this.limits.reserveBytes * (this.#refusedBytes === null ? 1 : RESUME_FACTOR);
    this.#refusedBytes = isRefused ? bytes : null;
    if (isRefused) throw new CodedError('ENOSPC', 'no space is left but for what the box itself needs', { status: 507 });
  }

  /** Bytes that safe recordings should give back; 0 while there is room. */
  wanted(freeBytes: number): number {
    return freeBytes < this.#belowBytes ? Math.round(this.#toBytes - freeBytes) : 0;
  }
}
