import type { Static } from 'typebox';
import type { AdminCourse, AdminPublisher, AdminRoom } from '#edge-relay/contract/api.ts';
import { CodedError } from '#kit/process/errors.ts';
import { sleep } from '#kit/process/supervisor.ts';
import type { TimetableClass } from '../contract/console.ts';
import type { Revoked } from './boxes.ts';
import type { Room } from './rooms.ts';
import { PUBLISH_SECONDS } from './service-tokens.ts';
import { currentClass, endOf, nextClass, startOf } from './timetable.ts';

/** One thing that the edge should know: what to PUT where. */
export interface EdgeFact {
  readonly path: string;
  readonly body: Static<typeof AdminRoom> | Static<typeof AdminCourse> | Static<typeof AdminPublisher>;
}

/** Who watches a class may stay for so long after its end (the edge's own rule): until then its course stays with it. */
const OVERRUN_MS = 30 * 60_000;

const PUBLISH_MS = PUBLISH_SECONDS * 1_000;

type Held = TimetableClass & { readonly room: string };

/** The rooms at the edge, and each course at the room and the times of its current or else its next class, in whichever rooms it is held. */
export function edgeFactsOf(rooms: readonly Room[], nowMs: number): EdgeFact[] {
  const classes = rooms.flatMap(({ room, timetable }) => timetable.filter(({ course }) => course !== undefined).map((one): Held => ({ ...one, room })));
  const courses = Map.groupBy(classes.toSorted((a, b) => startOf(a) - startOf(b)), ({ course }) => course?.id);
  return [
    ...rooms.map(({ room, name, alwaysOpen }) => ({ path: `/api/admin/rooms/${room}`, body: { name, alwaysOpen } })),
    ...[...courses.values()].flatMap((held) => courseFact(held, nowMs)),
  ];
}

/** Boxes whose keys are still good by their signature, and are not to be taken. */
export function refusalsOf(revoked: readonly Revoked[]): EdgeFact[] {
  return revoked.map(({ box, revokedAtMs }) => ({ path: `/api/admin/publishers/${box}`, body: { refusedUntil: new Date(revokedAtMs + PUBLISH_MS).toISOString() } }));
}

function courseFact(held: readonly Held[], nowMs: number): EdgeFact[] {
  const shown = currentClass(held, nowMs) ?? overrunning(held, nowMs) ?? nextClass(held, nowMs) ?? held.at(-1);
  if (!shown?.course) return [];
  const { id, description, priceCents, currency, buyUrl } = shown.course;
  const { room, title, teacher, startsAt, endsAt } = shown;
  return [{ path: `/api/admin/courses/${id}`, body: { room, title, teacher, description, startsAt, endsAt, priceCents, currency, buyUrl } }];
}

function overrunning(held: readonly Held[], nowMs: number): Held | undefined {
  return held.findLast((one) => endOf(one) <= nowMs && nowMs < endOf(one) + OVERRUN_MS);
}

export interface EdgeSyncDeps {
  readonly apiUrl: string;
  readonly rooms: () => readonly Room[];
  readonly revokedSince: (ms: number) => readonly Revoked[];
  /** A fresh token for each request. */
  readonly token: () => string;
  readonly now: () => number;
}

const LOOK_MS = 2_000;
/** Told again now and then, so that an edge which lost its disk learns its rooms. */
const REPEAT_MS = 60_000;
const TIMEOUT_MS = 5_000;
/** These are about the one thing that was told; any other failure is about the edge. */
const REFUSALS: readonly number[] = [400, 404, 409, 413, 422];

/** Keeps the edge's rooms and courses like campus's, and boxes that were revoked out of them. Fails when the edge can't be told, or refuses something: its supervisor begins again. */
export class EdgeSync {
  readonly #deps: EdgeSyncDeps;
  /** What the edge has taken, by path. */
  readonly #told = new Map<string, string>();
  #toldAllAtMs: number;

  constructor(deps: EdgeSyncDeps) {
    this.#deps = deps;
    this.#toldAllAtMs = deps.now();
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#tellWhatIsNew(signal);
      await sleep(LOOK_MS, signal);
    }
  }

  /** What it refuses of one room must not keep the others' from it. @throws CodedError `edge_refused` in the end, `edge_away` at once */
  async #tellWhatIsNew(signal: AbortSignal): Promise<void> {
    const { rooms, revokedSince, now } = this.#deps;
    if (now() - this.#toldAllAtMs >= REPEAT_MS) this.#forget();
    let refused: CodedError | null = null;
    // First who is to be kept out.
    for (const fact of [...refusalsOf(revokedSince(now() - PUBLISH_MS)), ...edgeFactsOf(rooms(), now())]) {
      const body = JSON.stringify(fact.body);
      if (this.#told.get(fact.path) === body) continue;
      try {
        await this.#tell(fact.path, body, signal);
        this.#told.set(fact.path, body);
      } catch (error) {
        if (!(error instanceof CodedError) || error.code !== 'edge_refused') {
          this.#forget();
          throw error;
        }
        refused ??= error;
      }
    }
    if (refused !== null) throw refused;
  }

  #forget(): void {
    this.#told.clear();
    this.#toldAllAtMs = this.#deps.now();
  }

  async #tell(path: string, body: string, signal: AbortSignal): Promise<void> {
    const answer = await fetch(`${this.#deps.apiUrl}${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#deps.token()}` },
      body,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
    });
    const words = await answer.text();
    const code = REFUSALS.includes(answer.status) ? 'edge_refused' : 'edge_away';
    if (!answer.ok) throw new CodedError(code, `The edge answered ${answer.status} to PUT ${path}: ${words.slice(0, 300)}`);
  }
}
