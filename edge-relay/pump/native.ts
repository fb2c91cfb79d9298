/** The pump in C behind the port: one call a frame and layer, however many get it. */
import { CodedError } from '#kit/process/errors.ts';
import type { MediaPump, OpenPump, PumpGroup, PumpKey, PumpPorts, PumpResend, PumpSession, PumpStats, PumpStream, PumpStreamOptions, PumpVariant } from '#kit/webrtc/pump.ts';
import type { TransportAddress } from '#kit/webrtc/stun/check.ts';
import type { Addon, FrameHandle, PumpHandle } from './addon.ts';
import { NativeGroup, type Grouped } from './native-group.ts';

/** Pictures for single viewers that may wait, and half as many sounds: more than a second of 1,500 viewers, and 0.4 s. A power of two. */
const QUEUE_ITEMS = 65_536;
/** A frame that is still in the cache of its room may be wanted again by who joins. */
const FRAME_KEPT_MS = 3000;
const MAX_DATAGRAM_BYTES = 2048;
const NO_RTX = 255;
const NOT_COUNTED = -1;
const OWN_VARIANT = 255;
const TARGET_WORDS = 4;
const FIGURES_MS = 5;
/** Where the addon's figures have it. */
const WAIT_MS = 5;

/** @throws Error with the system's code where the address can't be bound */
export function nativePump(addon: Addon): OpenPump {
  return (ports) => {
    const fd = addon.openSocket(ports.host, ports.port);
    return new NativePump(addon, addon.create(fd, QUEUE_ITEMS, true), fd, ports);
  };
}

interface Batch {
  payloads: readonly Buffer[];
  from: number;
  until: number;
  count: number;
}

class NativePump implements MediaPump {
  readonly fd: number;
  readonly #addon: Addon;
  readonly #pump: PumpHandle;
  readonly #ports: PumpPorts;
  readonly #figures = new Float64Array(6);
  readonly #datagram = Buffer.alloc(MAX_DATAGRAM_BYTES);
  /** By the array of payloads, oldest use first. */
  readonly #frames = new Map<readonly Buffer[], { readonly handle: FrameHandle; readonly usedAtMs: number }>();
  /** Far ends that are reached another way than by the socket. */
  readonly #direct = new Map<number, TransportAddress>();
  readonly #grouped = new WeakMap<PumpStream, Grouped>();
  #targets = new Uint32Array(TARGET_WORDS * 1024);
  #batch: Batch | null = null;
  #isClosed = false;
  /** Packets of frames beyond the limits: they never get to the addon. */
  #refused = 0;
  #readAtMs = Number.NEGATIVE_INFINITY;

  constructor(addon: Addon, pump: PumpHandle, fd: number, ports: PumpPorts) {
    this.#addon = addon;
    this.#pump = pump;
    this.#ports = ports;
    this.fd = fd;
  }

  /** At most some milliseconds old: asked for each frame of each viewer. */
  get waitMs(): number {
    if (Math.abs(this.#ports.nowMs() - this.#readAtMs) >= FIGURES_MS) this.#readFigures();
    return this.#figures[WAIT_MS] ?? 0;
  }

  openSession({ key, salt }: PumpKey): PumpSession {
    const id = demand(this.#addon.openSession(this.#pump, key, salt));
    const streams: Grouped[] = [];
    return {
      aim: (to) => this.#aim(id, to),
      openStream: (options) => this.#openStream(id, options, streams),
      close: () => this.#closeSession(id, streams),
    };
  }

  openGroup(): PumpGroup {
    const [addon, pump] = [this.#addon, this.#pump];
    return new NativeGroup({
      groupedOf: (stream) => (this.#isClosed ? undefined : this.#grouped.get(stream)),
      open: () => demand(addon.openGroup(pump)),
      close: (group) => addon.closeGroup(pump, group),
      join: (group, stream, variant) => addon.join(pump, group, stream, variant),
      leave: (stream) => addon.leave(pump, stream),
      send: (group, size, payloads, timestamp, variant) => this.#sendGroup(group, size, payloads, timestamp, variant ?? OWN_VARIANT),
    });
  }

  stats(): PumpStats {
    this.#readFigures();
    const [packets = 0, bytes = 0, overflowed = 0, refused = 0, calls = 0] = this.#figures;
    return { packets, bytes, overflowed, refused: refused + this.#refused, calls };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#batch = null;
    this.#addon.destroy(this.#pump);
    for (const { handle } of this.#frames.values()) this.#addon.releaseFrame(handle);
    this.#frames.clear();
  }

  #aim(id: number, to: TransportAddress): void {
    this.#flush();
    if (this.#isClosed) return;
    const direct = to.protocol === 'tcp' || !this.#addon.aim(this.#pump, id, to.address, to.port);
    if (direct) this.#addon.aim(this.#pump, id, null, 0);
    if (direct) this.#direct.set(id, to);
    else this.#direct.delete(id);
  }

  #closeSession(id: number, streams: readonly Grouped[]): void {
    this.#flush();
    this.#direct.delete(id);
    if (this.#isClosed) return;
    for (const grouped of streams) grouped.group?.drop(grouped);
    this.#addon.closeSession(this.#pump, id);
  }

  #openStream(session: number, options: PumpStreamOptions, streams: Grouped[]): PumpStream {
    const { ssrc, payloadType, rtx, marks, keeps, urgent, firstSequence } = options;
    const blocks = [...options.blocks, ...options.repairBlocks].map((block) => block ?? Buffer.alloc(0));
    const flags = (marks ? 1 : 0) | (keeps ? 2 : 0) | (urgent ? 4 : 0);
    const fields = Uint32Array.of(ssrc, rtx?.ssrc ?? 0, payloadType, rtx?.payloadType ?? NO_RTX, flags, firstSequence, rtx?.firstSequence ?? 0, ...blocks.map(({ length }) => length));
    const id = demand(this.#addon.openStream(this.#pump, session, fields, Buffer.concat(blocks)));
    const stream: PumpStream = {
      send: (payloads, from, until, timestamp, variant, number) => this.#enlist(id, payloads, from, until, timestamp, variant, number),
      resend: (sequences, how) => this.#resend(id, sequences, how),
      probe: (number) => this.#probe(id, number),
      forget: () => {
        this.#flush();
        if (!this.#isClosed) this.#addon.forget(this.#pump, id);
      },
    };
    const grouped: Grouped = { id, group: null };
    streams.push(grouped);
    this.#grouped.set(stream, grouped);
    return stream;
  }

  /** Gathers those who get the same payloads; they leave together at the end of this turn of the event loop, or when others follow. */
  #enlist(stream: number, payloads: readonly Buffer[], from: number, until: number, timestamp: number, variant: PumpVariant, number: number): void {
    if (this.#isClosed) return;
    let batch = this.#batch;
    if (batch === null || batch.payloads !== payloads || batch.from !== from || batch.until !== until) {
      this.#flush();
      batch = { payloads, from, until, count: 0 };
      this.#batch = batch;
      queueMicrotask(() => this.#flush());
    }
    const at = batch.count * TARGET_WORDS;
    if (at === this.#targets.length) this.#targets = grown(this.#targets);
    this.#targets[at] = stream;
    this.#targets[at + 1] = timestamp;
    this.#targets[at + 2] = variant;
    this.#targets[at + 3] = number;
    batch.count += 1;
  }

  #flush(): void {
    const batch = this.#batch;
    if (batch === null) return;
    this.#batch = null;
    const nowMs = this.#ports.nowMs();
    const frame = this.#frameOf(batch.payloads, nowMs);
    if (frame === null) return this.#refuse((batch.until - batch.from) * batch.count);
    this.#addon.send(this.#pump, frame, batch.from, batch.until, this.#targets, batch.count, nowMs >>> 0);
    this.#sendDirect();
  }

  /** What was gathered before leaves before: a stream may just have come into the group. */
  #sendGroup(group: number, size: number, payloads: readonly Buffer[], timestamp: number, variant: number): void {
    this.#flush();
    if (this.#isClosed) return;
    const nowMs = this.#ports.nowMs();
    const frame = this.#frameOf(payloads, nowMs);
    if (frame === null) return this.#refuse(payloads.length * size);
    this.#addon.sendGroup(this.#pump, frame, group, timestamp, variant, nowMs >>> 0);
    this.#sendDirect();
  }

  #resend(stream: number, sequences: readonly number[], { againMs, budgetBytes, twiceFrom, number }: PumpResend): { packets: number; bytes: number } {
    this.#flush();
    if (this.#isClosed) return { packets: 0, bytes: 0 };
    const resent = this.#addon.resend(this.#pump, stream, Uint16Array.from(sequences), Math.ceil(againMs), Math.max(0, Math.floor(budgetBytes)), twiceFrom, this.#ports.nowMs() >>> 0, number ?? NOT_COUNTED);
    this.#sendDirect();
    return { packets: Math.floor(resent / 2 ** 32), bytes: resent % 2 ** 32 };
  }

  #probe(stream: number, number: number): number {
    this.#flush();
    if (this.#isClosed) return 0;
    const bytes = this.#addon.probe(this.#pump, stream, number);
    this.#sendDirect();
    return bytes;
  }

  #sendDirect(): void {
    if (this.#direct.size === 0) return;
    for (;;) {
      const taken = this.#addon.takeDirect(this.#pump, this.#datagram);
      if (taken === 0) return;
      const to = this.#direct.get(Math.floor(taken / 0x10000));
      if (to !== undefined) this.#ports.send(Buffer.from(this.#datagram.subarray(0, taken % 0x10000)), to);
    }
  }

  /** A publisher may send what fits no packet, or what is cut into too many: that is lost, and nobody else's stream with it. */
  #refuse(packets: number): void {
    this.#refused += packets;
  }

  /** Null where it can't be sent. */
  #frameOf(payloads: readonly Buffer[], nowMs: number): FrameHandle | null {
    const handle = this.#frames.get(payloads)?.handle ?? this.#addon.openFrame(payloads);
    if (handle === null) return null;
    this.#frames.delete(payloads);
    this.#frames.set(payloads, { handle, usedAtMs: nowMs });
    for (const [oldest, { handle: old, usedAtMs }] of this.#frames) {
      // What was used in the future was used before the clock was set back.
      if (Math.abs(nowMs - usedAtMs) <= FRAME_KEPT_MS) break;
      this.#frames.delete(oldest);
      this.#addon.releaseFrame(old);
    }
    return handle;
  }

  #readFigures(): void {
    this.#readAtMs = this.#ports.nowMs();
    if (!this.#isClosed) this.#addon.readStats(this.#pump, this.#figures);
  }
}

function demand(id: number): number {
  if (id !== 0) return id;
  throw new CodedError('out_of_memory', 'This server has no memory left for another viewer. Try again later.', { status: 503 });
}

function grown(targets: Uint32Array): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(targets.length * 2);
  larger.set(targets);
  return larger;
}
