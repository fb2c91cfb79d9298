import type { PeerStats } from '../types.ts';
import type { TransportFeedback } from '../rtcp/transport-feedback.ts';
import type { CountingPlaces } from './counting-places.ts';
import type { Reception } from './reported-way.ts';
import { SendControl } from './send-control.ts';
import { WayDoubts } from './way-doubts.ts';

/** Keyframes are let out this much faster than the way carries on average: it has some queue, and they should not take long. */
const PACE = 2.5;
/** Packets are counted for so long after the last doubt whether they get through. */
const WATCHED_MS = 10_000;
/** Without being counted: so many do not get lost on a way that carries what is sent. */
const OVERFLOWING = 0.1;
/** An estimate of the far end's own that sinks by more than its noise is one of a way that overflows. */
const SINKS = 0.97;

export interface WatchedWayPorts {
  readonly nowMs: () => number;
  /** Never where the far end does not tell which packets came and when; all along where there are few far ends; else in doubt. */
  readonly counts: 'never' | 'always' | 'in-doubt';
  /** For those in doubt. */
  readonly places: CountingPlaces;
  /** Packets are counted from now on, or no longer. */
  readonly onTurned: () => void;
  /** What is to leave in a second at most, bits; null for no limit. */
  readonly pace: (bps: number | null) => void;
  readonly onChanged: () => void;
}

type Told = Pick<NonNullable<PeerStats['way']>, 'bps' | 'limited' | 'queueMs'>;

/** What is known of the way to one far end, and whether its packets are counted to know more. */
export class WatchedWay {
  readonly #ports: WatchedWayPorts;
  readonly #doubts = new WayDoubts();
  #control: SendControl | null;
  /** Somebody wants to know what the way carries. */
  #isWatched = false;
  #isNarrow = false;
  /** Where packets are not counted: what the far end's reports or its own estimate last said of a way that is too narrow; null before. */
  #told: Told | null = null;
  #estimatedBps: number | null = null;

  constructor(ports: WatchedWayPorts) {
    this.#ports = ports;
    this.#control = ports.counts === 'always' ? new SendControl(ports.nowMs) : null;
  }

  /** What counts; null where nothing is counted. */
  get control(): SendControl | null {
    return this.#control;
  }

  /** The way is known to carry no more than its estimate. */
  get isNarrow(): boolean {
    return this.#isNarrow;
  }

  /** What the way carries; null while nobody tells. */
  get state(): PeerStats['way'] {
    if (this.#control !== null) return this.#control.state;
    return this.#told === null ? null : { ...this.#told, lossShare: 0 };
  }

  /** Whether what leaves is to be counted for as long as this is wanted, and not only in doubt. */
  watch(isWatched: boolean): void {
    this.#isWatched = isWatched;
    this.tick();
  }

  /** Begins and ends to count. Call a few times a second. */
  tick(): void {
    if (this.#ports.counts !== 'in-doubt') return;
    const isNeeded = this.#isWatched || this.#doubts.isRaised(WATCHED_MS, this.#ports.nowMs());
    if (!isNeeded) this.#forget();
    if (isNeeded === (this.#control !== null)) return;
    if (isNeeded) this.#begin();
    else this.#end();
  }

  onReception(reception: Reception): void {
    const queueMs = this.#doubts.onReport(reception, this.#ports.nowMs());
    this.tick();
    if (reception.arrivedBps === null) return;
    if (this.#control === null) return this.#goByReports(reception.arrivedBps, queueMs ?? 0, queueMs !== null || reception.lossShare >= OVERFLOWING);
    if (queueMs === null || this.#control.state.limited) return;
    this.#control.limit(reception.arrivedBps, queueMs);
    this.#follow(this.#control);
  }

  /** The far end asks for so many packets. */
  onMissing(packets: number): void {
    this.#doubts.onMissing(packets, this.#ports.nowMs());
    this.tick();
  }

  onFeedback(feedback: TransportFeedback): void {
    if (this.#control === null) return;
    this.#control.onFeedback(feedback);
    this.#follow(this.#control);
  }

  /**
   * An upper bound by the far end's own estimate (draft-alvestrand-rmcat-remb). It stays near what is being sent, and climbs slowly after it: that it
   * is low says nothing, that it sinks does.
   */
  onLimitTold(bps: number): void {
    if (this.#ports.counts !== 'never') return;
    const sinks = bps < (this.#estimatedBps ?? 0) * SINKS;
    this.#estimatedBps = bps;
    if (sinks) this.#tell({ bps, limited: true, queueMs: 0 });
  }

  close(): void {
    if (this.#control !== null) this.#end();
  }

  #begin(): void {
    if (!this.#ports.places.take()) return;
    this.#forget();
    this.#control = new SendControl(this.#ports.nowMs);
    this.#ports.onTurned();
  }

  #end(): void {
    this.#control?.close();
    this.#control = null;
    if (this.#ports.counts === 'in-doubt') this.#ports.places.giveBack();
    this.#isNarrow = false;
    this.#ports.pace(null);
    this.#ports.onTurned();
  }

  /** What arrived is what can be had for now. Up again is for those who are counted, or, where nobody can be, for whoever tries. */
  #goByReports(bps: number, queueMs: number, limited: boolean): void {
    if (limited || (this.#ports.counts === 'never' && this.#told !== null)) this.#tell({ bps, limited, queueMs });
  }

  #forget(): void {
    if (this.#told !== null) this.#isNarrow = false;
    this.#told = null;
  }

  #tell(told: Told): void {
    this.#told = told;
    this.#isNarrow = told.limited;
    this.#ports.onChanged();
  }

  #follow({ state: { limited, bps, hasRoom } }: SendControl): void {
    this.#isNarrow = !hasRoom;
    this.#ports.pace(limited ? bps * PACE : null);
    this.#ports.onChanged();
  }
}
