import { RoomInfo } from '#edge-relay/contract/api.ts';
import type { Clock } from '#kit/media/clock.ts';
import { checker } from '#kit/process/check.ts';
import { sleep } from '#kit/process/supervisor.ts';
import type { UplinkTarget } from './connection.ts';

export interface EdgeSight {
  readonly askedAtMs: number;
  readonly live: boolean;
  readonly viewers: number;
  readonly delayMs: number;
}

export interface EdgeWatchParts {
  readonly target: () => UplinkTarget | null;
  readonly classRuns: () => boolean;
  readonly clock: Pick<Clock, 'nowMs'>;
}

const LIVE_EVERY_MS = 1_000;
const IDLE_EVERY_MS = 5_000;
/** How soon a class that starts is noticed. */
const GLANCE_MS = 200;
const TIMEOUT_MS = 2_000;
const asRoomInfo = checker(RoomInfo, 'bad_room_info');

/** Asks the edge what it has of this room: the one who knows whether the class arrives. */
export class EdgeWatch {
  readonly #parts: EdgeWatchParts;
  #sight: EdgeSight | null = null;
  #reachable: boolean | null = null;

  constructor(parts: EdgeWatchParts) {
    this.#parts = parts;
  }

  /** The newest answer, however old. */
  get sight(): EdgeSight | null {
    return this.#sight;
  }

  /** Null before the first try. */
  get reachable(): boolean | null {
    return this.#reachable;
  }

  async run(signal: AbortSignal): Promise<void> {
    let lastMs = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      const target = this.#parts.target();
      const every = this.#parts.classRuns() ? LIVE_EVERY_MS : IDLE_EVERY_MS;
      if (target !== null && this.#parts.clock.nowMs() - lastMs >= every) {
        lastMs = this.#parts.clock.nowMs();
        await this.#ask(target, signal);
      }
      await sleep(GLANCE_MS, signal);
    }
  }

  async #ask(target: UplinkTarget, signal: AbortSignal): Promise<void> {
    try {
      const answer = await fetch(target.api, {
        headers: { authorization: `Bearer ${target.token}` },
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      });
      const info = asRoomInfo(await answer.json());
      const askedAtMs = this.#parts.clock.nowMs();
      this.#sight = { askedAtMs, live: info.live && info.ingest?.protocol !== 'none', viewers: info.viewers, delayMs: info.ingest?.delayMs ?? 0 };
      this.#reachable = true;
    } catch {
      // Unreachable, or an answer that is none: what was seen last grows old by itself.
      this.#reachable = false;
    }
  }
}

/**
 * Whether the edge is sure not to have the class although this box has been sending for a while (pure): its process was replaced, or
 * a network box forgot the connection.
 */
export function isUnseen(sendingSinceMs: number | null, sight: EdgeSight | null, lastLiveAtMs: number, nowMs: number): boolean {
  if (sendingSinceMs === null || sight === null || sight.live) return false;
  const fresh = nowMs - sight.askedAtMs < 2_500;
  return fresh && nowMs - Math.max(sendingSinceMs, lastLiveAtMs) > 4_000;
}
