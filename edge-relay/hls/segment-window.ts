import type { Boundary } from './timeline.ts';

export interface Part {
  readonly body: Buffer;
  readonly durationUs: number;
  readonly independent: boolean;
}

export interface Segment {
  readonly msn: number;
  readonly era: number;
  readonly startUs: number;
  /** Which initialisation segment it needs. */
  readonly init: number;
  readonly gap: boolean;
  readonly parts: readonly Part[];
  readonly durationUs: number;
  readonly complete: boolean;
  /** Null while it is open, and of a gap. */
  readonly body: Buffer | null;
}

/** Shown in the playlist; it is also how far back a student can go. */
const LISTED_US = 36_000_000;
/** Kept for players that hold an older playlist (RFC 8216bis section 6.2.2 wants a playlist's length more). */
const KEPT_US = 72_000_000;

/** The last segments of one track, in memory and bounded by time: 72 s of a 2 Mbps track are 18 MB. */
export class SegmentWindow {
  #segments: Segment[] = [];
  readonly #inits = new Map<number, Buffer>();
  /** The first segment that needed each. */
  readonly #initSince = new Map<number, number>();
  #nextInit = 0;

  /** Segments for the playlist, oldest first, the open one last. */
  get listed(): readonly Segment[] {
    return this.#segments.slice(firstWithin(this.#segments, LISTED_US));
  }

  get open(): Segment | null {
    const last = this.#segments.at(-1);
    return last === undefined || last.complete ? null : last;
  }

  get last(): Segment | null {
    return this.#segments.at(-1) ?? null;
  }

  /** Whether a player can begin: hls.js refuses a playlist without a whole segment. */
  get playable(): boolean {
    return this.#segments.some((segment) => segment.complete && !segment.gap);
  }

  get coveredUs(): number {
    return this.listed.reduce((sum, segment) => sum + segment.durationUs, 0);
  }

  /** Held in memory, with what is not listed any more. */
  get bytes(): number {
    return this.#segments.reduce((sum, { body, parts }) => sum + (body?.length ?? parts.reduce((own, part) => own + part.body.length, 0)), 0);
  }

  /** Highest bit rate of any listed segment. */
  get peakBps(): number {
    return Math.max(0, ...this.listed.map(bitsPerSecond));
  }

  /** Latest part that can be fetched, or null before the first. */
  get edge(): { msn: number; part: number } | null {
    const segment = this.#segments.findLast((candidate) => candidate.parts.length > 0);
    return segment === undefined ? null : { msn: segment.msn, part: segment.parts.length - 1 };
  }

  addInit(body: Buffer): number {
    const index = this.#nextInit;
    this.#nextInit += 1;
    this.#inits.set(index, body);
    return index;
  }

  init(index: number): Buffer | null {
    return this.#inits.get(index) ?? null;
  }

  /** Number of the first segment that needed this initialisation segment. */
  initSince(index: number): number {
    return this.#initSince.get(index) ?? 0;
  }

  find(msn: number): Segment | null {
    return this.#segments.findLast((segment) => segment.msn === msn) ?? null;
  }

  begin(boundary: Boundary, startUs: number, init: number): void {
    this.#needs(init, boundary.msn);
    this.#segments.push({ msn: boundary.msn, era: boundary.era, startUs, init, gap: false, parts: [], durationUs: 0, complete: false, body: null });
    this.#trim();
  }

  /** A stretch in which the track had no media: keeps its numbers in step with the other tracks. */
  addGap(boundary: Boundary, durationUs: number, init: number): void {
    this.#needs(init, boundary.msn);
    this.#segments.push({ msn: boundary.msn, era: boundary.era, startUs: boundary.startUs, init, gap: true, parts: [], durationUs, complete: true, body: null });
    this.#trim();
  }

  addPart(part: Part): void {
    const { open } = this;
    if (open === null) return;
    this.#replaceLast({ ...open, parts: [...open.parts, part], durationUs: open.durationUs + part.durationUs });
  }

  /** Ends the open segment. Its duration is what its parts add up to unless the next one's beginning tells it better. */
  end(durationUs?: number): void {
    const { open } = this;
    if (open === null) return;
    // One block of memory a segment, with its parts as views on it: both are asked for.
    const whole = Buffer.concat(open.parts.map((part) => part.body));
    let at = 0;
    const parts = open.parts.map((part) => {
      at += part.body.length;
      return { ...part, body: whole.subarray(at - part.body.length, at) };
    });
    this.#replaceLast({ ...open, parts, durationUs: durationUs ?? open.durationUs, complete: true, body: whole });
  }

  #replaceLast(segment: Segment): void {
    this.#segments[this.#segments.length - 1] = segment;
  }

  #needs(init: number, msn: number): void {
    if (!this.#initSince.has(init)) this.#initSince.set(init, msn);
  }

  #trim(): void {
    this.#segments = this.#segments.slice(firstWithin(this.#segments, KEPT_US));
    const oldest = this.#segments[0]?.init ?? 0;
    for (const known of [this.#inits, this.#initSince]) for (const index of known.keys()) if (index < oldest) known.delete(index);
  }
}

/** Index of the oldest segment such that it and all later ones cover no more than `us`, the newest in any case. */
function firstWithin(segments: readonly Segment[], us: number): number {
  let covered = 0;
  for (let index = segments.length - 1; index > 0; index -= 1) {
    covered += segments[index]?.durationUs ?? 0;
    if (covered > us) return index;
  }
  return 0;
}

function bitsPerSecond(segment: Segment): number {
  const bytes = segment.parts.reduce((sum, part) => sum + part.body.length, 0);
  return segment.durationUs === 0 ? 0 : (bytes * 8 * 1_000_000) / segment.durationUs;
}
