/** Which recordings a student may replay: those of rooms that they hold any ticket for. */
import type { Static } from 'typebox';
import type { RecordingEntry } from '#cloud-sync/contract/library.ts';
import { CodedError, reasonOf } from '#kit/process/errors.ts';
import type { Log } from '#kit/process/log.ts';
import { offerOf } from '../access/may-watch.ts';
import { ticketNeeded } from '../access/entitlements.ts';
import type { TicketStore } from '../access/ports.ts';
import type { Replay, Storefront } from '../contract/api.ts';

type Recording = Static<typeof RecordingEntry>;

/** Campus's library, as the edge sees it. */
export interface Library {
  recordings(): Promise<readonly Recording[]>;
  /** A signed playlist address for one viewer. */
  grant(id: string, viewer: string): Promise<string>;
}

export interface ReplaysOptions {
  readonly library: Library;
  readonly tickets: TicketStore;
  readonly log: Log;
  readonly now: () => number;
}

/** However many students open the start page, campus is asked this often. */
const CATALOGUE_FRESH_MS = 5_000;

export class Replays {
  readonly #options: ReplaysOptions;
  /** The last that campus told. */
  #known: readonly Recording[] | null = null;
  #catalogue: { readonly atMs: number; readonly recordings: Promise<readonly Recording[]> } | null = null;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /**
   * Newest first, as campus told it last: the live classes beside it wait for no answer, and the page asks again in a moment. Empty until campus was
   * reached once.
   */
  async list(account: string): Promise<Storefront['replays']> {
    // Why not is in the log.
    const asked = this.#recordings().catch(() => []);
    const recordings = this.#known ?? (await asked);
    // Years of recordings are of a few rooms: each is looked up once, or one start page would hold up everybody's picture.
    const offers = new Map([...new Set(recordings.map(({ room }) => room))].map((room) => [room, this.#offer(account, room)]));
    return recordings.filter(({ safe, room }) => safe && offers.get(room) === 'held').map(({ id, title, recordedAt, durationSeconds }) => ({
      id, title, recordedAt, durationSeconds, url: `/replay/${id}`,
    }));
  }

  /** @throws CodedError 404 `unknown_replay`, 402 `ticket_needed`, 403, 503 `replays_unavailable` */
  async open(account: string, id: string): Promise<Replay> {
    const recording = (await this.#recordings()).find((candidate) => candidate.id === id && candidate.safe);
    if (recording === undefined) throw new CodedError('unknown_replay', 'There is no such recording, or it is not ready yet.', { status: 404 });
    this.#demand(account, recording.room);
    const playlist = await this.#options.library.grant(id, account);
    const { title, teacher, recordedAt, durationSeconds, gaps } = recording;
    return { id, title, teacher, recordedAt, durationSeconds, playlist, gaps };
  }

  #demand(account: string, room: string): void {
    const offer = this.#offer(account, room);
    if (offer === 'held') return;
    if (offer === null) throw new CodedError('not_on_sale', 'This recording is not on sale.', { status: 403 });
    throw ticketNeeded(offer);
  }

  #offer(account: string, room: string): 'held' | ReturnType<typeof offerOf> {
    const access = this.#options.tickets.accessOf(account, room);
    if (access === null) return null;
    if (access.courses.some(({ course }) => access.tickets.has(course))) return 'held';
    return offerOf(access, this.#options.now()) ?? access.courses[0] ?? null;
  }

  #recordings(): Promise<readonly Recording[]> {
    const nowMs = this.#options.now();
    if (this.#catalogue !== null && nowMs - this.#catalogue.atMs < CATALOGUE_FRESH_MS) return this.#catalogue.recordings;
    const recordings = this.#options.library.recordings();
    this.#catalogue = { atMs: nowMs, recordings };
    recordings.then(
      (told) => (this.#known = told),
      (error: unknown) => {
        // A failure is not worth remembering.
        if (this.#catalogue?.recordings === recordings) this.#catalogue = null;
        this.#options.log.warn({ reason: reasonOf(error) }, 'campus could not be asked for its recordings');
      },
    );
    return recordings;
  }
}
