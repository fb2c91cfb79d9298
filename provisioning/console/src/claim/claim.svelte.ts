import type { Claimed, Enrolments, Fleet, FleetRoom } from '#provisioning/contract/console.ts';
import type { Static } from 'typebox';
import { campus, isSignedOut } from '../shared/campus.ts';

/** The choice that asks for a name and an id; no room may be called so. */
export const NEW_ROOM = '';
const REFRESH_MS = 5_000;

export type WaitingBox = Static<typeof Enrolments>['enrolments'][number];

/** Claiming a box: its code, and a room that has none yet. */
export class Claim {
  readonly #signedOut: () => void;
  #free = $state.raw<readonly FleetRoom[]>([]);
  #waiting = $state.raw<readonly WaitingBox[] | null>(null);
  #busy = $state(false);
  #problem = $state.raw<unknown>(null);
  /** Why rooms and boxes could not be read the last time. */
  #unread = $state.raw<unknown>(null);
  #done = $state<string | null>(null);
  #chosen = false;
  #rooms: readonly FleetRoom[] = [];
  code = $state('');
  choice = $state(NEW_ROOM);
  name = $state('');
  id = $state('');

  constructor(code: string, signedOut: () => void) {
    this.code = code;
    this.#signedOut = signedOut;
  }

  /** Rooms without a box. */
  get free(): readonly FleetRoom[] {
    return this.#free;
  }
  get waiting(): readonly WaitingBox[] | null {
    return this.#waiting;
  }
  get busy(): boolean {
    return this.#busy;
  }
  get problem(): unknown {
    return this.#problem ?? this.#unread;
  }
  /** The room, once a box is claimed for it. */
  get done(): string | null {
    return this.#done;
  }

  /** Keeps the rooms and boxes fresh; answers what ends it. */
  watch(): () => void {
    void this.#read();
    const timer = setInterval(() => void this.#read(), REFRESH_MS);
    return () => clearInterval(timer);
  }

  again(): void {
    this.#done = null;
    this.#chosen = false;
    this.code = this.name = this.id = '';
    void this.#read();
  }

  async send(): Promise<void> {
    this.#busy = true;
    this.#problem = null;
    try {
      const room = this.choice === NEW_ROOM ? await this.#addRoom() : this.choice;
      const claimed = await campus.post<Static<typeof Claimed>>('/api/claims', { claimCode: this.code, room });
      this.#done = claimed.room;
      void this.#read();
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#busy = false;
    }
  }

  /** If the claim fails after this, the room is there and free: it is chosen for the next try. */
  async #addRoom(): Promise<string> {
    // A room of that id keeps its name: whether it can take the box is campus's to say.
    if (this.#rooms.some(({ room }) => room === this.id)) return this.id;
    const { room } = await campus.put<FleetRoom>(`/api/rooms/${encodeURIComponent(this.id)}`, { name: this.name.trim() });
    await this.#read();
    if (this.#free.some((free) => free.room === room)) this.choice = room;
    return room;
  }

  async #read(): Promise<void> {
    try {
      const [{ rooms }, { enrolments }] = await Promise.all([campus.get<Fleet>('/api/fleet'), campus.get<Static<typeof Enrolments>>('/api/enrolments')]);
      this.#rooms = rooms;
      this.#free = rooms.filter(({ box }) => box === null);
      this.#waiting = enrolments;
      // Once, before anybody chose: the room that wants a box the most.
      if (!this.#chosen) this.choice = this.#free[0]?.room ?? NEW_ROOM;
      this.#chosen = true;
      this.#unread = null;
    } catch (error) {
      if (isSignedOut(error)) this.#signedOut();
      else this.#unread = error;
    }
  }

  #fail(error: unknown): void {
    if (isSignedOut(error)) this.#signedOut();
    else this.#problem = error;
  }
}
