import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Handles that only the addon can read; kept by the garbage collector where nobody gives them back. */
export type PumpHandle = object & { readonly kind: 'pump' };
export type FrameHandle = object & { readonly kind: 'frame' };

/** What `native/addon.c` exports. Ids are never 0; 0 means that it did not work. Times in ms, modulo 2^32. */
export interface Addon {
  /** A bound UDP socket's descriptor; throws with the system's code. */
  openSocket(host: string, port: number): number;
  create(fd: number, queueItems: number, segmentation: boolean): PumpHandle;
  destroy(pump: PumpHandle): void;
  openSession(pump: PumpHandle, key: Uint8Array, salt: Uint8Array): number;
  closeSession(pump: PumpHandle, session: number): void;
  aim(pump: PumpHandle, session: number, address: string | null, port: number): boolean;
  /** Fields: SSRC, RTX SSRC, payload type, RTX payload type (255: none), 1 marks + 2 keeps + 4 urgent, first sequence, first of RTX, six block lengths. */
  openStream(pump: PumpHandle, session: number, fields: Uint32Array, blocks: Uint8Array): number;
  forget(pump: PumpHandle, stream: number): void;
  /** Null where it is beyond the limits (`limits.ts`), empty, or where there is no memory for it. */
  openFrame(payloads: readonly Uint8Array[]): FrameHandle | null;
  releaseFrame(frame: FrameHandle): void;
  /** Targets: stream, timestamp, variant, number, each 32 bits. */
  send(pump: PumpHandle, frame: FrameHandle, from: number, until: number, targets: Uint32Array, count: number, nowMs: number): void;
  openGroup(pump: PumpHandle): number;
  closeGroup(pump: PumpHandle, group: number): void;
  /** The whole frame, to each stream of the group, with this block or, where it is none to join with, the one that each has joined with. */
  sendGroup(pump: PumpHandle, frame: FrameHandle, group: number, timestamp: number, variant: number, nowMs: number): void;
  join(pump: PumpHandle, group: number, stream: number, variant: number): boolean;
  leave(pump: PumpHandle, stream: number): void;
  /** Repairs are counted from `number` on, -1 where they are not. Answers packets * 2^32 + bytes. */
  resend(pump: PumpHandle, stream: number, sequences: Uint16Array, againMs: number, budgetBytes: number, twiceFrom: number, nowMs: number, number: number): number;
  /** Bytes of payload. */
  probe(pump: PumpHandle, stream: number, number: number): number;
  /** Session * 2^16 + length of the datagram that is now in `into`; 0 where there is none. */
  takeDirect(pump: PumpHandle, into: Uint8Array): number;
  /** Packets, bytes, overflowed, refused, calls, wait in ms. */
  readStats(pump: PumpHandle, into: Float64Array): void;
}

const FILE = fileURLToPath(new URL('build/pump.node', import.meta.url));

/** Null where it was not built (`build.mjs`). */
export function loadAddon(): Addon | null {
  return existsSync(FILE) ? (createRequire(import.meta.url)(FILE) as Addon) : null;
}
