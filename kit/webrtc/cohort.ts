import { OPUS_CLOCK_HZ, rtpTimestampOf, VIDEO_CLOCK_HZ } from '#kit/media/packet.ts';
import { Allowance } from './allowance.ts';
import { OVERHEAD_BYTES } from './congestion/wire-rate.ts';
import { LONGEST_WAIT_MS } from './frame-admission.ts';
import type { GroupVariant, MediaPump, PumpGroup, PumpStream } from './pump.ts';
import { SentLog } from './sent-log.ts';
import type { Cohort, PacketizedFrame } from './types.ts';

export interface CohortStream {
  readonly out: PumpStream;
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

  constructor(kind: Cohort['kind'], pump: MediaPump, nowMs: () => number) {
    this.kind = kind;
    this.#pump = pump;
    this.#nowMs = nowMs;
    this.#group = pump.openGroup();
    this.#allowance = new Allowance(nowMs);
  }

  enter(stream: CohortStream, variant: GroupVariant): void {
    this.#group.add(stream.out, variant);
    stream.follow(this.#sent);
  }

  leave(stream: CohortStream): void {
    this.#group.remove(stream.out);
    stream.follow(null);
  }

  send(frame: PacketizedFrame): boolean {
    const { payloads, captureUs } = frame;
    const bytes = payloads.reduce((sum, { length }) => sum + length, 0);
    const onWire = bytes + payloads.length * OVERHEAD_BYTES;
    if (frame.kind === 'video' && !this.#mayLeaveAtOnce(frame, onWire)) return false;
    this.#allowance.spend(onWire);
    this.#group.send(payloads, rtpTimestampOf(captureUs, this.kind === 'video' ? VIDEO_CLOCK_HZ : OPUS_CLOCK_HZ));
    this.#sent.add(payloads.length, bytes, this.#nowMs());
    return true;
  }

  /** Keyframes say whose they are. What waits too long, or takes its time to leave, does so for each far end by itself. */
  #mayLeaveAtOnce({ keyframe }: PacketizedFrame, onWire: number): boolean {
    return !keyframe && onWire <= this.#allowance.left && this.#pump.waitMs <= LONGEST_WAIT_MS;
  }
}

/** What one far end takes part in: one cohort a kind of media at most. */
export class Memberships {
  readonly #present = new Map<Cohort['kind'], { readonly cohort: PumpCohort; readonly stream: CohortStream; readonly onLeft: () => void }>();

  enter(cohort: PumpCohort, stream: CohortStream, variant: GroupVariant, onLeft: () => void): void {
    this.leave(cohort.kind);
    cohort.enter(stream, variant);
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
