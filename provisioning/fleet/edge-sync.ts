import type { Static } from 'typebox';
import type { AdminCourse, AdminRoom } from '#edge-relay/contract/api.ts';
import { CodedError } from '#kit/process/errors.ts';
import { sleep } from '#kit/process/supervisor.ts';
import type { Room } from './rooms.ts';
import { currentClass, nextClass } from './timetable.ts';

/** One thing that the edge should know: what to PUT where. */
export interface EdgeFact {
  readonly path: string;
  readonly body: Static<typeof AdminRoom> | Static<typeof AdminCourse>;
}

/** A room at the edge, and each course held in it at the times of its current or else its next class. */
export function edgeFactsOf(room: Room, nowMs: number): EdgeFact[] {
  const facts: EdgeFact[] = [{ path: `/api/admin/rooms/${room.room}`, body: { name: room.name, alwaysOpen: room.alwaysOpen } }];
  const courses = new Set(room.timetable.map((one) => one.course?.id));
  for (const id of courses) {
    const held = room.timetable.filter((one) => one.course?.id === id);
    const shown = currentClass(held, nowMs) ?? nextClass(held, nowMs) ?? held.at(-1);
    if (!shown?.course) continue;
    const { description, priceCents, currency, buyUrl } = shown.course;
    const { title, teacher, startsAt, endsAt } = shown;
    facts.push({
      path: `/api/admin/courses/${shown.course.id}`,
      body: { room: room.room, title, teacher, description, startsAt, endsAt, priceCents, currency, buyUrl },
    });
  }
  return facts;
}

export interface EdgeSyncDeps {
  readonly apiUrl: string;
  readonly rooms: () => Room[];
  /** A fresh token for each request. */
  readonly token: () => string;
  readonly now: () => number;
}

const LOOK_MS = 2_000;
/** Told again now and then, so that an edge which lost its disk learns its rooms. */
const REPEAT_MS = 60_000;
const TIMEOUT_MS = 5_000;

/** Keeps the edge's rooms and courses like campus's. Fails when the edge can't be told: its supervisor begins again. */
export class EdgeSync {
  readonly #deps: EdgeSyncDeps;

  constructor(deps: EdgeSyncDeps) {
    this.#deps = deps;
  }

  async run(signal: AbortSignal): Promise<void> {
    let told = new Map<string, string>();
    let toldAllAt = this.#deps.now();
    while (!signal.aborted) {
      if (this.#deps.now() - toldAllAt >= REPEAT_MS) {
        told = new Map();
        toldAllAt = this.#deps.now();
      }
      for (const fact of this.#deps.rooms().flatMap((room) => edgeFactsOf(room, this.#deps.now()))) {
        const body = JSON.stringify(fact.body);
        if (told.get(fact.path) === body) continue;
        await this.#tell(fact.path, body, signal);
        told.set(fact.path, body);
      }
      await sleep(LOOK_MS, signal);
    }
  }

  async #tell(path: string, body: string, signal: AbortSignal): Promise<void> {
    const answer = await fetch(`${this.#deps.apiUrl}${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#deps.token()}` },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const words = await answer.text();
    if (!answer.ok) throw new CodedError('edge_refused', `The edge answered ${answer.status} to PUT ${path}: ${words.slice(0, 300)}`);
  }
}
