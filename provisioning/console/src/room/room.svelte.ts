import type { Catalogue, RecordingEntry } from '#cloud-sync/contract/library.ts';
import type { FleetRoomDetail, TimetableClass } from '#provisioning/contract/console.ts';
import type { Static } from 'typebox';
import { campus, isSignedOut } from '../shared/campus.ts';

const REFRESH_MS = 3_000;
type Detail = Static<typeof FleetRoomDetail>;

/** One room as campus knows it, kept fresh. */
export class RoomDetail {
  readonly #path: string;
  readonly #signedOut: () => void;
  #detail = $state.raw<Detail | null>(null);
  #recordings = $state.raw<readonly Static<typeof RecordingEntry>[] | null>(null);
  #problem = $state.raw<unknown>(null);
  #busy = $state(false);

  constructor(room: string, signedOut: () => void) {
    this.#path = encodeURIComponent(room);
    this.#signedOut = signedOut;
  }

  get detail(): Detail | null {
    return this.#detail;
  }
  get recordings(): readonly Static<typeof RecordingEntry>[] | null {
    return this.#recordings;
  }
  get problem(): unknown {
    return this.#problem;
  }
  get busy(): boolean {
    return this.#busy;
  }

  watch(): () => void {
    void this.read();
    const timer = setInterval(() => void this.read(), REFRESH_MS);
    return () => clearInterval(timer);
  }

  async read(): Promise<void> {
    await this.#guarded(async () => {
      this.#detail = await campus.get<Detail>(`/api/fleet/${this.#path}`);
      this.#recordings = (await campus.get<Static<typeof Catalogue>>(`/api/recordings?room=${this.#path}`)).recordings;
    });
  }

  /** Refuses the box from now on. */
  async removeBox(): Promise<void> {
    const box = this.#detail?.box;
    if (!box) return;
    this.#busy = true;
    await this.#guarded(() => campus.delete(`/api/boxes/${encodeURIComponent(box.id)}`));
    await this.read();
    this.#busy = false;
  }

  /** @returns whether campus took it */
  async setTimetable(timetable: readonly TimetableClass[]): Promise<boolean> {
    this.#busy = true;
    const taken = await this.#guarded(() => campus.put(`/api/rooms/${this.#path}/timetable`, { timetable }));
    if (taken) await this.read();
    this.#busy = false;
    return taken;
  }

  async #guarded(run: () => Promise<unknown>): Promise<boolean> {
    try {
      await run();
      this.#problem = null;
      return true;
    } catch (error) {
      if (isSignedOut(error)) this.#signedOut();
      else this.#problem = error;
      return false;
    }
  }
}
