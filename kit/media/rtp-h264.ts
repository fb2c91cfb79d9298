import { hasTooManyNalUnits, joinNalUnits, MAX_NAL_UNITS, NAL, nalType, splitNalUnits } from './h264/nal.ts';

/** Aggregation and fragmentation units of RFC 6184 section 5.2. */
const STAP_A = 24;
const FU_A = 28;
const FU_START = 0x80;
const FU_END = 0x40;
/** Largest access unit taken from the network, bytes: far above a 1080p keyframe, far below what could hurt. */
const MAX_ACCESS_UNIT = 4 * 1024 * 1024;

/**
 * RTP payloads of one access unit (RFC 6184, packetization-mode 1), each at most `maxPayload` bytes: parameter sets together in a
 * STAP-A (so that a keyframe never loses half of them), large NAL units as FU-A, the rest one by one. The marker bit goes to the last.
 */
export function packetizeH264(annexB: Buffer, maxPayload: number): Buffer[] {
  const payloads: Buffer[] = [];
  let sets: Buffer[] = [];
  const flush = (): void => {
    payloads.push(...packetizeSets(sets, maxPayload));
    sets = [];
  };
  for (const nal of splitNalUnits(annexB)) {
    const type = nalType(nal);
    if (type === NAL.accessUnitDelimiter || type === NAL.filler) continue;
    if (type === NAL.sps || type === NAL.pps) {
      sets.push(nal);
      continue;
    }
    flush();
    payloads.push(...packetizeNal(nal, maxPayload));
  }
  flush();
  return payloads;
}

function packetizeSets(sets: readonly Buffer[], maxPayload: number): Buffer[] {
  const size = sets.reduce((sum, nal) => sum + 2 + nal.length, 1);
  if (sets.length < 2 || size > maxPayload) return sets.flatMap((nal) => packetizeNal(nal, maxPayload));
  const nri = Math.max(...sets.map((nal) => nal.readUInt8(0) & 0x60));
  const lengths = sets.map((nal) => Buffer.from([nal.length >> 8, nal.length & 0xff]));
  return [Buffer.concat([Buffer.from([nri | STAP_A]), ...sets.flatMap((nal, index) => [lengths[index] ?? Buffer.alloc(0), nal])])];
}

function packetizeNal(nal: Buffer, maxPayload: number): Buffer[] {
  if (nal.length <= maxPayload) return [nal];
  const header = nal.readUInt8(0);
  const body = nal.subarray(1);
  // Equal pieces rather than full ones and a crumb: the last packet costs as much to send as the others.
  const pieces = Math.ceil(body.length / (maxPayload - 2));
  const step = Math.ceil(body.length / pieces);
  const payloads: Buffer[] = [];
  for (let at = 0; at < body.length; at += step) {
    const flags = (at === 0 ? FU_START : 0) | (at + step >= body.length ? FU_END : 0);
    const head = Buffer.from([(header & 0xe0) | FU_A, flags | (header & 0x1f)]);
    payloads.push(Buffer.concat([head, body.subarray(at, at + step)]));
  }
  return payloads;
}

/**
 * Puts access units together again from payloads in order. The caller orders by sequence number and calls {@link reset} at a
 * loss. Malformed payloads drop the access unit they belong to; nothing throws, and memory is bounded.
 */
export class H264Depacketizer {
  #nals: Buffer[] = [];
  #fragments: Buffer[] = [];
  #bytes = 0;
  #broken = false;

  /** Annex B access unit when `marker` ends a whole one, else null. */
  push(payload: Buffer, marker: boolean): Buffer | null {
    this.#bytes += payload.length;
    if (this.#bytes > MAX_ACCESS_UNIT) this.#spoil();
    if (!this.#broken && (!this.#take(payload) || this.#nals.length > MAX_NAL_UNITS)) this.#spoil();
    return marker ? this.#finish() : null;
  }

  /** Forgets what is gathered, e.g. after a lost packet: the rest of that access unit is dropped up to its marker. */
  reset(): void {
    const midway = this.#bytes > 0;
    this.#clear();
    this.#broken = midway;
  }

  #finish(): Buffer | null {
    const whole = !this.#broken && this.#fragments.length === 0 && this.#nals.length > 0;
    const unit = whole ? joinNalUnits(this.#nals) : null;
    this.#clear();
    return unit === null || hasTooManyNalUnits(unit) ? null : unit;
  }

  #take(payload: Buffer): boolean {
    const type = payload.length === 0 ? 0 : nalType(payload);
    if (type === FU_A) return this.#takeFragment(payload);
    if (this.#fragments.length > 0) return false; // a fragmented unit was not ended
    if (type === STAP_A) return this.#takeAggregate(payload);
    if (type < 1 || type > 23) return false; // STAP-B, MTAP and FU-B need mode 2, which is never agreed
    this.#nals.push(payload);
    return true;
  }

  #takeAggregate(payload: Buffer): boolean {
    let at = 1;
    while (at + 2 <= payload.length) {
      const end = at + 2 + payload.readUInt16BE(at);
      if (end > payload.length || end === at + 2) return false;
      this.#nals.push(payload.subarray(at + 2, end));
      at = end;
    }
    return at === payload.length && at > 1;
  }

  #takeFragment(payload: Buffer): boolean {
    if (payload.length < 3) return false;
    const flags = payload.readUInt8(1);
    const begins = (flags & FU_START) !== 0;
    if (begins !== (this.#fragments.length === 0)) return false;
    if (begins) this.#fragments.push(Buffer.from([(payload.readUInt8(0) & 0xe0) | (flags & 0x1f)]));
    this.#fragments.push(payload.subarray(2));
    if ((flags & FU_END) === 0) return true;
    this.#nals.push(Buffer.concat(this.#fragments));
    this.#fragments = [];
    return true;
  }

  #spoil(): void {
    this.#clear();
    this.#broken = true;
  }

  #clear(): void {
    this.#nals = [];
    this.#fragments = [];
    this.#bytes = 0;
    this.#broken = false;
  }
}
