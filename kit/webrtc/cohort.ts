import { OPUS_CLOCK_HZ, rtpTimestampOf, VIDEO_CLOCK_HZ } from '#kit/media/packet.ts';
import { Allowance } from './allowance.ts';
import { OVERHEAD_BYTES } from './congestion/wire-rate.ts';
import { LONGEST_WAIT_MS } from './frame-admission.ts';
import type { GroupVariant, MediaPump, PumpGroup, PumpStream } from './pump.ts';
import { LATER } from './sender-extensions.ts';
import { SentLog } from './sent-log.ts';
import type { Cohort, PacketizedFrame } from './types.ts';

export interface CohortStream {
  readonly out: PumpStream;
  readonly isSettled: boolean;
  /** Counts what goes out by way of a cohort; null when that is over. */
  follow(sent: SentLog | null): void;
}

/** Far ends that are alike, behind one call of the pump a frame. */
export class PumpCohort implements Cohort {
  readonly kind: Cohort['kind'];
  readonly #pump: MediaPump;
  readonly #nowMs: () => number;
  readonly #group: PumpGroup;
  /** What each member's pacer would let out at once. */
  readonly #allowance: Allowance;
  readonly #sent = new SentLog();
  /** Of members whose keyframes still differ from the others': how they part. */
  readonly #unsettled = new Map<CohortStream, () => void>();

  constructor(kind: Cohort['kind'], pump: MediaPump, nowMs: () => number) {
    this.kind = kind;
    this.#pump = pump;
    this.#nowMs = nowMs;
    this.#group = pump.openGroup();
    this.#allowance = new Allowance(nowMs);
  }

  enter(stream: CohortStream, variant: GroupVariant, part: () => void): void {
    if (this.kind === 'video' && !stream.isSettled) this.#unsettled.set(stream, part);
    this.#group.add(stream.out, variant);
    stream.follow(this.#sent);
  }

  leave(stream: CohortStream): void {
    this.#unsettled.delete(stream);
    this.#group.remove(stream.out);
    stream.follow(null);
  }

  send(frame: PacketizedFrame): boolean {
    const { payloads, captureUs } = frame;
    const bytes = payloads.reduce((sum, { length }) => sum + length, 0);
    const onWire = bytes + payloads.length * OVERHEAD_BYTES;
    if (frame.kind === 'video' && !this.#mayLeaveAtOnce(onWire)) return false;
    this.#allowance.spend(onWire);
    const timestamp = rtpTimestampOf(captureUs, this.kind === 'video' ? VIDEO_CLOCK_HZ : OPUS_CLOCK_HZ);
    if (frame.kind === 'video' && frame.keyframe) this.#sendKeyframe(payloads, timestamp);
    else this.#group.send(payloads, timestamp);
    this.#sent.add(payloads.length, bytes, this.#nowMs());
    return true;
  }

  /** It says whose it is, and is the occasion for those to come in anew for whom that has changed. */
  #sendKeyframe(payloads: readonly Buffer[], timestamp: number): void {
    for (const part of [...this.#unsettled.values()]) part();
    this.#group.send(payloads, timestamp, LATER);
  }

  /** What waits too long, or takes its time to leave, does so for each far end by itself. */
  #mayLeaveAtOnce(onWire: number): boolean {
    return onWire <= this.#allowance.left && this.#pump.waitMs <= LONGEST_WAIT_MS;
  }
}

/** What one far end takes part in: one cohort a kind of media at most. */
export class Memberships {
  readonly #present = new Map<Cohort['kind'], { readonly cohort: PumpCohort; readonly stream: CohortStream; readonly onLeft: () => void }>();

  enter(cohort: PumpCohort, stream: CohortStream, variant: GroupVariant, onLeft: () => void): void {
    this.leave(cohort.kind);
    cohort.enter(stream, variant, () => this.leave(cohort.kind));
    this.#present.set(cohort.kind, { cohort, stream, onLeft });
  }

  leave(kind: Cohort['kind']): void {
    const present = this.#present.get(kind);
    if (present === undefined) return;
    this.#present.delete(kind);
    present.cohort.leave(present.stream);
    present.onLeft();
  }

  leaveAll(): void {
    this.leave('video');
    this.leave('audio');
  }
}
