import type { Clock } from '#kit/media/clock.ts';
import type { CameraState, CloudState, EncoderState, EnrolmentState, SourceState, State } from '../contract/state.ts';
import type { HealthState } from '../contract/health.ts';
import type { MacrosState } from '../contract/macros.ts';
import type { RehearsalState, ScheduleState } from '../contract/schedule.ts';
import type { ShareState } from '../contract/share.ts';
import { composeState, type StateFacts } from './compose-state.ts';
import { NOTHING_MOVED, observe, type MovedBytes } from './moved-bytes.ts';
import type { EdgeFacts, StreamWay, UplinkFacts } from './stream-proof.ts';

/** Where each piece of the state comes from. */
export interface MonitorParts {
  readonly clock: Pick<Clock, 'nowMs'>;
  /** The time by which classes begin and end: what pages count down with. */
  readonly classClock: Pick<Clock, 'nowMs'>;
  readonly room: () => StateFacts['room'];
  readonly lesson: () => StateFacts['lesson'];
  readonly next: () => StateFacts['next'];
  readonly program: () => Pick<State, 'layout' | 'layouts' | 'inset' | 'muted' | 'sound'> & { sources: SourceState[]; encoder: EncoderState };
  readonly recording: () => State['recording'];
  readonly uplink: () => { protocol: UplinkFacts['protocol']; bytesSent: number; problem: string; way: StreamWay };
  readonly edge: () => { sight: EdgeFacts | null; reachable: boolean | null };
  readonly cameras: () => CameraState[];
  readonly macros: () => MacrosState;
  readonly cloud: () => { cloud: CloudState; enrolment: EnrolmentState };
  readonly schedule: () => ScheduleState;
  readonly rehearsal: () => RehearsalState;
  readonly health: () => HealthState;
  readonly share: () => ShareState;
  readonly soundCaptured: () => boolean;
  readonly encodersToTry: number;
}

/** Watches the counters that prove things, and answers the room's state at any moment. */
export class RoomMonitor {
  readonly #parts: MonitorParts;
  #sent: MovedBytes = NOTHING_MOVED;
  #sendingSinceMs: number | null = null;
  #lastLiveAtMs = Number.NEGATIVE_INFINITY;
  #fragments = 0;
  #lastFragmentAt: string | null = null;

  constructor(parts: MonitorParts) {
    this.#parts = parts;
  }

  /** Called a few times a second. */
  sample(): void {
    const { clock, uplink, edge } = this.#parts;
    const nowMs = clock.nowMs();
    const { protocol, bytesSent } = uplink();
    // A counter that fell is another connection, however short the time between.
    const since = bytesSent < this.#sent.bytes ? null : this.#sendingSinceMs;
    this.#sendingSinceMs = protocol === 'none' ? null : (since ?? nowMs);
    this.#sent = observe(this.#sent, bytesSent, nowMs);
    const { lastFragmentAt } = this.#parts.recording();
    // Looked at more often than fragments are written: each change is one.
    if (lastFragmentAt !== null && lastFragmentAt !== this.#lastFragmentAt) this.#fragments += 1;
    this.#lastFragmentAt = lastFragmentAt;
    const { sight } = edge();
    if (sight?.live === true) this.#lastLiveAtMs = sight.askedAtMs;
  }

  /** On disk since the start. */
  get fragments(): number {
    return this.#fragments;
  }

  /** Since when there has been a connection, and when the edge last had the class: what tells a dead connection. */
  get arrival(): { readonly sendingSinceMs: number | null; readonly lastLiveAtMs: number } {
    return { sendingSinceMs: this.#sendingSinceMs, lastLiveAtMs: this.#lastLiveAtMs };
  }

  state(): State {
    const parts = this.#parts;
    const program = parts.program();
    const lesson = parts.lesson();
    const { protocol, problem, way } = parts.uplink();
    const { sight, reachable } = parts.edge();
    return composeState({
      nowMs: parts.clock.nowMs(),
      atMs: parts.classClock.nowMs(),
      room: parts.room(),
      lesson,
      next: parts.next(),
      ...program,
      picture: program,
      programSound: program.sound,
      recording: parts.recording(),
      soundCaptured: parts.soundCaptured(),
      encodersToTry: parts.encodersToTry,
      uplink: { protocol, sent: this.#sent, problem, way },
      edge: lesson.phase === 'idle' ? null : sight,
      edgeReachable: reachable,
      cameras: parts.cameras(),
      macros: parts.macros(),
      ...parts.cloud(),
      schedule: parts.schedule(),
      rehearsal: parts.rehearsal(),
      health: parts.health(),
      share: parts.share(),
    });
  }
}
