/** Which recordings a student may replay: those of classes that they hold a ticket for. */
import type { Static } from 'typebox';
import type { RecordingEntry } from '#cloud-sync/contract/library.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { Recent } from '#kit/process/recent.ts';
import { coursesOf, mayReplay, type Recorded } from '../access/may-replay.ts';
import type { Course, RoomAccess } from '../access/model.ts';
import { ticketNeeded } from '../access/entitlements.ts';
import type { TicketStore } from '../access/ports.ts';
import type { Replay, Storefront } from '../contract/api.ts';

type Recording = Static<typeof RecordingEntry>;

/** Campus's library, as the edge sees it. */
export interface Library {
  /** Of one room, newest first; campus tells the last 1,000. */
  recordings(room: string): Promise<readonly Recording[]>;
  /** @throws CodedError 404 `unknown_replay` */
  recording(id: string): Promise<Recording>;
  /** A signed playlist address for one viewer. */
  grant(id: string, viewer: string): Promise<string>;
}

export interface ReplaysOptions {
  readonly library: Library;
  readonly tickets: TicketStore;
  readonly log: Log;
  readonly now: () => number;
}

/** However many students open the start page, campus is asked this often for a room. */
const CATALOGUE_FRESH_MS = 5_000;
const MAX_ROOMS = 500;

interface RoomCatalogue {
  /** The last that campus told. */
  known: readonly Recording[] | null;
  asked: { readonly atMs: number; readonly recordings: Promise<readonly Recording[]> } | null;
}

export class Replays {
  readonly #options: ReplaysOptions;
  /** Of the recordings that campus told last: looked up once, not for each of the students who open the start page. */
  readonly #coursesOf = new WeakMap<readonly Course[], WeakMap<Recording, readonly Course[]>>();
  readonly #rooms = new Recent<RoomCatalogue>(MAX_ROOMS);

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /**
   * Newest first, as campus told it last: the live classes beside it wait for no answer, and the page asks again in a moment. Of a room whose recordings
   * campus never told, none.
   */
  async list(account: string): Promise<Storefront['replays']> {
    const rooms = await Promise.all(this.#options.tickets.rooms(account).map(async (room) => this.#allowed(account, room)));
    return rooms.flat().toSorted((one, other) => Date.parse(other.recordedAt) - Date.parse(one.recordedAt)).map(({ id, title, recordedAt, durationSeconds }) => ({
      id, title, recordedAt, durationSeconds, url: `/replay/${id}`,
    }));
  }

  /** @throws CodedError 404 `unknown_replay`, 402 `ticket_needed`, 403 `not_on_sale`, 503 `replays_unavailable` */
  async open(account: string, id: string): Promise<Replay> {
    const { library } = this.#options;
    const recording = await library.recording(id);
    if (!recording.safe) throw unknownReplay();
    this.#demand(account, recording);
    const { title, teacher, recordedAt, durationSeconds, gaps } = recording;
    return { id, title, teacher, recordedAt, durationSeconds, playlist: await library.grant(id, account), gaps };
  }

  async #allowed(account: string, room: string): Promise<readonly Recording[]> {
    // Why not is in the log.
    const asked = this.#recordings(room).catch(() => []);
    const recordings = this.#catalogueOf(room).known ?? (await asked);
    // Looked up once: years of recordings are of a few rooms.
    const access = this.#options.tickets.accessOf(account, room);
    const nowMs = this.#options.now();
    return access === null ? [] : recordings.filter((recording) => recording.safe && this.#verdict(access, recording, nowMs).verdict === 'allowed');
  }

  #demand(account: string, recording: Recording): void {
    const access = this.#options.tickets.accessOf(account, recording.room);
    const verdict = access === null ? null : this.#verdict(access, recording, this.#options.now());
    if (verdict?.verdict === 'ticket-needed') throw ticketNeeded(verdict.offer);
    if (verdict?.verdict !== 'allowed') throw new CodedError('not_on_sale', 'This recording is not on sale.', { status: 403 });
  }

  #verdict(access: RoomAccess, recording: Recording, nowMs: number): ReturnType<typeof mayReplay> {
    const known = this.#coursesOf.get(access.courses) ?? new WeakMap<Recording, readonly Course[]>();
    this.#coursesOf.set(access.courses, known);
    const recorded = recordedIn(recording);
    const own = known.get(recording) ?? coursesOf(access.courses, recorded);
    known.set(recording, own);
    return mayReplay(access, recorded, own, nowMs);
  }

  #recordings(room: string): Promise<readonly Recording[]> {
    const catalogue = this.#catalogueOf(room);
    const nowMs = this.#options.now();
    if (catalogue.asked !== null && nowMs - catalogue.asked.atMs < CATALOGUE_FRESH_MS) return catalogue.asked.recordings;
    const recordings = this.#options.library.recordings(room);
    catalogue.asked = { atMs: nowMs, recordings };
    recordings.then(
      (told) => (catalogue.known = told),
      (error: unknown) => {
        // A failure is not worth remembering.
        if (catalogue.asked?.recordings === recordings) catalogue.asked = null;
        this.#options.log.warn({ room, reason: reasonOf(error) }, 'campus could not be asked for its recordings');
      },
    );
    return recordings;
  }

  #catalogueOf(room: string): RoomCatalogue {
    return this.#rooms.get(room, () => ({ known: null, asked: null }));
  }
}

/** What has no recording, or none that is safe yet. */
export function unknownReplay(): CodedError {
  return new CodedError('unknown_replay', 'There is no such recording, or it is not ready yet.', { status: 404 });
}

/** Safe, it has an end. */
function recordedIn({ title, recordedAt, endedAt, durationSeconds }: Recording): Recorded {
  const fromMs = Date.parse(recordedAt);
  return { title, fromMs, toMs: endedAt === null ? fromMs + durationSeconds * 1_000 : Date.parse(endedAt) };
}
